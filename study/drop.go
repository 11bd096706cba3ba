package study

import "math"

// Drop returns how far a curve fell below what it had reached, at the worst:
// the collapse of a training.
//
//	drop = max_i (max_{k≤i} v_k − v_i)
//	share = drop / (max_i v_i − min_i v_i), 0 for a flat curve
//
// share is 1 for a training that lost all it had learned. A curve of single
// noisy measurements drops by chance all the time: smooth it with Trailing
// first. Both are NaN if the curve has no point.
func (c Curve) Drop() (drop, share float64) {
	c.check(0)
	if len(c.Values) == 0 {
		return math.NaN(), math.NaN()
	}
	peak, low := math.Inf(-1), math.Inf(1)
	for _, v := range c.Values {
		peak, low = max(peak, v), min(low, v)
		drop = max(drop, peak-v)
	}
	if drop > 0 {
		share = drop / (peak - low)
	}
	return drop, share
}
