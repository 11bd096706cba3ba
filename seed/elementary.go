package seed

import "math"

// The standard library's Exp and Log give other last bits on other processors;
// these two do not. math.FMA is exact everywhere, and every other product that
// is added to something is rounded first.

// ln 2 in two parts; the first has its last 12 bits zero, so that its product
// with an exponent is exact.
const (
	ln2High = 0x1.62e42fefa3p-1
	ln2Low  = math.Ln2 - ln2High
)

// exp computes eˣ for −700 < x <= 0 to less than one unit in the last place.
//
//	k = ⌊x/ln 2 + ½⌋,  d = x − k·ln 2,  2ᵏ·(1 + d(1 + d/2(1 + d/3(…))))
func exp(x float64) float64 {
	k := math.Floor(float64(x*(1/math.Ln2)) + 0.5)
	d := math.FMA(-k, ln2Low, math.FMA(-k, ln2High, x))
	sum := 1.0
	for n := 13.0; n > 0; n-- { // |d| < 0.35: the next term is below 2⁻⁵⁷
		sum = math.FMA(d/n, sum, 1)
	}
	return math.Ldexp(sum, int(k))
}

// log computes ln y for 2⁻⁵³ <= y <= 1 to 0.54 of a unit in the last place: it is
// rounded correctly unless the exact value lies close to the middle between two
// numbers.
//
//	y = 2ᵉ·m,  √½ <= m < √2,  s = (m−1)/(m+1),  e·ln 2 + 2(s + s³/3 + s⁵/5 + …)
func log(y float64) float64 {
	m, exponent := math.Frexp(y)
	if m < math.Sqrt2/2 {
		m *= 2
		exponent--
	}
	e := float64(exponent)

	// s + sLow is the quotient to twice the precision; n + nLow is exactly m+1.
	n := m + 1
	nLow := m - (n - 1)
	s := (m - 1) / n
	sLow := math.FMA(-s, nLow, math.FMA(-s, n, m-1)) / n

	square := s * s
	series := 0.0
	for k := 23.0; k >= 3; k -= 2 { // |s| < 0.172: the next term is below 2⁻⁶⁰
		series = (series + 1/k) * square
	}

	// Only the leading part must be exact; the rest is less than a hundredth.
	whole := float64(e * ln2High)
	sum := whole + 2*s
	rest := 2*s - (sum - whole)
	return sum + (rest + float64(2*sLow) + float64(e*ln2Low) + float64(2*s*series))
}
