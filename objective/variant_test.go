package objective_test

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/gradcheck"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/seed"
)

// promise is what a surrogate promises, beside its formula.
type promise struct {
	name string

	// value is its objective at a ratio of 1 and an advantage of 1. The slope there
	// is that of the policy gradient for all.
	value float64
	// flat says that it has no gradient beyond the range in the direction of the
	// advantage; turned, that it leads back there.
	flat, turned bool
	// below says that it is never above the unclipped surrogate.
	below bool
}

// promises has one row for each variant.
var promises = []promise{
	{name: "unclipped", value: 1, below: true},
	{name: "clip", value: 1, flat: true, below: true},
	{name: "kl", value: 1, below: true},
	{name: "vanilla"},
	{name: "tis"},
	{name: "topr"},
	{name: "cispo"},
	{name: "gspo", value: 1, flat: true, below: true},
	{name: "gmpo", value: 1, flat: true, below: true},
	{name: "sapo", value: 2},
	{name: "quadratic"},
	{name: "decoupled", value: 1, flat: true, below: true},
	{name: "clip-cov", value: 1, flat: true, below: true},
	{name: "kl-cov", value: 1, below: true},
	{name: "rollback", value: 1, turned: true, below: true},
}

func TestEveryVariantHasItsPromises(t *testing.T) {
	all := objective.Variants()
	if len(all) != len(promises) {
		t.Fatalf("%d variants, %d promises", len(all), len(promises))
	}
	for i, v := range all {
		if v.Name != promises[i].name {
			t.Errorf("variant %d is %q, its promises are those of %q", i, v.Name, promises[i].name)
		}
		if v.Meaning == "" || v.New == nil || v.Curve == nil {
			t.Errorf("%s is incomplete: %+v", v.Name, v)
		}
		if found, ok := objective.Find(v.Name); !ok || found.Name != v.Name {
			t.Errorf("Find(%q) is %q, %v", v.Name, found.Name, ok)
		}
	}
	if v, ok := objective.Find("clipp"); ok || v.Name != "" {
		t.Errorf("found %q", v.Name)
	}
}

// bent is the curve of a variant, with a range that is not the same on both
// sides.
func bent(t testing.TB, name string) objective.Curve {
	s := objective.DefaultSettings()
	s.High = 0.3
	return find(t, name).Curve(s)
}

// Every surrogate begins as the policy gradient: at a ratio of 1 its slope is the
// advantage.
func TestSlopeAtRatioOneIsTheAdvantage(t *testing.T) {
	for _, p := range promises {
		for _, a := range []float64{-2.5, -1, 0, 1, 3} {
			objective, slope := bent(t, p.name)(1, a)
			want := p.value * a
			if p.name == "sapo" && a < 0 {
				want = 2 / 1.05 * a
			}
			golden.Close(t, p.name+" at 1", []float64{objective, slope}, []float64{want, a}, golden.Tolerance{
				Relative: 3e-16, Why: "rounding of the gate",
			})
		}
	}
}

// ratios around the range, knees left out.
var someRatios = []float64{1e-6, 0.01, 0.3, 0.5, 0.79, 0.83, 0.95, 1.05, 1.29, 1.36, 1.6, 3, 10, 400}

func TestGradientsBeyondTheRange(t *testing.T) {
	for _, p := range promises {
		curve := bent(t, p.name)
		for _, r := range someRatios {
			for _, a := range []float64{-2, 1.5} {
				_, slope := curve(r, a)
				far := a > 0 && r > 1.35 || a < 0 && r < 0.8
				with := slope * a // above 0 where the policy is moved on along the advantage
				switch {
				case p.flat && far != (slope == 0):
					t.Errorf("%s at ratio %v, advantage %v: slope %v", p.name, r, a, slope)
				case p.turned && far != (with < 0):
					t.Errorf("%s at ratio %v, advantage %v: slope %v", p.name, r, a, slope)
				case !p.flat && slope == 0 && p.name != "sapo":
					t.Errorf("%s at ratio %v, advantage %v: no slope", p.name, r, a)
				}
			}
		}
	}
}

// Of the variants whose gate never closes, sapo's does where float64 ends.
func TestSoftGateIsOpenUntilItRounds(t *testing.T) {
	curve := bent(t, "sapo")
	for _, r := range []float64{1e-6, 0.5, 2, 10, 30, 400} {
		if _, slope := curve(r, 1); !(slope > 0 && slope < 1) {
			t.Errorf("at ratio %v the slope is %v", r, slope)
		}
	}
	if _, slope := curve(1000, 1); slope != 0 {
		t.Errorf("at ratio 1000 the slope is %v", slope)
	}
}

func TestNeverAboveTheUnclipped(t *testing.T) {
	for _, p := range promises {
		if !p.below {
			continue
		}
		curve := bent(t, p.name)
		for _, r := range append(someRatios, 0.8, 1, 1.3) {
			for _, a := range []float64{-2, 0, 1.5} {
				if objective, _ := curve(r, a); objective > r*a+1e-15 {
					t.Errorf("%s at ratio %v, advantage %v: %v is above %v", p.name, r, a, objective, r*a)
				}
			}
		}
	}
}

// The dual clip bounds what a bad action can cost, in every variant that has it.
func TestDualClipBoundsTheLoss(t *testing.T) {
	s := objective.DefaultSettings()
	for _, name := range []string{"clip", "gspo", "decoupled", "clip-cov"} {
		for _, s.Dual = range []float64{1.4, 3} {
			for _, r := range someRatios {
				for _, a := range []float64{-2, 1} {
					value, slope := find(t, name).Curve(s)(r, a)
					if a < 0 && value < s.Dual*a || a < 0 && r > s.Dual && slope != 0 {
						t.Errorf("%s with dual %v at ratio %v: objective %v, slope %v", name, s.Dual, r, value, slope)
					}
					s := s
					s.Dual = 0
					if free, _ := find(t, name).Curve(s)(r, a); a > 0 && free != value {
						t.Errorf("%s: the dual clip changes a positive advantage's %v to %v", name, free, value)
					}
				}
			}
		}
	}
}

// The slope is the derivative of the objective; where a factor is held constant,
// of the objective with the factor it has there.
func TestCurvesAgainstFiniteDifferences(t *testing.T) {
	for _, v := range objective.Variants() {
		curve := bent(t, v.Name)
		for _, r := range []float64{0.3, 0.5, 0.9, 1.05, 1.25, 1.6, 3} {
			for _, a := range []float64{-2, 1.5} {
				value, slope := curve(r, a)
				of := func(x []float64) float64 {
					y, _ := curve(x[0], a)
					return y
				}
				if v.Detached { // objective = factor · A · log r
					of = func(x []float64) float64 { return value / math.Log(r) * math.Log(x[0]) }
				}
				golden.Close(t, v.Name, []float64{slope}, gradcheck.Gradient(of, []float64{r}), golden.Tolerance{
					Absolute: 1e-9, Relative: 1e-9, Why: "finite differences",
				})
			}
		}
	}
}

// The surrogate of one row is its curve, by log-probability instead of by ratio.
func TestSurrogatesFollowTheirCurves(t *testing.T) {
	s := objective.DefaultSettings()
	rng := seed.New(11)
	for _, v := range objective.Variants() {
		curve, surrogate := v.Curve(s), v.New(s)
		for range 200 {
			// From an old log-probability of 0 the curve's count is the row's.
			b := complete(at(math.Exp(0.7*rng.Normal()), float32(rng.Normal())))
			loss, d, seen := apply(surrogate, b)
			ratio := math.Exp(float64(b.LogProb[0]))
			value, slope := curve(ratio, float64(b.Advantage[0]))
			golden.Close(t, v.Name+"'s loss", []float64{loss}, []float64{-0.5 * value}, golden.Tolerance{
				Absolute: 1e-14, Relative: 1e-14, Why: "ratios from two exponentials",
			})
			golden.Close(t, v.Name+"'s derivative", d, []float64{-0.5 * slope * ratio}, golden.Tolerance{
				Absolute: 1e-14, Relative: 6.1e-8, Why: "derivatives are rounded to float32",
			})
			if seen.Rows != 1 || (seen.ZeroGradient == 1) != (d[0] == 0) {
				t.Errorf("%s: derivative %v, statistics %+v", v.Name, d[0], seen)
			}
		}
	}
}

// complete gives a batch what some surrogates need beside the rest: nothing is
// selected, and the old policy drew the actions.
func complete(b *objective.Batch) *objective.Batch {
	b.Selected = make([]bool, len(b.LogProb))
	return b
}

// Curves are exact where their inputs are: no rounding comes between a table and
// its textbook.
func TestCurvesAreExact(t *testing.T) {
	s := objective.DefaultSettings()
	for _, name := range []string{"clip", "gspo", "decoupled", "clip-cov", "rollback"} {
		curve := find(t, name).Curve(s)
		for _, c := range [][4]float64{
			{1.2, 1, 1.2, 1}, {0.8, -1, -0.8, -1}, // the edges are inside
			{1, 3, 3, 3}, {1.5, -3, -4.5, -3}, {0, 1, 0, 1},
		} {
			if value, slope := curve(c[0], c[1]); value != c[2] || slope != c[3] {
				t.Errorf("%s at ratio %v, advantage %v: %v with slope %v, want %v with %v", name, c[0], c[1], value, slope, c[2], c[3])
			}
		}
	}
	for _, c := range [][4]float64{{1.5, 1, 1.2, 0}, {0.5, -1, -0.8, 0}, {1.5, -1, -1.5, -1}, {0.5, 1, 0.5, 1}} {
		if value, slope := find(t, "clip").Curve(s)(c[0], c[1]); value != c[2] || slope != c[3] {
			t.Errorf("clip at ratio %v, advantage %v: %v with slope %v", c[0], c[1], value, slope)
		}
	}
}
