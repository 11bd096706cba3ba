package advantage

// RewardAlone is the reward without a baseline:
//
//	dst[i] = R[i]
//
// dst is as for every [GroupEstimator].
//
// Source: Williams 1992, https://doi.org/10.1007/BF00992696. REINFORCE++ begins
// with it: Hu 2025, https://arxiv.org/abs/2501.03262.
func RewardAlone(dst []float32, o *Outcomes) {
	o.check(dst)
	copy(dst, o.Reward)
}

// GroupMean takes the mean of the group off:
//
//	dst[i] = R[i] − mean(group)
//
// dst is as for every [GroupEstimator].
//
// Source: Liu et al. 2025 (Dr. GRPO), https://arxiv.org/abs/2503.20783, section 3.2.
func GroupMean(dst []float32, o *Outcomes) {
	for k := range o.check(dst) {
		first, end := o.group(k)
		mean := average(o.Reward[first:end])
		for i, reward := range o.Reward[first:end] {
			dst[first+i] = float32(float64(reward) - mean)
		}
	}
}

// LeaveOneOut takes off the mean of the other completions, which does not depend
// on this one, so that the policy gradient is unbiased. In a group of n
//
//	dst[i] = R[i] − Σ_{j≠i} R[j]/(n−1) = n/(n−1)·(R[i] − mean(group)), 0 if n = 1
//
// dst is as for every [GroupEstimator].
//
// Source: Kool et al. 2019, https://openreview.net/forum?id=r1lgTGL5DE; Ahmadian
// et al. 2024 (RLOO), https://arxiv.org/abs/2402.14740. verl gives a group of one
// its reward.
func LeaveOneOut(dst []float32, o *Outcomes) {
	for k := range o.check(dst) {
		first, end := o.group(k)
		n := end - first
		mean, factor := average(o.Reward[first:end]), float64(n)/float64(max(1, n-1))
		for i, reward := range o.Reward[first:end] {
			dst[first+i] = float32((float64(reward) - mean) * factor)
		}
	}
}

// LengthBaseline takes off the mean in which each completion counts as often as
// it has tokens, the baseline of least variance where the gradient of a
// completion grows with the square root of its length:
//
//	dst[i] = R[i] − Σ n[j]·R[j] / Σ n[j]
//
// dst is as for every [GroupEstimator]. It panics if there are no lengths or one
// is not positive.
//
// Source: Hao et al. 2025 (OPO), https://arxiv.org/abs/2505.23585, as verl
// computes it, which takes nothing off in a group of one.
func LengthBaseline(dst []float32, o *Outcomes) {
	groups := o.check(dst)
	if o.Length == nil && len(dst) > 0 {
		panic("advantage: a baseline by length needs lengths")
	}
	for k := range groups {
		first, end := o.group(k)
		if first == end {
			continue
		}
		// Rewards count from the first one, so that equal ones leave exact zeros.
		from, sum, tokens := float64(o.Reward[first]), 0.0, 0.0
		for i, n := range o.Length[first:end] {
			if n <= 0 {
				panic("advantage: length of a completion is not positive")
			}
			sum += float64(float64(n) * (float64(o.Reward[first+i]) - from))
			tokens += float64(n)
		}
		for i, reward := range o.Reward[first:end] {
			dst[first+i] = float32(float64(reward) - from - sum/tokens)
		}
	}
}

// average is the mean of x, 0 if there is none. That of equal numbers is exactly
// that number: the sum is exact, for up to 2²⁹ of them.
func average(x []float32) float64 {
	if len(x) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range x {
		sum += float64(v)
	}
	return sum / float64(len(x))
}
