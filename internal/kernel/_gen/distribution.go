package main

import (
	"math/bits"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const halfLogTwoPi = 0.918938533204672741780329736405617639861397473637783

// standardized is how many standard deviations x lies from the mean, and one over
// the standard deviation.
func standardized(m arithmetic, x, mean, logStd value) (z, inverse value) {
	inverse = exp(m, m.sub(m.bits(0), logStd))
	return m.mul(m.sub(x, mean), inverse), inverse
}

// gaussianTerm is what a dimension takes from the logarithm of a density.
func gaussianTerm(m arithmetic, x, mean, logStd value) value {
	z, _ := standardized(m, x, mean, logStd)
	return m.add(m.add(m.mul(m.mul(z, z), m.constant(0.5)), logStd), m.constant(halfLogTwoPi))
}

func gaussianGradient(m arithmetic, dLogProb, dEntropy, x, mean, logStd value) (dMean, dLogStd value) {
	z, inverse := standardized(m, x, mean, logStd)
	dMean = m.mul(dLogProb, m.mul(z, inverse))
	dLogStd = m.add(m.mul(dLogProb, m.sub(m.mul(z, z), m.constant(1))), dEntropy)
	return dMean, dLogStd
}

// entropyStep takes the share of a choice from h.
func entropyStep(m arithmetic, h, logProb value) value {
	p := exp(m, logProb)
	return m.choose(m.compare(p, above, m.bits(0)), m.sub(h, m.mul(p, logProb)), h)
}

const (
	logProbSignature  = "(dst, x, dist *float32, rows, n int)"
	backwardSignature = "(dDist, dLogProb, dEntropy, x, dist *float32, rows, n int)"
	entropySignature  = "(dst, logProb *float32, rows, n int)"

	logProbDoc = `%s is GaussianLogProb. rows is a multiple of the lanes of a vector, and
neither rows nor n is 0.`
	backwardDoc = `%s is GaussianBackward. rows is a multiple of the lanes of a vector, and
neither rows nor n is 0.`
	entropyDoc = `%s is Entropy. rows is a multiple of the lanes of a vector, and neither rows nor
n is 0.`
)

// distributions writes the functions that take rows as lanes and go from column to
// column.
func (m machine) distributions() {
	m.function("gaussianLogProb", logProbSignature, logProbDoc)
	t := m.table()
	x, dist := t.matrix("x", 1), t.matrix("dist", 2)
	m.foldRows(t, "dst", func(sum value) value {
		return m.sub(sum, gaussianTerm(m, t.column(x, 0), t.column(dist, 0), t.column(dist, 1)))
	})
	m.gaussianBackward()
	m.function("entropy", entropySignature, entropyDoc)
	t = m.table()
	logProb := t.matrix("logProb", 1)
	m.foldRows(t, "dst", func(h value) value { return entropyStep(m, h, t.column(logProb, 0)) })
}

// foldRows writes a function that folds the columns of every row, from 0.
func (m machine) foldRows(t *table, dst string, step func(acc value) value) {
	to, zero := pointer(dst), GP64()
	t.eachGroup(func() {
		acc := m.vector()
		m.clear([]reg.VecVirtual{acc}, zero)
		t.eachColumn(func() { VMOVAPS(step(acc), acc) })
		m.store(acc, Mem{Base: to}, nil)
		ADDQ(Imm(uint64(m.width*floatSize)), to)
	})
}

func (m machine) gaussianBackward() {
	m.function("gaussianBackward", backwardSignature, backwardDoc)
	t := m.table()
	x, dist, d := t.matrix("x", 1), t.matrix("dist", 2), t.matrix("dDist", 2)
	byLogProb, byEntropy := pointer("dLogProb"), pointer("dEntropy")
	t.eachGroup(func() {
		dLogProb, dEntropy := m.copied(Mem{Base: byLogProb}), m.copied(Mem{Base: byEntropy})
		t.eachColumn(func() {
			dMean, dLogStd := gaussianGradient(m, dLogProb, dEntropy, t.column(x, 0), t.column(dist, 0), t.column(dist, 1))
			t.write(dMean, d, 0)
			t.write(dLogStd, d, 1)
		})
		ADDQ(Imm(uint64(m.width*floatSize)), byLogProb)
		ADDQ(Imm(uint64(m.width*floatSize)), byEntropy)
	})
}

// A table is what a function goes through whose lanes are rows: matrices with n
// columns, or with several times n.
type table struct {
	machine
	line, three reg.GPVirtual // n elements and three times n, in bytes
	here        reg.GPVirtual // moves from quarter to quarter of a column
	matrices    []*matrix
}

// A matrix has times·n columns.
type matrix struct {
	times    int
	group    reg.GPVirtual // where the rows under way begin
	position reg.GPVirtual // where their column under way begins
}

func (m machine) table() *table {
	t := &table{machine: m, line: bytes("n"), three: GP64(), here: GP64()}
	LEAQ(Mem{Base: t.line, Index: t.line, Scale: 2}, t.three)
	return t
}

func (t *table) matrix(name string, times int) *matrix {
	x := &matrix{times, pointer(name), GP64()}
	t.matrices = append(t.matrices, x)
	return x
}

// eachGroup writes the loop over the rows, a vector of them at a time, and the end
// of the function.
func (t *table) eachGroup(body func()) {
	rows, group := pointer("rows"), label("group")
	Label(group)
	body()
	for _, x := range t.matrices {
		MOVQ(t.line, t.here)
		SHLQ(Imm(uint64(bits.TrailingZeros(uint(t.width*x.times)))), t.here)
		ADDQ(t.here, x.group)
	}
	SUBQ(Imm(uint64(t.width)), rows)
	JNE(LabelRef(group))
	finish()
}

// eachColumn writes the loop over the n columns.
func (t *table) eachColumn(body func()) {
	left, column := pointer("n"), label("column")
	for _, x := range t.matrices {
		MOVQ(x.group, x.position)
	}
	Label(column)
	body()
	for _, x := range t.matrices {
		ADDQ(Imm(floatSize), x.position)
	}
	DECQ(left)
	JNE(LabelRef(column))
}

// column reads the column under way; part says how many times n columns behind.
func (t *table) column(x *matrix, part int) value {
	v := t.vector()
	t.eachQuarter(x, part, func(q int, at [4]Mem) {
		in := v
		if q == 0 {
			VBROADCASTSS(at[0], v)
		} else {
			in = XMM()
			VMOVSS(at[0], in)
		}
		for i, from := range at[1:] {
			VINSERTPS(Imm(uint64(i+1)<<4), from, in.AsX(), in.AsX())
		}
		switch {
		case q == 0:
		case t.wide:
			VINSERTF32X4(Imm(uint64(q)), in, v, v)
		default:
			VINSERTF128(Imm(uint64(q)), in, v, v)
		}
	})
	return v
}

// write is column in the other direction.
func (t *table) write(v value, x *matrix, part int) {
	t.eachQuarter(x, part, func(q int, at [4]Mem) {
		out := t.quarter(v.(reg.VecVirtual), q)
		VMOVSS(out, at[0])
		for i, to := range at[1:] {
			VEXTRACTPS(Imm(uint64(i+1)), out, to)
		}
	})
}

// eachQuarter calls body with the places of the four elements of a column that make
// a quarter of a vector.
func (t *table) eachQuarter(x *matrix, part int, body func(q int, at [4]Mem)) {
	step := uint8(x.times)
	if part == 0 {
		MOVQ(x.position, t.here)
	} else {
		LEAQ(Mem{Base: x.position, Index: t.line, Scale: uint8(part)}, t.here)
	}
	for q := range t.width / 4 {
		if q > 0 {
			LEAQ(Mem{Base: t.here, Index: t.line, Scale: 4 * step}, t.here)
		}
		body(q, [4]Mem{
			{Base: t.here},
			{Base: t.here, Index: t.line, Scale: step},
			{Base: t.here, Index: t.line, Scale: 2 * step},
			{Base: t.here, Index: t.three, Scale: step},
		})
	}
}
