package objective

// cispo clips the importance weight instead of the update: the policy gradient
// with a weight that is held constant.
//
//	clip(r, 1−low, 1+high)·A·log π, derivative by log π: clip(r, 1−low, 1+high)·A
//
// Every row with an advantage keeps a gradient.
//
// Source: MiniMax 2025, https://arxiv.org/abs/2506.13585.
func cispo(s Settings) formula {
	lowest, highest := s.bounds()
	return formula{byLogProb: true, of: func(r row) (objective, slope float64) {
		slope = min(max(r.ratio, lowest), highest) * r.advantage
		return slope * r.logProb, slope
	}}
}
