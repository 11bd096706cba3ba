package gradcheck_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/internal/gradcheck"
)

// one makes a function of a vector of a function of a number.
func one(f func(float64) float64) func([]float64) float64 {
	return func(x []float64) float64 { return f(x[0]) }
}

func TestGradientOfKnownFunctions(t *testing.T) {
	square := func(x float64) float64 { return x * x }
	clip := func(x float64) float64 { return min(max(x, 0.8), 1.2) }
	for _, c := range []struct {
		what            string
		f, derivative   func(float64) float64
		points          []float64
		relative, floor float64
	}{
		{"constant", func(float64) float64 { return 7 }, func(float64) float64 { return 0 }, []float64{-3, 0, 1e6}, 0, 0},
		{"line", func(x float64) float64 { return 3*x - 1 }, func(float64) float64 { return 3 }, []float64{-3, 0, 0.1, 1e6}, 1e-10, 0},
		{"square", square, func(x float64) float64 { return 2 * x }, []float64{-1e8, -3, 0, 0.1, 1e6}, 1e-10, 1e-13},
		{"exp", math.Exp, math.Exp, []float64{-20, -1, 0, 0.7, 5, 50}, 1e-9, 1e-12},
		{"log", math.Log, func(x float64) float64 { return 1 / x }, []float64{1e-2, 0.1, 1, 1e3, 1e9}, 1e-9, 0},
		{"log near its pole", math.Log, func(x float64) float64 { return 1 / x }, []float64{1e-4}, 1e-5, 0},
		{"square root", math.Sqrt, func(x float64) float64 { return 0.5 / math.Sqrt(x) }, []float64{0.01, 1, 1e4}, 1e-9, 0},
		{"tanh", math.Tanh, func(x float64) float64 { return 1 - square(math.Tanh(x)) }, []float64{-9, -1, 0, 0.3, 4}, 1e-9, 1e-12},
		{"fast wave", func(x float64) float64 { return math.Sin(100 * x) }, func(x float64) float64 { return 100 * math.Cos(100*x) }, []float64{0, 0.1, 1}, 1e-8, 0},
		{"clip", clip, func(x float64) float64 {
			if 0.8 < x && x < 1.2 {
				return 1
			}
			return 0
		}, []float64{0.5, 0.7999, 0.8001, 1, 1.199, 1.201, 2}, 1e-9, 1e-9},
		{"hinge", func(x float64) float64 { return max(0, x) }, func(x float64) float64 { return min(1, math.Ceil(max(0, x))) }, []float64{-1, -1e-3, 1e-4, 0.6}, 1e-9, 1e-9},
	} {
		for _, x := range c.points {
			got, want := gradcheck.Gradient(one(c.f), []float64{x})[0], c.derivative(x)
			if !(math.Abs(got-want) <= c.relative*math.Abs(want)+c.floor) {
				t.Errorf("%s at %v: derivative is %v and measured as %v, off by %.2g", c.what, x, want, got, math.Abs(got-want))
			}
		}
	}
}

// rosenbrock is Σ 100 (x[i+1] − x[i]²)² + (1 − x[i])² in the precision F.
func rosenbrock[F gradcheck.Float](x []F) float64 {
	var sum F
	for i := range len(x) - 1 {
		a, b := x[i+1]-F(x[i]*x[i]), 1-x[i]
		sum += F(F(100*a)*a) + F(b*b)
	}
	return float64(sum)
}

// rosenbrockGradient is its gradient, in double precision.
func rosenbrockGradient[F gradcheck.Float](x []F) []F {
	gradient := make([]F, len(x))
	for i := range len(x) - 1 {
		a, b := float64(x[i+1])-float64(x[i])*float64(x[i]), 1-float64(x[i])
		gradient[i] += F(-400*float64(x[i])*a - 2*b)
		gradient[i+1] += F(200 * a)
	}
	return gradient
}

func inputs[F gradcheck.Float](n int) []F {
	x := make([]F, n)
	for i := range x {
		x[i] = F(math.Sin(float64(i)))
	}
	return x
}

func TestGradientOfManyVariables(t *testing.T) {
	double := inputs[float64](9)
	before := slices.Clone(double)
	gradcheck.Compare(t, "double", rosenbrockGradient(double), gradcheck.Gradient(rosenbrock, double), 1e-11)
	if !slices.Equal(double, before) {
		t.Errorf("x was changed to %v", double)
	}
	single := inputs[float32](9)
	gradcheck.Compare(t, "single", rosenbrockGradient(single), gradcheck.Gradient(rosenbrock, single), 2e-5)
}

func TestSinglePrecisionHidesSmallSlopes(t *testing.T) {
	// The slope is lost in the rounding of 1 for all but the largest steps.
	f := func(x []float32) float64 { return float64(float32(1 + 1e-4*x[0])) }
	if got := gradcheck.Gradient(f, []float32{0.3})[0]; math.Abs(got-1e-4) > 2e-6 {
		t.Errorf("derivative is 1e-4 and measured as %v", got)
	}
}

func TestGradientWhereThereIsNone(t *testing.T) {
	if got := gradcheck.Gradient(one(math.Log), []float64{-1})[0]; !math.IsNaN(got) {
		t.Errorf("derivative of the logarithm at −1 is measured as %v", got)
	}
}

func TestAlong(t *testing.T) {
	x, direction := inputs[float64](50), inputs[float64](50)
	slices.Reverse(direction)
	var want float64
	for i, g := range rosenbrockGradient(x) {
		want += g * direction[i]
	}
	if got := gradcheck.Along(rosenbrock, x, direction); math.Abs(got-want) > 1e-10*math.Abs(want) {
		t.Errorf("derivative is %v and measured as %v", want, got)
	}
	for want, call := range map[string]func(){
		"gradcheck: length of direction differs from x": func() { gradcheck.Along(rosenbrock, x, x[1:]) },
		"gradcheck: direction is zero":                  func() { gradcheck.Along(rosenbrock, x, make([]float64, len(x))) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panics with %v, not %q", got, want)
				}
			}()
			call()
		}()
	}
}

// listener is a test that writes down its failures.
type listener struct {
	testing.TB
	said []string
}

func (l *listener) Helper() {}

func (l *listener) Errorf(format string, values ...any) {
	l.said = append(l.said, fmt.Sprintf(format, values...))
}

func listen(test func(t testing.TB)) string {
	var l listener
	test(&l)
	return strings.Join(l.said, "\n")
}

func TestCompare(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		got, want []float64
		says      string
	}{
		{[]float64{3, 4.04}, []float64{3, 4}, ""},
		{[]float64{0, 0}, []float64{0, 0}, ""},
		{nil, nil, ""},
		{[]float64{3.01, 4.06}, []float64{3, 4}, "x: gradient is off by 0.0122 of its length, with 0.01 allowed\n\tworst: [1] is 4.06 and measured as 4"},
		{[]float64{0, 1e-30}, []float64{0, 0}, "x: gradient is off by +Inf of its length"},
		{[]float64{3, nan}, []float64{3, 4}, "x: derivative [1] is NaN and measured as 4"},
		{[]float64{3, 4}, []float64{nan, 4}, "x: derivative [0] is 3 and measured as NaN"},
		{[]float64{math.Inf(1)}, []float64{math.Inf(1)}, "x: derivative [0] is +Inf and measured as +Inf"},
		{[]float64{3}, []float64{3, 4}, "x: gradient has 1 elements and should have 2"},
	} {
		said := listen(func(t testing.TB) { gradcheck.Compare(t, "x", c.got, c.want, 0.01) })
		if !strings.HasPrefix(said, c.says) || (said == "") != (c.says == "") {
			t.Errorf("Compare(%v, %v) says %q, not %q", c.got, c.want, said, c.says)
		}
	}
}

func TestCompareAlong(t *testing.T) {
	x := inputs[float32](2000)
	right := rosenbrockGradient(x)
	gradcheck.CompareAlong(t, "right", rosenbrock, x, right, 3, 1e-3)
	for what, wrong := range map[string]func(g []float32){
		"one element off": func(g []float32) { g[77] += 500 },
		"scaled":          func(g []float32) { scale(g, 1.1) },
		"zero":            func(g []float32) { clear(g) },
		"shifted":         func(g []float32) { copy(g, g[1:]) },
		"not a number":    func(g []float32) { g[0] = float32(math.NaN()) },
		"wrong sign":      func(g []float32) { scale(g, -1) },
		"half is missing": func(g []float32) { clear(g[:1000]) },
	} {
		g := slices.Clone(right)
		wrong(g)
		said := listen(func(t testing.TB) { gradcheck.CompareAlong(t, "x", rosenbrock, x, g, 3, 1e-3) })
		if !strings.HasPrefix(said, "x: derivative along direction 0 is ") {
			t.Errorf("%s: CompareAlong says %q", what, said)
		}
	}
	said := listen(func(t testing.TB) { gradcheck.CompareAlong(t, "x", rosenbrock, x, right[1:], 3, 1e-3) })
	if said != "x: gradient has 1999 elements and should have 2000" {
		t.Errorf("CompareAlong says %q", said)
	}
}

func scale(x []float32, by float32) {
	for i := range x {
		x[i] *= by
	}
}

func ExampleGradient() {
	f := func(x []float64) float64 { return x[0] * x[0] * x[1] }
	fmt.Printf("%.6f\n", gradcheck.Gradient(f, []float64{3, 0.5}))
	// Output: [3.000000 9.000000]
}

func ExampleAlong() {
	f := func(x []float64) float64 { return x[0] * x[0] * x[1] }
	fmt.Printf("%.6f\n", gradcheck.Along(f, []float64{3, 0.5}, []float64{1, -1}))
	// Output: -6.000000
}
