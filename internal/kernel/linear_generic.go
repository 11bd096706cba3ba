package kernel

func linearGeneric(dst, x, w, bias []float32, rows, in, out int) {
	startLinear(dst, bias, rows, out)
	multiply(view{dst, out, 1}, view{x, in, 1}, view{w, 1, out}, rows, out, in)
}

// startLinear writes what the chains of a layer begin with.
func startLinear(dst, bias []float32, rows, out int) {
	if bias == nil {
		clear(dst)
		return
	}
	for r := range rows {
		copy(dst[r*out:][:out], bias)
	}
}

func linearReLUGeneric(dst, x, w, bias []float32, rows, in, out int) {
	linearGeneric(dst, x, w, bias, rows, in, out)
	reluGeneric(dst, dst)
}

func linearInputGeneric(dx, dy, w []float32, rows, in, out int) {
	clear(dx)
	multiply(view{dx, in, 1}, view{dy, out, 1}, view{w, out, 1}, rows, in, out)
}

func linearWeightGeneric(dw, dbias, x, dy []float32, rows, in, out int) {
	multiply(view{dw, out, 1}, view{x, 1, in}, view{dy, 1, out}, in, out, rows)
	if dbias == nil {
		return
	}
	for r := range rows {
		addGeneric(dbias, dy[r*out:][:out])
	}
}

func linearWeightColumnsGeneric(dw, dbias, x, dy []float32, rows, in, out, lo, hi int) {
	if rows == 0 || lo == hi {
		return
	}
	if in > 0 {
		multiply(view{dw[lo:], out, 1}, view{x, 1, in}, view{dy[lo:], 1, out}, in, hi-lo, rows)
	}
	for r := 0; dbias != nil && r < rows; r++ {
		addGeneric(dbias[lo:hi], dy[r*out:][lo:hi])
	}
}

// A view is a matrix inside a slice: element (i, j) is data[i*line + j*step].
type view struct {
	data       []float32
	line, step int
}

func (v view) transposed() view { return view{v.data, v.step, v.line} }

// from returns the part of the slice that begins with element (i, j).
func (v view) from(i, j int) []float32 { return v.data[i*v.line+j*v.step:] }

// multiply continues the chains of all elements of c.
//
//	for i := range m {
//		for j := range n {
//			for s := range steps {
//				c[i,j] = FMA(a[i,s], b[j,s], c[i,j])
//			}
//		}
//	}
//
// c is [m,n], a is [m,steps], b is [n,steps].
func multiply(c, a, b view, m, n, steps int) {
	if n < lanes && n < m {
		multiply(c.transposed(), b, a, n, m, steps)
		return
	}
	var p panel
	finest := finestBit(a.data)
	for s := 0; s < steps; s += depth {
		deep := min(depth, steps-s)
		for j := 0; j < n; j += lanes {
			wide := min(lanes, n-j)
			safe := finest+p.load(b, j, s, wide, deep) >= finestSafe
			for i := range m {
				advance(c.from(i, j), c.step, wide, a.from(i, s), a.step, p[:deep], safe)
			}
		}
	}
}

// advance continues the wide chains that stand at c[0], c[step], … through the
// steps of a panel. safe says that finestSafe holds.
func advance(c []float32, step, wide int, a []float32, stride int, b []factors, safe bool) {
	if wide == lanes && step == 1 {
		(*tile)(c).advance(a, stride, b, safe)
		return
	}
	var t tile
	for l := range t[:wide] {
		t[l] = c[l*step]
	}
	t.advance(a, stride, b, safe)
	for l, v := range t[:wide] {
		c[l*step] = v
	}
}
