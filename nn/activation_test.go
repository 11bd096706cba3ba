package nn_test

import (
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/nn"
)

var arguments = []float32{-50, -3, -1, -0.25, -1e-6, 0, 1e-6, 0.25, 1, 3, 50}

func TestActivations(t *testing.T) {
	rounding := golden.Tolerance{Relative: 5e-7, Why: "float32, and the square in tanh's derivative"}
	for _, a := range []nn.Activation{nn.Tanh, nn.ReLU} {
		var want, slope []float64
		for _, x := range arguments {
			y := activate64(a, float64(x))
			want = append(want, y)
			if a == nn.Tanh {
				slope = append(slope, 1-y*y)
			} else if y > 0 {
				slope = append(slope, 1)
			} else {
				slope = append(slope, 0)
			}
		}
		y := make([]float32, len(arguments))
		a.Forward(y, arguments)
		golden.Close(t, string(a), y, want, rounding)

		// The derivative is a function of the rounded output, so that is what it
		// is held against near the ends of tanh.
		dx := slices.Repeat([]float32{-2}, len(y))
		a.Backward(dx, dx, y)
		for i := range slope {
			slope[i] *= -2
		}
		golden.Close(t, string(a)+"'s derivative", dx, slope, golden.Tolerance{
			Absolute: 5e-7, Why: "the output is rounded before it is squared",
		})
	}
}

func TestActivationInPlace(t *testing.T) {
	for _, a := range []nn.Activation{nn.Tanh, nn.ReLU} {
		apart, inPlace := make([]float32, len(arguments)), slices.Clone(arguments)
		a.Forward(apart, arguments)
		a.Forward(inPlace, inPlace)
		golden.Same(t, string(a)+" in place", inPlace, apart)

		dy, dx := slices.Clone(arguments), make([]float32, len(arguments))
		a.Backward(dx, dy, apart)
		a.Backward(dy, dy, apart)
		golden.Same(t, string(a)+"'s derivative in place", dy, dx)
	}
}

// A network that has broken down must not look healthy behind an activation.
func TestActivationsPassNaNOn(t *testing.T) {
	for _, a := range []nn.Activation{nn.Tanh, nn.ReLU} {
		y := []float32{float32(math.NaN())}
		if a.Forward(y, y); y[0] == y[0] {
			t.Errorf("%s of NaN is %v", a, y[0])
		}
	}
}

func TestUnknownActivation(t *testing.T) {
	for _, a := range []nn.Activation{"", "gelu", "Tanh"} {
		if a.Valid() {
			t.Errorf("%q is said to be valid", a)
		}
		x := make([]float32, 1)
		wantPanic(t, "Forward", func() { a.Forward(x, x) })
		wantPanic(t, "Backward", func() { a.Backward(x, x, x) })
	}
	if !nn.Tanh.Valid() || !nn.ReLU.Valid() {
		t.Error("tanh or relu is said to be unknown")
	}
}
