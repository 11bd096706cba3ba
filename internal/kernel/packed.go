package kernel

// Packed is a matrix [in,out] in the order in which [LinearPacked] reads it: what
// many products with the same matrix have in common. It holds its own copy, whose
// memory Pack and PackTransposed use again. The zero value is the matrix [0,0]. It
// may be read by several goroutines at once.
type Packed struct {
	in, out int
	width   int       // columns of a panel
	data    []float32 // [panels, in, width]; in the last panel some columns mean nothing
}

// Pack makes p the matrix w.
//
//	p[k,j] = w[k,j]
//
// w is [in,out]. It panics if a dimension is negative or the length is not their
// product.
func (p *Packed) Pack(w []float32, in, out int) {
	check(in >= 0 && out >= 0, "kernel: Pack: negative dimension")
	check(len(w) == in*out, "kernel: Pack: length of w is not in*out")
	p.reset(in, out)
	for j := 0; in > 0 && j < out; j += p.width {
		active().copyLines(p.panel(j), p.width, w[j:], out, in, min(p.width, out-j))
	}
}

// PackTransposed makes p the transpose of w.
//
//	p[k,j] = w[j,k]
//
// w is [out,in]. It panics as Pack does.
func (p *Packed) PackTransposed(w []float32, in, out int) {
	check(in >= 0 && out >= 0, "kernel: PackTransposed: negative dimension")
	check(len(w) == in*out, "kernel: PackTransposed: length of w is not in*out")
	p.reset(in, out)
	for j := 0; in > 0 && j < out; j += p.width {
		active().packLines(p.panel(j), p.width, w[j*in:], in, in, min(p.width, out-j))
	}
}

// reset makes room for a matrix.
func (p *Packed) reset(in, out int) {
	p.in, p.out, p.width = in, out, active().panel
	n := (out + p.width - 1) / p.width * p.width * in
	if cap(p.data) < n {
		p.data = make([]float32, n)
	}
	p.data = p.data[:n]
}

// panel returns the panel that begins with column j.
func (p *Packed) panel(j int) []float32 { return p.data[j*p.in:][:p.in*p.width] }

// LinearPacked is [Linear] with a packed matrix, to the same bits.
//
// x is [rows,in], bias is [out] or nil, dst is [rows,out] and overlaps none of
// them; in and out are those of w. It panics if rows is negative or a length is
// not the product of its dimensions.
func LinearPacked(dst, x []float32, w *Packed, bias []float32, rows int) {
	check(rows >= 0, "kernel: LinearPacked: negative dimension")
	check(len(dst) == rows*w.out, "kernel: LinearPacked: length of dst is not rows*out")
	check(len(x) == rows*w.in, "kernel: LinearPacked: length of x is not rows*in")
	check(bias == nil || len(bias) == w.out, "kernel: LinearPacked: length of bias is not out")
	active().linearPacked(dst, x, w, bias, rows)
}

func linearPackedGeneric(dst, x []float32, w *Packed, bias []float32, rows int) {
	startLinear(dst, bias, rows, w.out)
	for j := 0; j < w.out && rows > 0; j += w.width {
		multiply(view{dst[j:], w.out, 1}, view{x, w.in, 1}, view{w.panel(j), 1, w.width}, rows, min(w.width, w.out-j), w.in)
	}
}

// packLinesGeneric copies lines of a matrix so that they become columns.
//
//	for s := range deep {
//		for j := range wide {
//			dst[s*width+j] = src[j*line+s]
//		}
//	}
func packLinesGeneric(dst []float32, width int, src []float32, line, deep, wide int) {
	for j := range wide {
		for s, v := range src[j*line:][:deep] {
			dst[s*width+j] = v
		}
	}
}

// copyLinesGeneric copies the first wide elements of lines.
//
//	for s := range deep {
//		for j := range wide {
//			dst[s*width+j] = src[s*line+j]
//		}
//	}
func copyLinesGeneric(dst []float32, width int, src []float32, line, deep, wide int) {
	for s := range deep {
		copy(dst[s*width:][:wide], src[s*line:])
	}
}
