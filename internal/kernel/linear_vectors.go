//go:build (amd64 || arm64) && !noasm

package kernel

import "unsafe"

func (v vectors) linear(dst, x, w, bias []float32, rows, in, out int) {
	v.linearThen(dst, x, w, bias, rows, in, out, plain)
}

func (v vectors) linearReLU(dst, x, w, bias []float32, rows, in, out int) {
	v.linearThen(dst, x, w, bias, rows, in, out, rectified)
}

// What a product ends with.
const (
	plain     = 0
	rectified = 1 // ReLU
)

// linearThen is linear, or linearReLU if last is rectified. Small layers take
// one call of assembly: acting is many of them.
func (v vectors) linearThen(dst, x, w, bias []float32, rows, in, out, last int) {
	switch {
	case rows == 0 || out == 0:
		return
	case in == 0:
		linearGeneric(dst, x, w, bias, rows, in, out)
	case out <= fewRows && rows >= narrowFrom && in%4 == 0 && in <= narrowDeepest:
		v.linearNarrow(dst, x, w, bias, rows, in, out)
	case rows*in*out <= callWork:
		v.strip(&dst[0], unsafe.SliceData(bias), &x[0], &w[0], out, 0, in, 1, out, rows, in, out, v.width(rows), last)
		return
	case out <= fewRows && out < rows:
		v.multiply(&product{view{dst, out, 1}, view{bias, 0, 1}, view{x, in, 1}, view{w, 1, out}, rows, out, in, plain})
	default:
		v.multiply(&product{view{dst, out, 1}, view{bias, 0, 1}, view{x, in, 1}, view{w, 1, out}, rows, out, in, last})
		return
	}
	if last == rectified {
		v.relu(dst)
	}
}

// linearNarrow is linear with at most fewRows outputs: lanes are rows.
func (v vectors) linearNarrow(dst, x, w, bias []float32, rows, in, out int) {
	var apart [fewRows * widest]float32
	for done := 0; done < rows; done += widest {
		r := min(done, rows-4) // the assembly takes four rows or more, if need be again
		n := min(widest, rows-r)
		if out == 1 {
			v.narrow(&dst[r], &x[r*in], &w[0], unsafe.SliceData(bias), 0, in, n, in, out)
			continue
		}
		v.narrow(&apart[0], &x[r*in], &w[0], unsafe.SliceData(bias), widest, in, n, in, out)
		for j := range out {
			for i, acc := range apart[j*widest:][:n] {
				dst[(r+i)*out+j] = acc
			}
		}
	}
}

func (v vectors) linearInput(dx, dy, w []float32, rows, in, out int) {
	if out == 0 {
		clear(dx)
		return
	}
	v.multiply(&product{view{dx, in, 1}, view{}, view{dy, out, 1}, view{w, out, 1}, rows, in, out, plain})
}

func (v vectors) linearWeight(dw, dbias, x, dy []float32, rows, in, out int) {
	if rows > 0 && out > 0 {
		v.linearWeightColumns(dw, dbias, x, dy, rows, in, out, 0, out)
	}
}

func (v vectors) linearWeightColumns(dw, dbias, x, dy []float32, rows, in, out, lo, hi int) {
	if rows == 0 || lo == hi {
		return
	}
	right := view{dy[lo:], 1, out}
	if in > 0 {
		chains := view{dw[lo:], out, 1}
		v.multiply(&product{chains, chains, view{x, 1, in}, right, in, hi - lo, rows, plain})
	}
	if dbias != nil { // multiplying by 1 changes nothing
		sum := view{dbias[lo:], out, 1}
		v.multiply(&product{sum, sum, view{unity, 0, 0}, right, 1, hi - lo, rows, plain})
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
//			c[i,j] = acc // or ReLU of it, if last is rectified
//		}
//	}
//
// c and from are [m,n], a is [m,steps], b is [n,steps]; from may be c. There is
// at least one step, or from is c. Where n is at most fewRows and less than m,
// last is plain.
type product struct {
	c, from, a, b view
	m, n, steps   int
	last          int
}

const (
	fewRows       = 3       // as many rows or fewer are taken in strips of four vectors instead of two
	widest        = 64      // no strip is wider
	pieceSteps    = 256     // steps in which the right operand of a strip stays in the nearest cache
	copyRows      = 96      // with as many rows and columns or more a strip of the right operand is copied
	callWork      = 1 << 19 // multiply-adds of one call, in which the goroutine cannot be interrupted
	narrowFrom    = 8       // with fewer rows there is nothing to gain from rows as lanes
	narrowDeepest = callWork / widest
)

func (v vectors) multiply(p *product) {
	switch {
	case p.m == 0 || p.n == 0 || p.steps == 0:
	case p.n > fewRows || p.n >= p.m:
		v.multiplyStraight(p)
	default:
		t := product{p.c.transposed(), p.from.transposed(), p.b, p.a, p.n, p.m, p.steps, plain}
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
		v.multiplyStraight(&product{chains, chains, p.a, view{p.b.from(j, 0), p.b.line, p.b.step}, p.m, wide, p.steps, plain})
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
	if p.b.line == 1 {
		v.multiplyRows(p, v.width(p.m))
	} else {
		v.multiplyColumns(p, v.width(p.m))
	}
}

// multiplyRows takes strips of width columns where the elements of b for one
// step are neighbours, all in one call if that is not too long.
func (v vectors) multiplyRows(p *product, width int) {
	if p.m >= copyRows && p.b.step >= copyRows {
		v.multiplyCopied(p, width)
		return
	}
	for s := 0; s < p.steps; s += pieceSteps {
		deep, columns := min(pieceSteps, p.steps-s), width
		if p.m*deep*p.n <= callWork {
			columns = p.n
		}
		for j := 0; j < p.n; j += columns {
			v.advance(p, p.b.from(j, s), p.b.step, s, j, deep, min(columns, p.n-j), width)
		}
	}
}

// multiplyCopied is multiplyRows with strips that are copied: the lines of a wide
// matrix lie so far apart that a strip of them does not stay in the nearest cache.
func (v vectors) multiplyCopied(p *product, width int) {
	var strip [widest * 64]float32
	for s, piece := 0, len(strip)/width; s < p.steps; s += piece {
		deep := min(piece, p.steps-s)
		for j := 0; j < p.n; j += width {
			wide := min(width, p.n-j)
			v.copyLines(strip[:], width, p.b.from(j, s), p.b.step, deep, wide)
			v.advance(p, strip[:], width, s, j, deep, wide, width)
		}
	}
}

// multiplyColumns is multiplyRows where they are not: it copies them so that
// they become neighbours.
func (v vectors) multiplyColumns(p *product, width int) {
	if p.steps*width <= 512 { // clearing the memory would take longer than the product
		var packed [512]float32
		v.multiplyColumnsIn(packed[:], p, width)
		return
	}
	var packed [2048]float32
	v.multiplyColumnsIn(packed[:], p, width)
}

// multiplyColumnsIn is multiplyColumns with memory for the copy.
func (v vectors) multiplyColumnsIn(packed []float32, p *product, width int) {
	for s, piece := 0, len(packed)/width; s < p.steps; s += piece {
		deep := min(piece, p.steps-s)
		for j := 0; j < p.n; j += width {
			wide := min(width, p.n-j)
			v.pack(packed, width, p.b.from(j, s), p.b.line, deep, wide)
			v.advance(p, packed, width, s, j, deep, wide, width)
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

// advance takes columns from j on, in strips of width, through deep steps from s
// on. The elements of b for these are b[0:columns], b[bStep:][:columns], ….
func (v vectors) advance(p *product, b []float32, bStep, s, j, deep, columns, width int) {
	from, last := &p.from, plain
	if s > 0 {
		from = &p.c
	}
	if s+deep == p.steps {
		last = p.last
	}
	for i, rows := 0, max(1, callWork/(deep*columns)); i < p.m; i += rows {
		var start *float32
		if from.data != nil {
			start = &from.from(i, j)[0]
		}
		v.strip(&p.c.from(i, j)[0], start, &p.a.from(i, s)[0], &b[0],
			p.c.line, from.line, p.a.line, p.a.step, bStep, min(rows, p.m-i), deep, columns, width, last)
	}
}
