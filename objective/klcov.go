package objective

import (
	"cmp"
	"math"
	"slices"
)

// klCov is the unclipped surrogate with a penalty on the rows that
// [Variant.Select] has picked out:
//
//	selected: r·A − β·|log r|, slope A − β·sign(log r)/r
//	else:     r·A, slope A
//
// The sign of 0 is 0: at r = 1 the penalty has no gradient.
//
// Source: Cui et al. 2025, https://arxiv.org/abs/2505.22617.
func klCov(s Settings) formula {
	f := unclipped(s)
	f.picked = func(r row) (objective, slope float64) {
		objective, slope = f.of(r)
		if r.change == 0 {
			return objective, slope
		}
		return objective - float64(s.KL*math.Abs(r.change)), slope - math.Copysign(s.KL, r.change)/r.ratio
	}
	return f
}

// selectTop picks the rows of highest covariance, as many as are the share of
// all rows, but one at least; of equal ones the first. It draws nothing.
func selectTop(selected []bool, b *Batch, s Settings, _ func() float64) {
	all := measureCovariance(selected, b)
	type candidate struct {
		row        int
		covariance float64
	}
	var candidates []candidate
	for i := range selected {
		selected[i] = false
		if c := all.of(b, i); c == c {
			candidates = append(candidates, candidate{i, c})
		}
	}
	slices.SortStableFunc(candidates, func(x, y candidate) int { return cmp.Compare(y.covariance, x.covariance) })
	for _, c := range candidates[:min(all.share(s.Share), len(candidates))] {
		selected[c.row] = true
	}
}
