package main

// pair is how many float64 a vector of arm64 holds.
const pair = 2

// An operation is an instruction of three vectors of two float64.
type operation struct {
	name string
	code uint32
}

var (
	fadd2  = operation{"fadd", 0x4e60d400}
	fsub2  = operation{"fsub", 0x4ee0d400}
	fmul2  = operation{"fmul", 0x6e60dc00}
	fdiv2  = operation{"fdiv", 0x6e60fc00}
	fcmgt2 = operation{"fcmgt", 0x6ee0e400}
)

func (a *neon) double(o operation, to, x, y *vector) {
	a.do("%s", three(o.name, o.code, "2d")(to.number, []int{x.number, y.number}))
}

// larger2 leaves the larger of x and y in y; y where either is NaN.
func (a *neon) larger2(x, y, mask *vector) {
	a.double(fcmgt2, mask, x, y)
	a.pick2(x, y, mask)
}

// lesser2 leaves the lesser of x and y in y; y where either is NaN.
func (a *neon) lesser2(x, y, mask *vector) {
	a.double(fcmgt2, mask, y, x)
	a.pick2(x, y, mask)
}

// pick2 puts the lanes of x that the mask has into y.
func (a *neon) pick2(x, y, mask *vector) {
	a.do("%s", three("bit", 0x6ea01c00, "16b")(y.number, []int{x.number, mask.number}))
}

// widen makes the two float32 at the front of a vector two float64.
func (a *neon) widen(v *vector) {
	n := v.number
	a.do("%s", word(0x0e617800|uint32(n<<5|n), "fcvtl v%d.2d, v%d.2s", n, n))
}

// shorten is widen in the other direction.
func (a *neon) shorten(v *vector) {
	n := v.number
	a.do("%s", word(0x0e616800|uint32(n<<5|n), "fcvtn v%d.2s, v%d.2d", n, n))
}

// A neonPlace is where two columns stand, or the last.
type neonPlace struct {
	*neon
	column, address string // from 0, and scratch
	lanes           int
}

// load reads the columns of a row whose elements have a size, as they are.
func (p neonPlace) load(v *vector, base string, size int) {
	p.do("ADD %s<<%d, %s, %s", p.column, size/floatSize+1, base, p.address)
	p.do("%s (%s), F%d", p.move(size), p.address, v.number)
}

func (p neonPlace) store(v *vector, base string, size int) {
	p.do("ADD %s<<%d, %s, %s", p.column, size/floatSize+1, base, p.address)
	p.do("%s F%d, (%s)", p.move(size), v.number, p.address)
}

// move is the instruction for all lanes.
func (p neonPlace) move(size int) string {
	return map[int]string{4: "FMOVS", 8: "FMOVD", 16: "FMOVQ"}[p.lanes*size]
}

// eachPlace writes the loop over n columns.
func (a *neon) eachPlace(n string, body func(p neonPlace)) {
	whole, rest, done := label("whole"), label("rest"), label("done")
	column, address := a.integer(), a.integer()
	a.do("MOVD ZR, %s", column)
	a.label(whole)
	a.do("ADD $%d, %s, %s", pair, column, address)
	a.do("CMP %s, %s", n, address)
	a.do("BGT %s", rest)
	body(neonPlace{a, column, address, pair})
	a.do("ADD $%d, %s, %s", pair, column, column)
	a.do("B %s", whole)
	a.label(rest)
	a.do("CMP %s, %s", n, column)
	a.do("BEQ %s", done)
	body(neonPlace{a, column, address, 1})
	a.label(done)
}

func (a *neon) columnMoments() {
	a.function("columnMoments", columnMomentsSignature, columnMomentsDoc)
	n, line, x := a.pointer("n", ""), a.bytes("n"), a.pointer("x", "")
	mean, variance := a.pointer("mean", ""), a.pointer("variance", "")
	from, left, count, center, acc, v := a.integer(), a.integer(), a.pin(), a.pin(), a.pin(), a.pin()
	a.do("MOVD count+%d(FP), R25", a.offsets["count"])
	a.do("VDUP R25, %s.D2", count.Asm())
	// average writes the mean over the rows of what term makes of the element in v.
	average := func(p neonPlace, to *vector, term func()) {
		a.do("VEOR %[1]s.B16, %[1]s.B16, %[1]s.B16", to.Asm())
		a.do("MOVD %s, %s", x, from)
		a.reload(left, "rows", "")
		row := label("row")
		a.label(row)
		p.load(v, from, floatSize)
		a.widen(v)
		term()
		a.double(fadd2, to, to, v)
		a.do("ADD %s, %s, %s", line, from, from)
		a.do("SUBS $1, %s, %s", left, left)
		a.do("BNE %s", row)
		a.double(fdiv2, to, to, count)
	}
	a.eachPlace(n, func(p neonPlace) {
		average(p, center, func() {})
		p.store(center, mean, doubleSize)
		average(p, acc, func() {
			a.double(fsub2, v, v, center)
			a.double(fmul2, v, v, v)
		})
		p.store(acc, variance, doubleSize)
	})
	a.finish()
}

func (a *neon) standardize() {
	a.function("standardize", standardizeSignature, standardizeDoc)
	n, line, left := a.pointer("n", ""), a.bytes("n"), a.pointer("rows", "")
	dst, x, mean, deviation := a.pointer("dst", ""), a.pointer("x", ""), a.pointer("mean", ""), a.pointer("deviation", "")
	high, low, y, v := a.pin(), a.pin(), a.pin(), a.pin()
	a.do("MOVD clip+%d(FP), R25", a.offsets["clip"])
	a.do("VDUP R25, %s.D2", high.Asm())
	a.do("VEOR %[1]s.B16, %[1]s.B16, %[1]s.B16", low.Asm())
	a.double(fsub2, low, low, high)
	row := label("row")
	a.label(row)
	a.eachPlace(n, func(p neonPlace) {
		p.load(y, x, floatSize)
		a.widen(y)
		p.load(v, mean, doubleSize)
		a.double(fsub2, y, y, v)
		p.load(v, deviation, doubleSize)
		a.double(fdiv2, y, y, v)
		a.larger2(low, y, v)
		a.lesser2(high, y, v)
		a.shorten(y)
		p.store(y, dst, floatSize)
	})
	a.do("ADD %s, %s, %s", line, x, x)
	a.do("ADD %s, %s, %s", line, dst, dst)
	a.do("SUBS $1, %s, %s", left, left)
	a.do("BNE %s", row)
	a.finish()
}
