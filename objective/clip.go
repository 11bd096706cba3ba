package objective

// Clip is PPO's clipped surrogate. With the ratio r = exp(LogProb − OldLogProb)
// and the advantage A, each row adds its weight times
//
//	−min(r·A, clip(r, 1−low, 1+high)·A)
//
// and, if dual is not zero, for A < 0 only
//
//	−max(min(r·A, clip(r, 1−low, 1+high)·A), dual·A)
//
// The derivative of a row by LogProb is −r·A where the unclipped term is the
// one chosen, and exactly zero where it is not: for A > 0 when r > 1+high, for
// A < 0 when r < 1−low, and, with dual, for A < 0 when r > dual. On the edge
// itself the row counts as inside. On the other side of the range, where the
// policy has moved against the advantage, the gradient is the full one and
// brings the policy back.
//
// low is in [0, 1), high at least 0, dual zero (off) or greater than 1; the
// function panics otherwise.
//
// Source: Schulman et al. 2017, https://arxiv.org/abs/1707.06347, equation 7;
// separate bounds: Yu et al. 2025, https://arxiv.org/abs/2503.14476; dual clip:
// Ye et al. 2019, https://arxiv.org/abs/1912.09729, equation 4.
func Clip(low, high, dual float64) Surrogate {
	s := Settings{Low: low, High: high, Dual: dual}
	s.check(clipReads)
	return clip(s).surrogate(s)
}

// clipReads names the settings of clip.
var clipReads = []string{"Low", "High", "Dual"}

// clip is the formula of [Clip].
func clip(s Settings) formula {
	lowest, highest := s.bounds()
	return formula{of: func(r row) (objective, slope float64) {
		a := r.advantage
		objective, slope = r.ratio*a, a
		switch {
		case r.ratio > highest && a > 0:
			objective, slope = highest*a, 0
		case r.ratio < lowest && a < 0:
			objective, slope = lowest*a, 0
		}
		if s.Dual != 0 && a < 0 && objective < s.Dual*a {
			objective, slope = s.Dual*a, 0
		}
		return objective, slope
	}}
}
