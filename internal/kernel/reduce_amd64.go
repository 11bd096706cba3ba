//go:build amd64 && !noasm

package kernel

import "math"

func (v vectors) sum(x []float32) float32 {
	var s sixteen
	for len(x) > 0 {
		n := min(len(x), pieceElements)
		if v == ofAVX512 {
			sumAVX512((*[16]float32)(&s), x[:n])
		} else {
			sumAVX2((*[16]float32)(&s), x[:n])
		}
		x = x[n:]
	}
	return s.sum()
}

func (v vectors) dot(a, b []float32) float32 {
	var s sixteen
	for len(a) > 0 {
		n := min(len(a), pieceElements)
		if v == ofAVX512 {
			dotAVX512((*[16]float32)(&s), a[:n], b[:n])
		} else {
			dotAVX2((*[16]float32)(&s), a[:n], b[:n])
		}
		a, b = a[n:], b[n:]
	}
	return s.sum()
}

func (v vectors) max(x []float32) float32 {
	s := leastSixteen
	for len(x) > 0 {
		n := min(len(x), pieceElements)
		if v == ofAVX512 {
			maxAVX512((*[16]float32)(&s), x[:n])
		} else {
			maxAVX2((*[16]float32)(&s), x[:n])
		}
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
		if v == ofAVX512 {
			sumExpAVX512((*[16]float32)(&s), x[:n], top)
		} else {
			sumExpAVX2((*[16]float32)(&s), x[:n], top)
		}
		x = x[n:]
	}
	return s.sum()
}
