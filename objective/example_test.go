package objective_test

import (
	"fmt"
	"math"

	"github.com/proximal-rl/proximal/objective"
)

// Three good actions: one that has become less likely, one that is a little
// more likely and still pulled up, and one that has gone far enough.
func ExampleClip() {
	log := func(x float64) float32 { return float32(math.Log(x)) }
	batch := &objective.Batch{
		LogProb:    []float32{log(0.10), log(0.22), log(0.60)},
		OldLogProb: []float32{log(0.20), log(0.20), log(0.20)},
		Advantage:  []float32{1, 1, 1},
		Weight:     []float32{1, 1, 1},
	}
	var stats objective.Stats
	dLogProb := make([]float32, 3)
	loss := objective.Clip(0.2, 0.2, 0)(dLogProb, batch, &stats)

	fmt.Printf("loss %.2f\n", loss)
	fmt.Printf("derivatives %.2f\n", dLogProb)
	fmt.Printf("clip fraction %.2f, of which without gradient %d\n", stats.ClipFraction(), stats.ZeroGradient)
	// Output:
	// loss -2.80
	// derivatives [-0.50 -1.10 0.00]
	// clip fraction 0.67, of which without gradient 1
}

// The mean squared error of two values, weighted by ½ each.
func ExampleSquaredError() {
	dValue := make([]float32, 2)
	loss := objective.SquaredError(dValue, []float32{1, 4}, []float32{2, 4}, []float32{0.5, 0.5}, 1)
	fmt.Println(loss, dValue)
	// Output: 0.5 [-1 0]
}

// A value that has risen from 1 to 2 where the target is 0: with a clip of ½
// the worse error pulls it back, the error of the value kept near does not.
func ExampleNearError() {
	value, old, target, weight := []float32{2}, []float32{1}, []float32{0}, []float32{1}
	dValue := make([]float32, 1)
	loss := objective.ClippedError(dValue, value, old, target, weight, 0.5, 1)
	fmt.Println(loss, dValue)
	loss = objective.NearError(dValue, value, old, target, weight, 0.5, 1)
	fmt.Println(loss, dValue)
	// Output:
	// 4 [4]
	// 2.25 [0]
}
