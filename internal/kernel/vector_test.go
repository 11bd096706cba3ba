package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// update tries a kernel that changes dst by x, on all lengths and offsets.
func update(t *testing.T, kernel func(dst, x []float32, a float32), want func(dst, x, a float32) float32) {
	eachLevel(t, func(t *testing.T) {
		eachSource(t, func(t *testing.T, s source, r *rand.Rand) {
			for n := range longest + 1 {
				dst, x, a := s.slice(r, n), s.slice(r, n), s.draw(r)
				y, double := make([]float32, n), make([]float32, n)
				for i := range y {
					y[i], double[i] = want(dst[i], x[i], a), want(x[i], x[i], a)
				}
				for offset := 0; offset < offsets; offset += stride() {
					what := fmt.Sprintf("length %d, offset %d", n, offset)
					to, from := place(dst, offset), place(x, (offset*7+n)%offsets)
					kernel(to.slice, from.slice, a)
					to.mustHold(t, what, y)
					from.mustHold(t, what+", input", x)
					kernel(from.slice, from.slice, a)
					from.mustHold(t, what+", in place", double)
				}
			}
		})
	})
}

func TestAdd(t *testing.T) {
	update(t, func(dst, x []float32, _ float32) { Add(dst, x) }, func(dst, x, _ float32) float32 { return dst + x })
}

func TestAxpy(t *testing.T) {
	update(t, func(dst, x []float32, a float32) { Axpy(dst, a, x) }, func(dst, x, a float32) float32 { return bigFMA(a, x, dst) })
}

func TestScale(t *testing.T) {
	update(t, func(dst, _ []float32, a float32) { Scale(dst, a) }, func(dst, _, a float32) float32 { return dst * a })
}

func TestVectorPanics(t *testing.T) {
	a, b := make([]float32, 2), make([]float32, 3)
	mustPanic(t, "kernel: Add: length of x differs from dst", func() { Add(a, b) })
	mustPanic(t, "kernel: Axpy: length of x differs from dst", func() { Axpy(a, 1, b) })
}
