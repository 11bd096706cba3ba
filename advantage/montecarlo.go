package advantage

// MonteCarlo computes the return of every step: the discounted rewards from it to
// the end of its episode, or to the end of the rollout if that comes first, and
// there the value of what follows.
//
//	dst[t] = reward[t] + discount[t]*nextValue[t]  at an end and in the last row of an environment
//	dst[t] = reward[t] + discount[t]*dst[t+1]      elsewhere
//
// All slices are [T,n], time-major, and hold finite numbers; discount is γ, or 0
// where the step terminated, and carry is 0 where the episode ended in any way and
// anything else where it went on: the rollout must have been recorded with λ > 0.
// A nextValue of zeros makes rewards count alone. dst may be reward or nextValue
// itself; otherwise it must not overlap an input.
//
// It panics if n is not positive or does not divide the length of dst, or if
// another slice is not as long as dst.
//
// Source: Sutton and Barto, Reinforcement Learning, second edition, section 3.3,
// and for the border of the rollout Mnih et al. 2016 (arXiv 1602.01783), algorithm
// S3.
func MonteCarlo(dst, reward, nextValue, discount, carry []float32, n int) {
	checkRollout(dst, n, reward, nextValue, discount, carry)
	for i := len(dst) - 1; i >= 0; i-- {
		next := nextValue[i]
		if carry[i] != 0 && i+n < len(dst) {
			next = dst[i+n]
		}
		dst[i] = reward[i] + float32(discount[i]*next)
	}
}

// Whole marks the steps whose episode ended within the rollout, and returns how
// many they are. Those it leaves out belong to the episodes that were still under
// way at the last step.
//
//	dst[t] = carry[t] == 0 or dst[t+1]
//
// dst and carry are [T,n]; carry is as in [MonteCarlo].
//
// It panics if n is not positive or does not divide the length of dst, or if the
// lengths differ.
func Whole(dst []bool, carry []float32, n int) (count int) {
	if n <= 0 || len(dst)%n != 0 || len(carry) != len(dst) {
		panic("advantage: dst and carry are not whole steps of the environments")
	}
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = carry[i] == 0 || i+n < len(dst) && dst[i+n]
		if dst[i] {
			count++
		}
	}
	return count
}

// OverBaseline computes by how much returns exceed what was expected of them.
//
//	dst[i] = returns[i] - baseline[i]
//
// The slices have one length; dst may be returns or baseline itself.
//
// It panics if the lengths differ.
//
// Source: Williams 1992, https://doi.org/10.1007/BF00992696, where the baseline is
// called reinforcement baseline.
func OverBaseline(dst, returns, baseline []float32) {
	if len(returns) != len(dst) || len(baseline) != len(dst) {
		panic("advantage: lengths of the slices differ")
	}
	for i := range dst {
		dst[i] = returns[i] - baseline[i]
	}
}

// checkRollout panics unless dst holds whole steps of n environments and the
// inputs are as long.
func checkRollout(dst []float32, n int, inputs ...[]float32) {
	switch {
	case n <= 0:
		panic("advantage: number of environments is not positive")
	case len(dst)%n != 0:
		panic("advantage: length of dst is not a multiple of the number of environments")
	}
	for _, x := range inputs {
		if len(x) != len(dst) {
			panic("advantage: length of an input differs from dst")
		}
	}
}
