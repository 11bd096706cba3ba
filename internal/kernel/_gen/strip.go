package main

import (
	"fmt"
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// strip writes the function that does the work of linear layers, strip by strip.
// It has a part for each width of a strip in vectors. The numbers are the rows of
// the largest tile there: eight chains or more hide the latency of a
// multiply-add, and all must fit into the registers.
func (m machine) strip() {
	tallest := []int{8, 6, 2, 2}
	if m.wide {
		tallest = []int{8, 8, 3, 3}
	}
	m.function("strip",
		"(c, from, a, b *float32, cLine, fromLine, aLine, aStep, bStep, rows, steps, columns, width, relu int)",
		fmt.Sprintf(`%%s continues the chains of a matrix, width columns at a time.

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

rows, steps and columns are at least 1, width is a multiple of %d up to %d. c may
be from.`, m.width, len(tallest)*m.width))
	strip := label("strip")
	Label(strip)
	wide := pointer("width")
	CMPQ(wide, parameter("columns"))
	CMOVQGT(parameter("columns"), wide)
	for i, rows := range tallest {
		wider := label("wider")
		if i < len(tallest)-1 {
			CMPQ(wide, Imm(uint64((i+1)*m.width)))
			JGT(LabelRef(wider))
		}
		t := tile{machine: m, vectors: i + 1}
		t.column(wide, rows, strip)
		Label(wider)
	}
}

// parameter is where a parameter stands in memory.
func parameter(name string) Mem {
	c, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return c.Addr
}

// column writes the loop over the tiles of a strip, one below the other, and
// then goes back for the next strip if there is one.
func (t *tile) column(wide reg.GPVirtual, tallest int, next string) {
	t.begin(wide, tallest)
	full, rest, done := label("full"), label("rest"), label("done")
	Label(full)
	CMPQ(t.rows, Imm(uint64(tallest)))
	JLT(LabelRef(rest))
	t.emit(tallest)
	t.below(tallest)
	SUBQ(Imm(uint64(tallest)), t.rows)
	JMP(LabelRef(full))
	Label(rest)
	for rows := tallest - 1; rows > 0; rows-- {
		fewer := label("fewer")
		CMPQ(t.rows, Imm(uint64(rows)))
		JNE(LabelRef(fewer))
		t.emit(rows)
		JMP(LabelRef(done))
		Label(fewer)
	}
	Label(done)
	t.aside(next)
	finish()
}

// aside makes the parameters those of the next strip and goes there, unless the
// columns are done. They stay in memory: the registers are full.
func (t *tile) aside(next string) {
	done, zero := label("last"), label("zero")
	width, bytes := pointer("width"), GP64()
	SUBQ(width, parameter("columns"))
	JLE(LabelRef(done))
	MOVQ(width, bytes)
	SHLQ(Imm(2), bytes)
	ADDQ(bytes, parameter("c"))
	ADDQ(bytes, parameter("b"))
	CMPQ(parameter("from"), Imm(0))
	JEQ(LabelRef(zero))
	ADDQ(bytes, parameter("from"))
	Label(zero)
	JMP(LabelRef(next))
	Label(done)
}

// A tile holds the registers that all tiles of a strip share.
type tile struct {
	machine
	vectors int
	mask    reg.Register // of the last vector
	last    reg.Register // how many lanes that are

	a, row        reg.GPVirtual    // where the left operand stands, and where its tile begins
	b             reg.GPVirtual    // where the right operand stands
	c, from       reg.GPVirtual    // where the tile of the chains begins
	aStep, bStep  reg.GPVirtual    // from one step to the next
	lines         [8]reg.GPVirtual // lines[i] is i lines of a, for i = 1, 3, 5, 7
	rows, counter reg.GPVirtual
}

// bytes loads a parameter that counts float32 and makes it count bytes.
func bytes(name string) reg.GPVirtual {
	r := GP64()
	Load(Param(name), r)
	SHLQ(Imm(2), r)
	return r
}

func pointer(name string) reg.GPVirtual {
	r := GP64()
	Load(Param(name), r)
	return r
}

func (t *tile) begin(wide reg.GPVirtual, tallest int) {
	SUBQ(I32(int32((t.vectors-1)*t.width)), wide)
	t.mask = t.machine.mask(wide)
	if !t.wide {
		t.last = wide
	}
	t.row, t.c, t.from, t.rows = pointer("a"), pointer("c"), pointer("from"), pointer("rows")
	t.aStep, t.bStep = bytes("aStep"), bytes("bStep")
	t.a, t.b, t.counter = GP64(), GP64(), GP64()
	t.lines[1] = bytes("aLine")
	for i := 3; i < tallest; i += 2 {
		t.lines[i] = GP64()
		if i == 3 {
			LEAQ(Mem{Base: t.lines[1], Index: t.lines[1], Scale: 2}, t.lines[i])
		} else {
			LEAQ(Mem{Base: t.lines[i-2], Index: t.lines[1], Scale: 2}, t.lines[i])
		}
	}
}

// left is the element of the left operand in a row of the tile.
func (t *tile) left(row int) Mem {
	switch row {
	case 0:
		return Mem{Base: t.a}
	case 2, 4:
		return Mem{Base: t.a, Index: t.lines[1], Scale: uint8(row)}
	case 6:
		return Mem{Base: t.a, Index: t.lines[3], Scale: 2}
	}
	return Mem{Base: t.a, Index: t.lines[row], Scale: 1}
}

// emit writes the code of one tile.
func (t *tile) emit(rows int) {
	acc := make([][]reg.VecVirtual, rows)
	for i := range acc {
		acc[i] = t.machine.vectors(t.vectors)
	}
	t.start(acc)
	MOVQ(t.row, t.a)
	Load(Param("b"), t.b)
	Load(Param("steps"), t.counter)
	step := label("step")
	Label(step)
	right, left := t.machine.vectors(t.vectors), t.vector()
	for v, r := range right {
		t.load(Mem{Base: t.b, Disp: v * t.width * floatSize}, r, t.maskOf(v))
	}
	for i := range acc {
		VBROADCASTSS(t.left(i), left)
		for v, r := range right {
			VFMADD231PS(r, left, acc[i][v])
		}
	}
	ADDQ(t.aStep, t.a)
	ADDQ(t.bStep, t.b)
	DECQ(t.counter)
	JNE(LabelRef(step))
	t.end(acc)
}

// maskOf returns the mask of a vector of the strip: only the last has one.
func (t *tile) maskOf(v int) reg.Register {
	if v == t.vectors-1 {
		return t.mask
	}
	return nil
}

// start reads the values with which the chains begin.
func (t *tile) start(acc [][]reg.VecVirtual) {
	zero, ready := label("zero"), label("ready")
	TESTQ(t.from, t.from)
	JEQ(LabelRef(zero))
	MOVQ(t.from, t.b)
	Load(Param("fromLine"), t.counter)
	for i := range acc {
		for v := range acc[i] {
			t.load(Mem{Base: t.b, Disp: v * t.width * floatSize}, acc[i][v], t.maskOf(v))
		}
		LEAQ(Mem{Base: t.b, Index: t.counter, Scale: floatSize}, t.b)
	}
	JMP(LabelRef(ready))
	Label(zero)
	t.clear(slices.Concat(acc...), t.counter)
	Label(ready)
}

// end writes the chains back. A masked store of AVX2 is slow, so that a whole
// vector is written without.
func (t *tile) end(acc [][]reg.VecVirtual) {
	t.cut(acc)
	whole, done := label("whole"), label("written")
	if !t.wide {
		CMPQ(t.last, Imm(uint64(t.width)))
		JEQ(LabelRef(whole))
	}
	t.write(acc, t.mask)
	if !t.wide {
		JMP(LabelRef(done))
		Label(whole)
		t.write(acc, nil)
		Label(done)
	}
}

// cut applies ReLU if that is asked for.
func (t *tile) cut(acc [][]reg.VecVirtual) {
	uncut := label("uncut")
	CMPQ(parameter("relu"), Imm(0))
	JEQ(LabelRef(uncut))
	for _, v := range slices.Concat(acc...) {
		negative := t.compare(v, atMost, t.bits(0))
		if t.wide {
			VBLENDMPS(t.bits(0), v, negative, v)
		} else {
			VANDNPS(v, negative, v)
		}
	}
	Label(uncut)
}

func (t *tile) write(acc [][]reg.VecVirtual, mask reg.Register) {
	MOVQ(t.c, t.b)
	Load(Param("cLine"), t.counter)
	for i := range acc {
		for v := range acc[i] {
			m := mask
			if v < t.vectors-1 {
				m = nil
			}
			t.store(acc[i][v], Mem{Base: t.b, Disp: v * t.width * floatSize}, m)
		}
		LEAQ(Mem{Base: t.b, Index: t.counter, Scale: floatSize}, t.b)
	}
}

// below moves on to the tile below this one.
func (t *tile) below(rows int) {
	Load(Param("cLine"), t.counter)
	IMUL3Q(Imm(uint64(rows*floatSize)), t.counter, t.counter)
	ADDQ(t.counter, t.c)
	zero := label("zero")
	TESTQ(t.from, t.from)
	JEQ(LabelRef(zero))
	Load(Param("fromLine"), t.counter)
	IMUL3Q(Imm(uint64(rows*floatSize)), t.counter, t.counter)
	ADDQ(t.counter, t.from)
	Label(zero)
	IMUL3Q(Imm(uint64(rows)), t.lines[1], t.counter)
	ADDQ(t.counter, t.row)
}
