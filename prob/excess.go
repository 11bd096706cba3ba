package prob

import "github.com/proximal-rl/proximal/internal/kernel"

// excess returns eˣ − 1 − x, how far the exponential lies above its tangent at
// zero. Divergences are sums of it and of squares: between distributions that
// are nearly the same, where logarithms of ratios cancel to rounding noise of
// either sign, it is never negative and keeps its digits.
//
// Within |x| < ½ it is the series x²·(1/2! + x/3! + … + x¹⁰/12!), to 1e-12 of
// itself; beyond, nothing cancels and float32's exponential is enough. It gives
// the same bits on every platform.
func excess(x float64) float64 {
	if !near(x) {
		return float64(kernel.Exp1(float32(x))) - 1 - x
	}
	sum := 0.0
	for _, c := range excessTerms {
		sum = c + float64(sum*x)
	}
	return float64(float64(x*x) * sum)
}

// excessTerms are 1/12!, 1/11!, …, 1/2!.
var excessTerms = [...]float64{
	1. / 479001600, 1. / 39916800, 1. / 3628800, 1. / 362880, 1. / 40320,
	1. / 5040, 1. / 720, 1. / 120, 1. / 24, 1. / 6, 1. / 2,
}

// near says whether excess is a series.
func near(x float64) bool { return x > -0.5 && x < 0.5 }
