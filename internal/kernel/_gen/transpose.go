package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpose turns the lines of a matrix into columns: four steps at a time, each
// quarter of a vector taking four lines.
func (m machine) transpose() {
	m.function("transpose", "(dst, src *float32, dstLine, line, lines, steps int)",
		fmt.Sprintf(`%%s turns lines into columns.

	for i := range steps {
		for j := range lines {
			dst[i*dstLine+j] = src[j*line+i]
		}
	}

lines and steps are multiples of 4 from 4 on; lines is at most %[1]d, and the rest
of each %[1]d elements of dst becomes undefined.`, m.width))
	dst, dstLine, line := pointer("dst"), bytes("dstLine"), bytes("line")
	lines, steps := pointer("lines"), pointer("steps")
	three, down := GP64(), GP64()
	LEAQ(Mem{Base: line, Index: line, Scale: 2}, three)
	LEAQ(Mem{Base: line, Index: three, Scale: 1}, down)
	quarters := m.quarters(lines, down)
	loop := label("loop")
	Label(loop)
	in := make([]reg.VecVirtual, 4)
	for i := range in {
		in[i] = m.vector()
		for q, base := range quarters {
			m.insert(lineOf(base, line, three, i), q, in[i])
		}
	}
	for _, v := range m.transposeQuarters(in) {
		m.store(v, Mem{Base: dst}, nil)
		ADDQ(dstLine, dst)
	}
	for _, base := range quarters {
		ADDQ(Imm(4*floatSize), base)
	}
	SUBQ(Imm(4), steps)
	JNE(LabelRef(loop))
	finish()
}

// quarters returns pointers to the lines with which the quarters of a vector
// begin; where there are no such lines, to the last that are there.
func (m machine) quarters(lines, down reg.GPVirtual) []reg.GPVirtual {
	all := []reg.GPVirtual{pointer("src")}
	for q := 1; q < m.width/4; q++ {
		next := GP64()
		LEAQ(Mem{Base: all[q-1], Index: down, Scale: 1}, next)
		CMPQ(lines, Imm(uint64(4*q)))
		CMOVQLE(all[q-1], next)
		all = append(all, next)
	}
	return all
}

func lineOf(base, line, three reg.GPVirtual, i int) Mem {
	switch i {
	case 0:
		return Mem{Base: base}
	case 3:
		return Mem{Base: base, Index: three, Scale: 1}
	}
	return Mem{Base: base, Index: line, Scale: uint8(i)}
}

// insert reads four elements into a quarter of a vector; the first quarter must
// come first, and the others are undefined after it.
func (m machine) insert(from Mem, quarter int, to reg.VecVirtual) {
	switch {
	case quarter == 0 && m.wide:
		VBROADCASTF32X4(from, to)
	case quarter == 0:
		VBROADCASTF128(from, to)
	case m.wide:
		VINSERTF32X4(Imm(uint64(quarter)), from, to, to)
	default:
		VINSERTF128(Imm(uint64(quarter)), from, to, to)
	}
}

// transposeQuarters transposes the 4×4 matrices that lie in the quarters.
func (m machine) transposeQuarters(in []reg.VecVirtual) []reg.VecVirtual {
	half, out := m.vectors(4), m.vectors(4)
	VUNPCKLPS(in[1], in[0], half[0])
	VUNPCKHPS(in[1], in[0], half[1])
	VUNPCKLPS(in[3], in[2], half[2])
	VUNPCKHPS(in[3], in[2], half[3])
	VUNPCKLPD(half[2], half[0], out[0])
	VUNPCKHPD(half[2], half[0], out[1])
	VUNPCKLPD(half[3], half[1], out[2])
	VUNPCKHPD(half[3], half[1], out[3])
	return out
}

// copyLines copies lines of two vectors each.
func (m machine) copyLines() {
	m.function("copyLines", "(dst, src *float32, line, lines int)",
		fmt.Sprintf(`%%s puts parts of lines one after the other.

	for i := range lines {
		for j := range %[1]d {
			dst[i*%[1]d+j] = src[i*line+j]
		}
	}

lines is at least 1.`, 2*m.width))
	dst, src, line, lines := pointer("dst"), pointer("src"), bytes("line"), pointer("lines")
	next := label("line")
	Label(next)
	for v, r := range m.vectors(2) {
		at := v * m.width * floatSize
		VMOVUPS(Mem{Base: src, Disp: at}, r)
		VMOVUPS(r, Mem{Base: dst, Disp: at})
	}
	ADDQ(line, src)
	ADDQ(Imm(uint64(2*m.width*floatSize)), dst)
	DECQ(lines)
	JNE(LabelRef(next))
	finish()
}
