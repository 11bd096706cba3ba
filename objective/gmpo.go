package objective

// gmpo takes the geometric mean of clipped ratios. With c = min(log r, high) for
// A > 0, max(log r, −low) for A < 0 and 0 for A = 0, each row adds
//
//	g·A, slope by g: A, g = exp(Σ m·c / Σ m)
//
// low and high bound the logarithm here. The gradient of a row is zero where its
// own log-ratio lies beyond the bound; the other rows of the sequence keep theirs.
//
// Source: Zhao et al. 2025, https://arxiv.org/abs/2507.20673.
func gmpo(s Settings) sequential {
	return sequential{formula: unclipped(s), ownRange: true, narrow: func(change, advantage float64) (float64, bool) {
		switch {
		case advantage > 0 && change > s.High:
			return s.High, false
		case advantage < 0 && change < -s.Low:
			return -s.Low, false
		case advantage == 0:
			return 0, false
		}
		return change, true
	}}
}
