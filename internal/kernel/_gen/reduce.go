package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const laneCount = 16 // partial results of a reduction

// reductions writes the functions that bring elements into the sixteen lanes.
func (m machine) reductions() {
	m.function("sum", "(lanes *[16]float32, x []float32)", "%s is the first loop of Sum.")
	m.reduce([]string{"x"}, func(acc value, in []value) value { return m.add(acc, in[0]) })
	m.function("dot", "(lanes *[16]float32, a, b []float32)", "%s is the first loop of Dot.")
	m.reduce([]string{"a", "b"}, func(acc value, in []value) value { return m.fused(in[0], in[1], acc) })
	m.function("max", "(lanes *[16]float32, x []float32)", "%s is the first loop of Max.")
	m.reduce([]string{"x"}, func(acc value, in []value) value { return larger(m, acc, in[0]) })
	m.function("sumExp", "(lanes *[16]float32, x []float32, top float32)",
		"%s is the first loop of Sum over Exp1(x[i] - top).")
	top := m.parameter("top")
	m.reduce([]string{"x"}, func(acc value, in []value) value { return m.add(acc, exp(m, m.sub(in[0], top))) })
	m.function("addSumSquares", "(lanes *[16]float32, dst, x []float32)", "%s is the first loop of AddSumSquares.")
	m.fold16([]string{"dst", "x"}, func(acc value, in []value) (next, result value) {
		sum := m.add(in[0], in[1])
		return m.fused(sum, sum, acc), sum
	})
}

// reduce writes the loop over the elements of slices, sixteen at a time, and the
// end of the function.
func (m machine) reduce(in []string, step func(acc value, in []value) value) {
	m.fold16(in, func(acc value, in []value) (next, result value) { return step(acc, in), nil })
}

// fold16 is reduce with a step that may also have a result, which takes the place
// of the element of the first slice.
func (m machine) fold16(in []string, step func(acc value, in []value) (next, result value)) {
	lanes, length := pointer("lanes"), GP64()
	Load(Param(in[0]).Len(), length)
	from := make([]reg.GPVirtual, len(in))
	for i, name := range in {
		from[i] = GP64()
		Load(Param(name).Base(), from[i])
	}
	acc := m.vectors(laneCount / m.width)
	part := func(v int, base reg.GPVirtual) Mem { return Mem{Base: base, Disp: v * m.width * floatSize} }
	for v := range acc {
		m.load(part(v, lanes), acc[v], nil)
	}
	pass := func(v int, mask reg.Register) {
		read := make([]value, len(from))
		for i, p := range from {
			r := m.vector()
			m.load(part(v, p), r, mask)
			read[i] = r
		}
		next, result := step(acc[v], read)
		if result != nil {
			m.store(result, part(v, from[0]), mask)
		}
		if mask != nil {
			next = m.choose(mask, next, acc[v])
		}
		VMOVAPS(next, acc[v])
	}
	full, rest, done := label("full"), label("rest"), label("done")
	Label(full)
	SUBQ(Imm(laneCount), length)
	JLT(LabelRef(rest))
	for v := range acc {
		pass(v, nil)
	}
	for _, p := range from {
		ADDQ(Imm(laneCount*floatSize), p)
	}
	JMP(LabelRef(full))
	Label(rest)
	ADDQ(Imm(laneCount), length)
	JEQ(LabelRef(done))
	for v := range acc {
		pass(v, m.mask(m.part(length, v)))
	}
	Label(done)
	for v := range acc {
		m.store(acc[v], part(v, lanes), nil)
	}
	finish()
}

// part returns how many of the last count elements, fewer than sixteen, go into
// a vector of lanes.
func (m machine) part(count reg.GPVirtual, v int) reg.GPVirtual {
	if m.wide {
		return count
	}
	here, limit := GP64(), GP64()
	MOVQ(count, here)
	SUBQ(Imm(uint64(v*m.width)), here)
	XORQ(limit, limit)
	CMPQ(here, limit)
	CMOVQLT(limit, here)
	MOVQ(U64(uint64(m.width)), limit)
	CMPQ(here, limit)
	CMOVQGT(limit, here)
	return here
}
