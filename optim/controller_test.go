package optim_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/optim"
)

// Each law on both sides of each of its thresholds. The first two rows are
// recorded values of the controller that libraries for language models share.
func TestLaws(t *testing.T) {
	inf := math.Inf(1)
	proportional, doubling, step := optim.ProportionalPenalty(6, 1e4), optim.DoublingPenalty(0.01), optim.AdaptiveStep(0.01)
	for _, test := range []struct {
		name            string
		law             optim.Law
		value, kl, want float64
		samples         int
	}{
		{"proportional", proportional, 0.2, 9, 0.201024, 256},
		{"proportional", proportional, 0.2, 5.5, 0.2 * (1 - 0.5/6*0.0256), 256},
		{"proportional", proportional, 0.2, 6, 0.2, 256},
		{"proportional", proportional, 0.2, inf, 0.2 * 1.2, 10000},
		{"proportional", proportional, 0.2, -1, 0.2 * 0.8, 10000},
		{"proportional", proportional, 0.2, 6.6, 0.2 * 1.05, 5000},
		{"doubling", doubling, 1, 0.0151, 2, 64},
		{"doubling", doubling, 1, 0.015, 1, 64},
		{"doubling", doubling, 1, 0.0067, 1, 64},
		{"doubling", doubling, 1, 0.0066, 0.5, 64},
		{"doubling", doubling, 1, -0.01, 0.5, 64},
		{"step", step, 0.3, 0.0201, 0.2, 64},
		{"step", step, 0.3, 0.02, 0.3, 64},
		{"step", step, 0.2, 0.005, 0.2, 64},
		{"step", step, 0.2, 0.0049, 0.3, 64},
		{"step", step, 0.2, 0, 0.2, 64},
	} {
		c := optim.NewController(test.value, 1e-3, 10, test.law)
		c.Observe(test.kl, test.samples)
		golden.Close(t, fmt.Sprintf("%s at KL %v", test.name, test.kl), []float64{c.Value()}, []float64{test.want},
			golden.Tolerance{Relative: 1e-12, Why: "rounding of float64"})
	}
	c := optim.NewController(0.2, 1e-3, 10, proportional)
	c.Observe(5.5, 256)
	golden.Close(t, "recorded", []float64{c.Value()}, []float64{0.199573}, golden.Tolerance{Absolute: 5e-7, Why: "six digits were printed"})
}

// Whatever is measured, the value stays within its bounds and recovers from them.
func TestControllerStaysWithinBounds(t *testing.T) {
	const low, high = 0.05, 0.4
	rapid.Check(t, func(t *rapid.T) {
		law := rapid.SampledFrom([]optim.Law{
			optim.ProportionalPenalty(0.01, 1e4), optim.DoublingPenalty(0.01), optim.AdaptiveStep(0.01),
		}).Draw(t, "law")
		c := optim.NewController(0.2, low, high, law)
		for _, kl := range rapid.SliceOf(rapid.Float64()).Draw(t, "divergences") {
			c.Observe(kl, 64)
			if !(low <= c.Value() && c.Value() <= high) {
				t.Fatalf("value %v", c.Value())
			}
		}
	})
	c := optim.NewController(0.2, low, high, optim.AdaptiveStep(0.01))
	for range 100 {
		c.Observe(1, 64)
	}
	if c.Value() != low {
		t.Errorf("value %v, want %v", c.Value(), low)
	}
	c.Observe(1e-4, 64)
	if leaves := c.Value() > 1.4*low; !leaves {
		t.Errorf("value %v does not leave its bound", c.Value())
	}
}

// A toy policy whose divergence goes with the square of the clip range, or
// against the penalty: each law brings it to its target and keeps it there.
func TestLawsFindTheirTarget(t *testing.T) {
	const target = 0.01
	for _, test := range []struct {
		name string
		law  optim.Law
		kl   func(value float64) float64
	}{
		{"proportional", optim.ProportionalPenalty(target, 1000), func(v float64) float64 { return 0.05 / v }},
		{"doubling", optim.DoublingPenalty(target), func(v float64) float64 { return 0.05 / v }},
		{"step", optim.AdaptiveStep(target), func(v float64) float64 { return 0.9 * v * v }},
	} {
		for _, start := range []float64{1e-3, 0.3, 80} {
			c := optim.NewController(start, 1e-4, 100, test.law)
			for range 300 {
				c.Observe(test.kl(c.Value()), 500)
			}
			if kl := test.kl(c.Value()); !(kl >= target/2 && kl <= 2*target) {
				t.Errorf("%s from %v: KL is %v, the target %v", test.name, start, kl, target)
			}
		}
	}
}

func TestControllerState(t *testing.T) {
	c := optim.NewController(0.2, 0.1, 0.4, optim.DoublingPenalty(0.01))
	c.Observe(math.NaN(), 64)
	if c.Value() != 0.2 {
		t.Errorf("NaN moved the value to %v", c.Value())
	}
	c.Observe(1, 64)
	again := optim.NewController(0.2, 0.1, 0.4, optim.DoublingPenalty(0.01))
	if err := again.Restore(c.Value()); err != nil || again.Value() != 0.4 {
		t.Errorf("restored %v, error %v", again.Value(), err)
	}
	for _, bad := range []float64{0.05, 0.5, math.NaN(), math.Inf(1)} {
		want := fmt.Sprintf("restore controller: value is %v; must be in [0.1, 0.4]", bad)
		if err := again.Restore(bad); err == nil || err.Error() != want || again.Value() != 0.4 {
			t.Errorf("restored %v, error %v, want %q", again.Value(), err, want)
		}
	}
}
