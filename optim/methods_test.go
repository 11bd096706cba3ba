package optim_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/optim"
)

// method is an optimiser.
type method interface {
	Step(param, grad []float32, learningRate, gradientScale float64)
}

// recorded is optim/testdata/methods.json.
type recorded struct {
	Steps []struct {
		Method       string
		LearningRate float64 `json:"learning_rate"`
		Initial      []float32
		Gradient     [][]float32
		After        []struct {
			Steps             int
			Parameter, Square []float32
		}
	}
	Equations []struct {
		N                       int
		Matrix, Right, Solution []float64
		After                   []struct {
			Iterations int
			X          []float64
		}
	}
}

// Fifty steps that PyTorch and Stable-Baselines3 took: parameters and mean
// squares after 1, 10 and 50 of them agree to about float32.
func TestMethodsOfTorch(t *testing.T) {
	const tolerance = 1e-6
	var data recorded
	golden.Read(t, "testdata/methods.json", &data)
	for _, c := range data.Steps {
		t.Run(c.Method, func(t *testing.T) {
			param := c.Initial
			stepper, squares := newMethod(t, c.Method, len(param))
			after := c.After
			for i, grad := range c.Gradient {
				stepper.Step(param, grad, c.LearningRate, 1)
				if len(after) == 0 || after[0].Steps != i+1 {
					continue
				}
				if d := distance(param, after[0].Parameter); !(d <= tolerance) {
					t.Errorf("after %d steps parameters differ by %.3g", i+1, d)
				}
				if squares != nil {
					if d := distance(squares(), after[0].Square); !(d <= tolerance) {
						t.Errorf("after %d steps squares differ by %.3g", i+1, d)
					}
				}
				after = after[1:]
			}
			if len(after) > 0 {
				t.Errorf("%d states were not reached", len(after))
			}
		})
	}
}

// newMethod makes an optimiser of n parameters with the settings of the fixture.
func newMethod(t *testing.T, name string, n int) (m method, squares func() []float32) {
	t.Helper()
	switch name {
	case "sgd":
		return optim.SGD{}, nil
	case "rmsprop":
		r := optim.NewRMSProp(n, optim.DefaultRMSPropConfig())
		return r, r.Squares
	case "rmsprop_tensorflow":
		r := optim.NewRMSProp(n, optim.RMSPropConfig{Decay: 0.95, Epsilon: 1e-3, LikeTensorFlow: true})
		return r, r.Squares
	case "adamw":
		// The last four parameters are those without decay.
		a := optim.NewAdamW(n, optim.AdamConfig{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8}, 0.1, optim.Range{First: n - 4, End: n})
		return a, func() []float32 { _, square := a.Moments(); return square }
	}
	t.Fatalf("no optimiser is called %q", name)
	return nil, nil
}

// Iterates as scipy has them, and the solution after as many iterations as there
// are unknowns.
func TestConjugateGradientOfScipy(t *testing.T) {
	var data recorded
	golden.Read(t, "testdata/methods.json", &data)
	single := golden.Tolerance{Absolute: 1e-6, Relative: 1e-6, Why: "vectors are float32"}
	for _, c := range data.Equations {
		t.Run(fmt.Sprintf("n=%d", c.N), func(t *testing.T) {
			solver, x := optim.NewConjugateGradient(c.N), make([]float32, c.N)
			for _, after := range c.After {
				_, taken, err := solver.Solve(x, narrow(c.Right), product(c.Matrix), after.Iterations, 0)
				if err != nil || taken > after.Iterations {
					t.Fatalf("%d iterations, error %v", taken, err)
				}
				golden.Close(t, fmt.Sprintf("x after %d iterations", after.Iterations), x, after.X, single)
			}
			residual, taken, err := solver.Solve(x, narrow(c.Right), product(c.Matrix), 100, 1e-6)
			if err != nil || !(residual <= 1e-6) || taken > c.N+2 {
				t.Errorf("residual %v after %d iterations, error %v", residual, taken, err)
			}
			golden.Close(t, "solution", x, c.Solution, golden.Tolerance{Absolute: 2e-6, Relative: 2e-6, Why: "vectors are float32, the residual 1e-6"})
		})
	}
}

// product multiplies by a matrix, as the matrix-vector product of a Hessian would.
func product(matrix []float64) func(dst, v []float32) {
	return func(dst, v []float32) {
		n := len(v)
		for i := range dst {
			sum := 0.0
			for j, x := range v {
				sum += matrix[i*n+j] * float64(x)
			}
			dst[i] = float32(sum)
		}
	}
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

// The mean squares start at 0, and at 1 like TensorFlow's.
func TestRMSPropFirstStep(t *testing.T) {
	for _, gradient := range []float32{100, 1, 1e-3, 1e-6, 0, -1} {
		c, g := optim.DefaultRMSPropConfig(), float64(gradient)
		param := []float32{0, 0}
		optim.NewRMSProp(1, c).Step(param[:1], []float32{gradient}, 0.01, 1)
		c.LikeTensorFlow = true
		optim.NewRMSProp(1, c).Step(param[1:], []float32{gradient}, 0.01, 1)
		golden.Close(t, "step", param, []float64{
			-0.01 * g / (math.Sqrt(0.01*g*g) + 1e-5),
			-0.01 * g / math.Sqrt(0.99+0.01*g*g+1e-5),
		}, golden.Tolerance{Relative: 1e-6, Why: "elements are float32"})
	}
}

func TestRMSPropGoesOnFromACheckpoint(t *testing.T) {
	const n = 33
	rng := rand.New(rand.NewPCG(41, 42))
	whole, resumed := optim.NewRMSProp(n, optim.DefaultRMSPropConfig()), optim.NewRMSProp(n, optim.DefaultRMSPropConfig())
	param := normal(rng, n)
	for range 20 {
		whole.Step(param, normal(rng, n), 1e-3, 0.5)
	}
	other := slices.Clone(param)
	if err := resumed.Restore(whole.Squares()); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		grad := normal(rng, n)
		whole.Step(param, grad, 1e-3, 0.5)
		resumed.Step(other, grad, 1e-3, 0.5)
	}
	if !slices.Equal(param, other) || !slices.Equal(whole.Squares(), resumed.Squares()) {
		t.Error("the resumed optimiser went another way")
	}
	for _, bad := range [][]float32{make([]float32, n+1), append(make([]float32, n-1), -1), append(make([]float32, n-1), float32(math.NaN()))} {
		before := slices.Clone(resumed.Squares())
		if err := resumed.Restore(bad); err == nil || !slices.Equal(resumed.Squares(), before) {
			t.Errorf("restored %v, error %v", bad, err)
		}
	}
}

// Only the parameters that no range spares decay, whatever the order and overlap
// of the ranges; without gradients nothing else moves them.
func TestAdamWDecay(t *testing.T) {
	const kept = float32(1 - 0.5*0.1)
	for _, test := range []struct {
		spared  []optim.Range
		decayed string
	}{
		{nil, "xxxxxx"},
		{[]optim.Range{{0, 6}}, "......"},
		{[]optim.Range{{4, 5}, {0, 2}}, "..xx.x"},
		{[]optim.Range{{1, 4}, {2, 3}, {3, 5}}, "x....x"},
		{[]optim.Range{{3, 3}}, "xxxxxx"},
	} {
		param := []float32{1, 1, 1, 1, 1, 1}
		optim.NewAdamW(6, optim.DefaultAdamConfig(), 0.1, test.spared...).Step(param, make([]float32, 6), 0.5, 1)
		for i, x := range param {
			if want := map[byte]float32{'x': kept, '.': 1}[test.decayed[i]]; x != want {
				t.Errorf("%v: parameter %d is %v, want %v", test.spared, i, x, want)
			}
		}
	}
	// Without decay it is Adam.
	rng := rand.New(rand.NewPCG(51, 52))
	x := normal(rng, 20)
	y, adamw, adam := slices.Clone(x), optim.NewAdamW(20, optim.DefaultAdamConfig(), 0), optim.NewAdam(20, optim.DefaultAdamConfig())
	for range 10 {
		grad := normal(rng, 20)
		adamw.Step(x, grad, 0.01, 0.5)
		adam.Step(y, grad, 0.01, 0.5)
	}
	if !slices.Equal(x, y) {
		t.Error("AdamW without decay is not Adam")
	}
}

func TestMethodsAllocateNothing(t *testing.T) {
	const n = 5000
	param, grad, start := make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range grad {
		grad[i] = 1
	}
	rmsprop, solver := optim.NewRMSProp(n, optim.DefaultRMSPropConfig()), optim.NewConjugateGradient(n)
	adamw := optim.NewAdamW(n, optim.DefaultAdamConfig(), 0.1, optim.Range{First: 10, End: 20})
	double := func(dst, v []float32) {
		for i, x := range v {
			dst[i] = 2 * x
		}
	}
	if count := testing.AllocsPerRun(10, func() {
		optim.SGD{}.Step(param, grad, 0.1, 1)
		rmsprop.Step(param, grad, 0.1, 1)
		adamw.Step(param, grad, 0.1, 1)
		solver.Solve(param, grad, double, 5, 1e-6)
		optim.Backtrack(param, start, grad, 0.5, 3, func() bool { return param[0] < 0.3 })
	}); count != 0 {
		t.Errorf("%v allocations", count)
	}
}
