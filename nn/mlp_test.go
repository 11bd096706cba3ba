package nn_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/gradcheck"
	"github.com/proximal-rl/proximal/nn"
	"github.com/proximal-rl/proximal/seed"
)

// walk is an MLP with all that one Forward and Backward need.
type walk struct {
	*nn.MLP
	layout           nn.Layout
	tape             *nn.Tape
	parameters, x, c []float32 // the loss is Σ c·result
	in, rows         int
}

func newWalk(in, rows int, widths []int, a nn.Activation, rng *seed.Rand) *walk {
	w := &walk{in: in, rows: rows}
	w.MLP = nn.NewMLP(&w.layout, "net", in, widths, a)
	w.tape = w.NewTape(rows)
	w.parameters = normal(w.layout.Size(), 0.6, rng)
	w.x, w.c = normal(rows*in, 1, rng), normal(rows*w.Out(), 1, rng)
	return w
}

func (w *walk) forward() []float32 { return w.Forward(w.tape, w.parameters, w.x, w.rows) }

// backward returns the gradients of the loss.
func (w *walk) backward() (dX, dParameters []float32) {
	dX, dParameters = make([]float32, len(w.x)), make([]float32, w.layout.Size())
	copy(w.Delta(w.tape, w.rows), w.c)
	w.Backward(w.tape, dX, dParameters, w.parameters, w.x, w.rows)
	return dX, dParameters
}

func (w *walk) loss64(parameters, x []float64) float64 {
	return dot(w.c, forward64(w.MLP, parameters, x, w.rows))
}

func TestMLPAgainstReference(t *testing.T) {
	const tolerance = 1e-6
	for _, a := range []nn.Activation{nn.Tanh, nn.ReLU} {
		for _, widths := range [][]int{{1}, {7}, {9, 5}, {6, 17, 4}} {
			t.Run(fmt.Sprint(a, widths), func(t *testing.T) {
				w := newWalk(3, 11, widths, a, seed.New(1))
				parameters, x := widen(w.parameters), widen(w.x)
				wantClose(t, "result", w.forward(), forward64(w.MLP, parameters, x, w.rows), tolerance)

				dX, dParameters := w.backward()
				gradcheck.Compare(t, "input", dX, gradcheck.Gradient(func(x []float64) float64 {
					return w.loss64(parameters, x)
				}, x), tolerance)
				want := gradcheck.Gradient(func(parameters []float64) float64 {
					return w.loss64(parameters, x)
				}, parameters)
				for _, tensor := range w.layout.Tensors() {
					end := tensor.Offset + tensor.Size()
					gradcheck.Compare(t, tensor.Name, tensor.Of(dParameters), want[tensor.Offset:end], tolerance)
				}
			})
		}
	}
}

func TestMLPWithoutLayersIsTheIdentity(t *testing.T) {
	w := newWalk(4, 3, nil, nn.Tanh, seed.New(2))
	if w.Out() != 4 || w.layout.Size() != 0 {
		t.Errorf("out %d with %d parameters, want 4 with none", w.Out(), w.layout.Size())
	}
	if y := w.forward(); &y[0] != &w.x[0] || len(y) != len(w.x) {
		t.Error("the result is not x itself")
	}
	if w.Delta(w.tape, w.rows) != nil {
		t.Error("there is a place for a gradient that nothing would carry on")
	}
}

// Gradients are added to what is there, the input's are written, and a tape can
// be used again and for fewer rows than it has room for.
func TestMLPBackwardAddsParameters(t *testing.T) {
	w := newWalk(3, 8, []int{5, 4}, nn.Tanh, seed.New(3))
	w.forward()
	dX, once := w.backward()
	twice, again := slices.Clone(once), slices.Repeat([]float32{7}, len(dX))
	w.forward()
	copy(w.Delta(w.tape, w.rows), w.c)
	w.Backward(w.tape, again, twice, w.parameters, w.x, w.rows)
	if !slices.Equal(again, dX) {
		t.Error("the gradient by the input depends on what was in it")
	}
	for i := range once {
		once[i] *= 2
	}
	wantClose(t, "twice the gradient", twice, once, 1e-6)

	small := newWalk(3, 8, []int{5, 4}, nn.Tanh, seed.New(3))
	small.tape, small.rows, small.x, small.c = w.tape, 3, small.x[:9], small.c[:12]
	y := slices.Clone(small.forward())
	if d, _ := small.backward(); !slices.Equal(d, dX[:9]) {
		t.Error("fewer rows have other gradients")
	}
	if all := w.forward(); !slices.Equal(y, all[:12]) {
		t.Error("fewer rows have other results")
	}
}

func TestTapeIsTooSmall(t *testing.T) {
	w := newWalk(2, 4, []int{3}, nn.ReLU, seed.New(4))
	x := make([]float32, 5*2)
	wantPanic(t, "a fifth row on a tape of four", func() { w.Forward(w.tape, w.parameters, x, 5) })
}

// Parameters and input are read, never written.
func TestMLPLeavesItsInputsAlone(t *testing.T) {
	w := newWalk(3, 6, []int{4, 4}, nn.ReLU, seed.New(5))
	parameters, x := slices.Clone(w.parameters), slices.Clone(w.x)
	w.forward()
	w.backward()
	if !slices.Equal(parameters, w.parameters) || !slices.Equal(x, w.x) {
		t.Error("parameters or input have changed")
	}
}
