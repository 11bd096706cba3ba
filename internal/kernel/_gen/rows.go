package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rows writes turns and norms with a loop over heads or rows inside.
func (m machine) rows() {
	m.rotateHeads()
	m.rmsNorm()
	m.rmsNormBackward()
}

// rotateHeads has vectors of eight at every level: heads are that narrow.
func (m machine) rotateHeads() {
	m = machine{m.name, avx2.width, false}
	m.function("rotateHeads", "(dst, x, cos, sin *float32, heads, half, line int, scale float32)",
		`%s is Rotate. half is a multiple of 8.`)
	dst, x, cos, sin := pointer("dst"), pointer("x"), pointer("cos"), pointer("sin")
	half, line, scale := bytes("half"), bytes("line"), m.parameter("scale")
	repeat(pointer("heads"), func() {
		at, upper, low := GP64(), copyOf(half), copyOf(half)
		XORQ(at, at)
		ADDQ(x, upper)
		ADDQ(dst, low)
		left := copyOf(half)
		sweep(left, m.width*floatSize, []int{1}, func(int) {
			here := func(base reg.GPVirtual) value { return m.copied(Mem{Base: base, Index: at, Scale: 1}) }
			turned := rotate(m, []value{here(x), here(upper), here(cos), here(sin)}, []value{scale})
			m.store(turned[0], Mem{Base: dst, Index: at, Scale: 1}, nil)
			m.store(turned[1], Mem{Base: low, Index: at, Scale: 1}, nil)
			ADDQ(Imm(uint64(m.width*floatSize)), at)
		})
		LEAQ(Mem{Base: x, Index: half, Scale: 2}, x)
		ADDQ(line, dst)
	})
	finish()
}

// foldRow writes a reduction over the width elements, a multiple of sixteen, that stand
// at offset at from some pointers, and returns the result.
func (m machine) foldRow(width reg.GPVirtual, step func(at reg.GPVirtual, v int, acc reg.VecVirtual)) reg.VecVirtual {
	acc, at, left := m.vectors(laneCount/m.width), GP64(), copyOf(width)
	m.clear(acc, at)
	XORQ(at, at)
	sweep(left, laneCount, []int{1}, func(int) {
		for v := range acc {
			step(at, v*m.width*floatSize, acc[v])
		}
		ADDQ(Imm(panelBytes), at)
	})
	return m.lane(acc, func(a, b value) value { return narrow.add(a, b) })
}

// eachVector writes a loop over the width elements of a row.
func (m machine) eachVector(width reg.GPVirtual, body func(at reg.GPVirtual)) {
	at, left := GP64(), copyOf(width)
	XORQ(at, at)
	sweep(left, m.width, []int{1}, func(int) {
		body(at)
		ADDQ(Imm(uint64(m.width*floatSize)), at)
	})
}

func (m machine) rmsNorm() {
	m.function("rmsNorm", "(dst, unit, scale, x, gain *float32, rows, width int, epsilon float64)",
		`%s is RMSNorm. width is a multiple of 16.`)
	dst, unit, scale, x, gain := pointer("dst"), pointer("unit"), pointer("scale"), pointer("x"), pointer("gain")
	width, line := pointer("width"), bytes("width")
	repeat(pointer("rows"), func() {
		sum := m.foldRow(width, func(at reg.GPVirtual, offset int, acc reg.VecVirtual) {
			v := m.copied(Mem{Base: x, Index: at, Scale: 1, Disp: offset})
			VFMADD231PS(v, v, acc)
		})
		m.inverseRoot(sum, width)
		VMOVSS(sum, Mem{Base: scale})
		factor := m.vector()
		VBROADCASTSS(sum, factor)
		m.eachVector(width, func(at reg.GPVirtual) {
			u := m.mul(m.copied(Mem{Base: x, Index: at, Scale: 1}), factor)
			m.store(u, Mem{Base: unit, Index: at, Scale: 1}, nil)
			m.store(m.mul(u, Mem{Base: gain, Index: at, Scale: 1}), Mem{Base: dst, Index: at, Scale: 1}, nil)
		})
		for _, p := range []reg.GPVirtual{dst, unit, x} {
			ADDQ(line, p)
		}
		ADDQ(Imm(floatSize), scale)
	})
	finish()
}

// inverseRoot replaces a sum of squares by 1/√(sum/width + ε), in float64 until the
// end.
func (m machine) inverseRoot(sum reg.VecVirtual, width reg.GPVirtual) {
	x, count, unity := XMM(), XMM(), GP64()
	VCVTSS2SD(sum, sum, x)
	VCVTSI2SDQ(width, sum, count)
	VDIVSD(count, x, x)
	VADDSD(parameter("epsilon"), x, x)
	VSQRTSD(x, x, x)
	MOVQ(U64(1), unity)
	VCVTSI2SDQ(unity, count, count)
	VDIVSD(x, count, x)
	VCVTSD2SS(x, x, sum)
}

func (m machine) rmsNormBackward() {
	m.function("rmsNormBackward", "(dx, dy, gain, unit, scale *float32, rows, width int)",
		`%s is RMSNormBackward. width is a multiple of 16.`)
	dx, dy, gain, unit, scale := pointer("dx"), pointer("dy"), pointer("gain"), pointer("unit"), pointer("scale")
	width, line := pointer("width"), bytes("width")
	repeat(pointer("rows"), func() {
		along := m.foldRow(width, func(at reg.GPVirtual, offset int, acc reg.VecVirtual) {
			up := m.mul(m.copied(Mem{Base: dy, Index: at, Scale: 1, Disp: offset}), Mem{Base: gain, Index: at, Scale: 1, Disp: offset})
			VFMADD231PS(Mem{Base: unit, Index: at, Scale: 1, Disp: offset}, up, acc)
		})
		count, negative, every := XMM(), XMM(), m.vector()
		VCVTSI2SSQ(width, along, count)
		VDIVSS(count, along, along)
		VMOVSS(Mem{Base: scale}, negative)
		VMULSS(m.constant(-1).(Mem), negative, negative) // −0 of 0, as Go has it
		VMULSS(negative, along, along)
		VBROADCASTSS(along, every)
		factor := m.broadcast(Mem{Base: scale})
		m.eachVector(width, func(at reg.GPVirtual) {
			here := func(base reg.GPVirtual) Mem { return Mem{Base: base, Index: at, Scale: 1} }
			sum := m.fused(factor, m.mul(m.copied(here(dy)), here(gain)), m.copied(here(dx)))
			m.store(m.fused(every, m.copied(here(unit)), sum), here(dx), nil)
		})
		for _, p := range []reg.GPVirtual{dx, dy, unit} {
			ADDQ(line, p)
		}
		ADDQ(Imm(floatSize), scale)
	})
	finish()
}
