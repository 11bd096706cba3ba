package kernel

// Sum returns the sum of the elements, 0 if there are none.
//
//	for i := range x {
//		lane[i%16] += x[i] // from 0
//	}
//	for _, half := range {8, 4, 2, 1} {
//		for j := range half {
//			lane[j] += lane[j+half]
//		}
//	}
//	return lane[0]
func Sum(x []float32) float32 { return active().sum(x) }

// Dot returns the inner product of a and b, 0 if they are empty.
//
//	for i := range a {
//		lane[i%16] = FMA(a[i], b[i], lane[i%16]) // from 0
//	}
//	return the sum of the lanes, folded as in Sum
//
// It panics if the lengths differ.
func Dot(a, b []float32) float32 {
	check(len(a) == len(b), "kernel: Dot: length of b differs from a")
	return active().dot(a, b)
}

// SumSquares returns the sum of the squares of the elements: Dot(x, x).
func SumSquares(x []float32) float32 { return active().dot(x, x) }

// AddSumSquares adds x to dst and returns the sum of the squares of what comes
// out: [Add] followed by [SumSquares] of dst, in one sweep. The last of several
// gradients is added with it, so that their norm needs no other.
//
// dst may be x. It panics if the lengths differ.
func AddSumSquares(dst, x []float32) float32 {
	check(len(dst) == len(x), "kernel: AddSumSquares: length of x differs from dst")
	return active().addSumSquares(dst, x)
}

// Max returns the largest element, NaN if any is NaN, -Inf if there are none.
//
//	for i := range x {
//		lane[i%16] = larger(lane[i%16], x[i]) // from -Inf
//	}
//	for _, half := range {8, 4, 2, 1} {
//		for j := range half {
//			lane[j] = larger(lane[j], lane[j+half])
//		}
//	}
//	return lane[0]
//
// where larger(a, b) is b if b > a or b is NaN, and a otherwise. That decides
// between +0 and -0.
func Max(x []float32) float32 { return active().max(x) }
