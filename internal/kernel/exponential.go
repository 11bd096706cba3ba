package kernel

// Exp computes e to the power of each element.
//
//	for i := range x {
//		dst[i] = Exp1(x[i])
//	}
//
// dst may be x. It panics if the lengths differ.
func Exp(dst, x []float32) {
	check(len(dst) == len(x), "kernel: Exp: length of x differs from dst")
	active().exp(dst, x)
}

// Log computes the natural logarithm of each element.
//
//	for i := range x {
//		dst[i] = Log1(x[i])
//	}
//
// dst may be x. It panics if the lengths differ.
func Log(dst, x []float32) {
	check(len(dst) == len(x), "kernel: Log: length of x differs from dst")
	active().log(dst, x)
}

// LogSoftmax computes the logarithm of the softmax of each row.
//
//	for r := range rows {
//		top := Max(x[r])
//		e[i] = Exp1(x[r,i] - top)
//		dst[r,i] = (x[r,i] - top) - Log1(Sum(e))
//	}
//
// x and dst are [rows,n]; dst may be x. An element may be -Inf; a row whose
// maximum is infinite or NaN becomes NaN. It panics if a dimension is negative
// or a length is not rows*n.
func LogSoftmax(dst, x []float32, rows, n int) {
	check(rows >= 0 && n >= 0, "kernel: LogSoftmax: negative dimension")
	check(len(dst) == rows*n, "kernel: LogSoftmax: length of dst is not rows*n")
	check(len(x) == rows*n, "kernel: LogSoftmax: length of x is not rows*n")
	active().logSoftmax(dst, x, rows, n)
}

// Exponentials computes [Exp1] and remembers the last one in each of sixteen places:
// where numbers come again and again, as the standard deviations of most policies do,
// an exponential costs more than all that is done with it. The zero value remembers
// nothing. It is used by one goroutine at a time.
type Exponentials [16]struct{ x, value float32 } // a value of 0 is none

// Exp1 returns Exp1(x), remembered in place i modulo 16.
func (m *Exponentials) Exp1(i int, x float32) float32 {
	at := &m[uint(i)%uint(len(m))]
	if at.x != x || at.value == 0 {
		at.x, at.value = x, Exp1(x)
	}
	return at.value
}
