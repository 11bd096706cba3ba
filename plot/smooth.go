package plot

import "math"

// Smooth returns the running mean of y: element i is the mean of the finite
// values among
//
//	y[max(0, i−window+1)], …, y[i]
//
// so it looks back only and is as long as y. It is NaN where y[i] is not finite:
// a gap stays a gap. It panics if window is less than 1.
func Smooth(y []float64, window int) []float64 {
	if window < 1 {
		panic("plot: window of Smooth is less than 1")
	}
	smoothed := make([]float64, len(y))
	for i, v := range y {
		smoothed[i] = math.NaN()
		if isFinite(v) {
			smoothed[i] = finiteMean(y[max(0, i-window+1) : i+1])
		}
	}
	return smoothed
}

// finiteMean returns the mean of the finite values of y, NaN if there is none.
// It adds differences, not values, so that it cannot overflow.
func finiteMean(y []float64) float64 {
	mean, n := 0.0, 0
	for _, v := range y {
		if isFinite(v) {
			n++
			mean += (v - mean) / float64(n)
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return mean
}
