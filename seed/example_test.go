package seed_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/seed"
)

// The first numbers of numpy.random.default_rng(42).
func ExampleNew() {
	rng := seed.New(42)
	fmt.Println(rng.Float64(), rng.Uniform(-1, 1), rng.Integers(0, 6), rng.Normal())
	// Output: 0.7739560485559633 -0.12224312049589536 2 0.9405647163912139
}

// Each environment of a run has a stream of its own, and so has the choice of
// actions: how much one draws does not change what the others do.
func ExampleStream() {
	const run = 7
	for index := range 2 {
		environment := seed.Stream(run, "environment", index)
		fmt.Println(environment.Integers(0, 1000), environment.Integers(0, 1000))
	}
	fmt.Println(seed.Stream(run, "action", 0).Integers(0, 1000))
	// Output:
	// 175 445
	// 325 922
	// 317
}

// A generator that is restored goes on where the other stood.
func ExampleRand_UnmarshalBinary() {
	rng := seed.New(1)
	rng.Float64()
	state, err := rng.MarshalBinary()
	if err != nil {
		panic(err)
	}

	var restored seed.Rand
	if err := restored.UnmarshalBinary(state); err != nil {
		panic(err)
	}
	fmt.Println(rng.Float64() == restored.Float64())
	// Output: true
}

func ExampleRand_Shuffle() {
	order := []int32{0, 1, 2, 3, 4, 5}
	seed.New(1).Shuffle(order)
	fmt.Println(order)
	// Output: [1 0 4 3 5 2]
}

func ExampleRand_Choice() {
	rng, counts := seed.New(1), [3]int{}
	for range 1000 {
		counts[rng.Choice([]float64{1, 1, 4})]++ // weights 1, 0 and 3
	}
	fmt.Println(counts)
	// Output: [239 0 761]
}
