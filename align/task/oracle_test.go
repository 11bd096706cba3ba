package task_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/seed"
)

// oracle is testdata/oracle.json; tools/fixtures/align_task.py says what it holds.
type oracle struct {
	Answers []struct {
		Task, Prompt, Text string
		Options            map[string]any
		Ended              bool
		Reward             float64
	}
	Reachable []struct{ Numbers, Targets []int }
	Sides     []struct {
		Prompt  string
		Share   float64
		HeldOut bool `json:"held_out"`
	}
	Tilt []struct {
		Letters           string
		Length            int
		Beta              float64
		Reference, Policy golden.Float64s
	}
	Bayes []struct {
		Options  map[string]any
		Accuracy float64
	}
}

func readOracle(t testing.TB) (o oracle) {
	t.Helper()
	golden.Read(t, "testdata/oracle.json", &o)
	return o
}

// made makes a task that must exist.
func made(t testing.TB, name string, options map[string]any) task.Task {
	t.Helper()
	made, err := task.Make(name, options)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

var tolerance = golden.Tolerance{Relative: 1e-13, Why: "the same sums in float64 and with 30 digits"}

func TestRewardsArePythons(t *testing.T) {
	right := map[string]int{}
	for _, a := range readOracle(t).Answers {
		got := made(t, a.Task, a.Options).Verify(a.Prompt, task.Answer{Text: a.Text, Ended: a.Ended})
		golden.Close(t, fmt.Sprintf("%s %v %q %q", a.Task, a.Options, a.Prompt, a.Text), []float64{got}, []float64{a.Reward}, tolerance)
		if a.Reward == 1 {
			right[a.Task]++
		}
	}
	if len(right) < 7 {
		t.Errorf("only these tasks have right answers: %v", right)
	}
}

// TestCountdownReachesWhatCanBeReached holds the search against a list of all
// values of three numbers, and its answers against the verifier.
func TestCountdownReachesWhatCanBeReached(t *testing.T) {
	countdown := made(t, "countdown", nil).(task.Demonstrator)
	rng := seed.New(1)
	for _, r := range readOracle(t).Reachable {
		for target := 1; target <= 99; target++ {
			prompt := fmt.Sprintf("%s:%d=", strings.Trim(strings.ReplaceAll(fmt.Sprint(r.Numbers), " ", ","), "[]"), target)
			text := countdown.Demonstrate(rng, prompt)
			if can := slices.Contains(r.Targets, target); can != (text != "") {
				t.Fatalf("%s: can be reached: %t, found %q", prompt, can, text)
			}
			if reward := countdown.Verify(prompt, task.Answer{Text: text, Ended: true}); text != "" && reward != 1 {
				t.Fatalf("%s: %q has the reward %v", prompt, text, reward)
			}
		}
	}
}

func TestSidesAreHashlibs(t *testing.T) {
	for _, s := range readOracle(t).Sides {
		want := task.Training
		if s.HeldOut {
			want = task.HeldOut
		}
		if got := task.SideOf(made(t, "add", map[string]any{"held_out": s.Share}), s.Prompt); got != want {
			t.Errorf("%s with the share %v is on the %v side, should be on the %v one", s.Prompt, s.Share, got, want)
		}
	}
}

func TestOptimumIsThatOfMpmath(t *testing.T) {
	for _, c := range readOracle(t).Tilt {
		tilt, err := task.NewTilt(task.TiltOptions{Letters: c.Letters, Length: c.Length})
		if err != nil {
			t.Fatal(err)
		}
		// A power has as many units of error as its exponent, up to 300 here.
		close := golden.Tolerance{Relative: 1e-12, Absolute: 1e-300, Why: "e^x with x up to 700 has 700 units more in its last place"}
		golden.Close(t, fmt.Sprintf("%+v", c.Letters), tilt.Optimum(c.Reference, c.Beta), c.Policy, close)
	}
}

func TestBayesAccuracyIsThatOfMpmath(t *testing.T) {
	for _, c := range readOracle(t).Bayes {
		got := made(t, "preference", c.Options).(task.Comparer).BayesAccuracy()
		golden.Close(t, fmt.Sprint(c.Options), []float64{got}, []float64{c.Accuracy}, tolerance)
	}
}
