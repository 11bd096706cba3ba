package prob_test

import (
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/prob"
)

var inf, nan = float32(math.Inf(1)), float32(math.NaN())

func choices(n int) family { return family{Distribution: prob.Categorical{N: n}} }

func TestCategoricalByHand(t *testing.T) {
	quarter := []float32{0, float32(math.Log(3))} // probabilities ¼ and ¾
	even := []float32{5, 5}
	log2, log3 := math.Log(2), math.Log(3)
	h := 2*log2 - 0.75*log3
	f := choices(2)

	wantClose(t, "log p", f.logProb([]float32{0, 1, 1}, slices.Concat(quarter, quarter, even)),
		[]float64{-2 * log2, log3 - 2*log2, -log2}, 1e-7)
	wantClose(t, "entropy", f.entropy(slices.Concat(quarter, even)), []float64{h, log2}, 1e-7)
	wantClose(t, "KL to the even one", f.kl(quarter, even), []float64{log2 - h}, 1e-7)
	wantClose(t, "KL from the even one", f.kl(even, quarter), []float64{log2 - log3/2}, 1e-7)

	// ∂log p_1/∂z = [j = 1] − p, and ∂H/∂z_j = −p_j·(log p_j + H).
	wantClose(t, "gradient of log p", f.backward([]float32{2}, []float32{0}, []float32{1}, quarter),
		[]float64{-0.5, 0.5}, 2e-7)
	wantClose(t, "gradient of the entropy", f.backward([]float32{0}, []float32{1}, []float32{1}, quarter),
		[]float64{-(-2*log2 + h) / 4, -3 * (log3 - 2*log2 + h) / 4}, 1e-7)
	wantClose(t, "gradient of KL", f.klBackward([]float32{4}, even, quarter), []float64{-1, 1}, 1e-6)
}

// One choice is no choice: probability 1, no entropy, no gradient.
func TestSingleChoice(t *testing.T) {
	f := choices(1)
	for _, z := range []float32{-1e4, 0, 3.5, 1e4} {
		raw, one := []float32{z}, []float32{1}
		for _, test := range []struct {
			what string
			got  []float32
		}{
			{"log p", f.logProb([]float32{0}, raw)},
			{"entropy", f.entropy(raw)},
			{"KL", f.kl(raw, []float32{-z})},
			{"gradient", f.backward(one, one, []float32{0}, raw)},
			{"gradient of KL", f.klBackward(one, raw, []float32{-z})},
		} {
			if test.got[0] != 0 {
				t.Errorf("logit %v: %s is %v, want 0", z, test.what, test.got[0])
			}
		}
	}
}

func TestExtremeLogits(t *testing.T) {
	f := choices(3)
	raw := []float32{1e4, -1e4, 1e4}
	log2 := math.Log(2)
	wantClose(t, "log p", f.logProb([]float32{0, 1}, slices.Concat(raw, raw)), []float64{-log2, -2e4 - log2}, 1e-7)
	wantClose(t, "entropy", f.entropy(raw), []float64{log2}, 1e-7)
	wantClose(t, "gradient", f.backward([]float32{1}, []float32{1}, []float32{1}, raw), []float64{-0.5, 1, -0.5}, 1e-6)
	wantClose(t, "KL", f.kl([]float32{1e4, 0, 0}, []float32{0, 1e4, 0}), []float64{1e4}, 1e-7)
}

// A logit of −Inf takes a choice away: entropy, divergence and gradients treat
// it as if it were not there.
func TestExcludedChoices(t *testing.T) {
	f, two := choices(3), choices(2)
	raw, rest := []float32{1, -inf, 2}, []float32{1, 2}
	a, b := []float32{0.7}, []float32{-0.3}

	wantClose(t, "entropy", f.entropy(raw), widen(two.entropy(rest)), 1e-7)
	wantClose(t, "log p", f.logProb([]float32{2}, raw), widen(two.logProb([]float32{1}, rest)), 1e-7)
	wantClose(t, "KL", f.kl(raw, []float32{2, -inf, 0}), widen(two.kl(rest, []float32{2, 0})), 1e-7)
	d := two.backward(a, b, []float32{1}, rest)
	wantClose(t, "gradient", f.backward(a, b, []float32{2}, raw), []float64{float64(d[0]), 0, float64(d[1])}, 1e-7)

	if p := f.logProb([]float32{1}, raw)[0]; p != -inf {
		t.Errorf("the excluded choice has log-probability %v, want -Inf", p)
	}
	open := []float32{1, 0, 2}
	if kl := f.kl(open, raw)[0]; kl != inf {
		t.Errorf("KL to a distribution that excludes a possible choice is %v, want +Inf", kl)
	}
	if kl := float64(f.kl(raw, open)[0]); !(kl > 0 && kl < 1) {
		t.Errorf("KL from a distribution that excludes a choice is %v, want it finite", kl)
	}
	for _, d := range f.klBackward([]float32{1}, open, raw) {
		if math.IsNaN(float64(d)) || math.IsInf(float64(d), 0) {
			t.Errorf("the gradient of an infinite KL has an element %v", d)
		}
	}
}

func TestNormalizeMakesLogProbabilities(t *testing.T) {
	f := choices(4)
	raw := []float32{0.5, -2, 3, 1, 100, 101, 99, 98}
	shifted := slices.Clone(raw)
	for i := range shifted {
		shifted[i] += 64
	}
	once := f.normalized(raw)
	for b := range 2 {
		sum := 0.0
		for _, logP := range row(once, 4, b) {
			sum += math.Exp(float64(logP))
		}
		if math.Abs(sum-1) > 1e-6 {
			t.Errorf("row %d: probabilities sum to %v", b, sum)
		}
	}
	wantClose(t, "a second time", f.normalized(once), widen(once), 1e-6)
	wantClose(t, "a constant added to all logits", f.normalized(shifted), widen(once), 1e-6)
}

func TestModeIsTheFirstOfTheLargest(t *testing.T) {
	for _, test := range []struct {
		raw  []float32
		want float32
	}{
		{[]float32{1, 3, 2}, 1},
		{[]float32{2, 2, 1}, 0},
		{[]float32{-1, 0, 0}, 1},
		{[]float32{-inf, -1e4, -inf}, 1},
		{[]float32{-inf, -inf, 0}, 2},
	} {
		f := choices(3)
		action := []float32{-1}
		f.Mode(action, f.normalized(test.raw))
		if action[0] != test.want {
			t.Errorf("mode of %v is %v, want %v", test.raw, action[0], test.want)
		}
	}
}

// A number that is not a choice must not be answered with the probability of
// another row's choice.
func TestForeignChoicesPanic(t *testing.T) {
	f := choices(2)
	raw := make([]float32, 3*2)
	for _, action := range [][]float32{{0, 2, 0}, {0, -1, 0}, {0, 0.5, 0}, {0, inf, 0}, {0, nan, 0}} {
		wantPanic(t, func() { f.logProb(action, raw) })
		wantPanic(t, func() { f.backward(make([]float32, 3), make([]float32, 3), action, raw) })
	}
}
