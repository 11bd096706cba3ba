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
		m.each(e.name, e.like, e.out, e.in, func(in []value) []value { return []value{e.formula(m, in)} })
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

// each writes a function of slices only.
func (m machine) each(name, like, out, in string, body func([]value) []value) {
	signature := out + ", " + in
	if strings.HasPrefix(in, out) {
		signature = in
	}
	m.function(name, "("+signature+" []float32)", "%s is "+like+".")
	m.loop(out, in, body)
}

// loop writes the loop over all elements and the end of the function. out and in
// are lists of parameters, all of one length.
func (m machine) loop(out, in string, body func([]value) []value) {
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
	pass := func(mask reg.Register) {
		read := make([]value, len(from))
		for i, p := range from {
			v := m.vector()
			m.load(Mem{Base: p, Index: at, Scale: floatSize}, v, mask)
			read[i] = v
		}
		for i, v := range body(read) {
			m.store(v, Mem{Base: to[i], Index: at, Scale: floatSize}, mask)
		}
	}
	full, rest, done := label("full"), label("rest"), label("done")
	SUBQ(Imm(uint64(m.width)), length)
	Label(full)
	CMPQ(at, length)
	JGT(LabelRef(rest))
	pass(nil)
	ADDQ(Imm(uint64(m.width)), at)
	JMP(LabelRef(full))
	Label(rest)
	ADDQ(Imm(uint64(m.width)), length)
	SUBQ(at, length)
	JEQ(LabelRef(done))
	pass(m.mask(length))
	Label(done)
	finish()
}
