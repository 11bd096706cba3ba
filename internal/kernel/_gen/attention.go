package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const panelBytes = laneCount * floatSize // of one line of a panel

// attention writes attention of one query. Scores have keys as lanes, what is made
// of them has columns: both are chains without a sum across lanes.
func (m machine) attention() {
	m.attend()
	m.attendBackward()
}

// sweep writes loops that take work in blocks of so many units, the largest blocks
// first, while left, which counts units of the given size, has as many.
func sweep(left reg.GPVirtual, unit int, blocks []int, body func(block int)) {
	for _, block := range blocks {
		more, fewer := label("more"), label("fewer")
		Label(more)
		CMPQ(left, I32(int32(block*unit)))
		JLT(LabelRef(fewer))
		body(block)
		SUBQ(I32(int32(block*unit)), left)
		JMP(LabelRef(more))
		Label(fewer)
	}
}

// repeat writes a loop of count rounds, of which there is at least one.
func repeat(count reg.GPVirtual, body func()) {
	next := label("next")
	Label(next)
	body()
	DECQ(count)
	JNE(LabelRef(next))
}

// copyOf returns a register with the value of another.
func copyOf(r Op) reg.GPVirtual {
	c := GP64()
	MOVQ(r, c)
	return c
}

// A panel is where sixteen rows stand column by column, and how far the next is.
type panel struct{ at, next, three reg.GPVirtual }

// line is the line at register at of panel number i from here on.
func (p panel) line(at reg.GPVirtual, i, offset int) Mem {
	switch i {
	case 0:
		return Mem{Base: at, Disp: offset}
	case 3:
		return Mem{Base: at, Index: p.three, Scale: 1, Disp: offset}
	}
	return Mem{Base: at, Index: p.next, Scale: uint8(i), Disp: offset}
}

// skip goes on by so many panels.
func (p panel) skip(count int) {
	for range count {
		ADDQ(p.next, p.at)
	}
}

// score returns the products of one row with the rows of some panels, the sixteen of
// each in one vector or two.
func (m machine) score(row reg.GPVirtual, panels panel, count int, width reg.GPVirtual) []reg.VecVirtual {
	each := laneCount / m.width
	acc := m.vectors(count * each)
	steps, x, lines := copyOf(width), copyOf(row), copyOf(panels.at)
	SHRQ(Imm(4), steps)
	m.clear(acc, GP64())
	repeat(steps, func() {
		for j := range laneCount {
			left := m.broadcast(Mem{Base: x, Disp: j * floatSize})
			for i, v := range acc {
				VFMADD231PS(panels.line(lines, i/each, j*panelBytes+i%each*m.width*floatSize), left, v)
			}
		}
		ADDQ(Imm(laneCount*floatSize), x)
		ADDQ(I32(laneCount*panelBytes), lines)
	})
	return acc
}

// queries writes a loop over the queries. n loads how many keys the one at hand sees;
// pointers go on by as many float32 as the parameters that they are filed under say.
// What counts stands in memory, since registers are few.
func queries(pointers map[string]reg.GPVirtual, body func(n func() reg.GPVirtual)) {
	keep := func(name string) Mem {
		local := AllocLocal(8)
		MOVQ(pointer(name), local)
		return local
	}
	left, n := keep("queries"), keep("n")
	next := label("query")
	Label(next)
	body(func() reg.GPVirtual { return copyOf(n) })
	ADDQ(copyOf(parameter("step")), n)
	for _, line := range lines {
		if p := pointers[line]; p != nil {
			LEAQ(Mem{Base: p, Index: pointer(line), Scale: floatSize}, p)
		}
	}
	DECQ(left)
	JNE(LabelRef(next))
}

// lines are the parameters by which pointers go on.
var lines = []string{"dstLine", "queryLine", "scoreLine", "keyLine", "valueLine", "rowLine"}

func (m machine) attend() {
	m.function("attend",
		"(dst, top, inverse, score, query, keys, values *float32, queries, n, step, width, dstLine, queryLine, scoreLine, keyLine, valueLine int)",
		`%s is Attend. width is a multiple of 16.`)
	m.scores()
	m.normalise()
	m.mix()
	finish()
}

// scores writes the products of all queries with the keys that they see, and fills the
// last panel.
func (m machine) scores() {
	width, next, three := pointer("width"), GP64(), GP64()
	IMUL3Q(Imm(panelBytes), width, next)
	LEAQ(Mem{Base: next, Index: next, Scale: 2}, three)
	keys, score, query := pointer("keys"), pointer("score"), pointer("query")
	queries(map[string]reg.GPVirtual{"keyLine": keys, "scoreLine": score, "queryLine": query}, func(n func() reg.GPVirtual) {
		panels, to, left := panel{copyOf(keys), next, three}, copyOf(score), panelCount(n())
		sweep(left, 1, []int{4, 2, 1}, func(block int) {
			for i, v := range m.score(query, panels, block, width) {
				m.store(v, Mem{Base: to, Disp: i * m.width * floatSize}, nil)
			}
			ADDQ(I32(int32(block*panelBytes)), to)
			panels.skip(block)
		})
		m.fillRest(score, to, n())
	})
}

// panelCount returns how many panels hold n rows.
func panelCount(n reg.GPVirtual) (count reg.GPVirtual) {
	count = copyOf(n)
	ADDQ(Imm(laneCount-1), count)
	SHRQ(Imm(4), count)
	return count
}

// inLastPanel returns how many of n rows the last panel holds, from 1 to 16.
func inLastPanel(n reg.GPVirtual) (count reg.GPVirtual) {
	count = copyOf(n)
	DECQ(count)
	ANDQ(Imm(laneCount-1), count)
	INCQ(count)
	return count
}

// fillRest makes the scores from number n on that of number 0, up to end, where the
// last panel's end: any that does not matter for the greatest. Minus infinity would do
// too, but its exponential underflows, which takes longer than all the rest.
func (m machine) fillRest(score, end, n reg.GPVirtual) {
	seen := inLastPanel(n)
	for v := range laneCount / m.width {
		at := Mem{Base: end, Disp: v*m.width*floatSize - panelBytes}
		m.store(m.choose(m.mask(m.part(seen, v)), m.copied(at), m.broadcast(Mem{Base: score})), at, nil)
	}
}

const minusInfinity = 0xff800000

// normalise replaces the scores by exponentials, and writes the greatest score and one
// over the sum of the exponentials.
func (m machine) normalise() {
	part := func(at reg.GPVirtual, v int) Mem { return Mem{Base: at, Disp: v * m.width * floatSize} }
	score, tops, inverses := pointer("score"), pointer("top"), pointer("inverse")
	queries(map[string]reg.GPVirtual{"scoreLine": score}, func(n func() reg.GPVirtual) {
		acc, at := m.vectors(laneCount/m.width), copyOf(score)
		for _, v := range acc {
			VMOVUPS(m.bits(minusInfinity), v)
		}
		repeat(panelCount(n()), func() {
			for v := range acc {
				VMOVAPS(larger(m, acc[v], m.copied(part(at, v))), acc[v])
			}
			ADDQ(Imm(panelBytes), at)
		})
		top, every := m.lane(acc, func(a, b value) value { return larger(narrow, a, b) }), m.vector()
		VMOVSS(top, Mem{Base: tops})
		VBROADCASTSS(top, every)

		m.clear(acc, GP64())
		at = copyOf(score)
		exponential := func(v int) value { return exp(m, m.sub(m.copied(part(at, v)), every)) }
		full := panelCount(n())
		DECQ(full)
		sweep(full, 1, []int{1}, func(int) {
			for v := range acc {
				e := exponential(v)
				m.store(e, part(at, v), nil)
				VADDPS(e, acc[v], acc[v])
			}
			ADDQ(Imm(panelBytes), at)
		})
		seen := inLastPanel(n())
		for v := range acc {
			e := m.choose(m.mask(m.part(seen, v)), exponential(v), m.bits(0))
			m.store(e, part(at, v), nil)
			VADDPS(e, acc[v], acc[v])
		}
		inverse := XMM()
		VMOVSS(m.bits(one).(Mem), inverse)
		VDIVSS(m.lane(acc, func(a, b value) value { return narrow.add(a, b) }), inverse, inverse)
		VMOVSS(inverse, Mem{Base: inverses})
		ADDQ(Imm(floatSize), tops)
		ADDQ(Imm(floatSize), inverses)
	})
}

// narrow joins halves of a vector.
var narrow = avx2

// lane joins the sixteen lanes as the lanes of a reduction are joined and returns the
// first.
func (m machine) lane(acc []reg.VecVirtual, join func(a, b value) value) reg.VecVirtual {
	all := acc[0]
	if m.wide {
		upper := YMM()
		VEXTRACTF64X4(Imm(1), all, upper)
		all = join(all.AsY(), upper).(reg.VecVirtual)
	} else {
		all = join(acc[0], acc[1]).(reg.VecVirtual)
	}
	for _, shuffle := range []func(to reg.VecVirtual){
		func(to reg.VecVirtual) { VEXTRACTF128(Imm(1), all, to.AsX()) },
		func(to reg.VecVirtual) { VPERMILPD(Imm(1), all.AsX(), to.AsX()) },
		func(to reg.VecVirtual) { VMOVSHDUP(all.AsX(), to.AsX()) },
	} {
		upper := YMM()
		shuffle(upper)
		all = join(all, upper).(reg.VecVirtual)
	}
	return all.AsX().(reg.VecVirtual)
}

// mix writes the sums of the values, weighted by the exponentials, times inverse.
func (m machine) mix() {
	values, dst, score, inverse, line := pointer("values"), pointer("dst"), pointer("score"), pointer("inverse"), bytes("width")
	queries(map[string]reg.GPVirtual{"valueLine": values, "dstLine": dst, "scoreLine": score}, func(n func() reg.GPVirtual) {
		column, to := copyOf(values), copyOf(dst)
		sweep(pointer("width"), m.width, []int{8, 4, 2, 1}, func(block int) {
			acc, weights, from := m.vectors(block), copyOf(score), copyOf(column)
			m.clear(acc, GP64())
			repeat(n(), func() {
				weight := m.broadcast(Mem{Base: weights})
				for i, v := range acc {
					VFMADD231PS(Mem{Base: from, Disp: i * m.width * floatSize}, weight, v)
				}
				ADDQ(Imm(floatSize), weights)
				ADDQ(line, from)
			})
			factor := m.broadcast(Mem{Base: inverse})
			for i, v := range acc {
				VMULPS(factor, v, v)
				m.store(v, Mem{Base: to, Disp: i * m.width * floatSize}, nil)
			}
			ADDQ(I32(int32(block*m.width*floatSize)), to)
			ADDQ(I32(int32(block*m.width*floatSize)), column)
		})
		ADDQ(Imm(floatSize), inverse)
	})
}

func (m machine) attendBackward() {
	m.function("attendBackward",
		"(dQuery, dKeys, dValues, prob, dScore, dOut, out, query, keys, values, keyPanels, valuePanels, top, inverse *float32, queries, n, step, width, rowLine, scoreLine, queryLine int)",
		`%s is AttendBackward. width is a multiple of 16.`)
	m.softmaxBack()
	m.spreadBack()
	finish()
}

// softmaxBack writes the probabilities and the gradients by the scores of all queries.
func (m machine) softmaxBack() {
	width, next := pointer("width"), GP64()
	IMUL3Q(Imm(panelBytes), width, next)
	at := GP64() // bytes from the first query's scores
	dOut, query := pointer("dOut"), pointer("query")
	XORQ(at, at)
	queries(map[string]reg.GPVirtual{"rowLine": dOut, "queryLine": query, "scoreLine": at}, func(n func() reg.GPVirtual) {
		along, top, inverse := m.along(dOut, width), m.broadcast(Mem{Base: pointer("top")}), m.broadcast(Mem{Base: pointer("inverse")})
		keys, values := panel{at: pointer("keyPanels"), next: next}, panel{at: pointer("valuePanels"), next: next}
		to := copyOf(at)
		repeat(panelCount(n()), func() {
			score, dProb := m.score(query, keys, 1, width), m.score(dOut, values, 1, width)
			prob, dScore := pointer("prob"), pointer("dScore")
			for v := range score {
				p := m.mul(exp(m, m.sub(score[v], top)), inverse)
				m.store(p, Mem{Base: prob, Index: to, Scale: 1, Disp: v * m.width * floatSize}, nil)
				m.store(m.mul(p, m.sub(dProb[v], along)), Mem{Base: dScore, Index: to, Scale: 1, Disp: v * m.width * floatSize}, nil)
			}
			ADDQ(Imm(panelBytes), to)
			keys.skip(1)
			values.skip(1)
		})
		ADDQ(Imm(floatSize), parameter("top"))
		ADDQ(Imm(floatSize), parameter("inverse"))
	})
}

// along returns the product of a row of dOut and that of out in every lane.
func (m machine) along(dOut, width reg.GPVirtual) value {
	acc := m.vectors(laneCount / m.width)
	m.clear(acc, GP64())
	a, b, left := copyOf(dOut), copyOf(dOut), copyOf(width)
	SUBQ(parameter("dOut"), b)
	ADDQ(parameter("out"), b)
	SHRQ(Imm(4), left)
	repeat(left, func() {
		for v := range acc {
			x := m.copied(Mem{Base: a, Disp: v * m.width * floatSize})
			VFMADD231PS(Mem{Base: b, Disp: v * m.width * floatSize}, x, acc[v])
		}
		ADDQ(Imm(panelBytes), a)
		ADDQ(Imm(panelBytes), b)
	})
	sum, every := m.lane(acc, func(a, b value) value { return narrow.add(a, b) }), m.vector()
	VBROADCASTSS(sum, every)
	return every
}

// spreadBack writes the gradients by the queries and adds those by keys and values.
func (m machine) spreadBack() {
	at, line := GP64(), bytes("width") // at: bytes from the first column
	XORQ(at, at)
	sweep(pointer("width"), m.width, []int{4, 2, 1}, func(block int) {
		column := func(name string) reg.GPVirtual {
			p := pointer(name)
			ADDQ(at, p)
			return p
		}
		read := func(from reg.GPVirtual) []reg.VecVirtual {
			all := m.vectors(block)
			for i, v := range all {
				VMOVUPS(Mem{Base: from, Disp: i * m.width * floatSize}, v)
			}
			return all
		}
		queryAt, dOutAt, scores := column("query"), column("dOut"), GP64() // scores: bytes from the first query's
		XORQ(scores, scores)
		queries(map[string]reg.GPVirtual{"queryLine": queryAt, "rowLine": dOutAt, "scoreLine": scores}, func(n func() reg.GPVirtual) {
			query, dOut, dQuery := read(queryAt), read(dOutAt), m.vectors(block)
			m.clear(dQuery, GP64())
			key, dKey, dValue := column("keys"), column("dKeys"), column("dValues")
			prob, dScore := pointer("prob"), pointer("dScore")
			ADDQ(scores, prob)
			ADDQ(scores, dScore)
			repeat(n(), func() {
				p, d := m.broadcast(Mem{Base: prob}), m.broadcast(Mem{Base: dScore})
				add := func(to reg.GPVirtual, i int, factor value, x reg.VecVirtual) {
					place := Mem{Base: to, Disp: i * m.width * floatSize}
					sum := m.vector()
					VMOVUPS(place, sum)
					VFMADD231PS(x, factor, sum)
					VMOVUPS(sum, place)
				}
				for i := range block {
					VFMADD231PS(Mem{Base: key, Disp: i * m.width * floatSize}, d, dQuery[i])
					add(dKey, i, d, query[i])
					add(dValue, i, p, dOut[i])
				}
				for _, p := range []reg.GPVirtual{key, dKey, dValue} {
					ADDQ(line, p)
				}
				ADDQ(Imm(floatSize), prob)
				ADDQ(Imm(floatSize), dScore)
			})
			to := copyOf(queryAt)
			SUBQ(parameter("query"), to)
			ADDQ(parameter("dQuery"), to)
			for i, v := range dQuery {
				VMOVUPS(v, Mem{Base: to, Disp: i * m.width * floatSize})
			}
		})
		ADDQ(I32(int32(block*m.width*floatSize)), at)
	})
}
