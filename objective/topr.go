package objective

// tapered is TOPR, tapered off-policy REINFORCE: good actions are followed
// whatever their ratio, bad ones with a truncated weight that is held constant.
//
//	A > 0: A·log π, derivative by log π: A
//	else:  min(r, c)·A·log π, derivative by log π: min(r, c)·A
//
// The gradient of a bad action fades as the policy leaves it; that of a good one
// never does.
//
// Source: Le Roux et al. 2025, https://arxiv.org/abs/2503.14286, which parts
// actions by the sign of their reward; here it is that of the advantage.
func tapered(s Settings) formula {
	return formula{byLogProb: true, of: func(r row) (objective, slope float64) {
		slope = r.advantage
		if !(slope > 0) {
			slope *= min(r.ratio, s.Cap)
		}
		return slope * r.logProb, slope
	}}
}
