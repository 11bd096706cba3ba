package lm

import (
	"math"

	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/internal/libm"
)

// rotary turns pairs of a head's numbers by angles that grow with the position,
// so that the product of a query with a key depends on their distance. The zero
// value turns nothing.
type rotary struct {
	half     int       // number of pairs in a head: j and j+half
	cos, sin []float32 // [Context, half]
	back     []float32 // −sin
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
		back: make([]float32, context*width/2),
	}
	for j := range t.half {
		frequency := float32(1 / libm.Pow(base, float64(2*j)/float64(width)))
		for p := range context {
			sin, cos := libm.Sincos(float64(float32(p) * frequency))
			at := p*t.half + j
			t.cos[at], t.sin[at], t.back[at] = float32(cos), float32(sin), -float32(sin)
		}
	}
	return t
}

// turn writes the numbers x of some heads [heads,w] at a position, turned and
// scaled, each head to a line of dst:
//
//	dst[j]      = scale · (x[j]·cos − x[j+half]·sin)
//	dst[j+half] = scale · (x[j+half]·cos + x[j]·sin)
//
// dst must not be x.
func (t *rotary) turn(dst, x []float32, position, heads, line int, scale float32) {
	if t.half == 0 {
		copyScaled(dst, x, heads, line, len(x)/heads, scale)
		return
	}
	at := position * t.half
	kernel.Rotate(dst, x, t.cos[at:][:t.half], t.sin[at:][:t.half], heads, line, scale)
}

// turnBack is the transpose of turn: it carries the gradient of one head back.
func (t *rotary) turnBack(dx, dy []float32, position int, scale float32) {
	if t.half == 0 {
		copyScaled(dx, dy, 1, len(dy), len(dy), scale)
		return
	}
	at := position * t.half
	kernel.Rotate(dx, dy, t.cos[at:][:t.half], t.back[at:][:t.half], 1, 2*t.half, scale)
}

// copyScaled is turn without turning.
func copyScaled(dst, x []float32, heads, line, width int, scale float32) {
	for h := range heads {
		to := dst[h*line:][:width]
		for j, v := range x[h*width:][:width] {
			to[j] = v * scale
		}
	}
}

// headScale is what queries are multiplied by, 1/√w.
func headScale(width int) float32 { return float32(1 / math.Sqrt(float64(width))) }
