package advantage

import "math"

// GroupStd takes the mean of the group off and divides by the group's standard
// deviation:
//
//	dst[i] = (R[i] − mean(group)) / (std(group) + epsilon)
//
// with Bessel's n−1. Groups that are almost solved, or almost never, so count as
// much as all others. dst is as for every [GroupEstimator]. It panics if epsilon
// is negative or not finite.
//
// Source: Shao et al. 2024 (GRPO), https://arxiv.org/abs/2402.03300, section 4.1.2;
// epsilon is 1e-6 in verl and ROLL, 1e-4 in TRL.
func GroupStd(epsilon float64) GroupEstimator {
	checkEpsilon(epsilon)
	return func(dst []float32, o *Outcomes) {
		for k := range o.check(dst) {
			first, end := o.group(k)
			mean, std := moments(o.Reward[first:end])
			for i, reward := range o.Reward[first:end] {
				dst[first+i] = quotient(float64(reward)-mean, std+epsilon)
			}
		}
	}
}

// BatchStd takes the mean of the group off and divides by the standard deviation
// of all rewards:
//
//	dst[i] = (R[i] − mean(group)) / (std(batch) + epsilon)
//
// with Bessel's n−1. Groups keep their proportions to one another. dst and
// panics are as for [GroupStd].
//
// Source: TRL's GRPO with scale_rewards = "batch"; Liu et al. 2025,
// https://arxiv.org/abs/2508.08221.
func BatchStd(epsilon float64) GroupEstimator {
	checkEpsilon(epsilon)
	return func(dst []float32, o *Outcomes) {
		groups := o.check(dst)
		_, std := moments(o.Reward)
		for k := range groups {
			first, end := o.group(k)
			mean := average(o.Reward[first:end])
			for i, reward := range o.Reward[first:end] {
				dst[first+i] = quotient(float64(reward)-mean, std+epsilon)
			}
		}
	}
}

// LeaveOneOutStd takes off the mean of the other completions and divides by their
// standard deviation:
//
//	dst[i] = (R[i] − mean(others)) / (std(others) + epsilon)
//
// with Bessel's n−1; if the others do not vary, or there is but one, nothing is
// divided. dst and panics are as for [GroupStd].
//
// Source: NVIDIA-NeMo/RL's GRPO with use_leave_one_out_baseline.
func LeaveOneOutStd(epsilon float64) GroupEstimator {
	checkEpsilon(epsilon)
	return func(dst []float32, o *Outcomes) {
		for k := range o.check(dst) {
			first, end := o.group(k)
			for i := first; i < end; i++ {
				dst[i] = float32(againstOthers(o.Reward[first:end], i-first, epsilon))
			}
		}
	}
}

// againstOthers compares one reward of a group with the others.
func againstOthers(reward []float32, i int, epsilon float64) float64 {
	if len(reward) == 1 {
		return float64(reward[0]) - float64(reward[0]) // 0, or NaN
	}
	n, sum, squares := float64(len(reward)-1), 0.0, 0.0
	for j, other := range reward {
		if j != i {
			sum += float64(other)
		}
	}
	mean := sum / n
	for j, other := range reward {
		if j != i {
			deviation := float64(other) - mean
			squares += float64(deviation * deviation)
		}
	}
	if squares == 0 {
		return float64(reward[i]) - mean
	}
	return (float64(reward[i]) - mean) / (math.Sqrt(squares/(n-1)) + epsilon)
}

// RelativeToMean takes the mean of the group off and divides by it, so that a
// group counts the more the rarer its rewards are:
//
//	dst[i] = (R[i] − mean(group)) / (mean(group) + epsilon), 0 if the mean is not positive
//
// It is made for rewards of 0 and 1. dst and panics are as for [GroupStd].
//
// Source: MaxRL as SkyRL has it, with an epsilon of 1e-6; the zeros are prime-rl's.
func RelativeToMean(epsilon float64) GroupEstimator {
	checkEpsilon(epsilon)
	return func(dst []float32, o *Outcomes) {
		for k := range o.check(dst) {
			first, end := o.group(k)
			mean := average(o.Reward[first:end])
			for i, reward := range o.Reward[first:end] {
				dst[first+i] = 0
				if !(mean <= 0) {
					dst[first+i] = quotient(float64(reward)-mean, mean+epsilon)
				}
			}
		}
	}
}

// PerRewarded takes the mean of the group off and makes up for completions
// without a reward, which have no gradient where all of a group have none:
//
//	dst[i] = B/#{R ≠ 0} · (R[i] − mean(group))
//
// with B the completions of the batch. dst is as for every [GroupEstimator].
//
// Source: Chu et al. 2025 (GPG), https://arxiv.org/abs/2504.02546, as verl
// computes it.
func PerRewarded(dst []float32, o *Outcomes) {
	rewarded := 0
	for _, reward := range o.Reward {
		if reward != 0 {
			rewarded++
		}
	}
	factor := float64(len(o.Reward)) / float64(max(1, rewarded))
	for k := range o.check(dst) {
		first, end := o.group(k)
		mean := average(o.Reward[first:end])
		for i, reward := range o.Reward[first:end] {
			dst[first+i] = float32(factor * (float64(reward) - mean))
		}
	}
}

// quotient divides; 0/0 is 0.
func quotient(x, by float64) float32 {
	if x == 0 && by == 0 {
		return 0
	}
	return float32(x / by)
}

// moments returns the mean of x and its standard deviation with Bessel's n−1; one
// number alone has no deviation, and none has neither.
func moments(x []float32) (mean, std float64) {
	mean = average(x)
	squares := 0.0
	for _, v := range x {
		deviation := float64(v) - mean
		squares += float64(deviation * deviation)
	}
	return mean, math.Sqrt(squares / float64(max(1, len(x)-1)))
}

func checkEpsilon(epsilon float64) {
	if !(epsilon >= 0 && epsilon <= math.MaxFloat64) {
		panic("advantage: epsilon is negative or not finite")
	}
}
