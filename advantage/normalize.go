package advantage

import "math"

// normalizeFloor is added to the standard deviation so that equal advantages
// become zeros rather than 0/0.
const normalizeFloor = 1e-8

// Normalize shifts and scales numbers to mean 0 and standard deviation 1.
//
//	mean   = Σ x[i] / B
//	std    = sqrt(Σ (x[i]-mean)² / (B-1))
//	dst[i] = (x[i] - mean) / (std + 1e-8)
//
// x is [B], usually the advantages of one minibatch. Sums run in float64 from
// the first element to the last. Fewer than two numbers have no spread and are
// copied as they are. dst may be x itself, but must not overlap it otherwise.
//
// It panics if the lengths differ.
//
// Source: what PPO implementations agree on, with the B-1 of torch.std and the
// treatment of a single row of Stable-Baselines3.
func Normalize(dst, x []float32) {
	if len(x) != len(dst) {
		panic("advantage: length of x differs from dst")
	}
	if len(x) < 2 {
		copy(dst, x)
		return
	}
	var sum, squares float64
	for _, v := range x {
		sum += float64(v)
	}
	mean := sum / float64(len(x))
	for _, v := range x {
		deviation := float64(v) - mean
		squares += float64(deviation * deviation)
	}
	spread := math.Sqrt(squares/float64(len(x)-1)) + normalizeFloor
	for i, v := range x {
		dst[i] = float32((float64(v) - mean) / spread)
	}
}
