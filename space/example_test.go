package space_test

import (
	"fmt"
	"math"

	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

func ExampleNewBox() {
	inf := float32(math.Inf(1))
	cart := space.NewBox([]float32{-4.8, -inf}, []float32{4.8, inf})
	fmt.Println(cart)
	fmt.Println(cart.Contains([]float32{1, -300}), cart.Contains([]float32{5, 0}))
	// Output:
	// Box(2) float32 in [-4.8, 4.8]×(-∞, ∞)
	// true false
}

// Gymnasium draws the same torques from Box(-2, 2, (1,)) after seed(0).
func ExampleBounded() {
	torque, rng := space.Bounded(-2, 2, 1), seed.New(0)
	action := make([]float32, torque.Size())
	for range 3 {
		torque.Sample(action, rng)
		fmt.Println(action)
	}
	// Output:
	// [0.54784673]
	// [-0.92085314]
	// [-1.836106]
}

// Gymnasium draws the same pushes from Discrete(2) after seed(0).
func ExampleNewDiscrete() {
	push, rng := space.NewDiscrete(2), seed.New(0)
	action := make([]float32, push.Size())
	for range 10 {
		push.Sample(action, rng)
		fmt.Print(action[0], " ")
	}
	// Output: 1 1 1 0 0 0 0 0 0 1
}

func ExampleNewMultiDiscrete() {
	controls := space.NewMultiDiscrete(3, 2) // steer: left, straight, right; horn: off, on
	fmt.Println(controls, controls.Contains([]float32{2, 1}), controls.Contains([]float32{1, 2}))
	// Output: MultiDiscrete(3, 2) true false
}

func ExampleNewMultiBinary() {
	buttons := space.NewMultiBinary(3)
	fmt.Println(buttons, buttons.Contains([]float32{1, 0, 1}))
	// Output: MultiBinary(3) true
}

// A space from a file is checked before it is used.
func ExampleBox_Validate() {
	read := space.Box{Low: []float32{0, 3}, High: []float32{1, 2}, Shape: []int{2}}
	fmt.Println(read.Validate())
	// Output: space: Box.Low[1] is 3 and Box.High[1] is 2, must be low <= high with finite numbers between
}
