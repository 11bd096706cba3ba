package nn_test

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/nn"
	"github.com/proximal-rl/proximal/seed"
)

// forward64 is an MLP in float64, one output element after the other. It knows
// the layers' widths and where their tensors begin, and nothing else of nn.
func forward64(m *nn.MLP, parameters, x []float64, rows int) []float64 {
	for _, l := range m.Layers {
		weight, bias := parameters[l.Weight.Offset:], parameters[l.Bias.Offset:]
		y := make([]float64, 0, rows*l.Out)
		for r := range rows {
			for j := range l.Out {
				sum := bias[j]
				for k := range l.In {
					sum += x[r*l.In+k] * weight[k*l.Out+j]
				}
				y = append(y, activate64(m.Activation, sum))
			}
		}
		x = y
	}
	return x
}

func activate64(a nn.Activation, x float64) float64 {
	if a == nn.ReLU {
		return math.Max(x, 0)
	}
	return math.Tanh(x)
}

func normal(n int, spread float64, rng *seed.Rand) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(spread * rng.Normal())
	}
	return x
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func dot(x []float32, y []float64) float64 {
	sum := 0.0
	for i := range y {
		sum += float64(x[i]) * y[i]
	}
	return sum
}

// wantClose fails if got is further from want than the tolerance, as a fraction
// of want's length.
func wantClose[W golden.Float](t *testing.T, what string, got []float32, want []W, tolerance float64) {
	t.Helper()
	if d := golden.RelativeL2(got, want); !(d <= tolerance) {
		t.Errorf("%s is off by %.3g of its length, with %.3g allowed", what, d, tolerance)
	}
}

func wantPanic(t *testing.T, what string, call func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Helper()
			t.Errorf("%s did not panic", what)
		}
	}()
	call()
}
