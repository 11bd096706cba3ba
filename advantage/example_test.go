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
