//go:build (amd64 || arm64) && !noasm

package kernel

// packedSteps is how many steps of a panel are taken at a time, so that it stays
// in the nearest cache.
const packedSteps = 256

func (v vectors) linearPacked(dst, x []float32, w *Packed, bias []float32, rows int) {
	if rows == 0 || w.out == 0 || w.in == 0 {
		startLinear(dst, bias, rows, w.out)
		return
	}
	width := min(w.width, v.width(rows))
	for j := 0; j < w.out; j += w.width {
		p := product{c: view{dst[j:], w.out, 1}, a: view{x, w.in, 1}, m: rows, n: min(w.width, w.out-j), steps: w.in, last: plain}
		if bias != nil {
			p.from = view{bias[j:], 0, 1}
		}
		for s := 0; s < w.in; s += packedSteps {
			v.advance(&p, w.panel(j)[s*w.width:], w.width, s, 0, min(packedSteps, w.in-s), p.n, width)
		}
	}
}

// copyLines copies the first wide elements of deep lines, at least one.
func (v vectors) copyLines(dst []float32, width int, src []float32, line, deep, wide int) {
	if wide == copiedColumns(v) && width == wide {
		v.copyWhole(&dst[0], &src[0], line, deep)
		return
	}
	copyLinesGeneric(dst, width, src, line, deep, wide)
}
