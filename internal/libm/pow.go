package libm

import "math"

const (
	// powError bounds the relative error of powDouble.
	powError = 0x1p-82

	logBits   = 6  // leading mantissa bits that choose a row of logTable
	logWrap   = 27 // first row of mantissas above √2, which count as halved
	exp2Scale = 64 // rows of exp2Table, steps per octave
)

// logarithm is a reciprocal of few bits and −log2 of it, less one for mantissas that count as halved.
type logarithm struct {
	inverse float64
	minus   dd
}

// Pow returns x^y, correctly rounded (to nearest, ties to even) for every pair of float64; Pow(x, 2) is x·x.
//
//	x^y = 2^(y·log2 x),  log2 x = e − log2 c + log2(1 + z),  z = m·c − 1,  x = m·2^e
//
// Special values are those of C99's annex F (F.9.4.4): Pow(x, ±0) = Pow(1, y) = Pow(−1, ±Inf) = 1 even for NaN; a
// negative finite x with a y that is no integer gives NaN. What 82 bits do not settle – ties, values at the edge of one,
// subnormal results – goes to math/big.
func Pow(x, y float64) float64 {
	if y == 2 {
		return float64(x * x)
	}
	if z, ok := powSpecial(x, y); ok {
		return z
	}
	z := powPositive(math.Abs(x), y)
	if x < 0 && isOdd(y) {
		return -z
	}
	return z
}

// powSpecial handles the arguments whose power the general formula does not give.
func powSpecial(x, y float64) (z float64, ok bool) {
	switch {
	case y == 0 || x == 1:
		return 1, true
	case x != x || y != y:
		return math.NaN(), true
	case math.IsInf(y, 0):
		return infinitePower(math.Abs(x), y > 0), true
	case x == 0 || math.IsInf(x, 0):
		if (x == 0) == (y < 0) {
			z = math.Inf(1)
		}
		if isOdd(y) {
			z = math.Copysign(z, x)
		}
		return z, true
	case x < 0 && y != math.Trunc(y):
		return math.NaN(), true
	}
	return 0, false
}

// infinitePower returns a^+∞ or a^−∞ for a ≥ 0.
func infinitePower(a float64, positive bool) float64 {
	switch {
	case a == 1:
		return 1
	case (a > 1) == positive:
		return math.Inf(1)
	}
	return 0
}

// isOdd reports whether y is an odd integer.
func isOdd(y float64) bool {
	return math.Abs(y) < 0x1p53 && y == math.Trunc(y) && int64(y)&1 == 1
}

// powPositive returns x^y for finite x > 0 and finite y ≠ 0.
func powPositive(x, y float64) float64 {
	l := log2Double(x)
	switch p := float64(y * l.hi); {
	case p >= 1025:
		return math.Inf(1)
	case p <= -1076:
		return 0
	case math.Abs(p) < 0x1p-60:
		return 1
	}
	z, k := powDouble(l, y)
	if k > -1022 { // otherwise the result may be subnormal, with fewer bits to round to
		if v, ok := z.round(float64(z.hi * powError)); ok {
			return math.Ldexp(v, k)
		}
	}
	return powBig(x, y)
}

// powDouble returns z·2^k = 2^(y·l), z in [1/2, 2), with a relative error below powError if l has one below 2⁻⁹⁶.
func powDouble(l dd, y float64) (z dd, k int) {
	p := twoProduct(y, l.hi)
	return exp2Double(fastTwoSum(p.hi, p.lo+float64(y*l.lo)))
}

// log2Double returns log2 x for finite x > 0 with a relative error below 2⁻⁹⁶.
//
//	log2(1 + z) = (2/ln 2)·(s + s³/3 + s⁵/5 + …),  s = z/(2 + z)
//
// z is exact and below 2⁻⁶; the terms from s⁷ on are small enough for float64.
func log2Double(x float64) dd {
	e := 0
	if x < 0x1p-1022 {
		x, e = x*0x1p54, -54
	}
	word := math.Float64bits(x)
	row := int(word >> (52 - logBits) & (1<<logBits - 1))
	e += int(word>>52) - 1023
	if row >= logWrap {
		e++
	}
	m := math.Float64frombits(word&(1<<52-1) | 1023<<52)

	z := math.FMA(m, logTable[row].inverse, -1)
	s := div(z, fastTwoSum(2, z))
	u := s.mul(s)
	v := u.hi
	tail := float64(v * (1.0/7 + float64(v*(1.0/9+float64(v*(1.0/11+float64(v*(1.0/13))))))))
	series := fifth.add(dd{hi: tail}).mul(u).add(third).mul(u).add(dd{hi: 1})
	return dd{hi: float64(e)}.add(logTable[row].minus).add(s.mul(twoLog2E).mul(series))
}

// exp2Double returns z·2^k = 2^p for |p| < 2¹¹, with an error of z below 2⁻⁸⁵.
//
//	2^p = 2^k · 2^(j/64) · e^h,  h = (p − k − j/64)·ln 2,  e^h by its Taylor series to h⁹, float64 from h⁴ on
func exp2Double(p dd) (z dd, k int) {
	t := float64(p.hi*exp2Scale) + shifter
	n := int(int32(uint32(math.Float64bits(t))))
	h := twoSum(p.hi-float64((t-shifter)*(1.0/exp2Scale)), p.lo).mul(ln2)
	w := h.hi
	tail := 1.0/5040 + float64(w*(1.0/40320+float64(w*(1.0/362880))))
	tail = 1.0/24 + float64(w*(1.0/120+float64(w*(1.0/720+float64(w*tail)))))
	e := inverseFactorial[3].add(dd{hi: float64(w * tail)})
	e = e.mul(h).add(inverseFactorial[2]).mul(h).add(inverseFactorial[1]).mul(h)
	row := exp2Table[n&(exp2Scale-1)]
	return row.add(row.mul(e)), n >> 6
}
