package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// elements writes the functions whose results depend on one element each.
func (m machine) elements() {
	m.each("tanh", "Tanh", "dst", "x", func(in []value) []value { return []value{m.tanh(in[0])} })
	m.each("exp", "Exp", "dst", "x", func(in []value) []value { return []value{m.exp(in[0])} })
	m.each("log", "Log", "dst", "x", func(in []value) []value { return []value{m.log(in[0])} })
	m.each("tanhBackward", "TanhBackward", "dx", "dy, y", m.tanhBackward)
	m.each("relu", "ReLU", "dst", "x", m.relu)
	m.each("reluBackward", "ReLUBackward", "dx", "dy, y", m.reluBackward)
	m.each("add", "Add", "dst", "dst, x", func(in []value) []value { return []value{m.add(in[0], in[1])} })
	m.scaled()
	m.adam()
}

func (m machine) tanhBackward(in []value) []value {
	dy, y := in[0], in[1]
	slope := m.copied(y)
	VFNMADD213PS(m.constant(1), y, slope)
	return []value{m.mul(dy, slope)}
}

func (m machine) relu(in []value) []value {
	return []value{m.choose(m.compare(in[0], atMost, m.bits(0)), m.bits(0), in[0])}
}

func (m machine) reluBackward(in []value) []value {
	dy, y := in[0], in[1]
	off := m.choose(m.compare(y, atMost, m.bits(0)), m.bits(0), y)
	return []value{m.choose(m.compare(y, above, m.bits(0)), dy, off)}
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
	c, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return m.broadcast(c.Addr)
}

func (m machine) adam() {
	m.function("adam", "(param, m, v, grad []float32, c *[8]float32)",
		`%s is Adam. c holds the fields of adamCoefficients in their order.`)
	c := pointer("c")
	coefficients := make([]value, 8)
	for i := range coefficients {
		coefficients[i] = m.broadcast(Mem{Base: c, Disp: i * floatSize})
	}
	scale, keep, gain1, gain2 := coefficients[0], coefficients[1], coefficients[2], coefficients[3]
	decay2, stepSize, correction2, epsilon := coefficients[4], coefficients[5], coefficients[6], coefficients[7]
	m.loop("param, m, v", "param, m, v, grad", func(in []value) []value {
		param, mean, square := in[0], in[1], in[2]
		g := m.mul(in[3], scale)
		mean = m.fused(m.sub(g, mean), gain1, mean)
		square = m.fused(m.mul(gain2, g), g, m.mul(decay2, square))
		d := m.add(m.div(m.sqrt(square), correction2), epsilon)
		param = m.sub(m.mul(param, keep), m.div(m.mul(stepSize, mean), d))
		return []value{param, mean, square}
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
		read := m.vectors(len(from))
		for i, p := range from {
			m.load(Mem{Base: p, Index: at, Scale: floatSize}, read[i], mask)
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
