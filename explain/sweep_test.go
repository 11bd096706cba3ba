package explain_test

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/explain"
	"github.com/proximal-rl/proximal/objective"
)

// TestSweepOfEveryVariant: a curve has its points where it should, finite or
// NaN, and its slope is the derivative of its value.
func TestSweepOfEveryVariant(t *testing.T) {
	s := objective.DefaultSettings()
	for _, v := range objective.Variants() {
		x, y, d := explain.Sweep(explain.Curve(v.Name, s), -1, 0, 2, 401)
		if len(x) != 401 || len(y) != 401 || len(d) != 401 || x[0] != 0 || x[400] != 2 || x[160] != 0.8 {
			t.Errorf("%s: points at %v … %v", v.Name, x[0], x[400])
		}
		for i := range x {
			if math.IsInf(y[i], 0) || math.IsInf(d[i], 0) {
				t.Errorf("%s at %v: %v with slope %v", v.Name, x[i], y[i], d[i])
			}
		}
	}
}

func TestCurvePanics(t *testing.T) {
	for what, f := range map[string]func(){
		"an unknown surrogate": func() { explain.Curve("clap", objective.DefaultSettings()) },
		"one point":            func() { explain.Sweep(explain.Curve("clip", objective.DefaultSettings()), 1, 0, 1, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s does not panic", what)
				}
			}()
			f()
		}()
	}
}
