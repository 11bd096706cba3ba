package objective_test

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/objective"
)

// Objectives and slopes by hand, on both sides of every knee and on it.
func TestCurvesByHand(t *testing.T) {
	type settings = objective.Settings
	wide := settings{Low: 0.2, High: 0.2}
	half := math.Log(0.5)
	for _, c := range []struct {
		name             string
		settings         settings
		ratio, advantage float64
		objective, slope float64
	}{
		{"unclipped", settings{}, 100, 2, 200, 2},
		{"unclipped", settings{}, 0.01, -2, -0.02, -2},

		{"clip", wide, 1.5, 2, 2.4, 0},
		{"clip", wide, 1.5, -2, -3, -2},
		{"clip", wide, 0.5, 2, 1, 2},
		{"clip", wide, 0.5, -2, -1.6, 0},
		{"clip", settings{Low: 0.2, High: 0.2, Dual: 3}, 4, -2, -6, 0},
		{"clip", settings{Low: 0.2, High: 0.2, Dual: 3}, 3, -2, -6, -2}, // on the edge
		{"clip", settings{Low: 0.2, High: 0.2, Dual: 1.4}, 1.5, -1, -1.4, 0},

		{"kl", settings{KL: 0.5}, 2, 1, 2 - 0.5*(1+half), 1 - 0.25},
		{"kl", settings{KL: 0.5}, 0.5, 1, 0.5 - 0.5*(-0.5-half), 1.5},
		{"kl", settings{KL: 2}, 2, 1, 2 - 2*(1+half), 0}, // A·r = β·(r − 1)
		{"kl", settings{}, 2, 1, 2, 1},                   // no penalty

		{"vanilla", settings{}, 0.5, 3, 3 * half, 6},
		{"vanilla", settings{}, 2, -3, 3 * half, -1.5},

		{"tis", settings{Cap: 1}, 0.5, 3, 1.5 * half, 3},
		{"tis", settings{Cap: 1}, 2, 3, -3 * half, 1.5}, // capped: 1·A by log π
		{"tis", settings{Cap: 2}, 4, -1, 4 * half, -0.5},

		{"topr", settings{Cap: 1}, 0.5, 3, 3 * half, 6},
		{"topr", settings{Cap: 1}, 0.5, -3, -1.5 * half, -3},
		{"topr", settings{Cap: 1}, 4, -3, 6 * half, -0.75},

		{"cispo", wide, 0.5, 1, 0.8 * half, 1.6},
		{"cispo", wide, 2, -1, 1.2 * half, -0.6},
		{"cispo", wide, 1.1, 1, 1.1 * math.Log(1.1), 1},

		{"gspo", wide, 1.5, 2, 2.4, 0},
		{"gspo", settings{Low: 0.2, High: 0.2, Dual: 3}, 4, -2, -6, 0},

		{"gmpo", wide, 1.5, 2, 2 * math.Exp(0.2), 0},
		{"gmpo", wide, 1.21, 2, 2.42, 2}, // beyond 1.2, but not beyond e^0.2
		{"gmpo", wide, 0.5, 2, 1, 2},
		{"gmpo", wide, 0.5, -2, -2 * math.Exp(-0.2), 0},
		{"gmpo", wide, 1.5, -2, -3, -2},
		{"gmpo", wide, 1.5, 0, 0, 0},

		{"sapo", settings{Temperature: 1, Negative: 2}, 1, 1, 2, 1},
		{"sapo", settings{Temperature: 1, Negative: 2}, 1, -1, -1, -1},
		{"sapo", settings{Temperature: 1, Negative: 2}, 2, 1, 4 / (1 + math.Exp(-1)), 4 / (1 + math.Exp(-1)) / (1 + math.E)},
		{"sapo", settings{Temperature: 1, Negative: 2}, 0.5, -1, -2 / (1 + math.E), -4 / (1 + math.E) / (1 + math.Exp(-1))},

		{"quadratic", settings{Quadratic: 0.1}, 0.5, 1, half - 0.05*half*half, 2 * (1 - 0.1*half)},
		{"quadratic", settings{Quadratic: 1}, math.E, 1, 0.5, 0}, // at rest where log r = A/τ
		{"quadratic", settings{}, 0.5, 1, half, 2},

		{"decoupled", wide, 1.5, 2, 2.4, 0},
		{"decoupled", wide, 1.5, -2, -3, -2},

		{"clip-cov", settings{Low: 0.2, High: 0.2, Share: 1, CovarianceHigh: 1}, 1.5, 2, 2.4, 0},
		{"kl-cov", settings{KL: 1, Share: 1}, 1.5, 2, 3, 2},

		{"rollback", settings{Low: 0.2, High: 0.2, Rollback: 0.5}, 2, 1, 0.8, -0.5},
		{"rollback", settings{Low: 0.2, High: 0.2, Rollback: 0.5}, 0.5, -1, -0.95, 0.5},
		{"rollback", settings{Low: 0.2, High: 0.2, Rollback: 0.5}, 2, -1, -2, -1},
		{"rollback", settings{Low: 0.2, High: 0.2, Rollback: 0.5}, 0.5, 1, 0.5, 1},
		{"rollback", settings{Low: 0.2, High: 0.2}, 2, 1, 1.2, 0}, // the clip
	} {
		value, slope := find(t, c.name).Curve(c.settings)(c.ratio, c.advantage)
		golden.Close(t, c.name, []float64{value, slope}, []float64{c.objective, c.slope}, golden.Tolerance{
			Absolute: 3e-16, Relative: 1e-15, Why: "decimals in binary",
		})
		if t.Failed() {
			t.Fatalf("in %+v", c)
		}
	}
}

// What a selected row is worth, and what the policy that drew an action changes.
func TestSelectedRowsAndOtherPoliciesByHand(t *testing.T) {
	s := objective.DefaultSettings()
	s.KL = 0.5
	b := at(1.5, -2)
	b.Selected = []bool{true}
	loss, d, seen := apply(find(t, "clip-cov").New(s), b)
	if loss != 0 || d[0] != 0 || seen.ZeroGradient != 1 {
		t.Errorf("clip-cov: a selected row has loss %v, derivative %v, statistics %+v", loss, d[0], seen)
	}
	// r·A − β·|log r| is −3 − ½·log 1.5, with derivative −3 − ½ by log π; weight ½.
	loss, d, _ = apply(find(t, "kl-cov").New(s), b)
	golden.Close(t, "kl-cov, ratio above 1", []float64{loss, float64(d[0])}, []float64{1.5 + 0.25*math.Log(1.5), 1.75}, rounding)
	b = at(0.5, -2)
	b.Selected = []bool{true}
	loss, d, _ = apply(find(t, "kl-cov").New(s), b)
	golden.Close(t, "kl-cov, ratio below 1", []float64{loss, float64(d[0])}, []float64{0.5 + 0.25*math.Log(2), 0.25}, rounding)
	b = at(1, -2)
	b.Selected = []bool{true}
	if _, d, _ = apply(find(t, "kl-cov").New(s), b); d[0] != 1 {
		t.Errorf("kl-cov: on the knee the derivative is %v", d[0])
	}

	for _, c := range []struct{ bound, factor float64 }{{0, 2}, {3, 2}, {1.5, 1.5}} {
		s.BehaviorCap = c.bound
		b := at(1.1, 1)
		b.Behavior = []float32{float32(-math.Ln2)} // μ gave half of what π_old did
		loss, d, _ := apply(find(t, "decoupled").New(s), b)
		golden.Close(t, "decoupled", []float64{loss, float64(d[0])}, []float64{-0.55 * c.factor, -0.55 * c.factor}, rounding)
	}
}
