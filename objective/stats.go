package objective

import "math"

// Stats gathers what surrogates saw: how far the policy has moved, and which
// rows were clipped. The zero value is empty and ready. Parts computed over
// shards of a batch are merged in the order of the shards. Means and fractions
// are NaN while no row has been seen. It is used by one goroutine at a time.
type Stats struct {
	Rows         int // rows seen, those of weight zero aside
	ClippedHigh  int // rows with a ratio above the range, whatever their advantage
	ClippedLow   int // rows with a ratio below the range
	ZeroGradient int // rows whose derivative is exactly zero

	RatioMin, RatioMax float64 // of the rows seen; 0 if none

	weight       float64 // Σ w
	ratioSum     float64 // Σ r
	kl1, kl3     float64 // Σ w·estimate
	advantage    float64 // Σ |A|
	zeroGradient float64 // Σ |A| over the rows with zero gradient
}

// ratio records a row's importance ratio; change is its logarithm and excess
// is the ratio minus 1, without the rounding of the subtraction.
func (s *Stats) ratio(ratio, change, excess, weight float64) {
	if s.Rows == 0 {
		s.RatioMin, s.RatioMax = ratio, ratio
	}
	s.Rows++
	s.RatioMin = min(s.RatioMin, ratio)
	s.RatioMax = max(s.RatioMax, ratio)
	s.ratioSum += ratio
	s.weight += weight
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
	s.weight += other.weight
	s.ratioSum += other.ratioSum
	s.kl1 += other.kl1
	s.kl3 += other.kl3
	s.advantage += other.advantage
	s.zeroGradient += other.zeroGradient
}

// KL estimates KL(old‖new) as the weighted mean of
//
//	k3 = (r − 1) − log r
//
// which is unbiased and never negative. NaN if no row has weight.
//
// Source: Schulman 2020, http://joschu.net/blog/kl-approx.html.
func (s *Stats) KL() float64 { return s.kl3 / s.weight }

// KL1 is the estimate by the weighted mean of k1 = −log r: unbiased as well,
// but noisier, and negative at times.
func (s *Stats) KL1() float64 { return s.kl1 / s.weight }

// RatioMean is the mean importance ratio; it is near 1 while the old policy's
// samples still speak for the new one.
func (s *Stats) RatioMean() float64 { return s.ratioSum / float64(s.Rows) }

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
