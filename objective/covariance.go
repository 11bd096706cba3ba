package objective

import "math"

// covariance is what a row of a batch adds to the covariance of log-probability
// and advantage, (A − mean A)·(log π − mean log π), over the rows with a weight.
type covariance struct {
	rows               int
	logProb, advantage float64 // means
}

// measureCovariance takes the means. It panics if lengths differ.
func measureCovariance(selected []bool, b *Batch) covariance {
	var c covariance
	if len(selected) != len(b.LogProb) {
		panic("objective: slices of the batch differ in length")
	}
	for i, w := range b.Weight {
		if w != 0 {
			r, _, _ := b.row(i, float64(w))
			c.rows++
			c.logProb += r.logProb
			c.advantage += r.advantage
		}
	}
	c.logProb /= float64(c.rows)
	c.advantage /= float64(c.rows)
	return c
}

// of is the part of row i; NaN if it has no weight.
func (c *covariance) of(b *Batch, i int) float64 {
	w := float64(b.Weight[i])
	if w == 0 {
		return math.NaN()
	}
	r, _, _ := b.row(i, w)
	return (r.advantage - c.advantage) * (r.logProb - c.logProb)
}

// share is how many rows a share of them is, one at least.
func (c *covariance) share(share float64) int { return max(int(share*float64(c.rows)), 1) }
