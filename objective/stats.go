package objective

import "math"

// Stats gathers what surrogates saw: how far the policy has moved, and which
// rows were clipped. The zero value is empty and ready. Parts computed over
// shards of a batch are merged in the order of the shards. Means and fractions
// are NaN while no row has been seen. It is used by one goroutine at a time.
//
// The range is that of Settings.Low and High, whether or not the surrogate
// clips by it.
type Stats struct {
	Rows         int // rows seen, those of weight zero aside
	ClippedHigh  int // rows with a ratio above the range, whatever their advantage
	ClippedLow   int // rows with a ratio below the range
	ZeroGradient int // rows whose derivative is exactly zero
	Guarded      int // rows whose log-ratio was held at ±20

	// The rows outside by the sign of their advantage, those without one aside.
	// PPO's clip takes the gradient of the first and the last.
	HighPositive, HighNegative int
	LowPositive, LowNegative   int

	RatioMin, RatioMax float64 // of the rows seen; 0 if none

	weight       float64 // Σ w
	ratioSum     float64 // Σ r
	weighted     float64 // Σ w·r
	square       float64 // Σ w·r²
	kl1, kl3     float64 // Σ w·estimate
	advantage    float64 // Σ |A|
	zeroGradient float64 // Σ |A| over the rows with zero gradient

	bins [RatioBins]uint32
}

// RatioBins is how many bins the histogram of log-ratios has: 64 between −1 and
// 1, equally wide, and one beyond each end.
const RatioBins = 66

// binsPerUnit is how many bins lie between log-ratios of 0 and 1.
const binsPerUnit = (RatioBins - 2) / 2

// ratio records the importance ratio of a row, and where it lies by the bounds.
func (s *Stats) ratio(r row, guarded bool, weight, lowest, highest float64) {
	if s.Rows == 0 {
		s.RatioMin, s.RatioMax = r.ratio, r.ratio
	}
	s.Rows++
	s.RatioMin = min(s.RatioMin, r.ratio)
	s.RatioMax = max(s.RatioMax, r.ratio)
	s.ratioSum += r.ratio
	s.weight += weight
	weighted := float64(weight * r.ratio)
	s.weighted += weighted
	s.square += float64(weighted * r.ratio)
	if guarded {
		s.Guarded++
	}
	switch {
	case r.ratio > highest:
		s.ClippedHigh++
		tally(r.advantage, &s.HighPositive, &s.HighNegative)
	case r.ratio < lowest:
		s.ClippedLow++
		tally(r.advantage, &s.LowPositive, &s.LowNegative)
	}
	if r.change == r.change {
		s.bins[bin(r.change)]++
	}
}

// tally adds one to the counter of x's sign.
func tally(x float64, positive, negative *int) {
	switch {
	case x > 0:
		*positive++
	case x < 0:
		*negative++
	}
}

// bin is the bin of a log-ratio.
func bin(change float64) int {
	scaled := change * binsPerUnit // exact
	switch {
	case scaled < -binsPerUnit:
		return 0
	case scaled >= binsPerUnit:
		return RatioBins - 1
	}
	return int(math.Floor(scaled)) + binsPerUnit + 1
}

// divergence records how far a row has moved: log r, and r − 1 without the
// rounding of the subtraction.
func (s *Stats) divergence(change, excess, weight float64) {
	s.kl1 -= float64(weight * change)
	s.kl3 += float64(weight * (excess - change))
}

// gradient records whether a row with the given advantage has a gradient.
func (s *Stats) gradient(flows bool, advantage float64) {
	size := math.Abs(advantage)
	s.advantage += size
	if !flows {
		s.ZeroGradient++
		s.zeroGradient += size
	}
}

// Merge adds what other saw after s.
func (s *Stats) Merge(other *Stats) {
	if other.Rows == 0 {
		return
	}
	if s.Rows == 0 {
		s.RatioMin, s.RatioMax = other.RatioMin, other.RatioMax
	}
	s.RatioMin = min(s.RatioMin, other.RatioMin)
	s.RatioMax = max(s.RatioMax, other.RatioMax)
	s.Rows += other.Rows
	s.ClippedHigh += other.ClippedHigh
	s.ClippedLow += other.ClippedLow
	s.ZeroGradient += other.ZeroGradient
	s.Guarded += other.Guarded
	s.HighPositive += other.HighPositive
	s.HighNegative += other.HighNegative
	s.LowPositive += other.LowPositive
	s.LowNegative += other.LowNegative
	s.weight += other.weight
	s.ratioSum += other.ratioSum
	s.weighted += other.weighted
	s.square += other.square
	s.kl1 += other.kl1
	s.kl3 += other.kl3
	s.advantage += other.advantage
	s.zeroGradient += other.zeroGradient
	for i, n := range &other.bins {
		s.bins[i] += n
	}
}

// KL estimates KL(old‖new) as the weighted mean of
//
//	k3 = (r − 1) − log r
//
// which is unbiased and never negative. Guarded rows count as if they lay at
// the bound, so it understates them. NaN if no row has weight.
//
// Source: Schulman 2020, http://joschu.net/blog/kl-approx.html.
func (s *Stats) KL() float64 { return s.kl3 / s.weight }

// KL1 is the estimate by the weighted mean of k1 = −log r: unbiased as well,
// but noisier, and negative at times.
func (s *Stats) KL1() float64 { return s.kl1 / s.weight }

// RatioMean is the mean importance ratio; it is near 1 while the old policy's
// samples still speak for the new one.
func (s *Stats) RatioMean() float64 { return s.ratioSum / float64(s.Rows) }

// EffectiveSampleSize is the share of the rows that would tell as much about the
// new policy, had it drawn them itself, as these rows do with their ratios:
//
//	(Σ w·r)² / (Σ w · Σ w·r²)
//
// It is 1 if all ratios are equal and falls towards 1/Rows when one outweighs
// all others. NaN if no row has weight.
//
// Source: Kish 1965, with the rows' weights.
func (s *Stats) EffectiveSampleSize() float64 {
	return float64(s.weighted*s.weighted) / float64(s.weight*s.square)
}

// RatioHistogram writes the histogram of log-ratios: edges of the bins in
// ascending order, and how many rows fell into each. Bin i reaches from
// edges[i−1] to below edges[i]; the first and the last bin are open. Rows that
// are no number are in none.
//
// edges has RatioBins − 1 elements and counts has RatioBins; either may be nil.
// It panics otherwise.
func (s *Stats) RatioHistogram(edges []float64, counts []int) {
	if edges != nil && len(edges) != RatioBins-1 || counts != nil && len(counts) != RatioBins {
		panic("objective: histogram needs RatioBins counts and RatioBins − 1 edges")
	}
	for i := range edges {
		edges[i] = float64(i-binsPerUnit) / binsPerUnit
	}
	for i := range counts {
		counts[i] = int(s.bins[i])
	}
}

// ClipFraction is the share of rows outside the range, on either side and
// whatever their advantage, as Stable-Baselines3 counts it.
func (s *Stats) ClipFraction() float64 { return s.HighFraction() + s.LowFraction() }

// HighFraction is the share of rows above the range.
func (s *Stats) HighFraction() float64 { return float64(s.ClippedHigh) / float64(s.Rows) }

// LowFraction is the share of rows below the range.
func (s *Stats) LowFraction() float64 { return float64(s.ClippedLow) / float64(s.Rows) }

// ZeroGradientFraction is the share of rows that move nothing.
func (s *Stats) ZeroGradientFraction() float64 { return float64(s.ZeroGradient) / float64(s.Rows) }

// ZeroGradientAdvantage is the share of Σ|A| that those rows carry.
func (s *Stats) ZeroGradientAdvantage() float64 { return s.zeroGradient / s.advantage }
