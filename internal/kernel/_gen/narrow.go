package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	narrowest  = 3  // outputs of a layer that narrow takes, at most
	narrowRows = 16 // rows that it takes at a time
)

// narrow writes the function for layers with so few outputs that the lanes of a
// vector must be rows. It turns the rows into columns on the way.
func (m machine) narrow() {
	m.function("narrow", "(c, x, w, bias *float32, cLine, line, rows, steps, out int)",
		fmt.Sprintf(`%%s is Linear with a result that is transposed.

	for r := range rows {
		for j := range out {
			acc := bias[j] // 0 if bias is nil
			for s := range steps {
				acc = FMA(x[r*line+s], w[s*out+j], acc)
			}
			c[j*cLine+r] = acc
		}
	}

rows is at least 4, steps is a multiple of 4 and at least 4, out is from 1 to %d.`, narrowest))
	for out := 1; out <= narrowest; out++ {
		more := label("more")
		if out < narrowest {
			CMPQ(parameter("out"), Imm(uint64(out)))
			JNE(LabelRef(more))
		}
		m.narrowTo(out)
		Label(more)
	}
}

// narrowTo writes the part for one number of outputs.
func (m machine) narrowTo(out int) {
	line, first, last := bytes("line"), GP64(), pointer("rows")
	three := GP64()
	LEAQ(Mem{Base: line, Index: line, Scale: 2}, three)
	SUBQ(Imm(4), last)
	XORQ(first, first)
	next := label("rows")
	Label(next)

	quarters := make([]reg.GPVirtual, narrowRows/4)
	for q := range quarters {
		quarters[q] = quarterRow(first, last, q)
		IMULQ(line, quarters[q])
		ADDQ(parameter("x"), quarters[q])
	}
	acc := make([][]reg.VecVirtual, narrowRows/m.width)
	for g := range acc {
		acc[g] = m.vectors(out)
	}
	m.startNarrow(acc)
	w, steps := pointer("w"), pointer("steps")
	step := label("step")
	Label(step)
	for g := range acc {
		in := m.vectors(4)
		for i, v := range in {
			for q, base := range quarters[g*m.width/4:][:m.width/4] {
				m.insert(lineOf(base, line, three, i), q, v)
			}
		}
		for s, v := range m.transposeQuarters(in) {
			for j := range acc[g] {
				weight := m.broadcast(Mem{Base: w, Disp: (s*out + j) * floatSize})
				VFMADD231PS(weight, v, acc[g][j])
			}
		}
	}
	for _, base := range quarters {
		ADDQ(Imm(4*floatSize), base)
	}
	ADDQ(Imm(uint64(4*out*floatSize)), w)
	SUBQ(Imm(4), steps)
	JNE(LabelRef(step))

	m.endNarrow(acc, first, last)
	ADDQ(Imm(narrowRows), first)
	LEAQ(Mem{Base: last, Disp: 4}, steps)
	CMPQ(first, steps)
	JLT(LabelRef(next))
	finish()
}

// quarterRow returns the first of the four rows in a quarter: where there are no
// such rows, they are the last four.
func quarterRow(first, last reg.GPVirtual, quarter int) reg.GPVirtual {
	row := GP64()
	LEAQ(Mem{Base: first, Disp: 4 * quarter}, row)
	CMPQ(row, last)
	CMOVQGT(last, row)
	return row
}

func (m machine) startNarrow(acc [][]reg.VecVirtual) {
	bias := pointer("bias")
	zero, ready := label("zero"), label("ready")
	TESTQ(bias, bias)
	JEQ(LabelRef(zero))
	for _, group := range acc {
		for j, v := range group {
			VBROADCASTSS(Mem{Base: bias, Disp: j * floatSize}, v)
		}
	}
	JMP(LabelRef(ready))
	Label(zero)
	for _, group := range acc {
		m.clear(group, bias)
	}
	Label(ready)
}

// endNarrow writes the quarters of the chains to their rows.
func (m machine) endNarrow(acc [][]reg.VecVirtual, first, last reg.GPVirtual) {
	c, line := pointer("c"), bytes("cLine")
	for j := range acc[0] {
		for g, group := range acc {
			for q := range m.width / 4 {
				row := quarterRow(first, last, g*m.width/4+q)
				VMOVUPS(m.quarter(group[j], q), Mem{Base: c, Index: row, Scale: floatSize})
			}
		}
		ADDQ(line, c)
	}
}

// quarter returns a quarter of a vector.
func (m machine) quarter(v reg.VecVirtual, q int) reg.VecVirtual {
	switch x := XMM(); {
	case q == 0:
		return v.AsX().(reg.VecVirtual)
	case m.wide:
		VEXTRACTF32X4(Imm(uint64(q)), v, x)
		return x
	default:
		VEXTRACTF128(Imm(uint64(q)), v, x)
		return x
	}
}
