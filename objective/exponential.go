package objective

import "math"

// Neither function below uses the library's, whose bits differ between
// platforms. Products that are added to something are rounded first, so that no
// compiler fuses them.

// 1/k! for k from 2 to 14, the coefficients of eˣ behind 1 + x.
const (
	f2  = 1.0 / 2
	f3  = f2 / 3
	f4  = f3 / 4
	f5  = f4 / 5
	f6  = f5 / 6
	f7  = f6 / 7
	f8  = f7 / 8
	f9  = f8 / 9
	f10 = f9 / 10
	f11 = f10 / 11
	f12 = f11 / 12
	f13 = f12 / 13
	f14 = f13 / 14
)

// ln 2 in two parts, the first of which keeps its digits when multiplied by a
// whole number below 2²⁰.
const (
	ln2High = 0x1.62e42feep-1
	ln2Low  = 0x1.a39ef35793c76p-33
)

// expm1 returns eˣ − 1 within 2 units in the last place: near zero, where
// policies are while they learn, the ratio minus one and the KL estimate built
// on it keep their digits. Beyond 709 it is +Inf. NaN stays NaN. It gives the
// same bits on every platform.
//
// For |x| < ½ it is x + x²/2! + … + x¹⁴/14!; the rest of the series is below
// 2⁻⁵³ of the sum. The terms are added in pairs, and pairs of pairs, so that they
// do not wait for each other.
func expm1(x float64) float64 {
	if !(x > -0.5 && x < 0.5) {
		return expm1Far(x)
	}
	x2 := x * x
	x4 := x2 * x2
	a := f2 + float64(x*f3) + float64(x2*(f4+float64(x*f5)))
	b := f6 + float64(x*f7) + float64(x2*(f8+float64(x*f9)))
	c := f10 + float64(x*f11) + float64(x2*(f12+float64(x*f13))) + float64(x4*f14)
	return x + float64(x2*(a+float64(x4*(b+float64(x4*c)))))
}

// expm1Far is [expm1] for |x| ≥ ½: with x = n·ln 2 + rest it is
//
//	(2ⁿ − 1) + 2ⁿ·expm1(rest), |rest| ≤ ½·ln 2
func expm1Far(x float64) float64 {
	switch {
	case x > 709:
		return math.Inf(1)
	case x < -38: // e⁻³⁸ is below half a unit in the last place of 1
		return -1
	case x != x:
		return x
	}
	n := math.Floor(float64(x*math.Log2E) + 0.5)
	rest := x - float64(n*ln2High) - float64(n*ln2Low)
	power := math.Float64frombits(uint64(1023+int64(n)) << 52) // 2ⁿ
	return power - 1 + float64(power*expm1(rest))
}

// log returns the natural logarithm of x within 2 units in the last place, with
// the same bits on every platform: x is 2ⁿ·m with m near 1, and
//
//	log m = 2(s + s³/3 + s⁵/5 + …) with s = (m − 1)/(m + 1)
//
// It is exactly 0 at 1, −Inf at 0 and NaN below.
func log(x float64) float64 {
	switch {
	case x == 0:
		return math.Inf(-1)
	case !(x > 0):
		return math.NaN()
	case x > math.MaxFloat64:
		return x
	}
	m, n := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, n = 2*m, n-1
	}
	s := (m - 1) / (m + 1)
	square := s * s
	sum := 0.0
	for k := 23.0; k > 1; k -= 2 { // |s| is below 0.172, s²⁴/25 below 2⁻⁶⁰
		sum = float64(square * (1/k + sum))
	}
	near := float64(2*s) + float64(2*s*sum)
	return float64(float64(n)*ln2High) + (near + float64(float64(n)*ln2Low))
}
