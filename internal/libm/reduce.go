package libm

import (
	"math"
	"math/bits"
)

const (
	// shifter added to a float64 below 2⁵¹ rounds it to an integer, which then stands in the low bits of the sum.
	shifter = 0x1.8p52

	quarterPi = math.Pi / 4

	// moderate bounds the arguments of codyWaite: their multiples of π/2 are numbers below 2²⁰.
	moderate = 0x1p20

	// cancelled is the size of a remainder below which codyWaite has lost too many bits.
	cancelled = 0x1p-28
)

// reduce writes x as r + n·π/2 with |r| little above π/4 at most. The relative error of r is below 2⁻⁶⁹ and n counts
// modulo 4; x must be finite.
func reduce(x float64) (r dd, n int) {
	a := math.Abs(x)
	if a <= quarterPi {
		return dd{hi: x}, 0
	}
	if a <= moderate {
		if r, n = codyWaite(x); math.Abs(r.hi) >= cancelled {
			return r, n
		}
	}
	return payneHanek(x)
}

// reduceAccurately is reduce with a relative error below 2⁻¹⁰¹.
func reduceAccurately(x float64) (r dd, n int) {
	if math.Abs(x) <= quarterPi {
		return dd{hi: x}, 0
	}
	return payneHanek(x)
}

// codyWaite subtracts n·π/2 from x in three pieces, the leading ones short enough for their products with n to be exact:
//
//	n = round(x·2/π)
//	r = ((x − n·halfPi1) − n·halfPi2) − n·halfPi3
//
// The first difference is exact too, the second is kept as a pair, so r is off by at most 2⁻⁹⁷ in absolute terms. It
// needs |x| ≤ moderate. W. J. Cody, W. Waite, Software Manual for the Elementary Functions, 1980.
func codyWaite(x float64) (r dd, n int) {
	t := float64(x*(2/math.Pi)) + shifter
	k := t - shifter
	r = twoSum(x-float64(k*halfPi1), -float64(k*halfPi2))
	r = fastTwoSum(r.hi, r.lo-float64(k*halfPi3))
	return r, int(int32(uint32(math.Float64bits(t))))
}

// payneHanek reduces with as many bits of 2/π as matter for the exponent of x: for x = m·2^e, whole turns are multiples
// of the bits that weigh 2^(2−e) and more, so they are left out, and
//
//	x/2π mod 1 = (m·W mod 2²⁵⁶) / 2²⁵⁶
//
// where W are the next 256 bits of 2/π, is wrong by less than 2⁻²⁰³. No float64 lies nearer to a multiple of π/2 than
// 2⁻⁶¹, which leaves more than the 106 bits that r holds. It needs π/4 < |x| < ∞.
// M. H. Payne, R. N. Hanek, Radian Reduction for Trigonometric Functions, SIGNUM Newsletter 18, 1983.
func payneHanek(x float64) (r dd, n int) {
	word := math.Float64bits(x)
	mantissa := word&(1<<52-1) | 1<<52
	exponent := int(word>>52&0x7ff) - 1075

	f := turnFraction(mantissa, twoOverPiLead+exponent-2)
	n = int((f[0] + 1<<61) >> 62)
	f[0] -= uint64(n) << 62
	negative := f[0]>>63 == 1
	if negative {
		f = negate(f)
	}
	r = fractionToFloat(f).mul(twoPi)
	if negative != (x < 0) {
		r = r.neg()
	}
	if x < 0 {
		n = -n
	}
	return r, n
}

// turnFraction returns the low 256 bits, most significant word first, of m times the 256 bits of 2/π at bit position at.
func turnFraction(m uint64, at int) (f [4]uint64) {
	high3, low3 := bits.Mul64(m, window(at+192))
	high2, low2 := bits.Mul64(m, window(at+128))
	high1, low1 := bits.Mul64(m, window(at+64))
	var carry uint64
	f[3] = low3
	f[2], carry = bits.Add64(low2, high3, 0)
	f[1], carry = bits.Add64(low1, high2, carry)
	f[0] = m*window(at) + high1 + carry
	return f
}

// negate returns the two's complement of a 256-bit number.
func negate(f [4]uint64) [4]uint64 {
	var borrow uint64
	for i := 3; i >= 0; i-- {
		f[i], borrow = bits.Sub64(0, f[i], borrow)
	}
	return f
}

// fractionToFloat returns f/2²⁵⁶ for an f of at least 2¹²⁸, cut to its leading 106 bits or more.
func fractionToFloat(f [4]uint64) dd {
	scale := 1.0
	if f[0] == 0 {
		f[0], f[1], f[2], scale = f[1], f[2], f[3], 0x1p-64
	}
	zeros := bits.LeadingZeros64(f[0])
	high := f[0]<<zeros | f[1]>>(64-zeros)
	low := f[1]<<zeros | f[2]>>(64-zeros)
	scale = math.Ldexp(scale, -zeros)
	return fastTwoSum(
		float64(float64(high>>11)*float64(0x1p-53*scale)),
		float64(float64(high<<53|low>>11)*float64(0x1p-117*scale)))
}

// window returns the 64 bits of 2/π that begin at bit position at of the table.
func window(at int) uint64 {
	word, shift := at>>6, uint(at&63)
	return twoOverPi[word]<<shift | twoOverPi[word+1]>>(64-shift)
}
