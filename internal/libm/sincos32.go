package libm

import (
	"math"
	"math/bits"
)

// Minimax coefficients of glibc's single-precision sine and cosine: sin y ≈ y + y³(s1 + y²(s2 + y²·s3)) and
// cos y ≈ 1 + y²(c1 + y²(c2 + y²(c3 + y²·c4))). They define the function that is reproduced, down to the last bit.
const (
	s1 = -0x1.555545995a603p-3
	s2 = 0x1.1107605230bc4p-7
	s3 = -0x1.994eb3774cf24p-13

	c1 = -0x1.ffffffd0c621cp-2
	c2 = 0x1.55553e1068f19p-5
	c3 = -0x1.6c087e89a359dp-10
	c4 = 0x1.99343027bf8c3p-16
)

// Sin32 returns the sinf of glibc 2.28 and later on a machine with fused multiply-add, bit for bit.
//
//	y = x − n·π/2 in float64;  sin x = ±sin y or ±cos y, as polynomials in float64, rounded once to float32
//
// x in radians, of any size; Sin32(±0) = ±0; infinities and NaN give NaN. It is not correctly rounded (glibc's is not
// either), which is the point: environments whose physics ran on sinf repeat only with these values.
// The algorithm is that of Arm's optimized routines, which glibc uses; the formulation and the code here are our own.
func Sin32(x float32) float32 { return sine32(x, 0) }

// Cos32 returns the cosf of glibc 2.28 and later on a machine with fused multiply-add, bit for bit. See Sin32.
func Cos32(x float32) float32 { return sine32(x, 1) }

// Sincos32 returns Sin32(x), Cos32(x), the same bits from one reduction, and so what glibc's sincosf stores.
func Sincos32(x float32) (sin, cos float32) {
	if a := math.Abs(float64(x)); !(a >= 0x1p-12 && a < 120) {
		return sine32(x, 0), sine32(x, 1)
	}
	y, n := reduceSmall32(float64(x))
	z := float64(y * y)
	s, c := sinePolynomial(y, z), cosinePolynomial(z)
	if n&1 != 0 {
		s, c = c, -s
	}
	if n&2 != 0 {
		s, c = -s, -c
	}
	return float32(s), float32(c)
}

// sine32 returns sin(x + quarter·π/2).
func sine32(x float32, quarter int) float32 {
	if x-x != 0 {
		return float32(math.NaN())
	}
	if a := math.Abs(float64(x)); a < 0x1p-12 && quarter == 0 {
		return x
	} else if a < 0x1p-12 {
		return 1
	}
	y, n := reduce32(x)
	n += quarter
	z := float64(y * y)
	if n&1 == 0 {
		y = sinePolynomial(y, z)
	} else {
		y = cosinePolynomial(z)
	}
	if n&2 != 0 {
		y = -y
	}
	return float32(y)
}

// sinePolynomial returns the sine of y, z = y².
func sinePolynomial(y, z float64) float64 {
	y3 := float64(y * z)
	return math.FMA(float64(y3*z), math.FMA(z, s3, s2), math.FMA(y3, s1, y))
}

// cosinePolynomial returns the cosine of an angle whose square is z.
func cosinePolynomial(z float64) float64 {
	z2 := float64(z * z)
	return math.FMA(float64(z2*z), math.FMA(z, c4, c3), math.FMA(z2, c2, math.FMA(z, c1, 1)))
}

// reduce32 writes x as y + n·π/2. Below 120 the quotient is rounded in a 24-bit fixed point whose odd treatment of
// negative halves belongs to the function; above, as in payneHanek, 96 bits of 2/π starting at a whole byte are
// multiplied by the mantissa and 64 bits of the product kept.
func reduce32(x float32) (y float64, n int) {
	y = float64(x)
	if math.Abs(y) < 120 {
		return reduceSmall32(y)
	}
	word := math.Float32bits(x)
	exponent := int(word >> 23 & 0x7f) // of |x|/2, which is at least 1
	mantissa := uint64(word&0x7fffff|0x800000) << (exponent & 7)
	at := twoOverPiLead - 24 + exponent&^7

	carry, _ := bits.Mul64(mantissa, window(at+64)&^(1<<32-1))
	quarters := mantissa*window(at) + carry // in units of 2⁻⁶² quarter turns
	n = int((quarters + 1<<61) >> 62)
	y = float64(int64(quarters-uint64(n)<<62)) * 0x1.921FB54442D18p-62
	if x < 0 {
		return -y, -n
	}
	return y, n
}

// reduceSmall32 is reduce32 for |y| < 120.
func reduceSmall32(y float64) (float64, int) {
	n := (int(float64(y*0x1.45F306DC9C883p+23)) + 0x800000) >> 24
	return math.FMA(float64(-n), 0x1.921FB54442D18p0, y), n
}
