package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// A value is a vector: in a register, or a constant that may be in memory.
type value = Op

// arithmetic writes operations on vectors, one with each method, and returns
// where the result is.
type arithmetic interface {
	bits(u uint32) value // the constant vector of this integer
	constant(x float32) value

	add(a, b value) value
	sub(a, b value) value
	mul(a, b value) value
	div(a, b value) value
	sqrt(a value) value
	fused(a, b, c value) value                    // a*b + c
	fusedNegative(a, b, c value) value            // c - a*b
	horner(x value, coefficients []float32) value // the polynomial, the highest power first
	lesser(a, b value) value                      // a if a < b, otherwise, and where either is NaN, b
	greater(a, b value) value                     // a if a > b, otherwise, and where either is NaN, b
	compare(a value, p predicate, b value) value  // a mask of the lanes in which the predicate holds
	choose(mask value, yes value, no value) value // yes in the lanes of the mask, no in the others
	fromInteger(a value) value
	addInteger(a, b value) value
	subInteger(a, b value) value
	and(a, b value) value
	or(a, b value) value
	shiftLeft(a value, n uint64) value
	shiftRight(a value, n uint64) value // keeps the sign
}

var constants = map[string]Mem{}

// bits is a constant vector of 32-bit integers, in memory.
func (m machine) bits(u uint32) value {
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
func (m machine) constant(x float32) value { return m.bits(math.Float32bits(x)) }

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

func (m machine) lesser(a, b Op) value { return m.binary(VMINPS, a, b) }

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

func (m machine) fused(a, b, c Op) value {
	if IsM(b) {
		v := m.copied(c)
		VFMADD231PS(b, a, v)
		return v
	}
	v := m.copied(b)
	VFMADD213PS(c, a, v)
	return v
}

func (m machine) fusedNegative(a, b, c Op) value {
	v := m.copied(a)
	VFNMADD213PS(c, b, v)
	return v
}

func (m machine) horner(x value, coefficients []float32) value {
	y := m.copied(m.constant(coefficients[0]))
	for _, c := range coefficients[1:] {
		VFMADD213PS(m.constant(c), x, y)
	}
	return y
}

// A predicate is a relation between numbers, in Intel's code. Those with a NaN are
// false but for unordered and notAtMost.
type predicate uint8

const (
	equal     predicate = 0
	unordered predicate = 3
	notAtMost predicate = 6
	below     predicate = 17
	atMost    predicate = 18
	above     predicate = 30
)

func (m machine) compare(a value, p predicate, b Op) value {
	if m.wide {
		k := K()
		VCMPPS(Imm(uint64(p)), b, a, k)
		return k
	}
	v := YMM()
	VCMPPS(Imm(uint64(p)), b, a, v)
	return v
}

func (m machine) choose(mask, yes, no Op) value {
	if IsM(no) {
		no = m.copied(no)
	}
	v := m.vector()
	if m.wide {
		VBLENDMPS(yes, no, mask, v)
	} else {
		VBLENDVPS(mask, yes, no, v)
	}
	return v
}
