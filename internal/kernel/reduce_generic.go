package kernel

import "math"

// sixteen holds the partial results of a reduction.
type sixteen [16]float32

// sum adds the upper half to the lower until one is left. It is written out, since
// short reductions are mostly this.
func (s *sixteen) sum() float32 {
	a, b, c, d := s[0]+s[8], s[1]+s[9], s[2]+s[10], s[3]+s[11]
	a, b, c, d = a+(s[4]+s[12]), b+(s[5]+s[13]), c+(s[6]+s[14]), d+(s[7]+s[15])
	a, b = a+c, b+d
	return a + b
}

func (s *sixteen) max() float32 {
	a, b, c, d := larger(s[0], s[8]), larger(s[1], s[9]), larger(s[2], s[10]), larger(s[3], s[11])
	e, f, g, h := larger(s[4], s[12]), larger(s[5], s[13]), larger(s[6], s[14]), larger(s[7], s[15])
	a, b, c, d = larger(a, e), larger(b, f), larger(c, g), larger(d, h)
	a, b = larger(a, c), larger(b, d)
	return larger(a, b)
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
