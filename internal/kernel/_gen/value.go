package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The functions below write one operation on vectors each and return where its
// result is.

type value = reg.VecVirtual

var constants = map[string]Mem{}

// bits is a constant vector of 32-bit integers, in memory.
func (m machine) bits(u uint32) Mem {
	name := fmt.Sprintf("all%08x%s", u, m.name)
	c, known := constants[name]
	if !known {
		c = GLOBL(name, attr.RODATA|attr.NOPTR)
		for i := range m.width {
			DATA(i*floatSize, U32(u))
		}
		constants[name] = c
	}
	return c
}

// constant is a constant vector of float32, in memory.
func (m machine) constant(x float32) Mem { return m.bits(math.Float32bits(x)) }

// copied returns a vector that may be changed.
func (m machine) copied(x Op) value {
	v := m.vector()
	VMOVUPS(x, v)
	return v
}

func (m machine) broadcast(from Op) value {
	v := m.vector()
	VBROADCASTSS(from, v)
	return v
}

func (m machine) add(a, b Op) value { return m.binary(VADDPS, a, b) }
func (m machine) sub(a, b Op) value { return m.binary(VSUBPS, a, b) }
func (m machine) mul(a, b Op) value { return m.binary(VMULPS, a, b) }
func (m machine) div(a, b Op) value { return m.binary(VDIVPS, a, b) }

// lesser is a if a < b, otherwise, and where either is NaN, b.
func (m machine) lesser(a, b Op) value { return m.binary(VMINPS, a, b) }

// greater is a if a > b, otherwise, and where either is NaN, b.
func (m machine) greater(a, b Op) value { return m.binary(VMAXPS, a, b) }

func (m machine) addInteger(a, b Op) value { return m.binary(VPADDD, a, b) }
func (m machine) subInteger(a, b Op) value { return m.binary(VPSUBD, a, b) }

// binary writes an operation of two operands, of which the second may be in
// memory.
func (m machine) binary(instruction func(...Op), a, b Op) value {
	if IsM(a) {
		a = m.copied(a)
	}
	v := m.vector()
	instruction(b, a, v)
	return v
}

func (m machine) and(a, b Op) value {
	v := m.vector()
	if m.wide {
		VPANDD(b, a, v)
	} else {
		VPAND(b, a, v)
	}
	return v
}

func (m machine) or(a, b Op) value {
	v := m.vector()
	if m.wide {
		VPORD(b, a, v)
	} else {
		VPOR(b, a, v)
	}
	return v
}

func (m machine) shiftLeft(a Op, n uint64) value {
	v := m.vector()
	VPSLLD(Imm(n), a, v)
	return v
}

// shiftRight keeps the sign.
func (m machine) shiftRight(a Op, n uint64) value {
	v := m.vector()
	VPSRAD(Imm(n), a, v)
	return v
}

func (m machine) sqrt(a Op) value {
	v := m.vector()
	VSQRTPS(a, v)
	return v
}

func (m machine) fromInteger(a Op) value {
	v := m.vector()
	VCVTDQ2PS(a, v)
	return v
}

// fused is a*b + c; b or c may be in memory.
func (m machine) fused(a value, b, c Op) value {
	if IsM(b) {
		v := m.copied(c)
		VFMADD231PS(b, a, v)
		return v
	}
	v := m.copied(b)
	VFMADD213PS(c, a, v)
	return v
}

// horner is the polynomial with these coefficients, the highest power first.
func (m machine) horner(x value, coefficients []float32) value {
	y := m.copied(m.constant(coefficients[0]))
	for _, c := range coefficients[1:] {
		VFMADD213PS(m.constant(c), x, y)
	}
	return y
}

// Predicates of a comparison; those with a NaN are false but for unordered and
// notAtMost.
const (
	equal     = 0
	unordered = 3
	notAtMost = 6
	below     = 17
	atMost    = 18
	above     = 30
)

// compare returns a mask of the lanes in which the predicate holds for a and b.
func (m machine) compare(a value, predicate uint64, b Op) reg.Register {
	if m.wide {
		k := K()
		VCMPPS(Imm(predicate), b, a, k)
		return k
	}
	v := YMM()
	VCMPPS(Imm(predicate), b, a, v)
	return v
}

// choose is yes in the lanes of the mask and no in the others; yes may be in
// memory.
func (m machine) choose(mask reg.Register, yes Op, no value) value {
	v := m.vector()
	if m.wide {
		VBLENDMPS(yes, no, mask, v)
	} else {
		VBLENDVPS(mask, yes, no, v)
	}
	return v
}
