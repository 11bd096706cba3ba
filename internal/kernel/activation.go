package kernel

// Tanh computes the hyperbolic tangent of each element.
//
//	for i := range x {
//		dst[i] = Tanh1(x[i])
//	}
//
// dst may be x. It panics if the lengths differ.
func Tanh(dst, x []float32) {
	check(len(dst) == len(x), "kernel: Tanh: length of x differs from dst")
	active().tanh(dst, x)
}

// TanhBackward computes the gradient by the input of tanh from its output.
//
//	for i := range dy {
//		dx[i] = dy[i] * FMA(-y[i], y[i], 1)
//	}
//
// dx may be dy or y. It panics if the lengths differ.
func TanhBackward(dx, dy, y []float32) {
	check(len(dx) == len(dy), "kernel: TanhBackward: length of dy differs from dx")
	check(len(dx) == len(y), "kernel: TanhBackward: length of y differs from dx")
	active().tanhBackward(dx, dy, y)
}

// ReLU computes the positive part of each element; NaN stays NaN.
//
//	for i := range x {
//		if x[i] <= 0 {
//			dst[i] = 0
//		} else {
//			dst[i] = x[i]
//		}
//	}
//
// dst may be x. It panics if the lengths differ.
func ReLU(dst, x []float32) {
	check(len(dst) == len(x), "kernel: ReLU: length of x differs from dst")
	active().relu(dst, x)
}

// ReLUBackward computes the gradient by the input of ReLU from its output; NaN
// in the output gives NaN.
//
//	for i := range dy {
//		if y[i] > 0 {
//			dx[i] = dy[i]
//		} else if y[i] <= 0 {
//			dx[i] = 0
//		} else {
//			dx[i] = y[i]
//		}
//	}
//
// dx may be dy or y. It panics if the lengths differ.
func ReLUBackward(dx, dy, y []float32) {
	check(len(dx) == len(dy), "kernel: ReLUBackward: length of dy differs from dx")
	check(len(dx) == len(y), "kernel: ReLUBackward: length of y differs from dx")
	active().reluBackward(dx, dy, y)
}
