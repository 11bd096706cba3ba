package advantage

import "math"

// whitenFloor is added to the variance, and so differs from [normalizeFloor],
// which is added to its root.
const whitenFloor = 1e-8

// Whiten shifts and scales the numbers that count to mean 0 and variance 1:
//
//	mean   = Σ m[i]·x[i] / n               n = Σ m[i]
//	var    = Σ m[i]·(x[i]−mean)² / (n−1)
//	dst[i] = (x[i] − mean) / sqrt(var + 1e-8), 0 where m[i] is 0
//
// x is [B], usually the advantages of all tokens of an update; mask holds zeros
// and ones, and nil lets all count. Sums run in float64 from the first element
// to the last. What does not count is not looked at. Fewer than two numbers have
// no spread and are copied as they are. dst may be x itself, but must not overlap
// it otherwise.
//
// It panics if lengths differ.
//
// Source: masked_whiten of volcengine/verl, alibaba/ROLL and TRL, with their n−1;
// OpenRLHF and AReaL divide by n.
func Whiten(dst, x, mask []float32) { whiten(dst, x, mask, false) }

// WhitenSpread is [Whiten] without the shift: variance becomes 1 and the mean
// stays, as is wanted for rewards, whose sign says something.
//
//	dst[i] = (x[i] − mean) / sqrt(var + 1e-8) + mean, 0 where m[i] is 0
//
// Source: Ziegler et al. 2019, https://arxiv.org/abs/1909.08593, in the code that
// came with it; TRL's whitening with shift_mean = False.
func WhitenSpread(dst, x, mask []float32) { whiten(dst, x, mask, true) }

func whiten(dst, x, mask []float32, keepMean bool) {
	if len(x) != len(dst) || mask != nil && len(mask) != len(dst) {
		panic("advantage: lengths of the slices differ")
	}
	n, mean, variance := maskedMoments(x, mask)
	centre, spread := mean, math.Sqrt(variance+whitenFloor)
	if n < 2 {
		mean, centre, spread = 0, 0, 1
	}
	if !keepMean {
		mean = 0
	}
	for i, v := range x {
		dst[i] = 0
		if mask == nil || mask[i] != 0 {
			dst[i] = float32((float64(v)-centre)/spread + mean)
		}
	}
}

// maskedMoments returns how many numbers count, their mean, and their variance
// with Bessel's n−1.
func maskedMoments(x, mask []float32) (n int, mean, variance float64) {
	for i, v := range x {
		if mask == nil || mask[i] != 0 {
			n++
			mean += float64(v)
		}
	}
	mean /= float64(max(1, n))
	for i, v := range x {
		if mask == nil || mask[i] != 0 {
			deviation := float64(v) - mean
			variance += float64(deviation * deviation)
		}
	}
	return n, mean, variance / float64(max(1, n-1))
}
