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

// One surrogate by name, as a function of the ratio of a good action.
func ExampleFind() {
	settings := objective.DefaultSettings()
	settings.Rollback = 0.5
	rollback, _ := objective.Find("rollback")
	curve := rollback.Curve(settings)
	for _, ratio := range []float64{1, 1.2, 2} {
		value, slope := curve(ratio, 1)
		fmt.Printf("ratio %.1f: objective %.1f, slope %.1f\n", ratio, value, slope)
	}
	// Output:
	// ratio 1.0: objective 1.0, slope 1.0
	// ratio 1.2: objective 1.2, slope 1.0
	// ratio 2.0: objective 0.8, slope -0.5
}

// What every surrogate still asks of a good action that is three times as likely
// as before.
func ExampleVariants() {
	for _, v := range objective.Variants() {
		_, slope := v.Curve(objective.DefaultSettings())(3, 1)
		fmt.Printf("%s %.2f\n", v.Name, slope)
	}
	// Output:
	// unclipped 1.00
	// clip 0.00
	// kl 0.33
	// vanilla 0.33
	// tis 0.33
	// topr 0.33
	// cispo 0.40
	// gspo 0.00
	// gmpo 0.00
	// sapo 0.42
	// quadratic 0.30
	// decoupled 0.00
	// clip-cov 0.00
	// kl-cov 1.00
	// rollback -0.30
}

// A range that no ratio has.
func ExampleSettings_Validate() {
	settings := objective.DefaultSettings()
	settings.Low = 1.2
	fmt.Println(settings.Validate())
	// Output: Low = 1.2: must be in (0, 1), because 1 - Low bounds the ratio from below
}

// A token whose log-probability and advantage stand out together is taken out of
// the clip's loss.
func ExampleVariant() {
	clipCov, _ := objective.Find("clip-cov")
	settings := objective.DefaultSettings()
	batch := &objective.Batch{
		LogProb:    []float32{-2, -2, -2, -0.1},
		OldLogProb: []float32{-2, -2, -2, -0.1},
		Advantage:  []float32{-0.5, -0.5, -0.5, 1.5},
		Weight:     []float32{0.25, 0.25, 0.25, 0.25},
		Selected:   make([]bool, 4),
	}
	clipCov.Select(batch.Selected, batch, settings, func() float64 { return 0.5 }) // a uniform number
	dLogProb := make([]float32, 4)
	clipCov.New(settings)(dLogProb, batch, new(objective.Stats))
	fmt.Println(batch.Selected, dLogProb)
	// Output: [false false false true] [0.125 0.125 0.125 0]
}

// Four ratios, two of them alike.
func ExampleStats_RatioHistogram() {
	batch := &objective.Batch{
		LogProb: []float32{0, 0.01, 0.2, -3}, OldLogProb: make([]float32, 4),
		Advantage: make([]float32, 4), Weight: []float32{1, 1, 1, 1},
	}
	var stats objective.Stats
	objective.Clip(0.2, 0.2, 0)(make([]float32, 4), batch, &stats)

	edges, counts := make([]float64, objective.RatioBins-1), make([]int, objective.RatioBins)
	stats.RatioHistogram(edges, counts)
	fmt.Println("below", edges[0], "are", counts[0])
	for i := 1; i < len(edges); i++ {
		if counts[i] > 0 {
			fmt.Println("from", edges[i-1], "to", edges[i], "are", counts[i])
		}
	}
	// Output:
	// below -1 are 1
	// from 0 to 0.03125 are 2
	// from 0.1875 to 0.21875 are 1
}
