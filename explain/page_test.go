package explain_test

import (
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dop251/goja"

	"github.com/proximal-rl/proximal/explain"
	"github.com/proximal-rl/proximal/objective"
)

// The page in a file, ready to be opened.
func ExamplePage() {
	dir, err := os.MkdirTemp("", "page")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	fmt.Println(os.WriteFile(filepath.Join(dir, "clip.html"), explain.Page(), 0o644))
	// Output: <nil>
}

// formulas are the page's functions of numbers, run outside a browser.
type formulas struct {
	vm     *goja.Runtime
	sample func(name string, ratio, advantage float64, settings map[string]float64) jsRow
	curve  func(name string, ratio, advantage float64, settings map[string]float64) []float64
}

// jsRow is a row as the page has it.
type jsRow struct {
	Ratio, Advantage, Unclipped, Clip, Clipped, Objective, Gradient float64
	Case, Term                                                      string
}

// newFormulas runs the page's script of formulas.
func newFormulas(t *testing.T) *formulas {
	t.Helper()
	script := regexp.MustCompile(`(?s)<script id="formulas">(.*?)</script>`).FindSubmatch(explain.Page())
	if script == nil {
		t.Fatal("the page has no script of formulas")
	}
	f := &formulas{vm: goja.New()}
	f.vm.SetFieldNameMapper(goja.UncapFieldNameMapper())
	if _, err := f.vm.RunString(string(script[1])); err != nil {
		t.Fatal(err)
	}
	f.export(t, "clipping.sample", &f.sample)
	f.export(t, "(name, r, a, s) => clipping.variants[name].curve(s)(r, a)", &f.curve)
	return f
}

// export sets target to the value of an expression.
func (f *formulas) export(t *testing.T, expression string, target any) {
	t.Helper()
	value, err := f.vm.RunString(expression)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.vm.ExportTo(value, target); err != nil {
		t.Fatal(err)
	}
}

// inScript returns the settings under the names that the page gives them.
func inScript(s objective.Settings) map[string]float64 {
	return map[string]float64{
		"low": s.Low, "high": s.High, "dual": s.Dual, "rollback": s.Rollback,
		"temperature": s.Temperature, "negative": s.Negative,
	}
}

// same reports whether two numbers agree but for the rounding of a few
// operations. 1e-12 is some thousand units in the last place: room for another
// exponential and for the difference 1 − σ(x) of x up to 9, and for no other
// formula.
func same(got, want float64) bool {
	return got == want || math.Abs(got-want) <= 1e-12*max(math.Abs(got), math.Abs(want))
}

// grid calls f for every combination of settings, advantage and ratio at which
// the surrogates are compared; edges of the range are among the ratios.
func grid(f func(s objective.Settings, ratio, advantage float64)) {
	lows := []float64{0.7, 0.2, 0.05, 0.1, 0.3, 0.99}
	if testing.Short() {
		lows = lows[:2] // the interpreter takes long under the race detector
	}
	for _, low := range lows {
		for _, high := range []float64{0.05, 0.2, 0.28, 0.7, 1.5} {
			for _, dual := range []float64{0, 1.4, 3} {
				s := objective.DefaultSettings()
				s.Low, s.High, s.Dual = low, high, dual
				s.Rollback, s.Temperature, s.Negative = low, 1+2*high, 1+2*low
				below, above := explain.Edges(s)
				ratios := []float64{0.01, 0.5, 0.8, 1, 1.1, 1.2, 1.3, 1.4, 2, 3, 100, below, 1 - low, above, 1 + high}
				for _, ratio := range ratios {
					for _, advantage := range []float64{-2.5, -1, -0.1, 0, 0.3, 1, 3} {
						f(s, ratio, advantage)
					}
				}
			}
		}
	}
}

func TestPageComputesTheTable(t *testing.T) {
	page := newFormulas(t)
	seen := map[explain.Case]int{}
	terms := map[explain.Term]int{}
	grid(func(s objective.Settings, ratio, advantage float64) {
		want, err := explain.Sample(ratio, advantage, s)
		if err != nil {
			t.Fatal(err)
		}
		seen[want.Case]++
		terms[want.Term]++
		got := page.sample("clip", ratio, advantage, inScript(s))
		for _, c := range []struct {
			what      string
			got, want float64
		}{
			{"r", got.Ratio, want.Ratio}, {"A", got.Advantage, want.Advantage}, {"r·A", got.Unclipped, want.Unclipped},
			{"clip(r)", got.Clip, want.Clip}, {"clip(r)·A", got.Clipped, want.Clipped},
			{"L", got.Objective, want.Objective}, {"∂L/∂r", got.Gradient, want.Gradient},
		} {
			if !same(c.got, c.want) {
				t.Errorf("%+v, r = %v, A = %v: the page has %s = %v, want %v", s, ratio, advantage, c.what, c.got, c.want)
			}
		}
		if got.Case != string(want.Case) || got.Term != string(want.Term) {
			t.Errorf("%+v, r = %v, A = %v: the page has %q by the term %q, want %q by %q",
				s, ratio, advantage, got.Case, got.Term, want.Case, want.Term)
		}
	})
	if len(seen) != 3 || len(terms) != 4 {
		t.Errorf("the grid met the cases %v and the terms %v only", seen, terms)
	}
}

func TestPageComputesTheCurves(t *testing.T) {
	page := newFormulas(t)
	var names []string
	page.export(t, "Object.keys(clipping.variants)", &names)
	if len(names) < 5 || !slices.Contains(names, "clip") {
		t.Fatalf("the page knows %v", names)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			grid(func(s objective.Settings, ratio, advantage float64) {
				if s.Dual != 0 && name != "clip" {
					return // the others do not read it
				}
				value, slope := explain.Curve(name, s)(ratio, advantage)
				got := page.curve(name, ratio, advantage, inScript(s))
				if !same(got[0], value) || !same(got[1], slope) {
					t.Errorf("%+v, r = %v, A = %v: the page has %v, want %v and %v", s, ratio, advantage, got, value, slope)
				}
				row := page.sample(name, ratio, advantage, inScript(s))
				if flat := row.Gradient == 0 && advantage != 0; flat != (row.Case == "yes") {
					t.Errorf("%+v, r = %v, A = %v: the gradient is %v and the case %q", s, ratio, advantage, row.Gradient, row.Case)
				}
			})
		})
	}
}

// Which controls stand there is right only if the surrogate reads those settings.
func TestPageOffersTheSettingsThatAreRead(t *testing.T) {
	page := newFormulas(t)
	var uses map[string][]string
	page.export(t, "Object.fromEntries(Object.entries(clipping.variants).map(([name, v]) => [name, v.uses]))", &uses)
	for _, v := range objective.Variants() {
		offered, there := uses[v.Name]
		if !there {
			continue
		}
		delete(uses, v.Name)
		var reads []string
		for _, field := range v.Reads {
			reads = append(reads, strings.ToLower(field))
		}
		slices.Sort(offered)
		slices.Sort(reads)
		if !slices.Equal(offered, reads) {
			t.Errorf("%s: the page offers %q, it reads %q", v.Name, offered, reads)
		}
	}
	if len(uses) > 0 {
		t.Errorf("the page has surrogates that there are not: %v", uses)
	}
}

func TestPageHasTheRatiosOfTheTable(t *testing.T) {
	page := newFormulas(t)
	var ratios func(advantage float64, settings map[string]float64) []float64
	page.export(t, "clipping.ratios", &ratios)
	for percent := 1.0; percent < 100; percent++ {
		for _, high := range []float64{percent / 100, 0.28, 1.5} {
			for _, dual := range []float64{0, 1.1, 1.4, 3, 5} {
				s := clip(percent/100, high, dual)
				for _, advantage := range []float64{-1, 0, 1} {
					if got, want := ratios(advantage, inScript(s)), explain.Ratios(advantage, s); !slices.Equal(got, want) {
						t.Errorf("%+v, A = %v: the page has the ratios %v, want %v", s, advantage, got, want)
					}
				}
			}
		}
	}
}

func TestPageNeedsNothingElse(t *testing.T) {
	page := string(explain.Page())
	page = strings.ReplaceAll(page, `"http://www.w3.org/2000/svg"`, "") // the name of SVG, which nobody fetches
	for _, foreign := range []string{"http:", "https:", "//cdn", "src=", "@import", "fetch(", "XMLHttpRequest", "import("} {
		if i := strings.Index(page, foreign); i >= 0 {
			t.Errorf("the page holds %q: …%.60s", foreign, page[i:])
		}
	}
	for _, link := range regexp.MustCompile(`(?:href|url)\s*[=(]\s*"?([^")]*)`).FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(link[1], "#") && !strings.HasPrefix(link[1], "data:") {
			t.Errorf("the page refers to %q", link[1])
		}
	}
}

func TestPageShowsTheFocus(t *testing.T) {
	page := explain.Page()
	if !regexp.MustCompile(`:focus-visible \{[^}]*outline: [23]px solid`).Match(page) {
		t.Error("no outline of what has the focus")
	}
	if hidden := regexp.MustCompile(`outline:\s*(none|0)`).Find(page); hidden != nil {
		t.Errorf("%s hides the focus", hidden)
	}
}

func TestPageIsTheCallers(t *testing.T) {
	explain.Page()[0] = 'x'
	if explain.Page()[0] != '<' {
		t.Error("writing to the page changed the next one")
	}
}
