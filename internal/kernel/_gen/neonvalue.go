package main

import "math"

func (a *neon) bits(u uint32) value {
	c := a.constants[u]
	if c == nil {
		c = a.pin()
		a.constants[u] = c
		a.onConstant(u)
	}
	return c
}

func (a *neon) constant(x float32) value { return a.bits(math.Float32bits(x)) }

func (a *neon) add(x, y value) value { return a.record(false, three("fadd", 0x4e20d400, "4s"), x, y) }
func (a *neon) sub(x, y value) value { return a.record(false, three("fsub", 0x4ea0d400, "4s"), x, y) }
func (a *neon) mul(x, y value) value { return a.record(false, three("fmul", 0x6e20dc00, "4s"), x, y) }
func (a *neon) div(x, y value) value { return a.record(false, three("fdiv", 0x6e20fc00, "4s"), x, y) }
func (a *neon) sqrt(x value) value   { return a.record(false, two("fsqrt", 0x6ea1f800, ""), x) }

func (a *neon) fused(x, y, z value) value {
	return a.record(true, three("fmla", 0x4e20cc00, "4s"), z, x, y)
}

func (a *neon) fusedNegative(x, y, z value) value {
	return a.record(true, three("fmls", 0x4ea0cc00, "4s"), z, x, y)
}

func (a *neon) horner(x value, coefficients []float32) value {
	y := a.constant(coefficients[0])
	for _, c := range coefficients[1:] {
		y = a.fused(y, x, a.constant(c))
	}
	return y
}

func (a *neon) lesser(x, y value) value  { return a.choose(a.compare(x, below, y), x, y) }
func (a *neon) greater(x, y value) value { return a.choose(a.compare(x, above, y), x, y) }

// An opposite is a mask of the lanes that are not chosen.
type opposite struct{ value }

func (a *neon) compare(x value, p predicate, y value) value {
	greater, notLess := three("fcmgt", 0x6ea0e400, "4s"), three("fcmge", 0x6e20e400, "4s")
	same := three("fcmeq", 0x4e20e400, "4s")
	switch p {
	case equal:
		return a.record(false, same, x, y)
	case unordered: // of a number with itself
		return opposite{a.record(false, same, x, y)}
	case below:
		return a.record(false, greater, y, x)
	case above:
		return a.record(false, greater, x, y)
	case atMost:
		return a.record(false, notLess, y, x)
	}
	return opposite{a.record(false, notLess, y, x)} // notAtMost
}

func (a *neon) choose(mask, yes, no value) value {
	if o, ok := mask.(opposite); ok {
		mask, yes, no = o.value, no, yes
	}
	return a.record(true, three("bsl", 0x6e601c00, "16b"), mask, yes, no)
}

func (a *neon) fromInteger(x value) value { return a.record(false, two("scvtf", 0x4e21d800, ""), x) }

func (a *neon) addInteger(x, y value) value {
	return a.record(false, three("add", 0x4ea08400, "4s"), x, y)
}

func (a *neon) subInteger(x, y value) value {
	return a.record(false, three("sub", 0x6ea08400, "4s"), x, y)
}

func (a *neon) and(x, y value) value { return a.record(false, three("and", 0x4e201c00, "16b"), x, y) }
func (a *neon) or(x, y value) value  { return a.record(false, three("orr", 0x4ea01c00, "16b"), x, y) }

func (a *neon) shiftLeft(x value, n uint64) value {
	return a.record(false, two("shl", 0x4f005400|uint32(32+n)<<16, shiftText(n)), x)
}

func (a *neon) shiftRight(x value, n uint64) value {
	return a.record(false, two("sshr", 0x4f000400|uint32(64-n)<<16, shiftText(n)), x)
}

func shiftText(n uint64) string { return ", #" + string('0'+rune(n/10)) + string('0'+rune(n%10)) }

// assign copies a value to a pinned register.
func (a *neon) assign(to *vector, x value) {
	v := a.record(false, func(_ int, from []int) string { return move(to.number, from) }, x)
	*v = *to
}
