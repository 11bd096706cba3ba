package objective

// Normalizer turns a mask into weights: every loss of this package is a weighted
// sum over rows, so a published normaliser is nothing but weights. dst has one
// element per row; of the batch, Mask and Segment are read, either of which may
// be nil, as described there. Padding has the weight 0.
//
// Call it once for the WHOLE batch of an update, with dst its Weight, and slice
// the weights with the batch. Then loss and gradient do not depend on where the
// micro-batches are cut. A normaliser per micro-batch would change both, as it
// does in libraries that average the averages.
//
// Those of this package panic if the mask has another length or the segments do
// not cover the rows, and are safe for concurrent use.
type Normalizer func(dst []float32, b *Batch)

// TokenMean weighs every token alike:
//
//	dst[i] = mask[i] / Σ_j mask[j]
//
// where j runs over the whole batch, so that long sequences count for more.
//
// Source: Yu et al. 2025 (DAPO), https://arxiv.org/abs/2503.14476, equation 8.
func TokenMean(dst []float32, b *Batch) {
	b.sequences(len(dst))
	b.share(dst, 0, len(dst), b.tokens(0, len(dst)))
}

// SequenceMean is the mean over sequences of their means over tokens. In
// sequence k of n tokens
//
//	dst[i] = mask[i] / (S·n_k)
//
// where S counts the sequences that have tokens at all.
//
// Source: Shao et al. 2024 (GRPO), https://arxiv.org/abs/2402.03300, equation 3.
func SequenceMean(dst []float32, b *Batch) {
	total := b.answers(len(dst))
	for k := range b.sequences(len(dst)) {
		first, end := b.sequence(k)
		b.share(dst, first, end, total*b.tokens(first, end))
	}
}

// SequenceSum is the mean over sequences of their sums over tokens:
//
//	dst[i] = mask[i] / S
//
// with S as in [SequenceMean]: the policy gradient of whole sequences, the
// log-probability of a sequence being the sum over its tokens.
//
// Source: volcengine/verl's and alibaba/ROLL's seq-mean-token-sum.
func SequenceSum(dst []float32, b *Batch) {
	b.share(dst, 0, len(dst), b.answers(len(dst)))
}

// ConstantMean divides by what no sample can change, the number of sequences and
// the longest length allowed:
//
//	dst[i] = mask[i] / (S·length)
//
// with all S sequences of the batch, also those without tokens: a long wrong
// answer is not let off by its length. It panics unless length is positive.
//
// Source: Liu et al. 2025 (Dr. GRPO), https://arxiv.org/abs/2503.20783, as TRL
// computes it; verl and ROLL leave S out.
func ConstantMean(length int) Normalizer {
	if length <= 0 {
		panic("objective: longest length of a sequence must be positive")
	}
	return func(dst []float32, b *Batch) {
		b.share(dst, 0, len(dst), float64(length)*float64(b.sequences(len(dst))))
	}
}

// answers returns the number of sequences that have tokens.
func (b *Batch) answers(rows int) float64 {
	n := 0.0
	for k := range b.sequences(rows) {
		if b.tokens(b.sequence(k)) > 0 {
			n++
		}
	}
	return n
}

// tokens returns the number of tokens in the rows from first to before end.
func (b *Batch) tokens(first, end int) float64 {
	n := 0.0
	for i := first; i < end; i++ {
		n += b.counts(i, 1)
	}
	return n
}

// share divides what rows count by a number that is 0 only if none counts.
func (b *Batch) share(dst []float32, first, end int, by float64) {
	for i := first; i < end; i++ {
		dst[i] = 0
		if m := b.counts(i, 1); m != 0 {
			dst[i] = float32(m / by)
		}
	}
}
