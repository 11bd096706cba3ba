package envtest_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/envtest"
)

// caught names the rule by which each flaw must be caught, and no other.
var caught = map[string]string{
	"maker returns nothing":                "maker",
	"maker fails":                          "maker",
	"maker has one instance":               "maker",
	"spec has no id":                       "spec",
	"spec has no action space":             "spec",
	"spec has an impossible space":         "spec",
	"spec has a negative limit":            "spec",
	"spec has an infinite threshold":       "spec",
	"spec changes":                         "spec",
	"spec is another one in each instance": "spec",
	"mask without numbered actions":        "mask",
	"mask is incomplete":                   "mask",
	"mask is empty":                        "mask",
	"panics":                               "steps",
	"has a third flag":                     "status",
	"leaves an element":                    "row",
	"leaves the last row":                  "row",
	"reset writes nothing":                 "row",
	"writes past the row":                  "neighbours",
	"observes NaN":                         "observation",
	"observes infinity":                    "observation",
	"leaves its space":                     "observation",
	"reward is NaN":                        "reward",
	"draws from elsewhere":                 "repeatable",
	"ignores the seed":                     "seeds",
	"reset keeps the position":             "reset",
	"keeps the first generator":            "reset",
	"shares its state":                     "instances",
	"changes the action":                   "action",
	"keeps the action":                     "action",
	"keeps the row":                        "memory",
	"reads the row":                        "memory",
	"has no limit":                         "limit",
	"stops late":                           "limit",
	"terminates at the limit":              "limit",
	"snapshot fails":                       "snapshot",
	"snapshot moves":                       "snapshot",
	"restores what is cut off":             "snapshot",
	"restore forgets the steps":            "snapshot",
	"restore keeps a generator":            "snapshot",
	"restore keeps the snapshot":           "snapshot",
	"figures share a name":                 "figures",
	"leaves a figure":                      "figures",
	"frame is empty":                       "picture",
	"leaves a pixel":                       "picture",
	"drawing draws":                        "picture",
	"draws what a snapshot lacks":          "picture",
	"reports a failure":                    "health",
	"closes only once":                     "health",
	"allocates":                            "allocation",
}

// walks makes walks with a flaw.
func walks(flaw string) env.Maker { return func() (env.Env, error) { return newWalk(flaw) } }

func TestSoundEnvironmentPasses(t *testing.T) {
	envtest.Run(t, walks(""), envtest.ZeroAllocation())
	for _, v := range envtest.Check(walks(""), envtest.ZeroAllocation()) {
		t.Error(v)
	}
}

func TestEachFlawBreaksItsRuleAndNoOther(t *testing.T) {
	for flaw, rule := range caught {
		found := envtest.Check(walks(flaw), envtest.ZeroAllocation())
		if len(found) != 1 || found[0].Rule != rule {
			t.Errorf("%s: want rule %s alone to catch it, got %v", flaw, rule, found)
		}
	}
}

func TestEachRuleCatchesSomething(t *testing.T) {
	for _, r := range envtest.Rules() {
		used := false
		for _, rule := range caught {
			used = used || rule == r.Rule
		}
		if !used {
			t.Errorf("no flaw breaks rule %s", r.Rule)
		}
		if !strings.HasSuffix(r.Sentence, ".") {
			t.Errorf("the sentence of rule %s is none: %q", r.Rule, r.Sentence)
		}
	}
}

func TestOptions(t *testing.T) {
	if found := envtest.Check(walks("allocates")); found != nil {
		t.Errorf("allocation was checked without being asked for: %v", found)
	}
	if found := envtest.Check(walks("ignores the seed"), envtest.Skip("seeds")); found != nil {
		t.Errorf("a rule that was skipped was checked: %v", found)
	}
	defer func() {
		if reason := recover(); reason != "envtest: no rule is called seed" {
			t.Errorf("skipping a rule that does not exist: %v", reason)
		}
	}()
	envtest.Skip("seed")
}

// TestRunFails runs a subtest that must fail in a process of its own.
func TestRunFails(t *testing.T) {
	const variable = "ENVTEST_FLAW"
	if flaw := os.Getenv(variable); flaw != "" {
		envtest.Run(t, walks(flaw))
		return
	}
	command := exec.Command(os.Args[0], "-test.run=^TestRunFails$", "-test.v")
	command.Env = append(os.Environ(), variable+"=reward is NaN")
	out, err := command.CombinedOutput()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Skipf("this test cannot start itself: %v", err) // as under an emulator
	}
	if err == nil {
		t.Fatalf("a broken environment passes:\n%s", out)
	}
	for _, want := range []string{
		"--- FAIL: TestRunFails/reward",
		"reward: A reward is a finite number.",
		"reward is NaN",
		"--- PASS: TestRunFails/limit",
		"--- SKIP: TestRunFails/allocation",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
	if failures := strings.Count(string(out), "--- FAIL: TestRunFails/"); failures != 1 {
		t.Errorf("%d rules fail, want 1:\n%s", failures, out)
	}
}
