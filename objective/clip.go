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
// brings the policy back. Rows of weight zero are passed over: they add nothing
// to the loss or to the statistics.
//
// low is in [0, 1), high at least 0, dual zero (off) or greater than 1; the
// function panics otherwise.
//
// Source: Schulman et al. 2017, https://arxiv.org/abs/1707.06347, equation 7;
// separate bounds: Yu et al. 2025, https://arxiv.org/abs/2503.14476; dual clip:
// Ye et al. 2019, https://arxiv.org/abs/1912.09729, equation 4.
func Clip(low, high, dual float64) Surrogate {
	if !(low >= 0 && low < 1) || !(high >= 0) || (dual != 0 && !(dual > 1)) {
		panic("objective: clip range must be 0 <= low < 1, high >= 0, dual 0 or > 1")
	}
	return func(dLogProb []float32, b *Batch, s *Stats) float64 {
		loss := 0.0
		for i := range b.rows(dLogProb) {
			w := float64(b.Weight[i])
			if w == 0 { // whatever stands there, even where a product with it would be NaN
				dLogProb[i] = 0
				continue
			}
			change := float64(b.LogProb[i]) - float64(b.OldLogProb[i])
			excess := expm1(change)
			ratio, a := 1+excess, float64(b.Advantage[i])
			s.ratio(ratio, change, excess, w)

			term, inside := 0.0, a != 0 // no advantage, no loss, even if the ratio is infinite
			if inside {
				term = ratio * a
			}
			switch {
			case ratio > 1+high:
				s.ClippedHigh++
				if a > 0 {
					term, inside = (1+high)*a, false
				}
			case ratio < 1-low:
				s.ClippedLow++
				if a < 0 {
					term, inside = (1-low)*a, false
				}
			}
			if dual != 0 && a < 0 && term < dual*a {
				term, inside = dual*a, false
			}
			loss -= float64(w * term)
			dLogProb[i] = 0
			if inside {
				dLogProb[i] = float32(-w * term)
			}
			s.gradient(dLogProb[i] != 0, a)
		}
		return loss
	}
}
