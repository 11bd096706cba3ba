package lm

import "github.com/proximal-rl/proximal/internal/kernel"

// The non-linearity of the hidden layer. Rows of x are what the matrix raise
// gives, rows of dst are what lower reads, and rows of bend hold what the way
// back needs beside x.

// swiglu computes, for gate z and number u in a row x = [z, u] of 2F elements,
//
//	bend = 1 / (1 + e^−z)
//	dst  = z · bend · u
//
// dst and bend are [rows,F].
//
// Source: Shazeer 2020, arXiv 2002.05202, equation 6.
func swiglu(dst, bend, x []float32, rows, hidden int) {
	for r := range rows {
		gate, number := x[2*r*hidden:][:hidden], x[(2*r+1)*hidden:][:hidden]
		b, out := bend[r*hidden:][:hidden], dst[r*hidden:][:hidden]
		for j, z := range gate {
			b[j] = -z
		}
		kernel.Exp(b, b)
		for j, e := range b {
			sigmoid := 1 / (1 + e)
			b[j] = sigmoid
			out[j] = gate[j] * sigmoid * number[j]
		}
	}
}

// swigluBackward writes dx [rows,2F] from dy [rows,F]:
//
//	dz = dy · u · bend · (1 + z·(1 − bend))
//	du = dy · z · bend
func swigluBackward(dx, dy, bend, x []float32, rows, hidden int) {
	for r := range rows {
		gate, number := x[2*r*hidden:][:hidden], x[(2*r+1)*hidden:][:hidden]
		dGate, dNumber := dx[2*r*hidden:][:hidden], dx[(2*r+1)*hidden:][:hidden]
		b, up := bend[r*hidden:][:hidden], dy[r*hidden:][:hidden]
		for j, g := range up {
			s, z := b[j], gate[j]
			gs := g * s
			dGate[j] = gs * number[j] * (1 + float32(z*(1-s)))
			dNumber[j] = gs * z
		}
	}
}

// Constants of the GELU's tanh form: √(2/π) and the weight of the cube.
const (
	geluSlope = 0.7978845608028654
	geluCube  = 0.044715
)

// gelu computes
//
//	bend = tanh(√(2/π)·(x + 0.044715·x³))
//	dst  = x/2 · (1 + bend)
//
// for n elements.
//
// Source: Hendrycks and Gimpel 2016, arXiv 1606.08415, section 2.
func gelu(dst, bend, x []float32) {
	bend, dst = bend[:len(x)], dst[:len(x)]
	for j, v := range x {
		bend[j] = geluSlope * (v + float32(geluCube*v*v*v))
	}
	kernel.Tanh(bend, bend)
	for j, v := range x {
		dst[j] = 0.5 * v * (1 + bend[j])
	}
}

// geluBackward writes dx from dy:
//
//	dx = dy · ½·((1 + t) + x·(1 − t²)·√(2/π)·(1 + 3·0.044715·x²))    t = bend
func geluBackward(dx, dy, bend, x []float32) {
	dx, bend, x = dx[:len(dy)], bend[:len(dy)], x[:len(dy)]
	for j, g := range dy {
		t, v := bend[j], x[j]
		inner := geluSlope * (1 + float32(3*geluCube*v*v))
		slope := (1 + t) + float32(v*(1-float32(t*t))*inner)
		dx[j] = g * (0.5 * slope)
	}
}
