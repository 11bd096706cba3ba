package study

import "math"

// Curve is a learning curve: Values[i] was measured after Steps[i] environment
// steps, which do not decrease. The zero value has no point, and only StepsTo
// and Trailing take it. A Curve is only read, so it may be shared.
type Curve struct{ Steps, Values []float64 }

// End is the step of the last point. It panics if the curve has no point.
func (c Curve) End() float64 {
	c.check(1)
	return c.Steps[len(c.Steps)-1]
}

// Sample reads the curve at the points of a grid, so that curves measured at
// different steps can be averaged and compared.
//
//	dst[j] = v_i + (g_j − s_i)/(s_{i+1} − s_i)·(v_{i+1} − v_i),  s_i ≤ g_j < s_{i+1}
//	         v_first before the first point, v_last from the last point on
//
// dst and grid have equal lengths and do not overlap; the grid does not
// decrease. Of several points at one step the last counts. It panics if the
// lengths differ or the curve has no point.
func (c Curve) Sample(dst, grid []float64) {
	c.check(1)
	if len(dst) != len(grid) {
		panic("study: length of dst differs from the grid")
	}
	next := 0 // first point beyond the place on the grid
	for j, g := range grid {
		for next < len(c.Steps) && c.Steps[next] <= g {
			next++
		}
		switch next {
		case 0:
			dst[j] = c.Values[0]
		case len(c.Steps):
			dst[j] = c.Values[next-1]
		default:
			share := (g - c.Steps[next-1]) / (c.Steps[next] - c.Steps[next-1])
			dst[j] = c.Values[next-1] + float64(share*(c.Values[next]-c.Values[next-1]))
		}
	}
}

// Trailing returns the running mean of a curve over the latest points that
// together stand for at least window episodes.
//
//	v̄_i = Σ_{k=j…i} n_k·v_k / Σ_{k=j…i} n_k,  j the largest with Σ_{k=j…i} n_k ≥ window
//
// episodes has the weight n_i > 0 of each point: the number of episodes whose
// mean it is. Points with too few episodes behind them are left out, so the
// result may have no point. It panics if the lengths differ, an n_i is not
// positive or window is not.
func (c Curve) Trailing(episodes []float64, window float64) Curve {
	c.check(0)
	if len(episodes) != len(c.Steps) {
		panic("study: length of episodes differs from the curve")
	}
	if !(window > 0) {
		panic("study: window is not positive")
	}
	var smooth Curve
	for i := range c.Steps {
		sum, count := 0.0, 0.0
		for k := i; k >= 0 && count < window; k-- {
			if !(episodes[k] > 0) {
				panic("study: a point without episodes")
			}
			sum += float64(episodes[k] * c.Values[k])
			count += episodes[k]
		}
		if count >= window {
			smooth.Steps = append(smooth.Steps, c.Steps[i])
			smooth.Values = append(smooth.Values, sum/count)
		}
	}
	return smooth
}

// StepsTo returns the step of the first point that is at least threshold, +Inf
// if there is none.
//
//	min { s_i : v_i ≥ threshold }
//
// A curve of single noisy measurements crosses early by luck: smooth it with
// Trailing first.
func (c Curve) StepsTo(threshold float64) float64 {
	c.check(0)
	for i, v := range c.Values {
		if v >= threshold {
			return c.Steps[i]
		}
	}
	return math.Inf(1)
}

func (c Curve) check(least int) {
	if len(c.Steps) != len(c.Values) {
		panic("study: a curve with unequally many steps and values")
	}
	if len(c.Steps) < least {
		panic("study: a curve without a point")
	}
}

// Grid returns evenly spaced steps from 0 to end.
//
//	g_j = j·end/(points−1),  j = 0 … points−1
//
// It panics unless end is positive and points at least 2.
func Grid(end float64, points int) []float64 {
	if !(end > 0) || points < 2 {
		panic("study: a grid needs two points and a positive end")
	}
	grid := make([]float64, points)
	for j := range grid {
		grid[j] = float64(j) * end / float64(points-1)
	}
	return grid
}

// Area returns the area under a curve on an even grid, divided by its length:
// the mean height, in the unit of the values. Of two trainings that end alike
// the one that learned sooner has more of it.
//
//	(v_0/2 + v_1 + … + v_{n−2} + v_{n−1}/2) / (n−1)
//
// It panics if there are fewer than two values.
func Area(values []float64) float64 {
	if len(values) < 2 {
		panic("study: no area under fewer than two values")
	}
	last := len(values) - 1
	sum := (values[0] + values[last]) / 2
	for _, v := range values[1:last] {
		sum += v
	}
	return sum / float64(last)
}
