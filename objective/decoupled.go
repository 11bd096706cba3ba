package objective

// decoupled is PPO's clip around one policy on samples of another. With the
// policy μ that drew the action
//
//	v·min(r·A, clip(r, 1−low, 1+high)·A), slope v·A or 0, v = π_old/μ
//
// and v at most BehaviorCap unless that is 0. v is a constant, since neither
// policy is the one in training, and the gradient is zero where that of [Clip]
// is. Batch.Behavior being nil, every v is 1.
//
// Source: Hilton, Cobbe, Schulman 2021, https://arxiv.org/abs/2110.00641; cap:
// inclusionAI/AReaL's and volcengine/verl's truncated weights.
func decoupled(s Settings) formula {
	f := clip(s)
	f.behavior = func(v float64) float64 {
		if s.BehaviorCap == 0 {
			return v
		}
		return min(v, s.BehaviorCap)
	}
	return f
}
