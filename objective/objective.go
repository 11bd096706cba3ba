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
package objective

// Batch is what a surrogate reads: one element per row, a row being a step or a
// token. Slices that a surrogate does not need may be nil. A batch is only read.
type Batch struct {
	LogProb    []float32 // under the policy that is being trained
	OldLogProb []float32 // under the policy before the update
	Behavior   []float32 // under the policy that drew the action, if that is another one
	Reference  []float32 // under a frozen reference policy

	Advantage []float32
	Weight    []float32 // any normaliser; 1/B for the mean over B rows
	Mask      []float32 // 1 for rows that count for lengths and geometric means, 0 for padding

	// Segment holds the S+1 offsets of S sequences; nil if every row stands on
	// its own.
	Segment []int32
}

// Surrogate computes the loss of a batch, writes its derivatives
// dLogProb[i] = ∂loss/∂LogProb[i] and adds what it saw to s. It panics if
// lengths differ. Surrogates made by this package are immutable and safe for
// concurrent use.
type Surrogate func(dLogProb []float32, b *Batch, s *Stats) (loss float64)

// rows returns the number of rows and panics unless all slices agree.
func (b *Batch) rows(dLogProb []float32) int {
	n := len(b.LogProb)
	if len(dLogProb) != n || len(b.OldLogProb) != n || len(b.Advantage) != n || len(b.Weight) != n {
		panic("objective: slices of the batch differ in length")
	}
	return n
}
