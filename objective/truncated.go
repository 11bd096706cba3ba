package objective

// truncated is truncated importance sampling: the policy gradient with a weight
// that is held constant and is at most c.
//
//	min(r, c)·A·log π, derivative by log π: min(r, c)·A
//
// A row beyond the cap keeps its gradient, only no longer a growing one.
//
// Source: Ionides 2008, https://doi.org/10.1198/106186008X320456; as a surrogate,
// with c = 1: alibaba/ROLL, "tis".
func truncated(s Settings) formula {
	return formula{byLogProb: true, of: func(r row) (objective, slope float64) {
		slope = min(r.ratio, s.Cap) * r.advantage
		return slope * r.logProb, slope
	}}
}
