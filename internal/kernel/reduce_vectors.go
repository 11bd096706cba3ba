//go:build (amd64 || arm64) && !noasm

package kernel

import "math"

func (v vectors) sum(x []float32) float32 {
	var s sixteen
	for len(x) > 0 {
		n := min(len(x), pieceElements)
		v.sumPiece((*[16]float32)(&s), x[:n])
		x = x[n:]
	}
	return s.sum()
}

func (v vectors) dot(a, b []float32) float32 {
	var s sixteen
	for len(a) > 0 {
		n := min(len(a), pieceElements)
		v.dotPiece((*[16]float32)(&s), a[:n], b[:n])
		a, b = a[n:], b[n:]
	}
	return s.sum()
}

func (v vectors) addSumSquares(dst, x []float32) float32 {
	var s sixteen
	for len(dst) > 0 {
		n := min(len(dst), pieceElements)
		v.addSumSquaresPiece((*[16]float32)(&s), dst[:n], x[:n])
		dst, x = dst[n:], x[n:]
	}
	return s.sum()
}

func (v vectors) max(x []float32) float32 {
	s := leastSixteen
	for len(x) > 0 {
		n := min(len(x), pieceElements)
		v.maxPiece((*[16]float32)(&s), x[:n])
		x = x[n:]
	}
	return s.max()
}

// leastSixteen is what a maximum begins with.
var leastSixteen = func() (s sixteen) {
	for j := range s {
		s[j] = float32(math.Inf(-1))
	}
	return s
}()

func (v vectors) sumExp(x []float32, top float32) float32 {
	var s sixteen
	for len(x) > 0 {
		n := min(len(x), pieceElements)
		v.sumExpPiece((*[16]float32)(&s), x[:n], top)
		x = x[n:]
	}
	return s.sum()
}
