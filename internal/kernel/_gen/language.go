package main

// several are functions of slices with more than one result for each element, or
// of numbers beside the slices.
var several = []struct {
	name, like string
	out, in    string   // slices
	numbers    []string // parameters that are a float32
	formula    func(m arithmetic, in, numbers []value) []value
}{
	{"swiglu", "SwiGLU", "dst, bend", "gate, number", nil, swiglu},
	{"swigluBackward", "SwiGLUBackward", "dGate, dNumber", "dy, bend, gate, number", nil, swigluBackward},
	{"gelu", "GELU", "dst, bend", "x", nil, gelu},
	{"geluBackward", "GELUBackward", "dx", "dy, bend, x", nil, geluBackward},
	{"addProduct", "AddProduct", "dst", "dst, a, b", nil, func(m arithmetic, in, _ []value) []value {
		return []value{m.add(in[0], m.mul(in[1], in[2]))}
	}},
	{"normRow", "NormRow", "dst, unit", "x, gain", []string{"scale"}, func(m arithmetic, in, numbers []value) []value {
		unit := m.mul(in[0], numbers[0])
		return []value{m.mul(unit, in[1]), unit}
	}},
	{"normRowBackward", "the last loop of RMSNormBackward for one row", "dx", "dx, dy, gain, unit", []string{"a", "b"}, func(m arithmetic, in, numbers []value) []value {
		return []value{m.fused(numbers[1], in[3], m.fused(numbers[0], m.mul(in[1], in[2]), in[0]))}
	}},
	{"rotate", "Rotate for one head, whose halves are x and y", "low, high", "x, y, cos, sin", []string{"scale"}, rotate},
	{"softmaxBackward", "SoftmaxBackward", "prob, d", "prob, d", []string{"factor", "along"}, func(m arithmetic, in, numbers []value) []value {
		prob := m.mul(in[0], numbers[0])
		return []value{prob, m.mul(prob, m.sub(in[1], numbers[1]))}
	}},
}

const (
	geluSlope = 0.7978845608028654
	geluCube  = 0.044715
)

func swiglu(m arithmetic, in, _ []value) []value {
	gate, number := in[0], in[1]
	one := m.constant(1)
	bend := m.div(one, m.add(exp(m, m.sub(m.constant(0), gate)), one))
	return []value{m.mul(m.mul(gate, bend), number), bend}
}

func swigluBackward(m arithmetic, in, _ []value) []value {
	dy, bend, gate, number := in[0], in[1], in[2], in[3]
	one := m.constant(1)
	g := m.mul(dy, bend)
	slope := m.add(m.mul(gate, m.sub(one, bend)), one)
	return []value{m.mul(m.mul(g, number), slope), m.mul(g, gate)}
}

func gelu(m arithmetic, in, _ []value) []value {
	x := in[0]
	cube := m.mul(m.mul(m.mul(x, m.constant(geluCube)), x), x)
	bend := tanh(m, m.mul(m.add(x, cube), m.constant(geluSlope)))
	return []value{m.mul(m.mul(x, m.constant(0.5)), m.add(bend, m.constant(1))), bend}
}

func geluBackward(m arithmetic, in, _ []value) []value {
	dy, bend, x := in[0], in[1], in[2]
	one := m.constant(1)
	square := m.mul(m.mul(x, m.constant(3*geluCube)), x)
	inner := m.mul(m.add(square, one), m.constant(geluSlope))
	slope := m.mul(m.mul(x, m.sub(one, m.mul(bend, bend))), inner)
	return []value{m.mul(dy, m.mul(m.add(m.add(bend, one), slope), m.constant(0.5)))}
}

func rotate(m arithmetic, in, numbers []value) []value {
	x, y, cos, sin, scale := in[0], in[1], in[2], in[3], numbers[0]
	low := m.sub(m.mul(x, cos), m.mul(y, sin))
	high := m.add(m.mul(y, cos), m.mul(x, sin))
	return []value{m.mul(low, scale), m.mul(high, scale)}
}

// signatureOf lists the parameters of one of several.
func signatureOf(out, in string, numbers []string) string {
	slices := out + ", " + in
	if len(in) >= len(out) && in[:len(out)] == out {
		slices = in
	}
	text := "(" + slices + " []float32"
	for _, name := range numbers {
		text += ", " + name + " float32"
	}
	return text + ")"
}

// language writes the functions of language models.
func (m machine) language() {
	for _, e := range several {
		m.function(e.name, signatureOf(e.out, e.in, e.numbers), "%s is "+e.like+".")
		numbers := make([]value, len(e.numbers))
		for i, name := range e.numbers {
			numbers[i] = m.parameter(name)
		}
		m.loop(e.out, e.in, func(in []value) []value { return e.formula(m, in, numbers) })
	}
	m.function("dot3", "(lanes *[16]float32, a, b, c []float32)", "%s is the first loop of Dot3.")
	m.reduce([]string{"a", "b", "c"}, func(acc value, in []value) value { return m.fused(m.mul(in[0], in[1]), in[2], acc) })
	m.function("expSum", "(lanes *[16]float32, x []float32, top float32)", "%s is ExpSum up to the sum of the lanes.")
	top := m.parameter("top")
	m.fold16([]string{"x"}, func(acc value, in []value) (next, result value) {
		e := exp(m, m.sub(in[0], top))
		return m.add(acc, e), e
	})
}

func (a *neon) language() {
	for _, e := range several {
		a.function(e.name, signatureOf(e.out, e.in, e.numbers), "%s is "+e.like+".")
		numbers := make([]value, len(e.numbers))
		for i, name := range e.numbers {
			numbers[i] = a.parameter(name)
		}
		a.loop(e.out, e.in, func(in []value) []value { return e.formula(a, in, numbers) })
	}
	a.function("dot3", "(lanes *[16]float32, a, b, c []float32)", "%s is the first loop of Dot3.")
	a.reduce([]string{"a", "b", "c"}, func(acc value, in []value) value { return a.fused(a.mul(in[0], in[1]), in[2], acc) })
	a.function("expSum", "(lanes *[16]float32, x []float32, top float32)", "%s is ExpSum up to the sum of the lanes.")
	top := a.parameter("top")
	a.fold16([]string{"x"}, func(acc value, in []value) (next, result value) {
		e := exp(a, a.sub(in[0], top))
		return a.add(acc, e), e
	})
}
