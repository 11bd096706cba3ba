package nn_test

import (
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/nn"
)

// Two rows through a layer of two inputs and three outputs, in whole numbers.
func TestLinearByHand(t *testing.T) {
	var l nn.Layout
	layer := nn.NewLinear(&l, "layer", 2, 3)
	parameters := []float32{
		1, 2, 3, // from input 0
		-1, 0, 4, // from input 1
		10, 20, 30, // bias
	}
	x := []float32{1, 2, -3, 0.5}
	y := make([]float32, 6)
	layer.Forward(y, parameters, x, 2)
	if want := []float32{9, 22, 41, 6.5, 14, 23}; !slices.Equal(y, want) {
		t.Errorf("forward: %v, want %v", y, want)
	}

	dy := []float32{1, 0, -1, 2, 1, 0}
	dx, d := make([]float32, 4), slices.Repeat([]float32{100}, 9)
	layer.Backward(dx, d, dy, parameters, x, 2)
	if want := []float32{-2, -5, 4, -2}; !slices.Equal(dx, want) {
		t.Errorf("gradient by the input: %v, want %v", dx, want)
	}
	// 100 was there before: gradients of parameters are added.
	if want := []float32{95, 97, 99, 103, 100.5, 98, 103, 101, 99}; !slices.Equal(d, want) {
		t.Errorf("gradient by the parameters: %v, want %v", d, want)
	}
	layer.Backward(nil, d, dy, parameters, x, 2)
	if want := []float32{90, 94, 98, 106, 101, 96, 106, 102, 98}; !slices.Equal(d, want) {
		t.Errorf("second gradient by the parameters: %v, want %v", d, want)
	}
}

func TestLinearWithoutRows(t *testing.T) {
	var l nn.Layout
	layer := nn.NewLinear(&l, "layer", 2, 3)
	parameters, d := make([]float32, 9), []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}
	layer.Forward(nil, parameters, nil, 0)
	layer.Backward(nil, d, nil, parameters, nil, 0)
	if want := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}; !slices.Equal(d, want) {
		t.Errorf("no rows changed the gradient to %v", d)
	}
}

func TestWrongLengthsPanic(t *testing.T) {
	var l nn.Layout
	layer := nn.NewLinear(&l, "layer", 2, 3)
	two, four, six, nine := make([]float32, 2), make([]float32, 4), make([]float32, 6), make([]float32, 9)
	wantPanic(t, "short dst", func() { layer.Forward(four, nine, four, 2) })
	wantPanic(t, "short x", func() { layer.Forward(six, nine, two, 2) })
	wantPanic(t, "short parameters", func() { layer.Forward(six, six, four, 2) })
	wantPanic(t, "short dy", func() { layer.Backward(four, nine, four, nine, four, 2) })
	wantPanic(t, "short dx", func() { layer.Backward(two, nine, six, nine, four, 2) })
}

// A layer with its activation has the bits of one after the other.
func TestForwardActivated(t *testing.T) {
	var l nn.Layout
	layer := nn.NewLinear(&l, "layer", 2, 5)
	parameters := []float32{1, -2, 3, 0.5, -1, -1, 0, 4, 0.25, 2, 0.1, 0.2, -20, 0, 0.3}
	x := []float32{0.1, 0.2, -0.3, 0.5, 0, 0}
	for _, a := range []nn.Activation{nn.Tanh, nn.ReLU} {
		got, want := make([]float32, 15), make([]float32, 15)
		layer.ForwardActivated(got, parameters, x, 3, a)
		layer.Forward(want, parameters, x, 3)
		a.Forward(want, want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", a, got, want)
		}
	}
	defer func() {
		if got := recover(); got != "nn: unknown activation step" {
			t.Errorf("panic %v", got)
		}
	}()
	layer.ForwardActivated(make([]float32, 15), parameters, x, 3, "step")
}
