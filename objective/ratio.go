package objective

import "github.com/proximal-rl/proximal/internal/kernel"

// expm1 returns eˣ − 1. Near zero, where policies are while they learn, it is
// accurate to the last bits of float64, so that the ratio minus one and the KL
// estimate that is built on it keep their digits; beyond |x| = ½ it is float32's
// exponential less one. It gives the same bits on every platform.
func expm1(x float64) float64 {
	if !(x > -0.5 && x < 0.5) {
		return float64(kernel.Exp1(float32(x))) - 1
	}
	// x·(1 + x/2·(1 + x/3·(…))) to the term x¹⁴/14!; the rest is below 2⁻⁵³ of the sum.
	sum := 1.0
	for n := 14; n > 1; n-- {
		sum = 1 + float64(x/float64(n)*sum)
	}
	return float64(x * sum)
}
