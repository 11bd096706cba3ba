package explain

import (
	"math"

	"github.com/proximal-rl/proximal/objective"
)

// Sweep returns points of a surrogate's curve for a figure: n ratios, evenly
// from one number to another, with the objective and its derivative by the
// ratio. Values that are not finite are NaN, which figures leave out. It panics
// if n is less than 2.
func Sweep(curve objective.Curve, advantage, from, to float64, n int) (ratio, value, slope []float64) {
	if n < 2 {
		panic("explain: a sweep needs two points")
	}
	for i := range n {
		r := from + float64((to-from)*float64(i)/float64(n-1))
		v, d := curve(r, advantage)
		ratio, value, slope = append(ratio, r), append(value, drawable(v)), append(slope, drawable(d))
	}
	return ratio, value, slope
}

// drawable is x if it is finite, else NaN.
func drawable(x float64) float64 {
	if math.IsInf(x, 0) {
		return math.NaN()
	}
	return x
}
