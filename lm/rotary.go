package lm

import (
	"math"

	"github.com/proximal-rl/proximal/internal/libm"
)

// rotary turns pairs of a head's numbers by angles that grow with the position,
// so that the product of a query with a key depends on their distance. The zero
// value turns nothing.
type rotary struct {
	half     int       // number of pairs in a head: j and j+half
	cos, sin []float32 // [Context, half]
}

// newRotary computes the angles
//
//	p · base^(−2j/w)
//
// of position p and pair j. Frequencies and angles are rounded to float32, as
// Hugging Face's implementation does, which is the definition for the models
// trained with it.
//
// Source: Su et al. 2021, arXiv 2104.09864, equation 34.
func newRotary(context, width int, base float64) rotary {
	t := rotary{
		half: width / 2,
		cos:  make([]float32, context*width/2), sin: make([]float32, context*width/2),
	}
	for j := range t.half {
		frequency := float32(1 / libm.Pow(base, float64(2*j)/float64(width)))
		for p := range context {
			sin, cos := libm.Sincos(float64(float32(p) * frequency))
			t.cos[p*t.half+j], t.sin[p*t.half+j] = float32(cos), float32(sin)
		}
	}
	return t
}

// turn writes the numbers x of one head at a position, turned and scaled:
//
//	dst[j]      = scale · (x[j]·cos − x[j+half]·sin)
//	dst[j+half] = scale · (x[j+half]·cos + x[j]·sin)
//
// dst must not be x.
func (t *rotary) turn(dst, x []float32, position int, scale float32) {
	if t.half == 0 {
		for j, v := range x {
			dst[j] = v * scale
		}
		return
	}
	h := t.half
	cos, sin := t.cos[position*h:][:h], t.sin[position*h:][:h]
	low, high := x[:h], x[h:][:h]
	dstLow, dstHigh := dst[:h], dst[h:][:h]
	for j, c := range cos {
		s, a, b := sin[j], low[j], high[j]
		dstLow[j] = scale * (float32(a*c) - float32(b*s))
		dstHigh[j] = scale * (float32(b*c) + float32(a*s))
	}
}

// turnBack is the transpose of turn: it carries a gradient back.
func (t *rotary) turnBack(dx, dy []float32, position int, scale float32) {
	if t.half == 0 {
		for j, v := range dy {
			dx[j] = v * scale
		}
		return
	}
	h := t.half
	cos, sin := t.cos[position*h:][:h], t.sin[position*h:][:h]
	low, high := dy[:h], dy[h:][:h]
	dxLow, dxHigh := dx[:h], dx[h:][:h]
	for j, c := range cos {
		s, a, b := sin[j], low[j], high[j]
		dxLow[j] = scale * (float32(a*c) + float32(b*s))
		dxHigh[j] = scale * (float32(b*c) - float32(a*s))
	}
}

// headScale is what queries are multiplied by, 1/√w.
func headScale(width int) float32 { return float32(1 / math.Sqrt(float64(width))) }
