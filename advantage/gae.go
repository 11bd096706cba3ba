package advantage

// GAE computes the generalised advantage estimate of every step: the errors of
// the value function from that step to the end of its episode or rollout,
// summed with falling weight.
//
//	δ[t]   = reward[t] + discount[t]*nextValue[t] - value[t]
//	dst[t] = δ[t] + discount[t]*carry[t]*dst[t+1],  dst[T] = 0
//
// All slices are [T,n], time-major, and hold finite numbers; discount is γ, or
// 0 where the step terminated, and carry is λ, or 0 where the episode ended in
// any way (see the package comment). dst may be reward, value or nextValue
// itself; otherwise it must not overlap an input.
//
// It panics if n is not positive or does not divide the length of dst, or if
// another slice is not as long as dst.
//
// Source: Schulman et al., High-Dimensional Continuous Control Using
// Generalized Advantage Estimation (arXiv 1506.02438), equation 16 as a
// recursion, with a discount for each step in place of one γ.
func GAE(dst, reward, value, nextValue, discount, carry []float32, n int) {
	checkGAE(dst, reward, value, nextValue, discount, carry, n)
	for i := range dst {
		dst[i] = reward[i] + float32(discount[i]*nextValue[i]) - value[i]
	}
	// Row i+n is the next step of the same environment.
	for i := len(dst) - n - 1; i >= 0; i-- {
		dst[i] += float32(discount[i] * carry[i] * dst[i+n])
	}
}

func checkGAE(dst, reward, value, nextValue, discount, carry []float32, n int) {
	switch {
	case n <= 0:
		panic("advantage: number of environments is not positive")
	case len(dst)%n != 0:
		panic("advantage: length of dst is not a multiple of the number of environments")
	case len(reward) != len(dst):
		panic("advantage: length of reward differs from dst")
	case len(value) != len(dst):
		panic("advantage: length of value differs from dst")
	case len(nextValue) != len(dst):
		panic("advantage: length of nextValue differs from dst")
	case len(discount) != len(dst):
		panic("advantage: length of discount differs from dst")
	case len(carry) != len(dst):
		panic("advantage: length of carry differs from dst")
	}
}

// Returns computes the λ-returns, the targets that the value function is fitted
// to.
//
//	dst[i] = advantage[i] + value[i]
//
// advantage is what GAE wrote, before any normalisation, and value is what GAE
// was given. The slices have one length; dst may be advantage or value itself.
//
// It panics if the lengths differ.
//
// Source: the λ-return of Sutton and Barto, Reinforcement Learning, second
// edition, section 12.1, written as the estimate plus its correction.
func Returns(dst, advantage, value []float32) {
	if len(advantage) != len(dst) {
		panic("advantage: length of advantage differs from dst")
	}
	if len(value) != len(dst) {
		panic("advantage: length of value differs from dst")
	}
	for i := range dst {
		dst[i] = advantage[i] + value[i]
	}
}
