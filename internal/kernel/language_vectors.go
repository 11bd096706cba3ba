//go:build (amd64 || arm64) && !noasm

package kernel

func (v vectors) rotate(dst, x, cos, sin []float32, heads, line int, scale float32) {
	half := len(cos)
	for h := range heads {
		to, from := dst[h*line:][:2*half], x[2*h*half:][:2*half]
		v.rotateHead(to[:half], to[half:], from[:half], from[half:], cos, sin, scale)
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
