//go:build (amd64 || arm64) && !noasm

package kernel

func (v vectors) logSoftmax(dst, x []float32, rows, n int) {
	switch {
	case n == 0:
	case n <= len(sixteen{}):
		for width := int(v); rows > 0; rows -= width {
			part := min(rows, width) * n
			v.logSoftmaxShort(dst[:part], x[:part], n)
			dst, x = dst[part:], x[part:]
		}
	default:
		for r := range rows {
			v.logSoftmaxLong(dst[r*n:][:n], x[r*n:][:n])
		}
	}
}

// logSoftmaxShort is LogSoftmax for as many rows as a vector has lanes, or
// fewer: each row becomes a lane.
func (v vectors) logSoftmaxShort(dst, x []float32, n int) {
	var columns, scratch [256]float32
	for r := 0; r*n < len(x); r++ {
		for j, value := range x[r*n:][:n] {
			columns[j*int(v)+r] = value
		}
	}
	v.logSoftmaxColumns(&columns, &scratch, n)
	for r := 0; r*n < len(x); r++ {
		row := dst[r*n:][:n]
		for j := range row {
			row[j] = columns[j*int(v)+r]
		}
	}
}

// logSoftmaxLong is LogSoftmax for one row.
func (v vectors) logSoftmaxLong(dst, x []float32) {
	top := v.max(x)
	logSum := Log1(v.sumExp(x, top))
	for len(x) > 0 {
		n := min(len(x), pieceElements)
		v.shiftPiece(dst[:n], x[:n], top, logSum)
		dst, x = dst[n:], x[n:]
	}
}
