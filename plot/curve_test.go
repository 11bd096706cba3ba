package plot

import (
	"math"
	"slices"
	"testing"
)

func TestNewCurveKeepsFinitePoints(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	c, err := newCurve(Series{
		X: []float64{0, 1, 1, 2, nan, 3, 4},
		Y: []float64{5, 6, 7, nan, 1, inf, 8},
	})
	if err != nil || !slices.Equal(c.x, []float64{0, 1, 4}) || !slices.Equal(c.y, []float64{5, 7, 8}) {
		t.Errorf("curve is %v, %v", c, err)
	}
}

func TestAt(t *testing.T) {
	c := curve{x: []float64{0, 2, 10}, y: []float64{1, 5, -3}}
	for x, want := range map[float64]float64{-1: 1, 0: 1, 0.5: 2, 1: 3, 2: 5, 4: 3, 9: -2, 10: -3, 99: -3} {
		if got := c.at(x); got != want {
			t.Errorf("at(%v) = %v, want %v", x, got, want)
		}
	}
}

func TestSummarise(t *testing.T) {
	runs := []curve{
		{x: []float64{0, 2, 4, 6}, y: []float64{0, 20, 40, 60}},
		{x: []float64{1, 5}, y: []float64{4, 12}},
		{x: []float64{-9, 2, 99}, y: []float64{5, 5, 5}},
	}
	s, ok := summarise(runs)
	if !ok {
		t.Fatal("the runs share 1 to 5, but summarise says they share nothing")
	}
	// On the grid: run one is 10x, run two 2x + 2, run three 5.
	for _, c := range []struct {
		what      string
		got, want []float64
	}{
		{"x", s.x, []float64{1, 2, 4, 5}},
		{"mean", s.mean, []float64{19. / 3, 31. / 3, 55. / 3, 67. / 3}},
		{"low", s.low, []float64{4, 5, 5, 5}},
		{"high", s.high, []float64{10, 20, 40, 50}},
	} {
		if !slices.EqualFunc(c.got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }) {
			t.Errorf("%s is %v, want %v", c.what, c.got, c.want)
		}
	}
}

func TestSummariseRunsThatShareAPointOrNothing(t *testing.T) {
	early := curve{x: []float64{0, 1}, y: []float64{0, 2}}
	touching := curve{x: []float64{1, 2}, y: []float64{4, 9}}
	late := curve{x: []float64{1.5, 2}, y: []float64{4, 9}}
	if s, ok := summarise([]curve{early, touching}); !ok || !slices.Equal(s.x, []float64{1}) || s.mean[0] != 3 {
		t.Errorf("runs that share one point: %+v, %v", s, ok)
	}
	if s, ok := summarise([]curve{early, late}); ok {
		t.Errorf("runs that share nothing: %+v", s)
	}
}

func TestCommonGridOfManyPointsIsEven(t *testing.T) {
	a, b := long(5000, 0), long(5000, 0.5)
	grid := commonGrid([]curve{a, b})
	if len(grid) != maximumPoints || grid[0] != 0.5 || grid[len(grid)-1] != 4999 {
		t.Fatalf("%d points from %v to %v", len(grid), grid[0], grid[len(grid)-1])
	}
	for i := 1; i < len(grid); i++ {
		if step := grid[i] - grid[i-1]; math.Abs(step-4998.5/(maximumPoints-1)) > 1e-9 {
			t.Fatalf("step %d is %v", i, step)
		}
	}
}

// long returns a noisy curve of n points that begins at x = shift.
func long(n int, shift float64) curve {
	var c curve
	for i := range n {
		c.x = append(c.x, float64(i)+shift)
		c.y = append(c.y, float64(i*7919%101))
	}
	return c
}

func TestThinKeepsEveryPeak(t *testing.T) {
	short := long(maximumPoints, 0)
	if got := short.thin(); !slices.Equal(got.x, short.x) {
		t.Error("a short curve was thinned")
	}
	c := long(12_345, 0)
	c.y[777], c.y[9999] = 1e6, -1e6
	thinned := c.thin()
	if n := len(thinned.x); n > maximumPoints || n < maximumPoints/2 {
		t.Errorf("%d points are left", n)
	}
	for i, x := range thinned.x {
		if c.y[int(x)] != thinned.y[i] {
			t.Fatalf("point %v is not of the curve", x)
		}
		if i > 0 && x <= thinned.x[i-1] {
			t.Fatalf("x does not increase at %d", i)
		}
	}
	if slices.Max(thinned.y) != 1e6 || slices.Min(thinned.y) != -1e6 {
		t.Error("a peak was lost")
	}
}
