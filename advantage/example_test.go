package advantage_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/advantage"
)

// One environment, γ = 0.9, λ = 1, a reward of 1 at each step, and a critic that
// says 0 except for the observation at which the second step is cut off, which
// it holds to be worth 10. The third step begins a new episode and ends it.
func ExampleGAE() {
	var (
		reward    = []float32{1, 1, 1}
		value     = []float32{0, 0, 0}
		nextValue = []float32{0, 10, 10}
		discount  = []float32{0.9, 0.9, 0} // the third step is terminated
		carry     = []float32{1, 0, 0}     // the second is truncated
		dst       = make([]float32, 3)
	)
	advantage.GAE(dst, reward, value, nextValue, discount, carry, 1)
	fmt.Println(dst)
	// Output: [10 10 1]
}

func ExampleReturns() {
	value := []float32{2, 3}
	returns := []float32{0.5, -1} // the advantages, to be overwritten
	advantage.Returns(returns, returns, value)
	fmt.Println(returns)
	// Output: [2.5 2]
}

func ExampleNormalize() {
	minibatch := []float32{1, 2, 3}
	advantage.Normalize(minibatch, minibatch)
	fmt.Println(minibatch)
	// Output: [-1 0 1]
}

func ExampleExplainedVariance() {
	value, target := []float32{1, 2, 3, 5}, []float32{1, 2, 3, 4}
	fmt.Printf("%.2f\n", advantage.ExplainedVariance(value, target))
	// Output: 0.85
}

// The first episode pays 1, 1 and 4 and terminates; the second is under way when
// the rollout ends, before an observation that the critic holds to be worth 10.
func ExampleMonteCarlo() {
	var (
		reward    = []float32{1, 1, 4, 1, 1}
		nextValue = []float32{0, 0, 0, 0, 10}
		discount  = []float32{0.5, 0.5, 0, 0.5, 0.5}
		carry     = []float32{1, 1, 0, 1, 1}
		returns   = make([]float32, 5)
		whole     = make([]bool, 5)
	)
	advantage.MonteCarlo(returns, reward, nextValue, discount, carry, 1)
	fmt.Println(returns, advantage.Whole(whole, carry, 1), whole)
	// Output: [2.5 3 4 4 6] 3 [true true true false false]
}

func ExampleNStep() {
	var (
		reward    = []float32{1, 2, 4}
		nextValue = []float32{10, 20, 30}
		discount  = []float32{0.5, 0.5, 0.5}
		carry     = []float32{1, 1, 1}
		returns   = make([]float32, 3)
	)
	advantage.NStep(returns, reward, nextValue, discount, carry, 1, 2)
	fmt.Println(returns)
	// Output: [7 11.5 19]
}

func ExampleOverBaseline() {
	dst := make([]float32, 2)
	advantage.OverBaseline(dst, []float32{10, 4}, []float32{7, 6})
	fmt.Println(dst)
	// Output: [3 -2]
}
