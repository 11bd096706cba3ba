package plot

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
)

// curve is a line through points whose x strictly increases.
type curve struct{ x, y []float64 }

// extent is the largest value that is drawn. Beyond it, differences of values
// would overflow.
const extent = 1e300

// isFinite reports whether v can be drawn.
func isFinite(v float64) bool { return math.Abs(v) <= extent }

// newCurve returns the finite points of s. Of points with the same x it keeps
// the last.
func newCurve(s Series) (curve, error) {
	if len(s.X) != len(s.Y) {
		panic("plot: X and Y of a series differ in length")
	}
	var c curve
	for i, x := range s.X {
		if !isFinite(x) || !isFinite(s.Y[i]) {
			continue
		}
		last := len(c.x) - 1
		switch {
		case last >= 0 && x < c.x[last]:
			return curve{}, fmt.Errorf("x goes back from %v to %v", c.x[last], x)
		case last >= 0 && x == c.x[last]:
			c.y[last] = s.Y[i]
		default:
			c.x, c.y = append(c.x, x), append(c.y, s.Y[i])
		}
	}
	if len(c.x) == 0 {
		return curve{}, errors.New("no finite value")
	}
	return c, nil
}

// at returns the height of c at x by linear interpolation:
//
//	y[i] + (y[i+1] − y[i])·(x − x[i])/(x[i+1] − x[i])   for x[i] ≤ x < x[i+1]
//
// At a point of the curve the result is exactly its y; left of the first point
// and right of the last it is theirs.
func (c curve) at(x float64) float64 {
	right, exact := slices.BinarySearch(c.x, x)
	switch {
	case exact, right == 0:
		return c.y[right]
	case right == len(c.x):
		return c.y[right-1]
	}
	left := right - 1
	part := (x - c.x[left]) / (c.x[right] - c.x[left])
	return c.y[left] + float64((c.y[right]-c.y[left])*part)
}

// maximumPoints bounds the points of a drawn line; a figure is hardly wider in
// pixels.
const maximumPoints = 1000

// thin returns c with at most maximumPoints points. It cuts the range of
// indices in equal parts and keeps the lowest and the highest point of each,
// so that no peak is lost.
func (c curve) thin() curve {
	n := len(c.x)
	if n <= maximumPoints {
		return c
	}
	var thinned curve
	const parts = maximumPoints / 2
	for part := range parts {
		from, to := part*n/parts, (part+1)*n/parts
		low, high := from, from
		for i := from; i < to; i++ {
			if c.y[i] < c.y[low] {
				low = i
			}
			if c.y[i] > c.y[high] {
				high = i
			}
		}
		for _, i := range slices.Compact([]int{min(low, high), max(low, high)}) {
			thinned.x, thinned.y = append(thinned.x, c.x[i]), append(thinned.y, c.y[i])
		}
	}
	return thinned
}

// summary is several runs in one: their mean, lowest and highest value at each
// x of a common grid.
type summary struct{ x, mean, low, high []float64 }

// summarise returns the summary of runs on their common grid. ok is false if
// the runs share no x.
func summarise(runs []curve) (s summary, ok bool) {
	s.x = commonGrid(runs)
	column := make([]float64, len(runs))
	for _, x := range s.x {
		for i, run := range runs {
			column[i] = run.at(x)
		}
		s.mean = append(s.mean, finiteMean(column))
		s.low = append(s.low, slices.Min(column))
		s.high = append(s.high, slices.Max(column))
	}
	return s, len(s.x) > 0
}

// commonGrid returns the x that occur in any run, as far as all runs reach, in
// ascending order; if these are more than maximumPoints, as many evenly spaced
// ones.
func commonGrid(runs []curve) []float64 {
	from, to := math.Inf(-1), math.Inf(1)
	for _, run := range runs {
		from = max(from, run.x[0])
		to = min(to, run.x[len(run.x)-1])
	}
	var grid []float64
	for _, run := range runs {
		first := sort.SearchFloat64s(run.x, from)
		for _, x := range run.x[first:] {
			if x > to {
				break
			}
			grid = append(grid, x)
		}
	}
	slices.Sort(grid)
	grid = slices.Compact(grid)
	if len(grid) <= maximumPoints {
		return grid
	}
	grid = grid[:maximumPoints]
	for i := range grid {
		part := float64(i) / (maximumPoints - 1)
		grid[i] = from + float64((to-from)*part)
	}
	return grid
}
