package kernel

import "testing"

func TestTanh(t *testing.T) { elementwise(t, Tanh, Tanh1) }

func TestTanhBackward(t *testing.T) {
	elementwise2(t, TanhBackward, func(dy, y float32) float32 { return dy * bigFMA(-y, y, 1) })
}

func TestReLU(t *testing.T) {
	elementwise(t, ReLU, func(x float32) float32 {
		if x <= 0 {
			return 0
		}
		return x
	})
}

func TestReLUBackward(t *testing.T) {
	elementwise2(t, ReLUBackward, func(dy, y float32) float32 {
		if y != y {
			return y
		}
		if y > 0 {
			return dy
		}
		return 0
	})
}

func TestActivationPanics(t *testing.T) {
	a, b := make([]float32, 2), make([]float32, 3)
	mustPanic(t, "kernel: Tanh: length of x differs from dst", func() { Tanh(a, b) })
	mustPanic(t, "kernel: TanhBackward: length of dy differs from dx", func() { TanhBackward(a, b, a) })
	mustPanic(t, "kernel: TanhBackward: length of y differs from dx", func() { TanhBackward(a, a, b) })
	mustPanic(t, "kernel: ReLU: length of x differs from dst", func() { ReLU(a, b) })
	mustPanic(t, "kernel: ReLUBackward: length of dy differs from dx", func() { ReLUBackward(a, b, a) })
	mustPanic(t, "kernel: ReLUBackward: length of y differs from dx", func() { ReLUBackward(a, a, b) })
}
