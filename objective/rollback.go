package objective

// rollback is PPO's clip with a slope that leads back instead of none. Where the
// clip would hold the term at its edge e = 1+high or 1−low it is
//
//	−α·r·A + (1+α)·e·A, slope −α·A
//
// and r·A with slope A everywhere else. The term is continuous; the gradient is
// nowhere zero unless α is, and with α = 0 it is the clip.
//
// Source: Wang et al. 2019, https://arxiv.org/abs/1903.07940, PPO-RB.
func rollback(s Settings) formula {
	lowest, highest := s.bounds()
	back := func(r row, edge float64) (objective, slope float64) {
		turned := float64((1+s.Rollback)*edge) - float64(s.Rollback*r.ratio)
		return turned * r.advantage, -s.Rollback * r.advantage
	}
	return formula{of: func(r row) (objective, slope float64) {
		switch {
		case r.advantage > 0 && r.ratio > highest:
			return back(r, highest)
		case r.advantage < 0 && r.ratio < lowest:
			return back(r, lowest)
		}
		return r.ratio * r.advantage, r.advantage
	}}
}
