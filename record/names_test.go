package record

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestEveryMetricIsDescribed(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+/[a-z0-9_]+$`) // needs no escapes in JSON or CSV
	seen := make(map[string]bool)
	for _, m := range Metrics() {
		if !form.MatchString(m.Name) {
			t.Errorf("name %q does not have the form group/name", m.Name)
		}
		if seen[m.Name] {
			t.Errorf("%q stands in the list twice", m.Name)
		}
		seen[m.Name] = true
		if m.Unit == "" || !strings.HasSuffix(m.Meaning, ".") {
			t.Errorf("%q lacks a unit or a sentence for its meaning: %+v", m.Name, m)
		}
		if m.Clock != strings.HasPrefix(m.Name, "time/") {
			t.Errorf("%q: only the group time reads a clock, and all of it does", m.Name)
		}
	}
}

func TestEveryConstantIsInTheList(t *testing.T) {
	source, err := parser.ParseFile(token.NewFileSet(), "names.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	constants := 0
	ast.Inspect(source, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		constants++
		name, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Find(name); err != nil {
			t.Errorf("constant %s: %v", spec.Names[0], err)
		}
		return true
	})
	if constants != len(metrics) {
		t.Errorf("%d constants for %d metrics", constants, len(metrics))
	}
}

func TestFind(t *testing.T) {
	m, err := Find(PolicyKL)
	if err != nil || m.Name != PolicyKL || m.Unit != "nats" {
		t.Errorf("Find(%q) = %+v, %v", PolicyKL, m, err)
	}
	for given, nearest := range map[string]string{
		"polcy/kl":            PolicyKL,
		"rollout/retrun_mean": RolloutReturnMean,
		"steps_per_second":    TimeStepsPerSecond,
		"policy/kl ":          PolicyKL,
	} {
		_, err := Find(given)
		if err == nil || !strings.Contains(err.Error(), `the nearest is "`+nearest+`"`) {
			t.Errorf("Find(%q): error %v does not name %q", given, err, nearest)
		}
	}
	if _, err := Find(""); err == nil {
		t.Error("an empty name was found")
	}
}

func TestMetricsIsACopy(t *testing.T) {
	Metrics()[0].Name = "changed"
	if Metrics()[0].Name != RolloutReturnMean {
		t.Error("a caller changed the list")
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0},
		{"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"intention", "execution", 5},
	} {
		if got := edits(c.a, c.b); got != c.want {
			t.Errorf("edits(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestDirectionString(t *testing.T) {
	for d, want := range map[Direction]string{Neither: "neither", Higher: "higher", Lower: "lower"} {
		if d.String() != want {
			t.Errorf("Direction %d is %q, want %q", d, d, want)
		}
	}
}
