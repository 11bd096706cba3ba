package explain_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/explain"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/objective"
)

// TestLuckyUpdate: without the clip, and with the maximum alike, the lucky action
// goes from .6 to .99; PPO stops outside its range, not far from it.
func TestLuckyUpdate(t *testing.T) {
	lucky := explain.DefaultLucky()
	path, err := lucky.Update()
	if err != nil || len(path) != lucky.Epochs+1 {
		t.Fatalf("%d epochs, %v", len(path), err)
	}
	first, last := path[0], path[lucky.Epochs]
	if first.Unclipped != 0.6 || first.Clipped != 0.6 || first.Maximum != 0.6 {
		t.Errorf("before: %+v", first)
	}
	if last.Unclipped < 0.99 || last.Maximum != last.Unclipped {
		t.Errorf("after: %+v", last)
	}
	if last.Clipped < 0.72 || last.Clipped > 0.76 || last.Clipped != path[10].Clipped {
		t.Errorf("PPO: %+v, and after ten epochs %+v", last, path[10])
	}
}

// TestMaximumIsWrongOnBothSides: the gradient of the counterfactual is there
// where PPO has none, and the other way round.
func TestMaximumIsWrongOnBothSides(t *testing.T) {
	for _, advantage := range []float64{1, -1} {
		rows, err := explain.Counterfactual([]float64{0.3, 0.79, 0.9, 1.1, 1.21, 4}, advantage, clip(0.2, 0.2, 0))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			inside := r.Ratio > 0.8 && r.Ratio < 1.2
			clipped := min(max(r.Ratio, 0.8), 1.2) * advantage
			if r.Minimum != min(r.Ratio*advantage, clipped) || r.Maximum != max(r.Ratio*advantage, clipped) {
				t.Errorf("values of %+v", r)
			}
			if inside && (r.MinimumGradient != advantage || r.MaximumGradient != advantage) ||
				!inside && r.MinimumGradient+r.MaximumGradient != advantage {
				t.Errorf("gradients of %+v", r)
			}
		}
	}
	edges, err := explain.Counterfactual([]float64{0.3, 1.7}, 1, clip(0.7, 0.7, 0))
	if err != nil || edges[0].MaximumGradient != 1 || edges[1].MaximumGradient != 1 {
		t.Errorf("on the edges: %+v, %v", edges, err)
	}
	// A ratio on the bound of the dual clip is on no edge of the range.
	dual, err := explain.Counterfactual([]float64{2, 3}, -1, clip(0.2, 0.2, 2))
	want := []explain.Contrast{
		{Ratio: 2, Advantage: -1, Minimum: -2, MinimumGradient: -1, Maximum: -1.2},
		{Ratio: 3, Advantage: -1, Minimum: -2, Maximum: -1.2},
	}
	if err != nil || !slices.Equal(dual, want) {
		t.Errorf("with the dual clip: %+v, %v", dual, err)
	}
}

// TestOutliers: unclipped, a ratio is a factor on the gradient; PPO stops that
// for good actions and not for bad ones, the dual clip for both.
func TestOutliers(t *testing.T) {
	find := func(dual float64, name string, advantage float64) explain.Outlier {
		all, err := explain.Outliers([]float64{1, 10, 100}, 64, clip(0.2, 0.2, dual))
		if err != nil || len(all) != 2*len(objective.Variants()) {
			t.Fatalf("%d outliers, %v", len(all), err)
		}
		for _, o := range all {
			if o.Variant == name && o.Advantage == advantage {
				return o
			}
		}
		t.Fatalf("no outlier of %s", name)
		return explain.Outlier{}
	}
	shares := []float64{1. / 64, 10. / 73, 100. / 163}
	for _, test := range []struct {
		dual, advantage   float64
		name              string
		gradients, shares []float64
	}{
		{0, 1, "unclipped", []float64{1, 10, 100}, shares},
		{0, -1, "unclipped", []float64{-1, -10, -100}, shares},
		{0, 1, "clip", []float64{1, 0, 0}, []float64{1. / 64, 0, 0}},
		{0, -1, "clip", []float64{-1, -10, -100}, shares},
		{3, -1, "clip", []float64{-1, 0, 0}, []float64{1. / 64, 0, 0}},
	} {
		o := find(test.dual, test.name, test.advantage)
		golden.Close(t, test.name+" gradients", o.Gradients, test.gradients, golden.Tolerance{})
		golden.Close(t, test.name+" shares", o.Shares, test.shares, last)
	}
}

// TestOnePullIsExact: where one decision is all there is, the unclipped surrogate
// is the return at any ratio, and PPO's is never above it.
func TestOnePullIsExact(t *testing.T) {
	ratios := []float64{0, 0.25, 0.8, 1, 1.2, 2, 3.3}
	promises, err := explain.Promises(ratios, 0.3, [2][2]float64{{1, 1}, {0, 0}}, clip(0.2, 0.2, 0))
	if err != nil {
		t.Fatal(err)
	}
	rounding := golden.Tolerance{Absolute: 4e-16, Why: "a sum of six products"}
	for i, p := range promises {
		golden.Close(t, "return", []float64{p.Return, p.Unclipped}, []float64{0.3 * ratios[i], p.Return}, rounding)
		if p.Clipped > p.Unclipped {
			t.Errorf("%+v: the clipped surrogate is above", p)
		}
	}
}

// TestTwoPullsAreWrongInTheSquare: the error of the surrogate is that of a
// tangent. If pay is 1 for different arms, the return is 2p(1−p) and the error
// 2(p−p_old)²; if it is 1 for the first arm twice, p² and −(p−p_old)².
func TestTwoPullsAreWrongInTheSquare(t *testing.T) {
	rounding := golden.Tolerance{Absolute: 4e-16, Why: "a sum of six products"}
	for _, game := range []struct {
		pay    [2][2]float64
		factor float64
	}{{[2][2]float64{{0, 1}, {1, 0}}, 2}, {[2][2]float64{{1, 0}, {0, 0}}, -1}} {
		promises, err := explain.Promises([]float64{0, 0.5, 0.9, 1, 1.1, 2, 2.5}, 0.4, game.pay, clip(0.2, 0.2, 0))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range promises {
			step := p.Probability - 0.4
			golden.Close(t, "error", []float64{p.Unclipped - p.Return}, []float64{game.factor * step * step}, rounding)
		}
	}
}

func TestLuckyRefuses(t *testing.T) {
	for _, test := range []struct {
		change func(*explain.Lucky)
		want   string
	}{
		{func(l *explain.Lucky) { l.Probability = 1 }, "probability = 1: must be in (0, 1)"},
		{func(l *explain.Lucky) { l.Probability = math.NaN() }, "probability = NaN"},
		{func(l *explain.Lucky) { l.Clip.High = -1 }, "high = -1"},
		{func(l *explain.Lucky) { l.LearningRate = 0 }, "lr = 0: must be a finite number above 0"},
		{func(l *explain.Lucky) { l.LearningRate = 1e6 }, "lr = 1e+06: too large"},
		{func(l *explain.Lucky) { l.Epochs = 0 }, "epochs = 0: must be in [1, 100000]"},
	} {
		l := explain.DefaultLucky()
		test.change(&l)
		if _, err := l.Update(); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("error %v, want %s", err, test.want)
		}
	}
	ok := clip(0.2, 0.2, 0)
	game := [2][2]float64{{0, 1}, {1, 0}}
	even := explain.DefaultSoftmax()
	even.Advantages = []float64{2, 2, 2}
	certain := explain.DefaultSoftmax()
	certain.LearningRate = 1e5
	for want, try := range map[string]func() error{
		"batch = 0: must be in":                          func() error { _, err := explain.Outliers([]float64{1}, 0, ok); return err },
		"batch = 1: must be in [2, ":                     func() error { _, err := explain.Outliers([]float64{1}, 1, ok); return err },
		"ratios[1] = 0: must be a finite number above 0": func() error { _, err := explain.Outliers([]float64{1, 0}, 2, ok); return err },
		"ratios: must name":                              func() error { _, err := explain.Outliers(nil, 2, ok); return err },
		"ratios[0] = NaN":                                func() error { _, err := explain.Outliers([]float64{math.NaN()}, 2, ok); return err },
		"low = 2":                                        func() error { _, err := explain.Outliers([]float64{1}, 2, clip(2, 1, 0)); return err },
		"ratios[0] = -1":                                 func() error { _, err := explain.Counterfactual([]float64{-1}, 1, ok); return err },
		"advantages: must not all be":                    func() error { _, err := explain.Reuse(even); return err },
		"lr = 100000: too large":                         func() error { _, err := explain.Reuse(certain); return err },
		"epochs = 0": func() error {
			_, err := explain.Reuse(explain.Softmax{Logits: even.Logits, Advantages: even.Logits, Clip: ok, Temperature: 1, LearningRate: 1})
			return err
		},
		"old = 0: must be in (0, 1)":   func() error { _, err := explain.Promises([]float64{1}, 0, game, ok); return err },
		"ratios[1] = 4: must be in [0": func() error { _, err := explain.Promises([]float64{1, 4}, 0.3, game, ok); return err },
		"pay = NaN": func() error {
			_, err := explain.Promises([]float64{1}, 0.3, [2][2]float64{{0, math.NaN()}}, ok)
			return err
		},
		"dual = 1": func() error { _, err := explain.Promises([]float64{1}, 0.3, game, clip(0.2, 0.2, 1)); return err },
	} {
		if err := try(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
