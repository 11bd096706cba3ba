package study_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/study"
)

func TestCurvesAreNumPys(t *testing.T) {
	for _, c := range readFixture(t).Curves {
		name := fmt.Sprintf("%d points", len(c.Steps))
		grid := study.Grid(c.End, len(c.Grid))
		got := make([]float64, len(grid))
		study.Curve{Steps: c.Steps, Values: c.Values}.Sample(got, grid)
		for j := range grid {
			near(t, fmt.Sprintf("%s, grid %d", name, j), grid[j], c.Grid[j])
			// Where the slope is steep, the rounding of the grid shows.
			if math.Abs(got[j]-c.OnGrid[j]) > 1e-9 {
				t.Errorf("%s at %v: got %v, want %v", name, grid[j], got[j], c.OnGrid[j])
			}
		}
		if area := study.Area(got); math.Abs(area-c.Area) > 1e-9 {
			t.Errorf("%s: area %v, want %v", name, area, c.Area)
		}
	}
}

func TestSampleInClosedForm(t *testing.T) {
	for _, test := range []struct {
		name                      string
		steps, values, grid, want []float64
	}{
		{"between and beyond", []float64{10, 20}, []float64{1, 3}, []float64{0, 10, 15, 20, 99}, []float64{1, 1, 2, 3, 3}},
		{"one point", []float64{10}, []float64{7}, []float64{0, 10, 20}, []float64{7, 7, 7}},
		{"two at one step", []float64{0, 10, 10, 20}, []float64{0, 4, 8, 8}, []float64{5, 10, 15}, []float64{2, 8, 8}},
		{"several points between two of the grid", []float64{1, 2, 3, 4}, []float64{5, 9, 9, 1}, []float64{1, 3.5}, []float64{5, 5}},
	} {
		got := make([]float64, len(test.grid))
		study.Curve{Steps: test.steps, Values: test.values}.Sample(got, test.grid)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

func TestAreaInClosedForm(t *testing.T) {
	// ∫₀¹ x² dx = 1/3, and the trapezoid rule is off by 1/(6(n−1)²).
	const n = 101
	square := study.Grid(1, n)
	for i, x := range square {
		square[i] = x * x
	}
	near(t, "parabola", study.Area(square), 1.0/3+1.0/6/(n-1)/(n-1))
	near(t, "constant", study.Area([]float64{4, 4, 4}), 4)
	near(t, "straight line", study.Area([]float64{-1, 5}), 2)
}

func TestTrailingInClosedForm(t *testing.T) {
	c := study.Curve{Steps: []float64{1, 2, 3, 4, 5}, Values: []float64{10, 20, 30, 40, 50}}
	got := c.Trailing([]float64{1, 1, 2, 5, 1}, 3)
	want := study.Curve{Steps: []float64{3, 4, 5}, Values: []float64{
		80.0 / 3,  // 1·20 + 2·30 over 3 episodes
		40,        // the latest point is enough
		250.0 / 6, // 5·40 + 1·50 over 6
	}}
	if !slices.Equal(got.Steps, want.Steps) || !slices.Equal(got.Values, want.Values) {
		t.Errorf("got %v, want %v", got, want)
	}
	if short := c.Trailing([]float64{1, 1, 1, 1, 1}, 6); len(short.Steps) != 0 {
		t.Errorf("a window longer than the training has points: %v", short)
	}
}

func TestStepsTo(t *testing.T) {
	c := study.Curve{Steps: []float64{100, 200, 300}, Values: []float64{-5, 475, 400}}
	for _, test := range []struct{ threshold, want float64 }{
		{-10, 100}, {475, 200}, {474, 200}, {476, math.Inf(1)}, {math.NaN(), math.Inf(1)},
	} {
		if got := c.StepsTo(test.threshold); got != test.want {
			t.Errorf("steps to %v: got %v, want %v", test.threshold, got, test.want)
		}
	}
}
