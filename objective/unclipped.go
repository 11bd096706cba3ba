package objective

// unclipped is the importance-weighted policy gradient:
//
//	r·A, slope A
//
// Nothing bounds how far it moves the policy; the gradient is never zero.
//
// Source: Kakade and Langford 2002; Schulman et al. 2017,
// https://arxiv.org/abs/1707.06347, equation 6.
func unclipped(Settings) formula {
	return formula{of: func(r row) (objective, slope float64) {
		return r.ratio * r.advantage, r.advantage
	}}
}
