package lm

import "github.com/proximal-rl/proximal/internal/kernel"

// The non-linearity of the hidden layer. Rows of x are what the matrix raise
// gives, rows of dst are what lower reads, and rows of bend hold what the way
// back needs beside x.

// swiglu computes [kernel.SwiGLU] for gate z and number u in a row x = [z, u] of 2F
// elements. dst and bend are [rows,F].
func swiglu(dst, bend, x []float32, rows, hidden int) {
	for r := range rows {
		gate, number := x[2*r*hidden:][:hidden], x[(2*r+1)*hidden:][:hidden]
		kernel.SwiGLU(dst[r*hidden:][:hidden], bend[r*hidden:][:hidden], gate, number)
	}
}

// swigluBackward writes the gradient dx [rows,2F] by x from dy [rows,F].
func swigluBackward(dx, dy, bend, x []float32, rows, hidden int) {
	for r := range rows {
		gate, number := x[2*r*hidden:][:hidden], x[(2*r+1)*hidden:][:hidden]
		dGate, dNumber := dx[2*r*hidden:][:hidden], dx[(2*r+1)*hidden:][:hidden]
		kernel.SwiGLUBackward(dGate, dNumber, dy[r*hidden:][:hidden], bend[r*hidden:][:hidden], gate, number)
	}
}

// gelu computes [kernel.GELU] for rows of F elements.
func gelu(dst, bend, x []float32, rows, hidden int) {
	for r := range rows {
		kernel.GELU(dst[r*hidden:][:hidden], bend[r*hidden:][:hidden], x[r*hidden:][:hidden])
	}
}

// geluBackward writes the gradient dx by x from dy, all [rows,F].
func geluBackward(dx, dy, bend, x []float32, rows, hidden int) {
	for r := range rows {
		kernel.GELUBackward(dx[r*hidden:][:hidden], dy[r*hidden:][:hidden], bend[r*hidden:][:hidden], x[r*hidden:][:hidden])
	}
}
