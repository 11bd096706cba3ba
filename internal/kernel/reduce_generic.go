package kernel

import "math"

// sixteen holds the partial results of a reduction.
type sixteen [16]float32

func (s *sixteen) sum() float32 {
	for half := len(s) / 2; half > 0; half /= 2 {
		for j := range half {
			s[j] += s[j+half]
		}
	}
	return s[0]
}

func (s *sixteen) max() float32 {
	for half := len(s) / 2; half > 0; half /= 2 {
		for j := range half {
			s[j] = larger(s[j], s[j+half])
		}
	}
	return s[0]
}

func larger(a, b float32) float32 {
	if b > a || b != b {
		return b
	}
	return a
}

func sumGeneric(x []float32) float32 {
	var s sixteen
	for ; len(x) >= len(s); x = x[len(s):] {
		for j, v := range (*sixteen)(x) {
			s[j] += v
		}
	}
	for j, v := range x {
		s[j] += v
	}
	return s.sum()
}

func dotGeneric(a, b []float32) float32 {
	var s sixteen
	for ; len(a) >= len(s); a, b = a[len(s):], b[len(s):] {
		v, w := (*sixteen)(a), (*sixteen)(b)
		for j := range s {
			s[j] = FMA(v[j], w[j], s[j])
		}
	}
	for j, v := range a {
		s[j] = FMA(v, b[j], s[j])
	}
	return s.sum()
}

func addSumSquaresGeneric(dst, x []float32) float32 {
	addGeneric(dst, x)
	return dotGeneric(dst, dst)
}

func maxGeneric(x []float32) float32 {
	var s sixteen
	for j := range s {
		s[j] = float32(math.Inf(-1))
	}
	for ; len(x) >= len(s); x = x[len(s):] {
		for j, v := range (*sixteen)(x) {
			s[j] = larger(s[j], v)
		}
	}
	for j, v := range x {
		s[j] = larger(s[j], v)
	}
	return s.max()
}
