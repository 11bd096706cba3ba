package rollout

import (
	"iter"

	"github.com/proximal-rl/proximal/seed"
)

// Minibatch is a selection of a buffer's rows, copied together so that they lie
// side by side. It is used by one goroutine at a time, or only read.
type Minibatch struct {
	Rows      int
	Obs       []float32 // [B,D]
	Action    []float32 // [B,A]
	LogProb   []float32 // [B] when the action was drawn
	Value     []float32 // [B] when the action was drawn
	Advantage []float32 // [B]
	Return    []float32 // [B]
	Weight    []float32 // [B] 1/B, so that weighted sums are means
}

// Minibatcher cuts a buffer into minibatches, in a new random order each time.
// It owns the memory of the minibatches and allocates nothing while it works.
// It is used by one goroutine at a time.
type Minibatcher struct {
	buffer *Buffer
	passes iter.Seq[*Minibatch] // pass as a function value, made once
	order  []int32
	room   Minibatch
	out    Minibatch
}

// NewMinibatcher makes a minibatcher for minibatches of size rows of b. If size
// does not divide the number of rows, the last minibatch of a pass is shorter;
// if it exceeds it, every pass is one minibatch of all rows.
func NewMinibatcher(b *Buffer, size int) *Minibatcher {
	size = min(size, b.Rows())
	m := &Minibatcher{buffer: b, order: make([]int32, b.Rows())}
	m.passes = m.pass
	m.room = Minibatch{
		Rows:      size,
		Obs:       make([]float32, size*b.D),
		Action:    make([]float32, size*b.A),
		LogProb:   make([]float32, size),
		Value:     make([]float32, size),
		Advantage: make([]float32, size),
		Return:    make([]float32, size),
		Weight:    make([]float32, size),
	}
	return m
}

// Count is the number of minibatches of a pass.
func (m *Minibatcher) Count() int { return (len(m.order) + m.room.Rows - 1) / m.room.Rows }

// Shuffle draws a new order of the rows and returns one pass over all of them,
// every row exactly once. A minibatch is valid until the next one.
func (m *Minibatcher) Shuffle(rng *seed.Rand) iter.Seq[*Minibatch] {
	for i := range m.order {
		m.order[i] = int32(i)
	}
	rng.Shuffle(m.order)
	return m.passes
}

// InOrder returns one pass in the given order of row numbers, which must be a
// permutation; for replaying a recorded run.
func (m *Minibatcher) InOrder(order []int32) iter.Seq[*Minibatch] {
	if len(order) != len(m.order) {
		panic("rollout: order differs from the buffer in its number of rows")
	}
	copy(m.order, order)
	return m.passes
}

func (m *Minibatcher) pass(yield func(*Minibatch) bool) {
	for lo := 0; lo < len(m.order); lo += m.room.Rows {
		hi := min(lo+m.room.Rows, len(m.order))
		if !yield(m.gather(m.order[lo:hi])) {
			return
		}
	}
}

// gather copies the rows with the given numbers.
func (m *Minibatcher) gather(rows []int32) *Minibatch {
	b, room, out := m.buffer, &m.room, &m.out
	n := len(rows)
	out.Rows = n
	out.Obs = gather(room.Obs, b.Obs, rows, b.D)
	out.Action = gather(room.Action, b.Action, rows, b.A)
	out.LogProb = gather(room.LogProb, b.LogProb, rows, 1)
	out.Value = gather(room.Value, b.Value, rows, 1)
	out.Advantage = gather(room.Advantage, b.Advantage, rows, 1)
	out.Return = gather(room.Return, b.Return, rows, 1)
	if out.Weight = room.Weight[:n]; out.Weight[0] != 1/float32(n) {
		for i := range out.Weight {
			out.Weight[i] = 1 / float32(n)
		}
	}
	return out
}

// gather copies the given rows of an array. For rows of a few elements, a call of
// copy takes longer than a loop.
func gather(dst, src []float32, rows []int32, width int) []float32 {
	switch {
	case width == 1:
		dst := dst[:len(rows)]
		for i, r := range rows {
			dst[i] = src[r]
		}
	case width <= 8:
		for i, r := range rows {
			to, from := dst[i*width:(i+1)*width], src[int(r)*width:][:width]
			//lint:ignore S1001 copy is what this is instead of
			for j, x := range from {
				to[j] = x
			}
		}
	default:
		for i, r := range rows {
			copy(dst[i*width:(i+1)*width], src[int(r)*width:])
		}
	}
	return dst[:len(rows)*width]
}

// Shard returns rows lo to hi as a minibatch that shares memory with m.
func (m *Minibatch) Shard(lo, hi int) Minibatch {
	d, a := len(m.Obs)/m.Rows, len(m.Action)/m.Rows
	return Minibatch{
		Rows:      hi - lo,
		Obs:       span(m.Obs, lo, hi, d),
		Action:    span(m.Action, lo, hi, a),
		LogProb:   span(m.LogProb, lo, hi, 1),
		Value:     span(m.Value, lo, hi, 1),
		Advantage: span(m.Advantage, lo, hi, 1),
		Return:    span(m.Return, lo, hi, 1),
		Weight:    span(m.Weight, lo, hi, 1),
	}
}
