package advantage

// Chain lets tokens be steps: it fills the rows by which [GAE], [MonteCarlo] and
// [NStep], called with n = 1, know where each of many sequences ends. In sequence
// k, whose rows are segment[k] ≤ i < segment[k+1],
//
//	             nextValue     discount   carry
//	last token   0             0          0
//	others       value[i+1]    gamma      lambda
//
// A sequence that was cut off at its longest length ends like any other: what it
// would have gone on to is not asked for. value may be nil, which stands for
// zeros, for returns without a critic. All slices but segment have one length;
// nextValue may be value itself, and otherwise nothing overlaps.
//
// Only tokens that the policy has written have a row. Those that an environment
// put between them are no steps, so the chain passes over them: the value of what
// stands before the next own token is what follows.
//
// It panics if lengths differ or the segments do not cover the rows.
//
// Source: PPO for language models, Ziegler et al. 2019,
// https://arxiv.org/abs/1909.08593.
func Chain(nextValue, discount, carry, value []float32, segment []int32, gamma, lambda float64) {
	n := len(nextValue)
	if len(discount) != n || len(carry) != n || value != nil && len(value) != n {
		panic("advantage: lengths of the slices differ")
	}
	checkOffsets(segment, n)
	for k := range max(0, len(segment)-1) {
		first, end := int(segment[k]), int(segment[k+1])
		for i := first; i < end; i++ {
			nextValue[i], discount[i], carry[i] = 0, 0, 0
			if i == end-1 {
				break
			}
			discount[i], carry[i] = float32(gamma), float32(lambda)
			if value != nil {
				nextValue[i] = value[i+1]
			}
		}
	}
}

// AtLast gives the last token of each sequence the number of the sequence, and
// the others 0: the reward of a completion as rewards of its tokens, of which
// [GAE] or [MonteCarlo] then gives every token its part.
//
//	dst[i] = x[k] for i = segment[k+1] − 1, else 0
//
// The last token is the one that ended the completion, where one did, and
// otherwise the one at which it was cut off. dst must not overlap x.
//
// It panics if a sequence has no tokens, if x does not have a number for each
// sequence, or if the segments do not cover dst.
func AtLast(dst, x []float32, segment []int32) {
	if len(x) != max(0, len(segment)-1) {
		panic("advantage: x does not have a number for each sequence")
	}
	checkOffsets(segment, len(dst))
	clear(dst)
	for k, v := range x {
		if segment[k] == segment[k+1] {
			panic("advantage: a sequence without tokens has no last one")
		}
		dst[segment[k+1]-1] = v
	}
}
