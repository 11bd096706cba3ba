// Package objective holds the losses of policy optimisation, each with its
// derivative and its statistics: the surrogates that bound how far a policy
// moves, value losses and the entropy bonus.
//
// Objectives know neither networks nor distributions. They read
// log-probabilities, values and entropies and write the derivatives of the loss
// by them; prob and nn carry these on to the parameters. Every row has a
// weight, and the loss is the weighted sum over the rows. A mean over a
// minibatch, masks, padding and normalisers per sequence differ only in the
// weights.
//
// All losses are minimised. Sums run over the rows in ascending order in
// float64.
//
// [Variants] lists the surrogates. The formula of each stands in a file of its
// own, once, for one row in float64; the loss of a batch and the curve of one
// row are both made of it.
package objective

// Batch is what a surrogate reads: one element per row, a row being a step in an
// environment or a token of a completion. A sequence of rows is a completion; of
// the losses that compare two of them, 2i is the chosen one of pair i and 2i+1 the
// rejected one, and Weight has one element per pair. Slices that a surrogate does
// not need may be nil. A batch is only read. The zero value is a batch without rows.
type Batch struct {
	LogProb    []float32 // under the policy that is being trained
	OldLogProb []float32 // under the policy before the update
	Behavior   []float32 // under the policy that drew the action; nil if that is the one before the update
	Reference  []float32 // under a frozen reference policy

	Advantage []float32
	Weight    []float32 // any normaliser; 1/B for the mean over B rows
	Mask      []float32 // 1 for rows that count for lengths and geometric means, 0 for padding; nil: those with a weight count
	Selected  []bool    // rows that [Variant.Select] has picked out of the whole batch

	// Segment holds the S+1 offsets of S sequences; nil if every row stands on
	// its own.
	Segment []int32
}

// Surrogate computes the loss of a batch, writes its derivatives
// dLogProb[i] = ∂loss/∂LogProb[i] and adds what it saw to s. It panics if
// lengths differ. Surrogates made by this package are immutable and safe for
// concurrent use.
//
// Rows of weight zero are passed over, whatever stands there: they add nothing
// to the loss or to the statistics, and only where a sequence's ratio is taken
// does a row with a mask of 1 count in spite of its weight. In every other row
//
//   - a log-ratio beyond ±20 is held there and the row counted as guarded. Where
//     the ratio carries the gradient, that of the row is then zero, as the
//     derivative of what is held; where the log-probability carries it, only the
//     factor of the gradient is taken at the bound;
//   - a LogProb of −Inf, a choice that the policy now excludes, is such a row and
//     counts as OldLogProb − 20: loss and gradient are finite;
//   - NaN, a LogProb of +Inf, and anything infinite in another slice that the
//     surrogate reads make loss, derivative and statistics NaN. Nothing that is
//     no number is ever taken for zero.
type Surrogate func(dLogProb []float32, b *Batch, s *Stats) (loss float64)

// rows returns the number of rows and panics unless all slices agree; those that
// not every surrogate needs may be nil.
func (b *Batch) rows(dLogProb []float32) int {
	n := len(b.LogProb)
	agree := len(dLogProb) == n && len(b.OldLogProb) == n && len(b.Advantage) == n && len(b.Weight) == n
	for _, optional := range [...][]float32{b.Behavior, b.Reference, b.Mask} {
		agree = agree && (optional == nil || len(optional) == n)
	}
	if !agree || b.Selected != nil && len(b.Selected) != n {
		panic("objective: slices of the batch differ in length")
	}
	return n
}

// sequences returns the number of sequences of n rows and panics unless the
// segments cover the rows.
func (b *Batch) sequences(n int) int {
	if b.Segment == nil {
		return n
	}
	last := len(b.Segment) - 1
	if last < 0 || b.Segment[0] != 0 || int(b.Segment[last]) != n {
		panic("objective: segments do not cover the rows")
	}
	for k := range last {
		if b.Segment[k] > b.Segment[k+1] {
			panic("objective: segments overlap")
		}
	}
	return last
}

// sequence returns the rows of sequence k: from first to before end.
func (b *Batch) sequence(k int) (first, end int) {
	if b.Segment == nil {
		return k, k + 1
	}
	return int(b.Segment[k]), int(b.Segment[k+1])
}

// counts returns what row i, whose weight is w, counts for lengths and means.
func (b *Batch) counts(i int, w float64) float64 {
	switch {
	case b.Mask != nil:
		return float64(b.Mask[i])
	case w != 0:
		return 1
	}
	return 0
}
