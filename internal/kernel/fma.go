package kernel

import "math"

// FMA returns a·b + c, rounded once to float32.
//
//	FMA(a, b, c) = float32(a·b + c)    with the bracket exact
//
// Any value is allowed; Inf and NaN come out as IEEE 754 says.
func FMA(a, b, c float32) float32 {
	return float32(fused(float64(a), float64(b), float64(c)))
}

// A float64 keeps 29 more bits of mantissa than a float32. Rounding to float32
// looks at those 29: they hold midpoint exactly when the number lies half way
// between two neighbouring normal float32.
const (
	tail     = 1<<29 - 1
	midpoint = 1 << 28
)

// smallestNormal is the bit pattern of 2⁻¹²⁶ as a float64, shifted left by one
// as patterns without their sign are: below it lie zero and the subnormal
// numbers of float32.
const smallestNormal = (1023 - 126) << 53

// fused is FMA on float64 variables that hold float32 values.
//
// The product of two float32 is exact in float64, so s is the sum rounded to
// 53 bits, and converting it rounds a second time, to 24. The second rounding
// can err only where the first one made a number half way between two float32:
// in the tail of a normal number, anywhere in a subnormal one.
//
// Whether the compiler fuses x*y + z here does not matter, because the product
// is exact.
func fused(x, y, z float64) float64 {
	s := x*y + z
	if tied(s) || small(s) {
		s = oddSum(x*y, z)
	}
	return narrow(s)
}

// tied reports whether s, if it is normal as a float32, lies half way between
// two float32.
func tied(s float64) bool { return math.Float64bits(s)&tail == midpoint }

// small reports whether s is zero or subnormal as a float32.
func small(s float64) bool { return math.Float64bits(s)<<1 < smallestNormal }

// narrow rounds s to float32.
func narrow(s float64) float64 { return float64(float32(s)) }

// oddSum returns p + z rounded to odd: the exact sum if a float64 can hold it,
// otherwise whichever neighbour of the exact sum has 1 as its last bit. Rounding
// that to float32 is the same as rounding the exact sum, since no midpoint of
// float32 has its last bit set.
//
// Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums: proved
// algorithms using rounding to odd", IEEE Transactions on Computers 57 (2008).
func oddSum(p, z float64) float64 {
	s := p + z
	v := s - p
	lost := (p - (s - v)) + (z - v) // s + lost = p + z, exactly
	u := math.Float64bits(s)
	if lost == 0 || lost != lost || u&1 == 1 {
		return s
	}
	if (lost > 0) == (s > 0) {
		return math.Float64frombits(u + 1)
	}
	return math.Float64frombits(u - 1)
}
