package prob_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/prob"
	"github.com/proximal-rl/proximal/seed"
)

func ExampleCategorical() {
	dist := prob.Categorical{N: 3}
	parameters := []float32{ // what a network says for two observations
		0, 0, 0,
		2, 0, 0,
	}
	dist.Normalize(parameters)

	action, logProb, entropy := []float32{1, 0}, make([]float32, 2), make([]float32, 2)
	dist.LogProb(logProb, action, parameters)
	dist.Entropy(entropy, parameters)
	fmt.Printf("log p   %.3f\nentropy %.3f\n", logProb, entropy)
	// Output:
	// log p   [-1.099 -0.240]
	// entropy [1.099 0.666]
}

func ExampleGaussian() {
	dist := prob.Gaussian{A: 2}
	parameters := []float32{0.5, -1, 0, 0} // two means, two log standard deviations

	action := make([]float32, 2)
	dist.Mode(action, parameters)
	fmt.Println("most likely:", action)

	logProb := make([]float32, 1)
	dist.LogProb(logProb, action, parameters)
	fmt.Printf("log density: %.3f\n", logProb[0])

	dist.Sample(action, parameters, seed.New(1))
	dist.LogProb(logProb, action, parameters)
	fmt.Println("another one is less likely:", logProb[0] < -1.838)
	// Output:
	// most likely: [0.5 -1]
	// log density: -1.838
	// another one is less likely: true
}

// How far a policy has moved, exactly rather than estimated from samples.
func ExampleGaussian_kL() {
	dist := prob.Gaussian{A: 1}
	before, after := []float32{0, 0}, []float32{0.1, 0}
	kl := make([]float32, 1)
	dist.KL(kl, before, after)
	fmt.Printf("%.3f nats\n", kl[0])
	// Output:
	// 0.005 nats
}

// Noise that is a function of the state: the same state gives the same action
// until new weights are drawn.
func ExampleStateNoise() {
	noise := prob.StateNoise{F: 2, A: 1}
	logStd := []float32{0, 0}   // of the weights
	features := []float32{3, 4} // of one state
	dist := []float32{0.5, 0}   // its mean, and room for the log standard deviation
	noise.Forward(noise.NewTape(1), dist, logStd, features)
	fmt.Printf("standard deviation: e^%.3f = √(3²+4²)\n", dist[1])

	weights, first, second := make([]float32, 2), make([]float32, 1), make([]float32, 1)
	rng := seed.New(1)
	noise.Draw(weights, logStd, rng)
	noise.Sample(first, dist[:1], features, weights)
	noise.Sample(second, dist[:1], features, weights)
	fmt.Println("the same action:", first[0] == second[0])
	noise.Draw(weights, logStd, rng)
	noise.Sample(second, dist[:1], features, weights)
	fmt.Println("another one:", first[0] != second[0])
	// Output:
	// standard deviation: e^1.609 = √(3²+4²)
	// the same action: true
	// another one: true
}
