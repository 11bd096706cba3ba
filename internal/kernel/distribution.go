package kernel

// GaussianLogProb computes the logarithm of a normal density over n independent
// dimensions.
//
//	for r := range rows {
//		dst[r] = 0
//		for i := range n {
//			mean, logStd := dist[r,i], dist[r,n+i]
//			z := (x[r,i] - mean) * Exp1(-logStd)
//			dst[r] -= 0.5*(z*z) + logStd + ½·log 2π
//		}
//	}
//
// x is [rows,n], dist is [rows,2n], means before logarithms of standard deviations;
// dst is [rows] and overlaps neither. It panics if a dimension is negative or a
// length is not the product of its dimensions.
func GaussianLogProb(dst, x, dist []float32, rows, n int) {
	check(rows >= 0 && n >= 0, "kernel: GaussianLogProb: negative dimension")
	check(len(dst) == rows, "kernel: GaussianLogProb: length of dst is not rows")
	check(len(x) == rows*n, "kernel: GaussianLogProb: length of x is not rows*n")
	check(len(dist) == 2*rows*n, "kernel: GaussianLogProb: length of dist is not rows*2n")
	active().gaussianLogProb(dst, x, dist, rows, n)
}

// GaussianBackward computes the gradient by the parameters of normal densities, of
// which dLogProb is the gradient by [GaussianLogProb] and dEntropy that by the
// entropies.
//
//	for r := range rows {
//		for i := range n {
//			inverse := Exp1(-dist[r,n+i])
//			z := (x[r,i] - dist[r,i]) * inverse
//			dDist[r,i] = dLogProb[r] * (z*inverse)
//			dDist[r,n+i] = dLogProb[r]*(z*z-1) + dEntropy[r]
//		}
//	}
//
// dLogProb and dEntropy are [rows], x is [rows,n], dist is [rows,2n] as there; dDist
// is [rows,2n] and overlaps none of them. It panics if a dimension is negative or a
// length is not the product of its dimensions.
func GaussianBackward(dDist, dLogProb, dEntropy, x, dist []float32, rows, n int) {
	check(rows >= 0 && n >= 0, "kernel: GaussianBackward: negative dimension")
	check(len(dDist) == 2*rows*n, "kernel: GaussianBackward: length of dDist is not rows*2n")
	check(len(dLogProb) == rows, "kernel: GaussianBackward: length of dLogProb is not rows")
	check(len(dEntropy) == rows, "kernel: GaussianBackward: length of dEntropy is not rows")
	check(len(x) == rows*n, "kernel: GaussianBackward: length of x is not rows*n")
	check(len(dist) == 2*rows*n, "kernel: GaussianBackward: length of dist is not rows*2n")
	active().gaussianBackward(dDist, dLogProb, dEntropy, x, dist, rows, n)
}

// Entropy computes the entropy of distributions over n choices, in nats, from the
// logarithms of their probabilities. A choice of probability 0 contributes nothing.
//
//	for r := range rows {
//		dst[r] = 0
//		for j := range n {
//			if p := Exp1(logProb[r,j]); p > 0 {
//				dst[r] -= p * logProb[r,j]
//			}
//		}
//	}
//
// logProb is [rows,n], dst is [rows] and does not overlap it. It panics if a
// dimension is negative or a length is not the product of its dimensions.
func Entropy(dst, logProb []float32, rows, n int) {
	check(rows >= 0 && n >= 0, "kernel: Entropy: negative dimension")
	check(len(dst) == rows, "kernel: Entropy: length of dst is not rows")
	check(len(logProb) == rows*n, "kernel: Entropy: length of logProb is not rows*n")
	active().entropy(dst, logProb, rows, n)
}
