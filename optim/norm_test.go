package optim_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/seed"
)

func TestClipNorm(t *testing.T) {
	for _, test := range []struct {
		name               string
		grad               []float32
		limit, norm, scale float64
	}{
		{"longer", []float32{3, 0, -4}, 1, 5, 1 / (5 + 1e-6)},
		{"shorter", []float32{3, 0, -4}, 6, 5, 1},
		{"just as long", []float32{3, 0, -4}, 5, 5, 5 / (5 + 1e-6)},
		{"no limit", []float32{3e5, 0, -4e5}, 0, 5e5, 1},
		{"nothing to follow", []float32{0, 0}, 0.5, 0, 1},
		{"no parameters", nil, 0.5, 0, 1},
		{"squares above float32", []float32{3e30, -4e30}, 1, 5e30, 1 / 5e30},
	} {
		norm, scale, err := optim.ClipNorm(test.grad, test.limit)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if !close(norm, test.norm, 1e-7) || !close(scale, test.scale, 1e-7) {
			t.Errorf("%s: got %v and %v, want %v and %v", test.name, norm, scale, test.norm, test.scale)
		}
	}
}

// The norm of many parameters is as exact as that of few.
func TestClipNormOfManyParameters(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 15, 16, 17, 4095, 4096, 4097, 1_000_000} {
		grad := normal(rng, n)
		var sum float64
		for _, g := range grad {
			sum += float64(g) * float64(g)
		}
		if norm, _, _ := optim.ClipNorm(grad, 0); !close(norm, math.Sqrt(sum), 1e-6) {
			t.Errorf("%d parameters: got %v, want %v", n, norm, math.Sqrt(sum))
		}
	}
}

func TestClipNormNamesWhatIsNotFinite(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, test := range []struct {
		bad  []float32 // elements from 5000 on
		want string
	}{
		{[]float32{nan}, "element 5000 of the gradient is NaN"},
		{[]float32{1e30, 2, -inf, nan}, "element 5002 of the gradient is -Inf"},
	} {
		for _, limit := range []float64{0, 0.5} {
			grad := make([]float32, 6000)
			copy(grad[5000:], test.bad)
			norm, scale, err := optim.ClipNorm(grad, limit)
			var where *optim.GradientError
			if !errors.As(err, &where) || err.Error() != test.want {
				t.Errorf("got error %v, want %q", err, test.want)
			}
			if !math.IsNaN(norm) && !math.IsInf(norm, 1) || scale != 0 {
				t.Errorf("got norm %v and scale %v", norm, scale)
			}
		}
	}
}

func close(x, y, tolerance float64) bool { return math.Abs(x-y) <= tolerance*math.Abs(y) }

// A gradient whose squares were summed on the way has the same norm and scale.
func TestClipSummed(t *testing.T) {
	rng := seed.New(4)
	for _, n := range []int{0, 1, 17, optim.NormBlock, optim.NormBlock + 1, 3 * optim.NormBlock} {
		grad := make([]float32, n)
		for i := range grad {
			grad[i] = float32(rng.Normal())
		}
		check := func() {
			t.Helper()
			var squares []float32
			for block := range slices.Chunk(grad, optim.NormBlock) {
				squares = append(squares, kernel.SumSquares(block))
			}
			norm, scale, err := optim.ClipNorm(grad, 0.5)
			norm2, scale2, err2 := optim.ClipSummed(squares, grad, 0.5)
			same := norm == norm2 || math.IsNaN(norm) && math.IsNaN(norm2)
			if !same || scale != scale2 || (err == nil) != (err2 == nil) {
				t.Errorf("%d elements: %v %v %v, want %v %v %v", n, norm2, scale2, err2, norm, scale, err)
			}
		}
		check()
		if n > 0 {
			grad[n-1] = 1e30 // its square overflows float32
			check()
			grad[n/2] = float32(math.NaN())
			check()
		}
	}
}
