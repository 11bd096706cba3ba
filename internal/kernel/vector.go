package kernel

// Add adds x to dst.
//
//	for i := range x {
//		dst[i] += x[i]
//	}
//
// dst may be x. It panics if the lengths differ.
func Add(dst, x []float32) {
	check(len(dst) == len(x), "kernel: Add: length of x differs from dst")
	active().add(dst, x)
}

// Axpy adds a multiple of x to dst.
//
//	for i := range x {
//		dst[i] = FMA(a, x[i], dst[i])
//	}
//
// dst may be x. It panics if the lengths differ.
func Axpy(dst []float32, a float32, x []float32) {
	check(len(dst) == len(x), "kernel: Axpy: length of x differs from dst")
	active().axpy(dst, a, x)
}

// Scale multiplies dst by a.
//
//	for i := range dst {
//		dst[i] *= a
//	}
func Scale(dst []float32, a float32) { active().scale(dst, a) }
