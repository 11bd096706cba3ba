package objective

// penalty is the surrogate of PPO with a KL penalty:
//
//	r·A − β·((r − 1) − log r), slope A − β·(r − 1)/r
//
// The penalty is k3 of the old policy against the new one on samples of the old:
// its derivative by log π, β·(r − 1), is unbiased. It is zero in value and slope
// at r = 1, and the whole gradient is zero where A·r = β·(r − 1). The coefficient
// is fixed, or a controller changes it between updates.
//
// Source: Schulman et al. 2017, https://arxiv.org/abs/1707.06347, equation 8,
// with the divergence estimated from the samples.
func penalty(s Settings) formula {
	return formula{of: func(r row) (objective, slope float64) {
		excess := r.ratio - 1
		return float64(r.ratio*r.advantage) - float64(s.KL*(excess-r.change)), r.advantage - float64(s.KL*(excess/r.ratio))
	}}
}
