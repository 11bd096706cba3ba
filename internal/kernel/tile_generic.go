package kernel

import "math"

const (
	lanes = 8   // chains that run side by side, so that none waits for itself
	depth = 128 // steps for which one panel holds the right operand
)

// factors holds what the lanes are multiplied with in one step, as float64.
type factors [lanes]float64

// A panel is a part of the right operand of multiply, made ready.
type panel [depth]factors

// load fills the panel with deep steps of the wide lines of b that begin at
// element (j, s), and returns the finest bit among them.
func (p *panel) load(b view, j, s, wide, deep int) (finest int) {
	if wide == lanes && b.line == 1 {
		return p.loadRows(b.from(j, s), b.step, deep)
	}
	clear(p[:deep])
	least := uint32(math.MaxUint32)
	for l := range wide {
		from, at := b.from(j+l, s), 0
		for k := range p[:deep] {
			x := from[at]
			at += b.step
			p[k][l&(lanes-1)] = float64(x)
			least = min(least, rank(x))
		}
	}
	return int(least >> 24)
}

// loadRows is load where the factors of a step are neighbours.
func (p *panel) loadRows(from []float32, step, deep int) (finest int) {
	least := uint32(math.MaxUint32)
	for k := range p[:deep] {
		x, to := (*tile)(from[k*step:]), &p[k]
		to[0], to[1], to[2], to[3] = float64(x[0]), float64(x[1]), float64(x[2]), float64(x[3])
		to[4], to[5], to[6], to[7] = float64(x[4]), float64(x[5]), float64(x[6]), float64(x[7])
		least = min(rank(x[0]), rank(x[1]), rank(x[2]), rank(x[3]),
			rank(x[4]), rank(x[5]), rank(x[6]), rank(x[7]), least)
	}
	return int(least >> 24)
}

// rank orders float32 by magnitude, with zero above all others.
func rank(x float32) uint32 { return math.Float32bits(x)<<1 - 1 }

// finestBit returns the position of the last bit of the smallest number in x
// that is not zero, as a power of two counted from 2⁻¹⁵⁰, or one less.
func finestBit(x []float32) int {
	least := uint32(math.MaxUint32)
	for _, v := range x {
		least = min(least, rank(v))
	}
	return int(least >> 24)
}

// finestSafe bounds the sum of the finest bits of two operands from below.
// Where it holds, every product is a multiple of 2⁻¹⁷⁸, so a sum below 2⁻¹²⁶ is
// exact in float64, and the conversion to a subnormal float32 is its only
// rounding. What remains to be watched are midpoints.
const finestSafe = 2*150 - 178

// A tile holds the chains that run side by side.
type tile [lanes]float32

// advance continues the chains through the steps of b.
//
//	for s := range b {
//		for l := range t {
//			t[l] = FMA(a[s*stride], b[s][l], t[l])
//		}
//	}
func (t *tile) advance(a []float32, stride int, b []factors, safe bool) {
	for s := 0; s < len(b); s++ {
		lane := 0
		if safe {
			var done int
			done, lane = t.race(a[s*stride:], stride, b[s:])
			if s += done; s == len(b) {
				return
			}
		}
		x, y := float64(a[s*stride]), &b[s]
		for ; lane < lanes; lane++ {
			z := float64(t[lane])
			sum := x*y[lane] + z
			if tied(sum) || small(sum) {
				sum = oddSum(x*y[lane], z)
			}
			t[lane] = float32(sum)
		}
	}
}

// race is advance with the conversion to float32 as the only rounding after the
// sum. It stops at the first midpoint and returns the step and the lane to go
// on with. It calls nothing, so that the sums stay in registers.
func (t *tile) race(a []float32, stride int, b []factors) (step, lane int) {
	c0, c1, c2, c3 := float64(t[0]), float64(t[1]), float64(t[2]), float64(t[3])
	c4, c5, c6, c7 := float64(t[4]), float64(t[5]), float64(t[6]), float64(t[7])
	at := 0
loop:
	for ; step < len(b); step++ {
		x, y := float64(a[at]), &b[step]
		at += stride
		s0 := c0 + x*y[0]
		if tied(s0) {
			lane = 0
			break loop
		}
		c0 = narrow(s0)
		s1 := c1 + x*y[1]
		if tied(s1) {
			lane = 1
			break loop
		}
		c1 = narrow(s1)
		s2 := c2 + x*y[2]
		if tied(s2) {
			lane = 2
			break loop
		}
		c2 = narrow(s2)
		s3 := c3 + x*y[3]
		if tied(s3) {
			lane = 3
			break loop
		}
		c3 = narrow(s3)
		s4 := c4 + x*y[4]
		if tied(s4) {
			lane = 4
			break loop
		}
		c4 = narrow(s4)
		s5 := c5 + x*y[5]
		if tied(s5) {
			lane = 5
			break loop
		}
		c5 = narrow(s5)
		s6 := c6 + x*y[6]
		if tied(s6) {
			lane = 6
			break loop
		}
		c6 = narrow(s6)
		s7 := c7 + x*y[7]
		if tied(s7) {
			lane = 7
			break loop
		}
		c7 = narrow(s7)
	}
	t[0], t[1], t[2], t[3] = float32(c0), float32(c1), float32(c2), float32(c3)
	t[4], t[5], t[6], t[7] = float32(c4), float32(c5), float32(c6), float32(c7)
	return step, lane
}
