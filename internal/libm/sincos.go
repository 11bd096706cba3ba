package libm

import "math"

const (
	// tinyAngle bounds the angles whose sine rounds to the angle itself and whose cosine rounds to 1.
	tinyAngle = 0x1p-27

	// fastError and accurateError bound the relative errors of the two paths before rounding.
	fastError     = 0x1p-66
	accurateError = 0x1p-96

	gridScale = 128             // grid points per radian
	gridEnd   = 101             // the last one that reduced angles reach
	sineTerms = 5               // of the Taylor series on the accurate path
	gridSize  = 2*gridEnd + 1   // rows of sineGrid
	gridStep  = 1.0 / gridScale // exact
)

// point is a grid angle's sine and cosine.
type point struct{ sin, cos dd }

// Sin returns sin x, correctly rounded (to nearest, ties to even) for every float64.
//
//	x = r + n·π/2,  r = k/128 + h,  sin r = sin(k/128)·cos h + cos(k/128)·sin h
//
// x in radians, of any size; Sin(±0) = ±0; infinities and NaN give NaN. The sum is formed to 66 bits and more, the rare
// argument whose rounding that does not settle is evaluated to 96 bits, and if need be with math/big.
// S. Gal, B. Bachelis, An Accurate Elementary Mathematical Library for the IEEE Floating Point Standard, ACM TOMS 17,
// 1991 (tables); A. Ziv, ACM TOMS 17, 1991 (rounding test).
func Sin(x float64) float64 {
	if math.Abs(x) < tinyAngle {
		return x
	}
	return sine(x, 0)
}

// Cos returns cos x, correctly rounded (to nearest, ties to even) for every float64.
//
//	cos x = sin(x + π/2), evaluated as in Sin
//
// x in radians, of any size; infinities and NaN give NaN.
func Cos(x float64) float64 { return sine(x, 1) }

// Sincos returns Sin(x), Cos(x), the same bits from one reduction.
func Sincos(x float64) (sin, cos float64) {
	if math.Abs(x) < tinyAngle {
		return x, 1
	}
	if x-x != 0 {
		return math.NaN(), math.NaN()
	}
	r, n := dd{hi: x}, 0
	if math.Abs(x) > quarterPi {
		r, n = reduce(x)
	}
	g, h := locate(r)
	sinTail, cosTail := tails(h)
	a, b := turned(g, n)
	sin = settle(rotate(a, b, h.hi, sinTail, cosTail), x, 0)
	cos = settle(rotate(b, a.neg(), h.hi, sinTail, cosTail), x, 1)
	return sin, cos
}

// sine returns sin(x + quarter·π/2), correctly rounded; x is not ±0 where quarter is even.
func sine(x float64, quarter int) float64 {
	if x-x != 0 {
		return math.NaN()
	}
	return settle(sineFast(x, quarter), x, quarter)
}

// settle rounds what the fast path made of sin(x + quarter·π/2), by way of the accurate path if need be.
func settle(s dd, x float64, quarter int) float64 {
	if y, ok := s.round(float64(math.Abs(s.hi) * fastError)); ok {
		return y
	}
	return sineAccurate(x, quarter)
}

// sineFast returns sin(x + quarter·π/2) with a relative error below fastError.
func sineFast(x float64, quarter int) dd {
	r, n := dd{hi: x}, quarter
	if math.Abs(x) > quarterPi {
		r, n = reduce(x)
		n += quarter
	}
	g, h := locate(r)
	sinTail, cosTail := tails(h)
	a, b := turned(g, n)
	return rotate(a, b, h.hi, sinTail, cosTail)
}

// locate splits a reduced angle into the grid point nearest to it and the rest, |rest| ≤ 1/256.
func locate(r dd) (g *point, h dd) {
	t := float64(r.hi*gridScale) + shifter
	k := int(int32(uint32(math.Float64bits(t))))
	return &sineGrid[k+gridEnd], dd{r.hi - float64((t-shifter)*gridStep), r.lo}
}

// turned returns the values a, b for which sin(g + h + n·π/2) = a·cos h + b·sin h.
func turned(g *point, n int) (a, b dd) {
	a, b = g.sin, g.cos
	if n&1 != 0 {
		a, b = b, a.neg()
	}
	if n&2 != 0 {
		a, b = a.neg(), b.neg()
	}
	return a, b
}

// tails returns sin h − h.hi and cos h − 1 for |h| ≤ 1/256, from the Taylor series to h⁷ and h⁶.
func tails(h dd) (sinTail, cosTail float64) {
	z := float64(h.hi * h.hi)
	sinTail = -1.0/6 + float64(z*(1.0/120-float64(z*(1.0/5040))))
	cosTail = -0.5 + float64(z*(1.0/24-float64(z*(1.0/720))))
	return float64(float64(h.hi*z)*sinTail) + h.lo, float64(z*cosTail) - float64(h.hi*h.lo)
}

// rotate returns a·cos h + b·sin h. The two leading terms are exact; everything else is at most 2⁻¹⁶ of their sum, so
// float64 carries it to fastError.
func rotate(a, b dd, h, sinTail, cosTail float64) dd {
	p := twoProduct(b.hi, h)
	s := fastTwoSum(a.hi, p.hi)
	s.lo += (p.lo + (a.lo + float64(b.lo*h))) + (float64(a.hi*cosTail) + float64(b.hi*sinTail))
	return s
}

// sineAccurate returns sin(x + quarter·π/2), correctly rounded; |x| ≥ tinyAngle.
func sineAccurate(x float64, quarter int) float64 {
	s := sineDouble(x, quarter)
	if y, ok := s.round(float64(math.Abs(s.hi) * accurateError)); ok {
		return y
	}
	return sineBig(x, quarter)
}

// sineDouble returns sin(x + quarter·π/2) with a relative error below accurateError: the sum of rotate with every part
// in double-double arithmetic.
func sineDouble(x float64, quarter int) dd {
	r, n := reduceAccurately(x)
	g, h := locate(r)
	h = twoSum(h.hi, h.lo)
	z := h.mul(h).neg()
	sin, cos := inverseFactorial[2*sineTerms+1], inverseFactorial[2*sineTerms]
	for k := sineTerms - 1; k >= 0; k-- {
		sin = sin.mul(z).add(inverseFactorial[2*k+1])
		cos = cos.mul(z).add(inverseFactorial[2*k])
	}
	a, b := turned(g, n+quarter)
	return a.mul(cos).add(b.mul(sin.mul(h)))
}
