package prob_test

import (
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/prob"
)

func dimensions(n int) family { return family{Distribution: prob.Gaussian{A: n}} }

var halfLogTwoPi = math.Log(2*math.Pi) / 2

func TestGaussianByHand(t *testing.T) {
	f := dimensions(1)
	standard := []float32{0, 0}
	wide := []float32{1, 1} // mean 1, standard deviation e

	wantClose(t, "log density", f.logProb([]float32{0, 2, 1 + math.E}, slices.Concat(standard, standard, wide)),
		[]float64{-halfLogTwoPi, -2 - halfLogTwoPi, -1.5 - halfLogTwoPi}, 1e-7)
	wantClose(t, "entropy", f.entropy(slices.Concat(standard, wide)),
		[]float64{0.5 + halfLogTwoPi, 1.5 + halfLogTwoPi}, 1e-7)
	wantClose(t, "KL", f.kl(slices.Concat(standard, wide, wide), slices.Concat(wide, standard, wide)),
		[]float64{0.5 + 1/(math.E*math.E), (math.E*math.E+1)/2 - 1.5, 0}, 5e-7)

	// At two standard deviations: z/std, and z² − 1 with the entropy's 1.
	wantClose(t, "gradient", f.backward([]float32{3}, []float32{0.5}, []float32{2}, standard), []float64{6, 9.5}, 1e-7)
	wantClose(t, "gradient of KL", f.klBackward([]float32{2}, []float32{1, 0}, standard), []float64{-2, -2}, 1e-7)
}

// Dimensions are independent: everything is the sum over them.
func TestDimensionsAdd(t *testing.T) {
	f, one := dimensions(2), dimensions(1)
	p, q, action := []float32{0.5, -1, 0.2, -0.7}, []float32{0.1, -0.5, 0, 0.3}, []float32{1, -2}
	first, second := []float32{0.5, 0.2}, []float32{-1, -0.7}
	sum := func(x, y []float32) []float64 { return []float64{float64(x[0]) + float64(y[0])} }

	wantClose(t, "log density", f.logProb(action, p),
		sum(one.logProb(action[:1], first), one.logProb(action[1:], second)), 1e-7)
	wantClose(t, "entropy", f.entropy(p), sum(one.entropy(first), one.entropy(second)), 1e-7)
	wantClose(t, "KL", f.kl(p, q),
		sum(one.kl(first, []float32{0.1, 0}), one.kl(second, []float32{-0.5, 0.3})), 1e-7)
}

// A deviation of e⁻²⁰, the narrowest that settings allow, and a wide one.
func TestExtremeDeviations(t *testing.T) {
	f := dimensions(1)
	for _, logStd := range []float64{-20, 2} {
		std := math.Exp(logStd)
		raw := []float32{0, float32(logStd)}
		action := []float32{float32(1.5 * std)}
		wantClose(t, "log density", f.logProb(action, raw), []float64{-1.125 - logStd - halfLogTwoPi}, 1e-6)
		wantClose(t, "entropy", f.entropy(raw), []float64{0.5 + halfLogTwoPi + logStd}, 1e-7)
		wantClose(t, "gradient", f.backward([]float32{1}, []float32{1}, action, raw), []float64{1.5 / std, 1.25 + 1}, 1e-6)
		wantClose(t, "KL to itself", f.kl(raw, raw), []float64{0}, 0)
		moved := []float32{float32(2 * std), float32(logStd)}
		wantClose(t, "KL", f.kl(moved, raw), []float64{2}, 1e-6)
		wantClose(t, "gradient of KL", f.klBackward([]float32{1}, moved, raw), []float64{-2 / std, -4}, 1e-6)
	}
}

// An action no policy would draw has a probability of 0, not NaN.
func TestFarAction(t *testing.T) {
	f := dimensions(1)
	if p := f.logProb([]float32{1e30}, []float32{0, -20})[0]; p != -inf {
		t.Errorf("log density of a far action is %v, want -Inf", p)
	}
}

func TestGaussianModeIsTheMean(t *testing.T) {
	action := []float32{9, 9, 9}
	dimensions(2).Mode(action, []float32{0.25, -3, 1, 2})
	if want := []float32{0.25, -3, 9}; !slices.Equal(action, want) {
		t.Errorf("mode %v, want %v", action, want)
	}
}
