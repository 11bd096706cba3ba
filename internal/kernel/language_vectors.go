//go:build (amd64 || arm64) && !noasm

package kernel

// rotateParts is rotate by a call of assembly for each head, for any width.
func (v vectors) rotateParts(dst, x, cos, sin []float32, heads, line int, scale float32) {
	half := len(cos)
	for h := range heads {
		to, from := dst[h*line:][:2*half], x[2*h*half:][:2*half]
		v.rotateHead(to[:half], to[half:], from[:half], from[half:], cos, sin, scale)
	}
}

// rmsNormParts is rmsNorm by two calls of assembly for each row, for any width.
func (v vectors) rmsNormParts(dst, unit, scale, x, gain []float32, epsilon float64) {
	w := len(gain)
	for r := range scale {
		in := x[r*w:][:w]
		scale[r] = inverseRoot(v.dot(in, in), w, epsilon)
		v.normRow(dst[r*w:][:w], unit[r*w:][:w], in, gain, scale[r])
	}
}

// rmsNormBackwardParts is rmsNormBackward in the same way.
func (v vectors) rmsNormBackwardParts(dx, dy, gain, unit, scale []float32) {
	w := len(gain)
	for r, s := range scale {
		up, u := dy[r*w:][:w], unit[r*w:][:w]
		along := v.dot3(up, gain, u) / float32(w)
		v.normRowBackward(dx[r*w:][:w], up, gain, u, s, -s*along)
	}
}

func (v vectors) dot3(a, b, c []float32) float32 {
	var s sixteen
	for len(a) > 0 {
		n := min(len(a), pieceElements)
		v.dot3Piece((*[16]float32)(&s), a[:n], b[:n], c[:n])
		a, b, c = a[n:], b[n:], c[n:]
	}
	return s.sum()
}

func (v vectors) expSum(x []float32, top float32) float32 {
	var s sixteen
	for len(x) > 0 {
		n := min(len(x), pieceElements)
		v.expSumPiece((*[16]float32)(&s), x[:n], top)
		x = x[n:]
	}
	return s.sum()
}
