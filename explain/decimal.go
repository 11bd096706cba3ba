package explain

import (
	"math/big"
	"strconv"
)

// decimal returns the number that x is written as: 0.7 itself, not the fraction
// with a power of two nearest to it.
func decimal(x float64) *big.Rat {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(x, 'g', -1, 64))
	if !ok {
		panic("explain: not a finite number")
	}
	return r
}

// times returns x·y as the decimals they are written as have it, rounded once:
// 1.1·3 is 3.3, not 3.3000000000000003.
func times(x, y float64) float64 {
	z, _ := new(big.Rat).Mul(decimal(x), decimal(y)).Float64()
	return z
}

// along returns x + y·z in the same way; an infinity if that is too large.
func along(x, y, z float64) float64 {
	step := new(big.Rat).Mul(decimal(y), decimal(z))
	sum, _ := step.Add(step, decimal(x)).Float64()
	return sum
}

// plus returns x + y in the same way: 1 − 0.7 is 0.3.
func plus(x, y float64) float64 {
	z, _ := new(big.Rat).Add(decimal(x), decimal(y)).Float64()
	return z
}
