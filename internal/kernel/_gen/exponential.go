package main

// The constants and steps of exponential_generic.go.
var (
	expTerms  = []float32{0x1.6a239cp-10, 0x1.123a38p-7, 0x1.5558f4p-5, 0x1.55549p-3, 0x1.fffffcp-2}
	tanhTerms = []float32{-0x1.75f268p-8, 0x1.522a2cp-6, -0x1.b83cep-5, 0x1.11072ap-3, -0x1.555532p-2}
	logTerms  = []float32{
		-0x1.3891ccp-4, 0x1.05406cp-3, -0x1.0d7f12p-3, 0x1.22dd44p-3, -0x1.54732ep-3,
		0x1.999feep-3, -0x1.000224p-2, 0x1.555554p-2, -0.5,
	}
)

const (
	log2e     = 0x1.715476p0
	ln2High   = 0x1.63p-1
	ln2Low    = -0x1.bd0106p-13
	shifter   = 3 << 22
	tanhBound = 0.625

	signBit      = 1 << 31
	mantissa     = 1<<23 - 1
	one          = 127 << 23
	rootHalf     = 0x3f3504f3
	mantissaBits = 23

	smallestNormal = 0x1p-126
	largest        = 0x1.fffffep127
	infinity       = 0xff << mantissaBits
	notANumber     = 0x7fc00000
)

// expReduced is p of Exp1 and the bit pattern of shifter + n.
func expReduced(m arithmetic, x value) (p, shifted value) {
	shifted = m.add(m.mul(x, m.constant(log2e)), m.constant(shifter))
	n := m.sub(shifted, m.constant(shifter))
	high := m.sub(x, m.mul(n, m.constant(ln2High)))
	r := m.fused(n, m.constant(-ln2Low), high)
	q := m.horner(r, expTerms)
	return m.add(m.fused(m.mul(r, r), q, r), m.constant(1)), shifted
}

// power2 is 2ⁿ.
func power2(m arithmetic, n value) value {
	return m.addInteger(m.shiftLeft(n, mantissaBits), m.bits(one))
}

func exp(m arithmetic, x value) value {
	x = m.greater(m.constant(-104), m.lesser(m.constant(89), x))
	p, shifted := expReduced(m, x)
	n := m.shiftRight(m.shiftLeft(shifted, 10), 10)
	half := m.shiftRight(n, 1)
	return m.mul(m.mul(p, power2(m, half)), power2(m, m.subInteger(n, half)))
}

func tanh(m arithmetic, x value) value {
	a := m.and(x, m.bits(signBit-1))
	z := m.mul(a, a)
	near := m.fused(m.mul(a, z), m.horner(z, tanhTerms), a)
	bounded := m.lesser(m.constant(10), a)
	p, shifted := expReduced(m, m.add(bounded, bounded))
	root := m.add(m.mul(p, power2(m, shifted)), m.constant(1))
	far := m.sub(m.constant(1), m.div(m.constant(2), root))
	y := m.choose(m.compare(a, below, m.constant(tanhBound)), near, far)
	return m.or(y, m.and(x, m.bits(signBit)))
}

func logarithm(m arithmetic, x value) value {
	small := m.compare(x, below, m.constant(smallestNormal))
	normal := m.choose(small, m.mul(x, m.constant(1<<mantissaBits)), x)
	u := m.subInteger(normal, m.bits(rootHalf))
	zero := m.bits(0)
	e := m.fromInteger(m.addInteger(m.shiftRight(u, mantissaBits),
		m.choose(small, m.bits(1<<32-mantissaBits), zero)))
	f := m.sub(m.addInteger(m.and(u, m.bits(mantissa)), m.bits(rootHalf)), m.constant(1))
	s := m.fused(m.mul(f, f), m.horner(f, logTerms), m.mul(e, m.constant(ln2Low)))
	y := m.add(m.mul(e, m.constant(ln2High)), m.add(f, s))
	y = m.choose(m.compare(x, notAtMost, m.constant(largest)), x, y)
	y = m.choose(m.compare(x, equal, m.bits(0)), m.bits(signBit|infinity), y)
	return m.choose(m.compare(x, below, m.bits(0)), m.bits(notANumber), y)
}
