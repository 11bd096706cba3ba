package seed

import (
	"math"
	"math/bits"
	"sort"
)

// Rand is a random number generator: NumPy's default one, PCG64 (PCG XSL RR
// 128/64). Make one with [New] or [Stream]; the zero value is not a generator.
// Assigning one Rand to another copies the whole state: from then on both give
// the same draws. It is not safe for concurrent use.
type Rand struct {
	stateHigh, stateLow         uint64
	incrementHigh, incrementLow uint64

	// A 32-bit draw takes half of a 64-bit one; the other half waits here for
	// the next 32-bit draw. half is 0 if none waits.
	half    uint32
	hasHalf bool
}

// The multiplier of the generator's linear recurrence.
const (
	multiplierHigh = 0x2360ed051fc65da4
	multiplierLow  = 0x4385df649fccf645
)

// newPCG starts the generator from state (v[0] high, v[1] low) on the sequence
// (v[2] high, v[3] low).
func newPCG(v [4]uint64) *Rand {
	r := &Rand{incrementHigh: v[2]<<1 | v[3]>>63, incrementLow: v[3]<<1 | 1}
	r.step()
	var carry uint64
	r.stateLow, carry = bits.Add64(r.stateLow, v[1], 0)
	r.stateHigh, _ = bits.Add64(r.stateHigh, v[0], carry)
	r.step()
	return r
}

// step advances the state by one:
//
//	state = state·multiplier + increment   modulo 2¹²⁸
func (r *Rand) step() {
	high, low := bits.Mul64(r.stateLow, multiplierLow)
	high += r.stateHigh*multiplierLow + r.stateLow*multiplierHigh
	var carry uint64
	r.stateLow, carry = bits.Add64(low, r.incrementLow, 0)
	r.stateHigh, _ = bits.Add64(high, r.incrementHigh, carry)
}

// Uint64 returns 64 random bits. A half kept for [Rand.Uint32] stays kept.
func (r *Rand) Uint64() uint64 {
	r.step()
	return bits.RotateLeft64(r.stateHigh^r.stateLow, -int(r.stateHigh>>58))
}

// Uint32 returns 32 random bits: the low half of a 64-bit draw and, at the next
// call, its high half.
func (r *Rand) Uint32() uint32 {
	if r.hasHalf {
		v := r.half
		r.half, r.hasHalf = 0, false
		return v
	}
	v := r.Uint64()
	r.half, r.hasHalf = uint32(v>>32), true
	return uint32(v)
}

// Float64 returns a number of [0, 1), a multiple of 2⁻⁵³; NumPy's random().
func (r *Rand) Float64() float64 { return float64(r.Uint64()>>11) * 0x1p-53 }

// Uniform returns a number of [low, high); NumPy's uniform(low, high).
//
//	low + (high−low)·Float64()
//
// Rounding can make the result high itself. It panics if high−low is negative
// or not finite.
func (r *Rand) Uniform(low, high float64) float64 {
	width := high - low
	if !(width >= 0 && width <= math.MaxFloat64) {
		panic("seed: width of a uniform distribution is negative or not finite")
	}
	return low + float64(width*r.Float64())
}

// Integers returns an integer of [low, high); NumPy's integers(low, high).
//
//	low + ⌊u·n / 2ʷ⌋   with n = high−low and u of w = 32 bits if n ≤ 2³², else 64;
//	                   u is drawn again while u·n mod 2ʷ < 2ʷ mod n
//
// Nothing is drawn if low is the only choice. It panics if high <= low.
//
// Source: D. Lemire, "Fast random integer generation in an interval" (2019).
func (r *Rand) Integers(low, high int64) int64 {
	if high <= low {
		panic("seed: no integer between low and high")
	}
	last := uint64(high) - uint64(low) - 1
	switch {
	case last == 0:
		return low
	case last < math.MaxUint32:
		return low + int64(r.below32(uint32(last)+1))
	case last == math.MaxUint32:
		return low + int64(r.Uint32())
	}
	return low + int64(r.below64(last+1))
}

// below32 returns an integer of [0, n), n > 0.
func (r *Rand) below32(n uint32) uint32 {
	product := uint64(r.Uint32()) * uint64(n)
	if uint32(product) < n {
		for threshold := -n % n; uint32(product) < threshold; {
			product = uint64(r.Uint32()) * uint64(n)
		}
	}
	return uint32(product >> 32)
}

// below64 returns an integer of [0, n), n > 0.
func (r *Rand) below64(n uint64) uint64 {
	high, low := bits.Mul64(r.Uint64(), n)
	if low < n {
		for threshold := -n % n; low < threshold; {
			high, low = bits.Mul64(r.Uint64(), n)
		}
	}
	return high
}

// Choice returns an index, each with the probability of its weight; NumPy's
// choice(n, p=p) for cumulative = p.cumsum().
//
//	the least i with cumulative[i] / cumulative[n−1] > Float64()
//
// cumulative[i] is the sum of the weights 0 to i and so does not decrease. It
// panics if there are no weights or their sum is not positive and finite.
func (r *Rand) Choice(cumulative []float64) int {
	if len(cumulative) == 0 {
		panic("seed: choice among nothing")
	}
	total := cumulative[len(cumulative)-1]
	if !(total > 0 && total <= math.MaxFloat64) {
		panic("seed: sum of weights is not positive and finite")
	}
	u := r.Float64()
	return sort.Search(len(cumulative)-1, func(i int) bool { return cumulative[i]/total > u })
}

// Shuffle puts x into random order, each order equally likely.
//
//	for i = len(x)−1 … 1:  swap x[i], x[Integers(0, i+1)]
//
// The order is our own, not that of NumPy's shuffle. It panics if x has more
// than 2³² − 1 elements.
func (r *Rand) Shuffle(x []int32) {
	if uint64(len(x)) > math.MaxUint32 {
		panic("seed: too many elements to shuffle")
	}
	for i := len(x) - 1; i > 0; i-- {
		j := r.below32(uint32(i) + 1)
		x[i], x[j] = x[j], x[i]
	}
}
