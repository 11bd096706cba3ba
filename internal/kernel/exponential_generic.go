package kernel

import "math"

func expGeneric(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = Exp1(v)
	}
}

func logGeneric(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = Log1(v)
	}
}

func logSoftmaxGeneric(dst, x []float32, rows, n int) {
	for r := range rows {
		from, to := x[r*n:][:n], dst[r*n:][:n]
		top := maxGeneric(from)
		var s sixteen
		for i, v := range from {
			s[i%len(s)] += Exp1(v - top)
		}
		logSum := Log1(s.sum())
		for i, v := range from {
			to[i] = (v - top) - logSum
		}
	}
}

// The polynomials are minimax fits of the relative error of the function that
// they serve, rounded to float32. testdata/minimax.py derives them.
var (
	// (eʳ - 1 - r)/r² for |r| up to a little over ln(2)/2.
	expTerms = []float64{0x1.6a239cp-10, 0x1.123a38p-7, 0x1.5558f4p-5, 0x1.55549p-3, 0x1.fffffcp-2}

	// (tanh(a)/a - 1)/z for z = a², a up to tanhBound.
	tanhTerms = []float64{-0x1.75f268p-8, 0x1.522a2cp-6, -0x1.b83cep-5, 0x1.11072ap-3, -0x1.555532p-2}

	// (ln(1+f) - f)/f² for 1+f from √½ to √2.
	logTerms = []float64{
		-0x1.3891ccp-4, 0x1.05406cp-3, -0x1.0d7f12p-3, 0x1.22dd44p-3, -0x1.54732ep-3,
		0x1.999feep-3, -0x1.000224p-2, 0x1.555554p-2, -0.5,
	}
)

const (
	log2e     = 0x1.715476p0    // 1/ln 2
	ln2High   = 0x1.63p-1       // the upper part of ln 2, so short that n·ln2High is exact
	ln2Low    = -0x1.bd0106p-13 // ln 2 - ln2High
	shifter   = 3 << 22         // adding it rounds a small number to an integer
	tanhBound = 0.625

	signBit      = 1 << 31
	mantissa     = 1<<23 - 1
	one          = 127 << 23  // the bit pattern of 1
	rootHalf     = 0x3f3504f3 // the bit pattern of √½
	mantissaBits = 23
)

// Exp1 returns eˣ. Each operation rounds to float32:
//
//	x = min(max(x, -104), 89)
//	n = (float32(x*log2e) + shifter) - shifter
//	r = FMA(n, -ln2Low, x - n*ln2High)            the difference is exact
//	q = FMA(… FMA(FMA(c₀, r, c₁), r, c₂) …, r, c₄)
//	p = 1 + FMA(r*r, q, r)
//	return p * 2^⌊n/2⌋ * 2^(n-⌊n/2⌋)
//
// It is within 1.02 units in the last place, never decreases, passes through
// the subnormal numbers down to 0 and reaches +Inf. NaN stays NaN.
func Exp1(x float32) float32 {
	if x > 89 {
		x = 89
	} else if x < -104 {
		x = -104
	}
	p, shifted := expReduced(x)
	n := int32(shifted<<10) >> 10
	half := n >> 1
	return p * power2(half) * power2(n-half)
}

// expReduced returns p as in Exp1 and the bit pattern of shifter + n, whose last
// 22 bits are n.
func expReduced(x float32) (p float32, shifted uint32) {
	t := float32(x*log2e) + shifter
	n := t - shifter
	high, low := float64(x-float32(n*ln2High)), float64(n)*-ln2Low
	s := low + high
	if tied(s) {
		s = oddSum(low, high)
	}
	r := narrow(s)
	square := narrow(r * r)
	q := polynomial(r, expTerms)
	s = square*q + r
	if tied(s) {
		s = oddSum(square*q, r)
	}
	return 1 + float32(s), math.Float32bits(t)
}

// power2 returns 2ⁿ for n from -126 to 127.
func power2(n int32) float32 { return math.Float32frombits(one + uint32(n)<<mantissaBits) }

// Tanh1 returns the hyperbolic tangent of x. Each operation rounds to float32:
//
//	a = min(|x|, 10)
//	if a < tanhBound {
//		z = a*a
//		q = FMA(… FMA(FMA(c₀, z, c₁), z, c₂) …, z, c₄)
//		y = FMA(a*z, q, a)
//	} else {
//		y = 1 - 2/(1 + p*2ⁿ)                      p and n of e²ᵃ as in Exp1
//	}
//	return y with the sign of x
//
// It is within 1.34 units in the last place, never decreases, is odd and
// reaches ±1. NaN stays NaN.
func Tanh1(x float32) float32 {
	sign := math.Float32bits(x) & signBit
	a := math.Float32frombits(math.Float32bits(x) &^ signBit)
	var y float32
	if a < tanhBound {
		y = tanhNearZero(a)
	} else {
		if a > 10 {
			a = 10
		}
		p, shifted := expReduced(2 * a)
		y = 1 - 2/(1+float32(p*math.Float32frombits(one+shifted<<mantissaBits)))
	}
	return math.Float32frombits(math.Float32bits(y) | sign)
}

func tanhNearZero(a float32) float32 {
	z := a * a
	cube := float64(a * z)
	q := polynomial(float64(z), tanhTerms)
	s := cube*q + float64(a)
	if tied(s) {
		s = oddSum(cube*q, float64(a))
	}
	return float32(s)
}

// Log1 returns the natural logarithm of x. Each operation rounds to float32:
//
//	x = 2ᵉ * (1+f)                                with 1+f from √½ to √2
//	q = FMA(… FMA(FMA(c₀, f, c₁), f, c₂) …, f, c₈)
//	return e*ln2High + (f + FMA(f*f, q, e*ln2Low))
//
// It is within 0.9 units in the last place and never decreases. It is -Inf at
// 0, NaN below and for NaN, +Inf at +Inf.
func Log1(x float32) float32 {
	var e int32
	if x < 0x1p-126 {
		switch {
		case x < 0:
			return float32(math.NaN())
		case x == 0:
			return float32(math.Inf(-1))
		}
		x *= 1 << mantissaBits
		e = -mantissaBits
	}
	if !(x <= math.MaxFloat32) {
		return x
	}
	u := math.Float32bits(x) - rootHalf
	e += int32(u) >> mantissaBits
	f := math.Float32frombits(u&mantissa+rootHalf) - 1
	q := polynomial(float64(f), logTerms)
	square, low := float64(f*f), float64(float32(e)*ln2Low)
	s := square*q + low
	if tied(s) {
		s = oddSum(square*q, low)
	}
	return float32(float32(e)*ln2High) + (f + float32(s))
}

// polynomial returns c[0]·xⁿ + … + c[n] in Horner's order, one fused
// multiply-add for each coefficient after the first.
//
// Like its callers it watches for midpoints only: none of their sums comes near
// the subnormal numbers without being exact.
func polynomial(x float64, c []float64) float64 {
	y := c[0]
	for _, k := range c[1:] {
		s := y*x + k
		if tied(s) {
			s = oddSum(y*x, k)
		}
		y = narrow(s)
	}
	return y
}
