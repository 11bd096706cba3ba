package objective

// clipCov is PPO's clip without the rows that [Variant.Select] has picked out:
//
//	selected: 0, slope 0
//	else:     min(r·A, clip(r, 1−low, 1+high)·A), slope as in [Clip]
//
// Taking out a few rows whose log-probability and advantage go together keeps
// the entropy from collapsing.
//
// Source: Cui et al. 2025, https://arxiv.org/abs/2505.22617.
func clipCov(s Settings) formula {
	f := clip(s)
	f.picked = func(row) (objective, slope float64) { return 0, 0 }
	return f
}

// selectBand picks, of the rows that the clip leaves alone and whose covariance
// lies strictly between the bounds, as many at random as are the share of all
// rows, but one at least. Every such row is as likely as any other.
func selectBand(selected []bool, b *Batch, s Settings, draw func() float64) {
	clipped, all := clip(s), measureCovariance(selected, b)
	candidates := 0
	for i := range selected {
		c := all.of(b, i)
		selected[i] = c > s.CovarianceLow && c < s.CovarianceHigh && !clipped.flat(b, i)
		if selected[i] {
			candidates++
		}
	}
	for left, i := min(all.share(s.Share), candidates), 0; candidates > 0; i++ {
		if !selected[i] {
			continue
		}
		selected[i] = float64(draw()*float64(candidates)) < float64(left)
		if selected[i] {
			left--
		}
		candidates--
	}
}

// flat reports whether row i has an advantage, yet no gradient.
func (f *formula) flat(b *Batch, i int) bool {
	r, _, _ := b.row(i, float64(b.Weight[i]))
	_, slope := f.of(r)
	return slope == 0 && r.advantage != 0
}
