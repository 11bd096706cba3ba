package nn_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/gradcheck"
	"github.com/proximal-rl/proximal/nn"
	"github.com/proximal-rl/proximal/seed"
)

// One step along parameters and input, against finite differences in float64, and
// along the parameters alone.
func TestJVPAgainstReference(t *testing.T) {
	const tolerance = 1e-6
	for _, a := range []nn.Activation{nn.Tanh, nn.ReLU} {
		for _, widths := range [][]int{{1}, {7}, {9, 5}, {6, 17, 4}} {
			t.Run(fmt.Sprint(a, widths), func(t *testing.T) {
				rng := seed.New(1)
				w := newWalk(3, 11, widths, a, rng)
				v, vx := normal(len(w.parameters), 1, rng), normal(len(w.x), 1, rng)
				y := slices.Clone(w.forward())
				tangent := w.NewTangent(w.rows)
				for what, vx := range map[string][]float32{"both": vx, "parameters": nil} {
					got := w.JVP(tangent, w.tape, v, w.parameters, w.x, vx, w.rows)
					wantClose(t, what, got, w.along(v, vx), tolerance)
				}
				golden.Same(t, "output", w.forward(), y)
			})
		}
	}
}

// along is the change of every result in float64.
func (w *walk) along(v, vx []float32) (change []float64) {
	parameters, x := widen(w.parameters), widen(w.x)
	if vx == nil {
		vx = make([]float32, len(w.x))
	}
	direction := append(widen(v), widen(vx)...)
	for i := range w.rows * w.Out() {
		change = append(change, gradcheck.Along(func(both []float64) float64 {
			return forward64(w.MLP, both[:len(parameters)], both[len(parameters):], w.rows)[i]
		}, append(slices.Clone(parameters), x...), direction))
	}
	return change
}

// Forward and backward walks are transposes: c·(J·v) = (Jᵀ·c)·v.
func TestJVPIsTheTransposeOfBackward(t *testing.T) {
	rng := seed.New(2)
	w := newWalk(5, 13, []int{8, 6}, nn.Tanh, rng)
	v, vx := normal(len(w.parameters), 1, rng), normal(len(w.x), 1, rng)
	w.forward()
	forward := dot(w.c, widen(w.JVP(w.NewTangent(w.rows), w.tape, v, w.parameters, w.x, vx, w.rows)))
	dX, dParameters := w.backward()
	backward := dot(dX, widen(vx)) + dot(dParameters, widen(v))
	golden.Close(t, "product", []float64{forward}, []float64{backward}, golden.Tolerance{Relative: 1e-5, Why: "float32 rounds at every step"})
}

func TestJVPWithoutLayersIsTheIdentity(t *testing.T) {
	w := newWalk(4, 3, nil, nn.Tanh, seed.New(3))
	if v := w.JVP(w.NewTangent(3), w.tape, nil, nil, w.x, w.c, 3); &v[0] != &w.c[0] {
		t.Error("the change of the result is not that of the input")
	}
}

func TestJVPAllocatesNothing(t *testing.T) {
	w := newWalk(3, 8, []int{5, 4}, nn.Tanh, seed.New(4))
	v, tangent := normal(len(w.parameters), 1, seed.New(5)), w.NewTangent(8)
	w.forward()
	if n := testing.AllocsPerRun(10, func() { w.JVP(tangent, w.tape, v, w.parameters, w.x, w.x, 8) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func ExampleLinear_JVP() {
	var l nn.Layout
	layer := nn.NewLinear(&l, "layer", 1, 1)
	weight, bias := float32(2), float32(3)
	parameters, x := []float32{weight, bias}, []float32{5}
	change, room := make([]float32, 1), make([]float32, 1)
	// The weight grows by 1, the bias by 10 and the input by 100.
	layer.JVP(change, room, []float32{1, 10}, parameters, x, []float32{100}, 1)
	fmt.Println(change)
	// Output: [215]
}
