package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// softmax writes the two parts of LogSoftmax: the last loop over a long row, and
// all of it for short rows, one in each lane.
func (m machine) softmax() {
	m.function("shift", "(dst, x []float32, top, logSum float32)",
		`%s computes dst[i] = (x[i] - top) - logSum.`)
	top, logSum := m.parameter("top"), m.parameter("logSum")
	m.loop("dst", "x", func(in []value) []value { return []value{m.sub(m.sub(in[0], top), logSum)} })
	m.shortRows()
}

func (m machine) shortRows() {
	m.function("logSoftmaxColumns", "(x, scratch *[256]float32, n int)",
		`%s is LogSoftmax in place on the columns of a matrix of n lines, each a
vector long. n is from 1 to 16; scratch is of the same size as x.`)
	x, scratch, n := pointer("x"), pointer("scratch"), pointer("n")
	at, end := GP64(), GP64()
	MOVQ(n, end)
	IMUL3Q(Imm(uint64(m.width*floatSize)), end, end)
	line := func(body func(x, scratch Mem)) {
		next := label("line")
		XORQ(at, at)
		Label(next)
		body(Mem{Base: x, Index: at, Scale: 1}, Mem{Base: scratch, Index: at, Scale: 1})
		ADDQ(Imm(uint64(m.width*floatSize)), at)
		CMPQ(at, end)
		JLT(LabelRef(next))
	}
	line(func(x, scratch Mem) { m.store(m.copied(x), scratch, nil) })
	top := m.fold(scratch, at, end, func(a, b value) value { return larger(m, a, b) })
	line(func(x, scratch Mem) {
		difference := m.sub(m.copied(x), top)
		m.store(difference, x, nil)
		m.store(exp(m, difference), scratch, nil)
	})
	logSum := logarithm(m, m.fold(scratch, at, end, func(a, b value) value { return m.add(a, b) }))
	line(func(x, scratch Mem) { m.store(m.sub(m.copied(x), logSum), x, nil) })
	finish()
}

// fold joins the lines of a matrix as the lanes of a reduction are joined, and
// returns the first line. Lines that are not there would change nothing.
func (m machine) fold(matrix, at, end reg.GPVirtual, join func(a, b value) value) value {
	for half := laneCount / 2; half > 0; half /= 2 {
		distance := half * m.width * floatSize
		next, done := label("join"), label("joined")
		XORQ(at, at)
		Label(next)
		CMPQ(at, I32(int32(distance)))
		JGE(LabelRef(done))
		upper := GP64()
		LEAQ(Mem{Base: at, Disp: distance}, upper)
		CMPQ(upper, end)
		JGE(LabelRef(done))
		here := Mem{Base: matrix, Index: at, Scale: 1}
		m.store(join(m.copied(here), m.copied(here.Offset(distance))), here, nil)
		ADDQ(Imm(uint64(m.width*floatSize)), at)
		JMP(LabelRef(next))
		Label(done)
	}
	return m.copied(Mem{Base: matrix})
}
