package main

// An element is a function whose results depend on one element each.
type element struct {
	name, like string
	out, in    string // parameters
	abreast    int    // vectors at a time on amd64: formulas that are long are mostly waiting
	formula    func(m arithmetic, in []value) value
}

var elements = []element{
	{"tanh", "Tanh", "dst", "x", 2, func(m arithmetic, in []value) value { return tanh(m, in[0]) }},
	{"exp", "Exp", "dst", "x", 2, func(m arithmetic, in []value) value { return exp(m, in[0]) }},
	{"log", "Log", "dst", "x", 2, func(m arithmetic, in []value) value { return logarithm(m, in[0]) }},
	{"tanhBackward", "TanhBackward", "dx", "dy, y", 1, tanhBackward},
	{"relu", "ReLU", "dst", "x", 1, func(m arithmetic, in []value) value { return relu(m, in[0]) }},
	{"reluBackward", "ReLUBackward", "dx", "dy, y", 1, reluBackward},
	{"add", "Add", "dst", "dst, x", 1, func(m arithmetic, in []value) value { return m.add(in[0], in[1]) }},
}

func tanhBackward(m arithmetic, in []value) value {
	dy, y := in[0], in[1]
	return m.mul(dy, m.fusedNegative(y, y, m.constant(1)))
}

func relu(m arithmetic, x value) value {
	return m.choose(m.compare(x, atMost, m.bits(0)), m.bits(0), x)
}

func reluBackward(m arithmetic, in []value) value {
	dy, y := in[0], in[1]
	off := m.choose(m.compare(y, atMost, m.bits(0)), m.bits(0), y)
	return m.choose(m.compare(y, above, m.bits(0)), dy, off)
}

// adam takes the fields of adamCoefficients in their order, and param, m, v and
// grad; it returns the first three.
func adam(m arithmetic, coefficients, in []value) []value {
	scale, keep, gain1, gain2 := coefficients[0], coefficients[1], coefficients[2], coefficients[3]
	decay2, stepSize, correction2, epsilon := coefficients[4], coefficients[5], coefficients[6], coefficients[7]
	param, mean, square := in[0], in[1], in[2]
	g := m.mul(in[3], scale)
	mean = m.fused(m.sub(g, mean), gain1, mean)
	square = m.fused(m.mul(gain2, g), g, m.mul(decay2, square))
	d := m.add(m.div(m.sqrt(square), correction2), epsilon)
	param = m.sub(m.mul(param, keep), m.div(m.mul(stepSize, mean), d))
	return []value{param, mean, square}
}

// larger is the function of that name: b if b > a or b is NaN, otherwise a.
func larger(m arithmetic, a, b value) value {
	return m.choose(m.compare(b, unordered, b), b, m.greater(b, a))
}
