package nn_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/nn"
)

// A network of one hidden unit: forward, then the gradient of its result.
func ExampleMLP() {
	var layout nn.Layout
	net := nn.NewMLP(&layout, "net", 2, []int{1}, nn.ReLU)
	parameters := make([]float32, layout.Size())
	copy(net.Layers[0].Weight.Of(parameters), []float32{3, -1})
	copy(net.Layers[0].Bias.Of(parameters), []float32{0.5})

	const rows = 2
	x := []float32{
		1, 2, // 3 − 2 + 0.5
		0, 4, // −4 + 0.5: below zero
	}
	tape := net.NewTape(rows)
	fmt.Println("result:", net.Forward(tape, parameters, x, rows))

	dX, dParameters := make([]float32, len(x)), make([]float32, layout.Size())
	copy(net.Delta(tape, rows), []float32{1, 1}) // of the sum of the results
	net.Backward(tape, dX, dParameters, parameters, x, rows)
	fmt.Println("by the input:", dX)
	for _, t := range layout.Tensors() {
		fmt.Println("by", t.Name, t.Shape, t.Of(dParameters))
	}
	// Output:
	// result: [1.5 0]
	// by the input: [3 -1 0 0]
	// by net.0.weight [2 1] [1 2]
	// by net.0.bias [1] [1]
}
