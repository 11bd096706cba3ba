package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// elements writes the functions whose results depend on one element each.
func (m machine) elements() {
	for _, e := range elements {
		m.function(e.name, signatureOf(e.out, e.in, nil), "%s is "+e.like+".")
		m.loopAbreast(e.abreast, e.out, e.in, func(a arithmetic, in []value) []value { return []value{e.formula(a, in)} })
	}
	m.scaled()
	m.adam()
}

// scaled writes the two functions that multiply by a number.
func (m machine) scaled() {
	m.function("axpy", "(dst []float32, a float32, x []float32)", "%s is Axpy.")
	factor := m.parameter("a")
	m.loop("dst", "dst, x", func(in []value) []value { return []value{m.fused(factor, in[1], in[0])} })
	m.function("scale", "(dst []float32, a float32)", "%s is Scale.")
	by := m.parameter("a")
	m.loop("dst", "dst", func(in []value) []value { return []value{m.mul(in[0], by)} })
}

// parameter is a float32 parameter in every lane.
func (m machine) parameter(name string) value {
	return m.broadcast(parameter(name))
}

func (m machine) adam() {
	m.function("adam", "(param, m, v, grad []float32, c *[8]float32)",
		`%s is Adam. c holds the fields of adamCoefficients in their order.`)
	c := pointer("c")
	coefficients := make([]value, 8)
	for i := range coefficients {
		coefficients[i] = m.broadcast(Mem{Base: c, Disp: i * floatSize})
	}
	m.loop("param, m, v", "param, m, v, grad", func(in []value) []value {
		return adam(m, coefficients, in)
	})
}

// loop writes the loop over all elements and the end of the function. out and in
// are lists of parameters, all of one length.
func (m machine) loop(out, in string, body func([]value) []value) {
	m.loopAbreast(1, out, in, func(_ arithmetic, in []value) []value { return body(in) })
}

// loopAbreast is loop with a body for several vectors at a time, and for one.
func (m machine) loopAbreast(vectors int, out, in string, body func(a arithmetic, in []value) []value) {
	bases := map[string]reg.GPVirtual{}
	base := func(list string) (all []reg.GPVirtual) {
		for _, name := range strings.Split(list, ", ") {
			if bases[name] == nil {
				bases[name] = GP64()
				Load(Param(name).Base(), bases[name])
			}
			all = append(all, bases[name])
		}
		return all
	}
	from, to := base(in), base(out)
	length, at := GP64(), GP64()
	Load(Param(strings.Split(out, ", ")[0]).Len(), length)
	XORQ(at, at)
	part := func(base reg.GPVirtual, k int) Mem {
		return Mem{Base: base, Index: at, Scale: floatSize, Disp: k * m.width * floatSize}
	}
	pass := func(n int, mask reg.Register) {
		a, read := arithmetic(m), make([]value, len(from))
		if n > 1 {
			a = abreast{m, n}
		}
		for i, p := range from {
			all := make(tuple, n)
			for k := range all {
				v := m.vector()
				m.load(part(p, k), v, mask)
				all[k] = v
			}
			if read[i] = all; n == 1 {
				read[i] = all[0]
			}
		}
		for i, result := range body(a, read) {
			for k, v := range vectorsOf(result) {
				m.store(v, part(to[i], k), mask)
			}
		}
	}
	// whole writes a loop over what is whole of n vectors.
	whole := func(n int) {
		full, rest := label("full"), label("rest")
		SUBQ(Imm(uint64(n*m.width)), length)
		Label(full)
		CMPQ(at, length)
		JGT(LabelRef(rest))
		pass(n, nil)
		ADDQ(Imm(uint64(n*m.width)), at)
		JMP(LabelRef(full))
		Label(rest)
		ADDQ(Imm(uint64(n*m.width)), length)
	}
	if vectors > 1 {
		whole(vectors)
	}
	whole(1)
	done := label("done")
	SUBQ(at, length)
	JEQ(LabelRef(done))
	pass(1, m.mask(length))
	Label(done)
	finish()
}
