package advantage

import "math"

// ExplainedVariance says which part of the variation of the targets the value
// function predicted: 1 is all of it, 0 no more than a constant would, and below
// 0 worse than that.
//
//	1 - Var(target - value) / Var(target)
//
// value and target are [B]; target is usually what Returns computed. Sums run
// in float64 from the first element to the last. The result is NaN if the
// targets do not vary. The two arguments cannot be exchanged: the prediction
// comes first.
//
// It panics if the lengths differ.
//
// Source: OpenAI Baselines and its successors, which log it at every update.
func ExplainedVariance(value, target []float32) float64 {
	if len(value) != len(target) {
		panic("advantage: length of value differs from target")
	}
	var targetMean, errorMean float64
	for i := range target {
		targetMean += float64(target[i])
		errorMean += float64(target[i]) - float64(value[i])
	}
	targetMean /= float64(len(target))
	errorMean /= float64(len(target))

	var targetSquares, errorSquares float64
	for i := range target {
		t := float64(target[i]) - targetMean
		e := float64(target[i]) - float64(value[i]) - errorMean
		targetSquares += float64(t * t)
		errorSquares += float64(e * e)
	}
	if targetSquares == 0 {
		return math.NaN()
	}
	return 1 - errorSquares/targetSquares
}
