package advantage

// NStep computes the return of every step from the next k rewards and the value
// of what follows them. Fewer rewards count where the episode or the rollout ends
// before.
//
//	dst[t] = reward[t] + discount[t]*(reward[t+1] + … discount[t+j-1]*nextValue[t+j-1])
//
// where j is k, or the steps from t to the end of the episode or of the rollout if
// these are fewer. With k = 1 it is the target of temporal differences, with k ≥ T
// it is [MonteCarlo]. Slices are as there, but dst must not overlap an input.
//
// It panics if k is not positive, and where MonteCarlo does.
//
// Source: Sutton and Barto, Reinforcement Learning, second edition, equation 7.1.
func NStep(dst, reward, nextValue, discount, carry []float32, n, k int) {
	checkRollout(dst, n, reward, nextValue, discount, carry)
	if k <= 0 {
		panic("advantage: number of steps is not positive")
	}
	for i := range dst {
		last := i // of the rewards that count
		for j := 1; j < k && carry[last] != 0 && last+n < len(dst); j++ {
			last += n
		}
		sum := nextValue[last]
		for ; last >= i; last -= n {
			sum = reward[last] + float32(discount[last]*sum)
		}
		dst[i] = sum
	}
}
