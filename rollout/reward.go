package rollout

import "github.com/proximal-rl/proximal/policy"

// rewardScale divides rewards by the running standard deviation of the
// discounted return G = γ·G + r, whose statistics take in every step of every
// environment; the mean is not removed. G starts anew at each end of an
// episode, whether terminated or truncated.
//
// Source: Stable-Baselines3's VecNormalize. γ is the agent's own by
// construction.
type rewardScale struct {
	gamma, clip float64
	returns     []float32 // [N] G
	moments     policy.Moments
}

func newRewardScale(c Config) *rewardScale {
	return &rewardScale{
		gamma:   c.Gamma,
		clip:    c.RewardClip,
		returns: make([]float32, c.Environments),
		moments: policy.NewMoments(),
	}
}

// apply scales the rewards [T,N] of a rollout in place, step by step; ended
// [T,N] says where episodes ended.
func (s *rewardScale) apply(reward []float32, ended []bool) {
	n := len(s.returns)
	for lo := 0; lo < len(reward); lo += n {
		step := reward[lo : lo+n]
		for e, r := range step {
			s.returns[e] = float32(float64(s.gamma*float64(s.returns[e])) + float64(r))
		}
		s.moments.Add(s.returns)
		deviation := s.moments.Deviation()
		for e, r := range step {
			step[e] = float32(min(max(float64(r)/deviation, -s.clip), s.clip))
			if ended[lo+e] {
				s.returns[e] = 0
			}
		}
	}
}
