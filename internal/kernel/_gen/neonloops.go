package main

import (
	"fmt"
	"strings"
)

const quad = 4 // lanes of a vector of arm64

// elements writes the functions whose results depend on one element each.
func (a *neon) elements() {
	for _, e := range elements {
		signature := e.out + ", " + e.in
		if strings.HasPrefix(e.in, e.out) {
			signature = e.in
		}
		a.function(e.name, "("+signature+" []float32)", "%s is "+e.like+".")
		a.loop(e.out, e.in, func(in []value) []value { return []value{e.formula(a, in)} })
	}
	a.function("axpy", "(dst []float32, a float32, x []float32)", "%s is Axpy.")
	factor := a.parameter("a")
	a.loop("dst", "dst, x", func(in []value) []value { return []value{a.fused(factor, in[1], in[0])} })
	a.function("scale", "(dst []float32, a float32)", "%s is Scale.")
	by := a.parameter("a")
	a.loop("dst", "dst", func(in []value) []value { return []value{a.mul(in[0], by)} })
	a.function("shift", "(dst, x []float32, top, logSum float32)", "%s is the last loop of LogSoftmax.")
	top, logSum := a.parameter("top"), a.parameter("logSum")
	a.loop("dst", "x", func(in []value) []value { return []value{a.sub(a.sub(in[0], top), logSum)} })
	a.function("adam", "(param, m, v, grad []float32, c *[8]float32)",
		`%s is Adam. c holds the fields of adamCoefficients in their order.`)
	c, coefficients := a.pointer("c", ""), make([]value, 8)
	for i := range coefficients {
		v := a.pin()
		a.do("VLD1R.P 4(%s), [%s.S4]", c, v.Asm())
		coefficients[i] = v
	}
	a.loop("param, m, v", "param, m, v, grad", func(in []value) []value { return adam(a, coefficients, in) })
}

// loop writes the loop over all elements and the end of the function. out and in
// are lists of parameters, all of one length.
func (a *neon) loop(out, in string, body func([]value) []value) {
	var from, to []string
	for _, name := range strings.Split(in, ", ") {
		from = append(from, a.pointer(name, "base"))
	}
	for _, name := range strings.Split(out, ", ") {
		to = append(to, a.pointer(name, "base"))
	}
	length := a.pointer(strings.Split(out, ", ")[0], "len")
	a.withConstants(func() {
		whole, rest, done := label("whole"), label("rest"), label("done")
		a.do("SUBS $%d, %s, %s", quad, length, length)
		a.do("BLT %s", rest)
		a.label(whole)
		for i, v := range body(a.read(from)) {
			a.store(v, to[i])
		}
		a.do("SUBS $%d, %s, %s", quad, length, length)
		a.do("BGE %s", whole)
		a.label(rest)
		a.do("ADDS $%d, %s, %s", quad, length, length)
		a.do("BEQ %s", done)
		last := a.pins(max(len(from), len(to)))
		parts := make([]value, len(from))
		for i, v := range last[:len(from)] {
			a.loadPart(v, from[i], length)
			parts[i] = v
		}
		for i, v := range body(parts) {
			a.assign(last[i], v)
		}
		for i, p := range to {
			a.storePart(last[i], p, length)
		}
		a.release(last...)
		a.label(done)
	})
	a.finish()
}

// read loads a vector from each pointer and moves it on.
func (a *neon) read(from []string) []value {
	all := make([]value, len(from))
	for i, p := range from {
		all[i] = a.record(false, func(to int, _ []int) string { return fmt.Sprintf("VLD1.P 16(%s), [V%d.S4]", p, to) })
	}
	return all
}

// store writes a vector and moves the pointer on.
func (a *neon) store(v value, p string) {
	a.effect(func(_ int, from []int) string { return fmt.Sprintf("VST1.P [V%d.S4], 16(%s)", from[0], p) }, v)
}

// loadPart reads the first 1, 2 or 3 lanes as count says; the others become zero.
// It changes the pointer.
func (a *neon) loadPart(v *vector, p, count string) {
	a.parts(count, func(n int) { a.loadLanes(v, p, p, n) })
}

func (a *neon) storePart(v *vector, p, count string) {
	a.parts(count, func(n int) { a.storeLanes(v, p, p, n) })
}

// parts writes one of three codes to run, as count says.
func (a *neon) parts(count string, code func(n int)) {
	two, three, done := label("two"), label("three"), label("part")
	a.do("CMP $2, %s", count)
	a.do("BEQ %s", two)
	a.do("BGT %s", three)
	code(1)
	a.do("B %s", done)
	a.label(two)
	code(2)
	a.do("B %s", done)
	a.label(three)
	code(3)
	a.label(done)
}

// loadLanes reads the first n lanes; the others become zero. scratch may be p,
// which then changes.
func (a *neon) loadLanes(v *vector, p, scratch string, n int) {
	switch n {
	case 1:
		a.do("FMOVS (%s), F%d", p, v.number)
	case 2:
		a.do("FMOVD (%s), F%d", p, v.number)
	case 3:
		a.do("FMOVD (%s), F%d", p, v.number)
		a.do("ADD $8, %s, %s", p, scratch)
		a.do("VLD1 (%s), %s.S[2]", scratch, v.Asm())
	case quad:
		a.do("VLD1 (%s), [%s.S4]", p, v.Asm())
	}
}

func (a *neon) storeLanes(v *vector, p, scratch string, n int) {
	switch n {
	case 1:
		a.do("FMOVS F%d, (%s)", v.number, p)
	case 2:
		a.do("FMOVD F%d, (%s)", v.number, p)
	case 3:
		a.do("FMOVD F%d, (%s)", v.number, p)
		a.do("ADD $8, %s, %s", p, scratch)
		a.do("VST1 %s.S[2], (%s)", v.Asm(), scratch)
	case quad:
		a.do("VST1 [%s.S4], (%s)", v.Asm(), p)
	}
}

// reductions writes the functions that bring elements into the sixteen lanes.
func (a *neon) reductions() {
	a.masks()
	a.function("sum", "(lanes *[16]float32, x []float32)", "%s is the first loop of Sum.")
	a.reduce([]string{"x"}, func(acc value, in []value) value { return a.add(acc, in[0]) })
	a.function("dot", "(lanes *[16]float32, a, b []float32)", "%s is the first loop of Dot.")
	a.reduce([]string{"a", "b"}, func(acc value, in []value) value { return a.fused(in[0], in[1], acc) })
	a.function("max", "(lanes *[16]float32, x []float32)", "%s is the first loop of Max.")
	a.reduce([]string{"x"}, func(acc value, in []value) value { return larger(a, acc, in[0]) })
	a.function("sumExp", "(lanes *[16]float32, x []float32, top float32)",
		"%s is the first loop of Sum over Exp1(x[i] - top).")
	top := a.parameter("top")
	a.reduce([]string{"x"}, func(acc value, in []value) value { return a.add(acc, exp(a, a.sub(in[0], top))) })
	a.function("addSumSquares", "(lanes *[16]float32, dst, x []float32)", "%s is the first loop of AddSumSquares.")
	a.fold16([]string{"dst", "x"}, func(acc value, in []value) (next, result value) {
		sum := a.add(in[0], in[1])
		return a.fused(sum, sum, acc), sum
	})
}

// masks is a table: from its element 4-n on, n lanes of ones and then zeros.
func (a *neon) masks() {
	a.text.WriteString("\n")
	for i := range 2 * quad {
		bits := uint32(0)
		if i < quad {
			bits = 1<<32 - 1
		}
		fmt.Fprintf(&a.text, "DATA masksNEON<>+%d(SB)/4, $0x%08x\n", i*floatSize, bits)
	}
	fmt.Fprintf(&a.text, "GLOBL masksNEON<>(SB), RODATA|NOPTR, $%d\n", 2*quad*floatSize)
}

// reduce writes the loop over the elements of slices, sixteen at a time, and the
// end of the function.
func (a *neon) reduce(in []string, step func(acc value, in []value) value) {
	a.fold16(in, func(acc value, in []value) (next, result value) { return step(acc, in), nil })
}

// fold16 is reduce with a step that may also have a result, which takes the place
// of the element of the first slice.
func (a *neon) fold16(in []string, step func(acc value, in []value) (next, result value)) {
	lanes, length := a.pointer("lanes", ""), a.pointer(in[0], "len")
	var from []string
	for _, name := range in {
		from = append(from, a.pointer(name, "base"))
	}
	to := a.integer()
	a.do("MOVD %s, %s", from[0], to)
	four := func(v *vector) {
		next, result := step(v, a.read(from))
		if result != nil {
			a.store(result, to)
		}
		a.assign(v, next)
		a.flush()
	}
	acc := a.pins(laneCount / quad)
	a.do("VLD1 (%s), %s", lanes, list(acc))
	a.withConstants(func() {
		whole, rest, done := label("whole"), label("rest"), label("done")
		a.label(whole)
		a.do("SUBS $%d, %s, %s", laneCount, length, length)
		a.do("BLT %s", rest)
		for _, v := range acc {
			four(v)
		}
		a.do("B %s", whole)
		a.label(rest)
		a.do("ADDS $%d, %s, %s", laneCount, length, length)
		for _, v := range acc {
			a.rest(v, from, to, length, done, four, step)
		}
		a.label(done)
	})
	a.do("VST1 %s, (%s)", list(acc), lanes)
	a.finish()
}

// rest takes up to four of the last elements, of which count are left; if these
// are all, it goes on at done. four takes four.
func (a *neon) rest(acc *vector, from []string, to, count, done string, four func(*vector), step func(acc value, in []value) (next, result value)) {
	part, more := label("part"), label("more")
	a.do("CBZ %s, %s", count, done)
	a.do("CMP $%d, %s", quad, count)
	a.do("BLT %s", part)
	four(acc)
	a.do("SUB $%d, %s, %s", quad, count, count)
	a.do("B %s", more)
	a.label(part)
	mask, in := a.pin(), a.pins(len(from))
	a.do("MOVD $masksNEON<>+%d(SB), R25", quad*floatSize)
	a.do("SUB %s<<2, R25, R25", count)
	a.do("VLD1 (R25), [%s.S4]", mask.Asm())
	values := make([]value, len(in))
	for i, v := range in {
		a.loadPart(v, from[i], count)
		values[i] = v
	}
	next, result := step(acc, values)
	if result != nil {
		a.assign(in[0], result)
	}
	a.assign(acc, a.choose(mask, next, acc))
	if result != nil {
		a.storePart(in[0], to, count)
	}
	a.do("B %s", done)
	a.release(mask)
	a.release(in...)
	a.label(more)
}

// list is some vectors with consecutive registers as an operand.
func list(all []*vector) string {
	var names []string
	for i, v := range all {
		if v.number != all[0].number+i {
			panic("neon: registers are not consecutive")
		}
		names = append(names, v.Asm()+".S4")
	}
	return "[" + strings.Join(names, ", ") + "]"
}

// shortRows writes LogSoftmax for a vector of rows.
func (a *neon) shortRows() {
	a.function("logSoftmaxColumns", "(x, scratch *[256]float32, n int)",
		`%s is LogSoftmax in place on the columns of a matrix of n lines, each a
vector long. n is from 1 to 16; scratch is of the same size as x.`)
	x, scratch, end := a.pointer("x", ""), a.pointer("scratch", ""), a.pointer("n", "")
	a.do("LSL $4, %s, %s", end, end)
	here, there, count := a.integer(), a.integer(), a.integer()
	// line writes a loop over the lines: what body returns for one of x goes to
	// scratch.
	line := func(body func(x value) value) {
		a.withConstants(func() {
			next := label("line")
			a.do("MOVD %s, %s", x, here)
			a.do("MOVD %s, %s", scratch, there)
			a.do("MOVD %s, %s", end, count)
			a.label(next)
			a.store(body(a.read([]string{here})[0]), there)
			a.do("SUBS $%d, %s, %s", quad*floatSize, count, count)
			a.do("BNE %s", next)
		})
	}
	line(func(x value) value { return x })
	top := a.fold(scratch, end, func(a, b value, m arithmetic) value { return larger(m, a, b) })
	line(func(x value) value { return exp(a, a.sub(x, top)) })
	logSum := a.fold(scratch, end, func(a, b value, m arithmetic) value { return m.add(a, b) })
	a.withConstants(func() { a.assign(logSum, logarithm(a, logSum)) })
	line(func(x value) value {
		y := a.sub(a.sub(x, top), logSum)
		a.writeBack(y, here)
		return y
	})
	a.finish()
}

// writeBack writes a vector to the sixteen bytes before a pointer.
func (a *neon) writeBack(v value, p string) {
	a.effect(func(_ int, from []int) string { return fmt.Sprintf("FMOVQ F%d, -16(%s)", from[0], p) }, v)
}

// fold joins the lines of a matrix as the lanes of a reduction are joined, and
// returns the first line, pinned. Lines that are not there would change nothing.
func (a *neon) fold(matrix, end string, join func(x, y value, m arithmetic) value) *vector {
	lower, upper, at := a.integer(), a.integer(), a.integer()
	for half := laneCount / 2; half > 0; half /= 2 {
		distance := half * quad * floatSize
		next, done := label("join"), label("joined")
		a.do("MOVD %s, %s", matrix, lower)
		a.do("ADD $%d, %s, %s", distance, matrix, upper)
		a.do("MOVD $%d, %s", distance, at)
		a.label(next)
		a.do("CMP %s, %s", end, at)
		a.do("BGE %s", done)
		a.do("CMP $%d, %s", 2*distance, at)
		a.do("BGE %s", done)
		x := a.record(false, func(to int, _ []int) string { return fmt.Sprintf("VLD1 (%s), [V%d.S4]", lower, to) })
		a.store(join(x, a.read([]string{upper})[0], a), lower)
		a.do("ADD $%d, %s, %s", quad*floatSize, at, at)
		a.do("B %s", next)
		a.label(done)
	}
	a.integers -= 3
	v := a.pin()
	a.do("VLD1 (%s), [%s.S4]", matrix, v.Asm())
	return v
}

// Multiply-adds of one round of saturate, as on amd64: more chains than any
// processor needs.
func (a *neon) saturate() {
	const chains, repeat = 24, 4
	a.function("saturate", "(rounds int)", "%s is Saturate; rounds is at least 1.")
	rounds, loop := a.pointer("rounds", ""), label("loop")
	all, factor := a.pins(chains), a.pin()
	for _, v := range all {
		a.do("VEOR %[1]s.B16, %[1]s.B16, %[1]s.B16", v.Asm())
	}
	a.do("MOVD $0x3f000000, R25")
	a.do("VDUP R25, %s.S4", factor.Asm())
	a.label(loop)
	for range repeat {
		for _, v := range all {
			a.multiplyAdd(v, factor, factor)
		}
	}
	a.do("SUBS $1, %s, %s", rounds, rounds)
	a.do("BNE %s", loop)
	a.finish()
}

// multiplyAdd adds x*y to a pinned vector.
func (a *neon) multiplyAdd(acc, x, y *vector) {
	a.do("VFMLA %s.S4, %s.S4, %s.S4", y.Asm(), x.Asm(), acc.Asm())
}
