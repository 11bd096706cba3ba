//go:build amd64 && !noasm

package kernel

// vectors is how many float32 a vector of a level holds. It chooses between the
// assembly of the two levels by a direct call, so that what is passed to it can
// stay on the stack.
type vectors int

const (
	ofAVX2   vectors = 8
	ofAVX512 vectors = 16
)

func (v vectors) strip(c, from, a, b *float32, cLine, fromLine, aLine, aStep, bStep, rows, steps, wide int) {
	if v == ofAVX512 {
		stripAVX512(c, from, a, b, cLine, fromLine, aLine, aStep, bStep, rows, steps, wide)
	} else {
		stripAVX2(c, from, a, b, cLine, fromLine, aLine, aStep, bStep, rows, steps, wide)
	}
}

func (v vectors) transpose(dst, src *float32, dstLine, line, lines, steps int) {
	if v == ofAVX512 {
		transposeAVX512(dst, src, dstLine, line, lines, steps)
	} else {
		transposeAVX2(dst, src, dstLine, line, lines, steps)
	}
}

func (v vectors) linear(dst, x, w, bias []float32, rows, in, out int) {
	if in == 0 {
		linearGeneric(dst, x, w, bias, rows, in, out)
		return
	}
	v.multiply(&product{view{dst, out, 1}, view{bias, 0, 1}, view{x, in, 1}, view{w, 1, out}, rows, out, in})
}

func (v vectors) linearInput(dx, dy, w []float32, rows, in, out int) {
	if out == 0 {
		clear(dx)
		return
	}
	v.multiply(&product{view{dx, in, 1}, view{}, view{dy, out, 1}, view{w, out, 1}, rows, in, out})
}

func (v vectors) linearWeight(dw, dbias, x, dy []float32, rows, in, out int) {
	v.multiply(&product{view{dw, out, 1}, view{dw, out, 1}, view{x, 1, in}, view{dy, 1, out}, in, out, rows})
	if dbias != nil { // multiplying by 1 changes nothing
		sum := view{dbias, out, 1}
		v.multiply(&product{sum, sum, view{unity, 0, 0}, view{dy, 1, out}, 1, out, rows})
	}
}

// unity is a matrix of ones, seen with lines and steps of length 0.
var unity = []float32{1}

// A product is a task for multiply: chains of fused multiply-adds.
//
//	for i := range m {
//		for j := range n {
//			acc := from[i,j] // 0 if from has no data
//			for s := range steps {
//				acc = FMA(a[i,s], b[j,s], acc)
//			}
//			c[i,j] = acc
//		}
//	}
//
// c and from are [m,n], a is [m,steps], b is [n,steps]; from may be c. There is
// at least one step, or from is c.
type product struct {
	c, from, a, b view
	m, n, steps   int
}

const (
	fewRows    = 3       // as many rows or fewer are taken in strips of four vectors instead of two
	widest     = 64      // no strip is wider
	pieceSteps = 256     // steps in which the right operand of a strip stays in the nearest cache
	pieceWork  = 1 << 15 // rows times steps of one call, in which the goroutine cannot be interrupted
)

func (v vectors) multiply(p *product) {
	switch {
	case p.m == 0 || p.n == 0 || p.steps == 0:
	case p.n > fewRows || p.n >= p.m:
		v.multiplyStraight(p)
	default:
		t := product{p.c.transposed(), p.from.transposed(), p.b, p.a, p.n, p.m, p.steps}
		if t.c.step == 1 && (t.from.step == 1 || t.from.data == nil) {
			v.multiplyStraight(&t)
		} else {
			v.multiplyApart(&t)
		}
	}
}

// multiplyApart is multiply where the elements in a row of c or from are no
// neighbours. There are at most fewRows rows.
func (v vectors) multiplyApart(p *product) {
	var apart [fewRows * widest]float32
	for j := 0; j < p.n; j += widest {
		wide := min(widest, p.n-j)
		for i := range p.m {
			chains := apart[i*widest:][:wide]
			if p.from.data == nil {
				clear(chains)
				continue
			}
			from, at := p.from.from(i, j), 0
			for l := range chains {
				chains[l] = from[at]
				at += p.from.step
			}
		}
		chains := view{apart[:], widest, 1}
		v.multiplyStraight(&product{chains, chains, p.a, view{p.b.from(j, 0), p.b.line, p.b.step}, p.m, wide, p.steps})
		for i := range p.m {
			to, at := p.c.from(i, j), 0
			for _, acc := range apart[i*widest:][:wide] {
				to[at] = acc
				at += p.c.step
			}
		}
	}
}

// multiplyStraight is multiply where the elements in a row of c and from are
// neighbours.
func (v vectors) multiplyStraight(p *product) {
	width := 2 * int(v)
	if p.m <= fewRows {
		width = 4 * int(v)
	}
	if p.b.line == 1 {
		v.multiplyRows(p, width)
	} else {
		v.multiplyColumns(p, width)
	}
}

// multiplyRows takes strips of width columns where the elements of b for one
// step are neighbours.
func (v vectors) multiplyRows(p *product, width int) {
	for s := 0; s < p.steps; s += pieceSteps {
		deep := min(pieceSteps, p.steps-s)
		for j := 0; j < p.n; j += width {
			v.advance(p, p.b.from(j, s), p.b.step, s, j, deep, min(width, p.n-j))
		}
	}
}

// multiplyColumns is multiplyRows where they are not: it copies them so that
// they become neighbours.
func (v vectors) multiplyColumns(p *product, width int) {
	var packed [2048]float32
	for s, piece := 0, len(packed)/width; s < p.steps; s += piece {
		deep := min(piece, p.steps-s)
		for j := 0; j < p.n; j += width {
			wide := min(width, p.n-j)
			v.pack(packed[:], width, p.b.from(j, s), p.b.line, deep, wide)
			v.advance(p, packed[:], width, s, j, deep, wide)
		}
	}
}

// pack copies a part of a matrix, transposed.
//
//	for s := range deep {
//		for j := range wide {
//			dst[s*width+j] = src[j*line+s]
//		}
//	}
//
// width is a multiple of v; the rest of each width elements becomes undefined.
func (v vectors) pack(dst []float32, width int, src []float32, line, deep, wide int) {
	whole := deep &^ 3
	for j := 0; j < wide; j += int(v) {
		lines := min(int(v), wide-j)
		fours := lines &^ 3
		if fours > 0 && whole > 0 {
			v.transpose(&dst[j], &src[j*line], width, line, fours, whole)
		}
		for l := range lines {
			s := whole
			if l >= fours {
				s = 0
			}
			for ; s < deep; s++ {
				dst[s*width+j+l] = src[(j+l)*line+s]
			}
		}
	}
}

// advance takes a strip of wide columns from j on through deep steps from s on.
// The elements of b for these are b[0:wide], b[bStep:][:wide], ….
func (v vectors) advance(p *product, b []float32, bStep, s, j, deep, wide int) {
	from := &p.from
	if s > 0 {
		from = &p.c
	}
	for i, rows := 0, max(1, pieceWork/deep); i < p.m; i += rows {
		var start *float32
		if from.data != nil {
			start = &from.from(i, j)[0]
		}
		v.strip(&p.c.from(i, j)[0], start, &p.a.from(i, s)[0], &b[0],
			p.c.line, from.line, p.a.line, p.a.step, bStep, min(rows, p.m-i), deep, wide)
	}
}
