package advantage_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/advantage"
)

// Two prompts with four completions each. Of the first, half were right; the second was
// too easy, and teaches nothing.
func ExampleGroupMean() {
	o := &advantage.Outcomes{
		Reward: []float32{1, 0, 0, 1, 1, 1, 1, 1},
		Group:  []int32{0, 4, 8},
	}
	dst := make([]float32, 8)
	advantage.GroupMean(dst, o)
	fmt.Println(dst)

	informative := make([]bool, 2)
	fmt.Println(advantage.Informative(informative, o, 0), informative)
	// Output:
	// [0.5 -0.5 -0.5 0.5 0 0 0 0]
	// 1 [true false]
}

// Advantages by name, as settings have it.
func ExampleFindGroupEstimator() {
	e, ok := advantage.FindGroupEstimator("std")
	dst := make([]float32, 4)
	e.New(1e-6)(dst, &advantage.Outcomes{Reward: []float32{1, 0, 0, 1}, Group: []int32{0, 4}})
	fmt.Printf("%v %s %.4f\n", ok, e.Source, dst)
	// Output: true GRPO [0.8660 -0.8660 -0.8660 0.8660]
}

// Two completions, of three tokens and of two, the first of which is rewarded: tokens as
// steps, for a critic that expects 0.5 everywhere.
func ExampleChain() {
	var (
		segment                    = []int32{0, 3, 5}
		value                      = []float32{0.5, 0.5, 0.5, 0.5, 0.5}
		reward                     = make([]float32, 5)
		nextValue, discount, carry = make([]float32, 5), make([]float32, 5), make([]float32, 5)
		dst                        = make([]float32, 5)
	)
	advantage.AtLast(reward, []float32{1, 0}, segment)
	advantage.Chain(nextValue, discount, carry, value, segment, 1, 0.5)
	advantage.GAE(dst, reward, value, nextValue, discount, carry, 1)
	fmt.Println(dst)
	// Output: [0.125 0.25 0.5 -0.25 -0.5]
}

func ExampleWhiten() {
	x := []float32{1, 2, 9, 3}
	advantage.Whiten(x, x, []float32{1, 1, 0, 1}) // the third is padding
	fmt.Println(x)
	// Output: [-1 0 0 1]
}
