// Package rollout lets a policy act in N environments for T steps and keeps
// what happened in one Buffer, and cuts the buffer into minibatches.
//
// What an end of an episode means is settled here, once: the buffer holds the
// value of the real next observation, a discount that is zero where the task
// terminated, and a carry that is zero at any end. Whoever computes advantages
// from it needs no flags.
package rollout

// Buffer holds T steps of N environments, time-major and flat: element
// [t,n,…] of an array of width W starts at (t·N + n)·W. It is used by one
// goroutine at a time, except that Collector fills it from several.
type Buffer struct {
	T, N int // steps, environments
	D    int // width of an observation
	A    int // width of an action
	P    int // width of a row of distribution parameters

	Obs       []float32 // [T,N,D] as the network saw it, normalised
	Action    []float32 // [T,N,A] as drawn; the environment may have got it clipped
	LogProb   []float32 // [T,N] of Action when it was drawn
	Dist      []float32 // [T,N,P] parameters of the distribution it was drawn from
	Value     []float32 // [T,N] critic's estimate for Obs
	NextValue []float32 // [T,N] critic's estimate for the real next observation
	Reward    []float32 // [T,N] normalised if the rollout normalises
	Discount  []float32 // [T,N] γ, or 0 if the step terminated
	Carry     []float32 // [T,N] λ, or 0 if the step ended the episode in any way

	Advantage []float32 // [T,N] to be filled by the algorithm
	Return    []float32 // [T,N] to be filled by the algorithm
}

// NewBuffer makes an empty buffer.
func NewBuffer(t, n, d, a, p int) *Buffer {
	rows := t * n
	return &Buffer{
		T: t, N: n, D: d, A: a, P: p,
		Obs:       make([]float32, rows*d),
		Action:    make([]float32, rows*a),
		LogProb:   make([]float32, rows),
		Dist:      make([]float32, rows*p),
		Value:     make([]float32, rows),
		NextValue: make([]float32, rows),
		Reward:    make([]float32, rows),
		Discount:  make([]float32, rows),
		Carry:     make([]float32, rows),
		Advantage: make([]float32, rows),
		Return:    make([]float32, rows),
	}
}

// Rows is the number of steps in the buffer, T·N.
func (b *Buffer) Rows() int { return b.T * b.N }

// span returns rows lo to hi of an array of the given width.
func span(x []float32, lo, hi, width int) []float32 { return x[lo*width : hi*width : hi*width] }
