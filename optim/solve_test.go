package optim_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/optim"
)

// Small systems whose solutions are whole numbers, and what is left of a
// solution when the iterations or the patience run out.
func TestConjugateGradientByHand(t *testing.T) {
	for _, test := range []struct {
		matrix     []float64
		b          []float32
		iterations int
		tolerance  float64
		x          []float64
		taken      int
	}{
		{[]float64{4}, []float32{8}, 10, 1e-6, []float64{2}, 1},
		{[]float64{2, 1, 1, 3}, []float32{4, 7}, 10, 1e-6, []float64{1, 2}, 2},
		{[]float64{2, 0, 0, 2}, []float32{4, 6}, 10, 1e-6, []float64{2, 3}, 1}, // one eigenvalue, one iteration
		{[]float64{2, 1, 1, 3}, []float32{0, 0}, 10, 0, []float64{0, 0}, 0},
		{[]float64{2, 1, 1, 3}, []float32{4, 7}, 0, 0, []float64{0, 0}, 0},
		{[]float64{2, 1, 1, 3}, []float32{4, 7}, 10, 1, []float64{0, 0}, 0},
		{[]float64{1, 0, 0, 3}, []float32{1, 1}, 1, 0, []float64{0.5, 0.5}, 1}, // α = bᵀb/bᵀHb
	} {
		solver, x := optim.NewConjugateGradient(len(test.b)), []float32{9, 9}[:len(test.b)]
		_, taken, err := solver.Solve(x, test.b, product(test.matrix), test.iterations, test.tolerance)
		if err != nil || taken != test.taken {
			t.Errorf("%v: %d iterations, want %d; error %v", test.matrix, taken, test.taken, err)
		}
		golden.Close(t, "x", x, test.x, golden.Tolerance{Absolute: 1e-6, Why: "vectors are float32"})
	}
}

// The residual that Solve reports is the one of its x.
func TestConjugateGradientReportsItsResidual(t *testing.T) {
	const n = 50
	rng := rand.New(rand.NewPCG(31, 32))
	diagonal, b := normal(rng, n), normal(rng, n)
	multiply := func(dst, v []float32) {
		for i := range dst {
			dst[i] = (1 + 5*diagonal[i]*diagonal[i]) * v[i]
		}
	}
	solver, x, hx := optim.NewConjugateGradient(n), make([]float32, n), make([]float32, n)
	last := 1.0
	for _, iterations := range []int{2, 5, 10, 20} {
		residual, _, err := solver.Solve(x, b, multiply, iterations, 0)
		if err != nil {
			t.Fatal(err)
		}
		multiply(hx, x)
		for i := range hx {
			hx[i] -= b[i]
		}
		if measured := norm(hx) / norm(b); !(math.Abs(measured-residual) <= 1e-6) {
			t.Errorf("residual %v after %d iterations, measured %v", residual, iterations, measured)
		}
		if residual >= last {
			t.Errorf("residual %v after %d iterations, %v before", residual, iterations, last)
		}
		last = residual
	}
}

// Where H is not positive definite the error says so, and x is as far as it had
// come.
func TestConjugateGradientOfOtherMatrices(t *testing.T) {
	for _, test := range []struct {
		matrix    []float64
		b         []float32
		iteration int
		x         []float64
		want      string
	}{
		{[]float64{-2, 0, 0, -2}, []float32{1, 0}, 1, []float64{0, 0}, "conjugate gradient: curvature in iteration 1 is -2; must be positive and finite"},
		{[]float64{0, 0, 0, 0}, []float32{1, 1}, 1, []float64{0, 0}, "conjugate gradient: curvature in iteration 1 is 0; must be positive and finite"},
		// α = bᵀb/bᵀHb = 2/(3−1), then p = (2, 6) and pᵀHp = 12−36.
		{[]float64{3, 0, 0, -1}, []float32{1, 1}, 2, []float64{1, 1}, "conjugate gradient: curvature in iteration 2 is -24; must be positive and finite"},
		{[]float64{math.NaN()}, []float32{1}, 1, []float64{0}, "conjugate gradient: curvature in iteration 1 is NaN; must be positive and finite"},
		{[]float64{math.Inf(1)}, []float32{1}, 1, []float64{0}, "conjugate gradient: curvature in iteration 1 is +Inf; must be positive and finite"},
	} {
		x := make([]float32, len(test.b))
		_, taken, err := optim.NewConjugateGradient(len(x)).Solve(x, test.b, product(test.matrix), 10, 0)
		var curvature *optim.CurvatureError
		if !errors.As(err, &curvature) || curvature.Iteration != test.iteration || taken != test.iteration-1 || err.Error() != test.want {
			t.Errorf("%v: %d iterations, error %v, want %q", test.matrix, taken, err, test.want)
		}
		golden.Close(t, "x", x, test.x, golden.Tolerance{Absolute: 1e-6, Why: "vectors are float32"})
	}
	x := make([]float32, 2)
	if residual, _, err := optim.NewConjugateGradient(2).Solve(x, []float32{float32(math.NaN()), 1}, product(make([]float64, 4)), 10, 0); residual == residual || err != nil {
		t.Errorf("residual %v of a NaN, error %v", residual, err)
	}
}

func norm(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}

func TestBacktrack(t *testing.T) {
	param, start, step := make([]float32, 2), []float32{1, 2}, []float32{-8, 4}
	var tried [][]float32
	for _, test := range []struct {
		tries int
		until float32 // accepted from this first parameter on
		scale float64
		want  []float32
		count int
	}{
		{10, -7, 1, []float32{-7, 6}, 1},
		{10, -1.5, 0.25, []float32{-1, 3}, 3},
		{3, -1, 0.25, []float32{-1, 3}, 3}, // in the last try
		{2, -1, 0, []float32{1, 2}, 2},     // one too few
		{0, -10, 0, []float32{1, 2}, 0},
		{5, 2, 0, []float32{1, 2}, 5}, // never
	} {
		tried = nil
		scale := optim.Backtrack(param, start, step, 0.5, test.tries, func() bool {
			tried = append(tried, slices.Clone(param))
			return param[0] >= test.until
		})
		if scale != test.scale || !slices.Equal(param, test.want) || len(tried) != test.count {
			t.Errorf("%+v: scale %v, parameters %v after %v", test, scale, param, tried)
		}
	}
	if want := [][]float32{{-7, 6}, {-3, 4}, {-1, 3}, {0, 2.5}, {0.5, 2.25}}; !slices.EqualFunc(tried, want, slices.Equal[[]float32]) {
		t.Errorf("tried %v, want %v", tried, want)
	}
}
