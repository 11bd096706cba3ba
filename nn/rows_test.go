package nn_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/nn"
	"github.com/proximal-rl/proximal/seed"
)

// A row alone, among seven and among 4,096 has the same bits, on the way there
// and on the way back to the input.
func TestRowAloneEqualsRowInBatch(t *testing.T) {
	const rows, in = 4096, 5
	for _, a := range []nn.Activation{nn.Tanh, nn.ReLU} {
		w := newWalk(in, rows, []int{33, 18, 3}, a, seed.New(6))
		y := slices.Clone(w.forward())
		dX, _ := w.backward()
		for _, few := range []int{1, 7} {
			part := newWalk(in, few, []int{33, 18, 3}, a, seed.New(6))
			part.parameters = w.parameters
			for first := 0; first+few <= rows; first += 97 {
				part.x, part.c = span(w.x, in, first, few), span(w.c, w.Out(), first, few)
				what := fmt.Sprintf("%s, %d rows from row %d on: ", a, few, first)
				golden.Same(t, what+"result", part.forward(), span(y, w.Out(), first, few))
				d, _ := part.backward()
				golden.Same(t, what+"gradient by the input", d, span(dX, in, first, few))
			}
		}
	}
}

// span is count rows of the given width from the first on.
func span(x []float32, width, first, count int) []float32 {
	return x[first*width : (first+count)*width]
}

func TestNothingIsAllocated(t *testing.T) {
	w := newWalk(5, 20, []int{9, 6}, nn.Tanh, seed.New(7))
	dX, d := make([]float32, len(w.x)), make([]float32, w.layout.Size())
	allocations := testing.AllocsPerRun(10, func() {
		w.forward()
		copy(w.Delta(w.tape, w.rows), w.c)
		w.Backward(w.tape, dX, d, w.parameters, w.x, w.rows)
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}
