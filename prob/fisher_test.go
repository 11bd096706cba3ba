package prob_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/prob"
	"github.com/proximal-rl/proximal/seed"
)

// The product is that with the Hessian of the textbook's divergence where both of
// its sides are the same, measured by second differences in float64.
func TestFisherProductIsTheHessianOfKL(t *testing.T) {
	const rows = 6
	for _, f := range families() {
		t.Run(f.name, func(t *testing.T) {
			rng := seed.New(21)
			raw, _ := f.draw(rows, rng)
			v := normal(len(raw), 1, rng)
			var want []float64
			for b := range rows {
				p := widen(row(raw, f.Parameters(), b))
				divergence := func(q []float64) float64 { return f.reference.kl(p, q) }
				for i := range p {
					want = append(want, mixedDerivative(divergence, p, unit(len(p), i), widen(row(v, f.Parameters(), b))))
				}
			}
			wantClose(t, "product", f.fisherProduct(v, raw), want, 2e-6)
		})
	}
}

func (f family) fisherProduct(v, raw []float32) []float32 {
	dst := make([]float32, len(raw))
	f.FisherProduct(dst, v, f.normalized(raw))
	return dst
}

func unit(n, i int) []float64 {
	e := make([]float64, n)
	e[i] = 1
	return e
}

// mixedDerivative is the derivative of f along u and v at x, from two central
// differences extrapolated.
func mixedDerivative(f func([]float64) float64, x, u, v []float64) float64 {
	at := func(a, b float64) float64 {
		y := make([]float64, len(x))
		for i := range y {
			y[i] = x[i] + a*u[i] + b*v[i]
		}
		return f(y)
	}
	step := func(h float64) float64 {
		return (at(h, h) - at(h, -h) - at(-h, h) + at(-h, -h)) / (4 * h * h)
	}
	const h = 1e-3
	return (4*step(h) - step(2*h)) / 3
}

// It is also the mean, over the choices, of what their gradients make of v.
func TestFisherProductIsTheMeanOfSquaredGradients(t *testing.T) {
	const choices = 7
	f, rng := family{Distribution: prob.Categorical{N: choices}}, seed.New(22)
	raw, v := normal(choices, 1, rng), normal(choices, 1, rng)
	want := make([]float64, choices)
	for a := range choices {
		action := []float32{float32(a)}
		p := math.Exp(float64(f.logProb(action, raw)[0]))
		gradient, along := f.backward([]float32{1}, []float32{0}, action, raw), 0.0
		for i, g := range gradient {
			along += float64(g) * float64(v[i])
		}
		for i, g := range gradient {
			want[i] += p * float64(g) * along
		}
	}
	wantClose(t, "product", f.fisherProduct(v, raw), want, 2e-6)
}

// Where a choice is all but certain nothing is lost to cancellation: the product
// is 0 along equal logits, and never more than v.
func TestFisherProductAtTheEdge(t *testing.T) {
	c := prob.Categorical{N: 3}
	f := family{Distribution: c}
	for _, raw := range [][]float32{{0, 0, 0}, {40, 0, 0}, {200, 0, -200}} {
		for i, x := range f.fisherProduct([]float32{3, 3, 3}, raw) {
			if math.Abs(float64(x)) > 1e-6 {
				t.Errorf("logits %v: element %d along equal logits is %v", raw, i, x)
			}
		}
		for i, x := range f.fisherProduct([]float32{1, -1, 0}, raw) {
			if !(math.Abs(float64(x)) <= 1) {
				t.Errorf("logits %v: element %d is %v", raw, i, x)
			}
		}
	}
}

// The change of the log standard deviations is the transpose of Backward.
func TestStateNoiseJVPIsTheTransposeOfBackward(t *testing.T) {
	n, rng := prob.StateNoise{F: 5, A: 3}, seed.New(23)
	const rows = 7
	tape := n.NewTape(rows)
	dist, logStd, features := normal(rows*2*n.A, 1, rng), normal(n.F*n.A, 0.3, rng), normal(rows*n.F, 1, rng)
	v, u := normal(n.F*n.A, 1, rng), normal(rows*2*n.A, 1, rng)
	n.Forward(tape, dist, logStd, features)

	vDist := make([]float32, rows*2*n.A)
	n.JVP(tape, vDist, v)
	dLogStd := make([]float32, n.F*n.A)
	n.Backward(tape, dLogStd, u)
	forward, backward := 0.0, 0.0
	for i, x := range vDist {
		if i%(2*n.A) < n.A && x != 0 {
			t.Errorf("the change of a mean is overwritten with %v", x)
		}
		forward += float64(u[i]) * float64(x)
	}
	for i, d := range dLogStd {
		backward += float64(d) * float64(v[i])
	}
	golden.Close(t, "product", []float64{forward}, []float64{backward}, golden.Tolerance{Relative: 1e-5, Why: "float32 rounds at every step"})
}

func ExampleCategorical_FisherProduct() {
	c := prob.Categorical{N: 2}
	logits := []float32{0, 0} // a fair coin
	c.Normalize(logits)
	product := make([]float32, 2)
	c.FisherProduct(product, []float32{1, 0}, logits)
	fmt.Println(product)
	// Output: [0.25 -0.25]
}
