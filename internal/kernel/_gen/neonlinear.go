package main

import "fmt"

// A strand is a kind of strip: whole vectors, or one of which only some lanes are
// there.
type strand struct {
	columns, vectors, lanes int
	heights                 []int // rows of a tile
}

// Sixteen chains and more hide the latency of a multiply-add.
var strands = []strand{
	{16, 4, quad, []int{6, 4, 2, 1}},
	{4, 1, quad, []int{8, 4, 2, 1}},
	{3, 1, 3, []int{8, 4, 2, 1}},
	{2, 1, 2, []int{8, 4, 2, 1}},
	{1, 1, 1, []int{8, 4, 2, 1}},
}

// A neonTile holds the registers that all tiles of a strip share.
type neonTile struct {
	*neon
	strand
	row, c, from                string
	aLine, aStep, bStep         string // in bytes, like the next two
	cLine, fromLine             string
	b, counter, scratch, column string
	rows                        string
	lefts                       []string // where the rows of the left operand stand
	acc, right, left            []*vector
}

func (a *neon) strip() {
	a.function("strip",
		"(c, from, a, b *float32, cLine, fromLine, aLine, aStep, bStep, rows, steps, columns, width, relu int)",
		`%s continues the chains of a matrix.

	for i := range rows {
		for j := range columns {
			acc := from[i*fromLine+j] // 0 if from is nil
			for s := range steps {
				acc = FMA(a[i*aLine+s*aStep], b[s*bStep+j], acc)
			}
			if relu != 0 && acc <= 0 {
				acc = 0
			}
			c[i*cLine+j] = acc
		}
	}

rows, steps and columns are at least 1. c may be from. The width of its strips
is its own; it does not look at width.`)
	t := neonTile{neon: a}
	t.aLine, t.aStep, t.bStep = a.bytes("aLine"), a.bytes("aStep"), a.bytes("bStep")
	t.cLine, t.fromLine = a.bytes("cLine"), a.bytes("fromLine")
	for _, r := range []*string{&t.row, &t.c, &t.from, &t.b, &t.counter, &t.scratch, &t.column, &t.rows} {
		*r = a.integer()
	}
	for range 8 {
		t.lefts = append(t.lefts, a.integer())
	}
	t.acc, t.left, t.right = a.pins(24), a.pins(2), a.pins(4)
	columns, next := a.pointer("columns", ""), label("strip")
	a.do("MOVD ZR, %s", t.column)
	a.label(next)
	for _, s := range strands {
		narrower := label("narrower")
		a.do("CMP $%d, %s", s.columns, columns)
		a.do("BLT %s", narrower)
		t.strand = s
		t.write()
		a.do("ADD $%d, %s, %s", s.columns*floatSize, t.column, t.column)
		a.do("SUBS $%d, %s, %s", s.columns, columns, columns)
		a.do("BNE %s", next)
		a.finish()
		a.label(narrower)
	}
	a.finish()
}

// write writes the loop over the tiles of a strip, one below the other.
func (t *neonTile) write() {
	t.reload(t.row, "a", "")
	t.reload(t.c, "c", "")
	t.do("ADD %s, %s, %s", t.column, t.c, t.c)
	t.reload(t.rows, "rows", "")
	t.reload(t.from, "from", "")
	zero, full := label("zero"), label("full")
	t.do("CBZ %s, %s", t.from, zero)
	t.do("ADD %s, %s, %s", t.column, t.from, t.from)
	t.label(zero)
	for i, rows := range t.heights {
		fewer := label("fewer")
		if i == 0 {
			t.label(full)
		}
		t.do("CMP $%d, %s", rows, t.rows)
		t.do("BLT %s", fewer)
		t.tile(rows)
		t.do("SUB $%d, %s, %s", rows, t.rows, t.rows)
		if i == 0 {
			t.do("B %s", full)
		}
		t.label(fewer)
	}
}

// tile writes the code of one tile and moves on below it.
func (t *neonTile) tile(rows int) {
	acc := t.acc[:rows*t.vectors]
	t.start(acc, rows)
	for _, left := range t.lefts[:rows] {
		t.do("MOVD %s, %s", t.row, left)
		t.do("ADD %s, %s, %s", t.aLine, t.row, t.row)
	}
	t.reload(t.b, "b", "")
	t.do("ADD %s, %s, %s", t.column, t.b, t.b)
	t.reload(t.counter, "steps", "")
	step := label("step")
	t.label(step)
	right := t.right[:t.vectors]
	if t.lanes == quad {
		t.do("VLD1 (%s), %s", t.b, list(right))
	} else {
		t.loadLanes(right[0], t.b, t.scratch, t.lanes)
	}
	t.do("ADD %s, %s, %s", t.bStep, t.b, t.b)
	for i, p := range t.lefts[:rows] {
		left := t.left[i%len(t.left)]
		t.do("VLD1R (%s), [%s.S4]", p, left.Asm())
		t.do("ADD %s, %s, %s", t.aStep, p, p)
		for v, r := range right {
			t.multiplyAdd(acc[i*t.vectors+v], left, r)
		}
	}
	t.do("SUBS $1, %s, %s", t.counter, t.counter)
	t.do("BNE %s", step)
	t.end(acc, rows)
}

// start reads the values with which the chains begin.
func (t *neonTile) start(acc []*vector, rows int) {
	zero, ready := label("zero"), label("ready")
	t.do("CBZ %s, %s", t.from, zero)
	for i := range rows {
		line := acc[i*t.vectors:][:t.vectors]
		if t.lanes == quad {
			t.do("VLD1 (%s), %s", t.from, list(line))
		} else {
			t.loadLanes(line[0], t.from, t.scratch, t.lanes)
		}
		t.do("ADD %s, %s, %s", t.fromLine, t.from, t.from)
	}
	t.do("B %s", ready)
	t.label(zero)
	for _, v := range acc {
		t.do("VEOR %[1]s.B16, %[1]s.B16, %[1]s.B16", v.Asm())
	}
	t.label(ready)
}

// end applies ReLU if that is asked for and writes the chains back.
func (t *neonTile) end(acc []*vector, rows int) {
	uncut := label("uncut")
	t.reload(t.scratch, "relu", "")
	t.do("CBZ %s, %s", t.scratch, uncut)
	negative := t.left[0].number
	for _, v := range acc {
		t.do("%s", word(0x6ea0d800|uint32(v.number<<5|negative), "fcmle v%d.4s, v%d.4s, #0", negative, v.number))
		t.do("%s", word(0x4e601c00|uint32(negative<<16|v.number<<5|v.number), "bic v%d.16b, v%d.16b, v%d.16b", v.number, v.number, negative))
	}
	t.label(uncut)
	for i := range rows {
		line := acc[i*t.vectors:][:t.vectors]
		if t.lanes == quad {
			t.do("VST1 %s, (%s)", list(line), t.c)
		} else {
			t.storeLanes(line[0], t.c, t.scratch, t.lanes)
		}
		t.do("ADD %s, %s, %s", t.cLine, t.c, t.c)
	}
}

// transpose turns the lines of a matrix into columns, four by four.
func (a *neon) transpose() {
	a.function("transpose", "(dst, src *float32, dstLine, line, lines, steps int)",
		`%s turns lines into columns.

	for i := range steps {
		for j := range lines {
			dst[i*dstLine+j] = src[j*line+i]
		}
	}

lines is 4, steps is a multiple of 4 from 4 on.`)
	dst, dstLine, line := a.pointer("dst", ""), a.bytes("dstLine"), a.bytes("line")
	src := []string{a.pointer("src", "")}
	for i := range quad - 1 {
		src = append(src, a.integer())
		a.do("ADD %s, %s, %s", line, src[i], src[i+1])
	}
	steps, loop := a.pointer("steps", ""), label("loop")
	a.label(loop)
	for _, v := range a.transposed(a.read(src)) {
		a.effect(func(_ int, from []int) string { return fmt.Sprintf("VST1 [V%d.S4], (%s)", from[0], dst) }, v)
		a.effect(func(int, []int) string { return fmt.Sprintf("ADD %s, %s, %s", dstLine, dst, dst) })
	}
	a.do("SUBS $%d, %s, %s", quad, steps, steps)
	a.do("BNE %s", loop)
	a.finish()
}

// copyLines copies lines of four vectors each.
func (a *neon) copyLines() {
	a.function("copyLines", "(dst, src *float32, line, lines int)",
		`%s puts parts of lines one after the other.

	for i := range lines {
		for j := range 16 {
			dst[i*16+j] = src[i*line+j]
		}
	}

lines is at least 1.`)
	dst, src, line, lines := a.pointer("dst", ""), a.pointer("src", ""), a.bytes("line"), a.pointer("lines", "")
	next, all := label("line"), a.pins(4)
	a.label(next)
	a.do("VLD1 (%s), %s", src, list(all))
	a.do("ADD %s, %s, %s", line, src, src)
	a.do("VST1.P %s, 64(%s)", list(all), dst)
	a.do("SUBS $1, %s, %s", lines, lines)
	a.do("BNE %s", next)
	a.finish()
}

// transposed transposes a matrix of four lines.
func (a *neon) transposed(in []value) []value {
	even, odd := three("trn1", 0x4e802800, "4s"), three("trn2", 0x4e806800, "4s")
	low, high := three("trn1", 0x4ec02800, "2d"), three("trn2", 0x4ec06800, "2d")
	a0, a1 := a.record(false, even, in[0], in[1]), a.record(false, odd, in[0], in[1])
	b0, b1 := a.record(false, even, in[2], in[3]), a.record(false, odd, in[2], in[3])
	return []value{
		a.record(false, low, a0, b0), a.record(false, low, a1, b1),
		a.record(false, high, a0, b0), a.record(false, high, a1, b1),
	}
}

// narrow writes the function for layers with so few outputs that the lanes of a
// vector must be rows. It turns the rows into columns on the way.
func (a *neon) narrow() {
	a.function("narrow", "(c, x, w, bias *float32, cLine, line, rows, steps, out int)",
		fmt.Sprintf(`%%s is Linear with a result that is transposed.

	for r := range rows {
		for j := range out {
			acc := bias[j] // 0 if bias is nil
			for s := range steps {
				acc = FMA(x[r*line+s], w[s*out+j], acc)
			}
			c[j*cLine+r] = acc
		}
	}

rows is at least 4, steps is a multiple of 4 and at least 4, out is from 1 to %d.`, narrowest))
	line, last, first := a.bytes("line"), a.pointer("rows", ""), a.integer()
	a.do("SUB $4, %s, %s", last, last)
	a.do("MOVD ZR, %s", first)
	out, taken := a.pointer("out", ""), a.integers
	for n := 1; n <= narrowest; n++ {
		more := label("more")
		a.do("CMP $%d, %s", n, out)
		a.do("BNE %s", more)
		a.narrowTo(n, line, first, last)
		a.label(more)
		a.integers = taken
	}
	a.finish()
}

// narrowTo writes the part for one number of outputs.
func (a *neon) narrowTo(out int, line, first, last string) {
	quarters := make([]string, narrowRows/quad)
	acc := make([][]*vector, len(quarters))
	for q := range quarters {
		quarters[q], acc[q] = a.integer(), a.pins(out)
	}
	weights, scratch, w, steps := a.pins(out), a.integer(), a.integer(), a.integer()
	next, step := label("rows"), label("step")
	a.label(next)
	for q, base := range quarters {
		a.quarterRow(base, first, last, q)
		a.do("MUL %s, %s, %s", line, base, base)
		a.reload(scratch, "x", "")
		a.do("ADD %s, %s, %s", scratch, base, base)
	}
	a.startNarrow(acc, scratch)
	a.reload(w, "w", "")
	a.reload(steps, "steps", "")
	a.label(step)
	a.do("VLD1.P %d(%s), %s", out*quad*floatSize, w, list(weights))
	for q, base := range quarters {
		a.do("MOVD %s, %s", base, scratch)
		a.do("ADD $%d, %s, %s", quad*floatSize, base, base)
		in := make([]value, quad)
		for i := range in {
			in[i] = a.record(false, func(to int, _ []int) string { return fmt.Sprintf("VLD1 (%s), [V%d.S4]", scratch, to) })
			a.effect(func(int, []int) string { return fmt.Sprintf("ADD %s, %s, %s", line, scratch, scratch) })
		}
		for s, v := range a.transposed(in) {
			for j, chain := range acc[q] {
				at := s*out + j
				a.effect(byElement(chain.number, weights[at/quad].number, at%quad), v)
			}
		}
	}
	a.do("SUBS $%d, %s, %s", quad, steps, steps)
	a.do("BNE %s", step)
	a.endNarrow(acc, first, last, scratch, w, steps)
	a.do("ADD $%d, %s, %s", narrowRows, first, first)
	a.do("ADD $4, %s, %s", last, scratch)
	a.do("CMP %s, %s", scratch, first)
	a.do("BLT %s", next)
	a.finish()
	for _, chains := range acc {
		a.release(chains...)
	}
	a.release(weights...)
}

// byElement adds a vector times one lane of another to a chain.
func byElement(chain, weight, lane int) func(_ int, from []int) string {
	return func(_ int, from []int) string {
		code := 0x4f801000 | uint32(lane&1)<<21 | uint32(lane>>1)<<11
		return word(code|uint32(weight<<16|from[0]<<5|chain), "fmla v%d.4s, v%d.4s, v%d.s[%d]", chain, from[0], weight, lane)
	}
}

// quarterRow computes the first of the four rows in a quarter: where there are no
// such rows, they are the last four.
func (a *neon) quarterRow(row, first, last string, quarter int) {
	a.do("ADD $%d, %s, %s", quad*quarter, first, row)
	a.do("CMP %s, %s", last, row)
	a.do("CSEL LT, %s, %s, %s", row, last, row)
}

func (a *neon) startNarrow(acc [][]*vector, scratch string) {
	zero, ready := label("zero"), label("ready")
	a.reload(scratch, "bias", "")
	a.do("CBZ %s, %s", scratch, zero)
	for j, v := range acc[0] {
		a.do("VLD1R.P 4(%s), [%s.S4]", scratch, v.Asm())
		for _, chains := range acc[1:] {
			a.do("%s", move(chains[j].number, []int{v.number}))
		}
	}
	a.do("B %s", ready)
	a.label(zero)
	for _, chains := range acc {
		for _, v := range chains {
			a.do("VEOR %[1]s.B16, %[1]s.B16, %[1]s.B16", v.Asm())
		}
	}
	a.label(ready)
}

// endNarrow writes the quarters of the chains to their rows.
func (a *neon) endNarrow(acc [][]*vector, first, last, row, c, line string) {
	a.reload(c, "c", "")
	a.reload(line, "cLine", "")
	a.do("LSL $2, %s, %s", line, line)
	for j := range acc[0] {
		for q, chains := range acc {
			a.quarterRow(row, first, last, q)
			a.do("ADD %s<<2, %s, %s", row, c, row)
			a.do("VST1 [%s.S4], (%s)", chains[j].Asm(), row)
		}
		a.do("ADD %s, %s, %s", line, c, c)
	}
}
