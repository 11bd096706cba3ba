// Package gradcheck measures derivatives of a function from its values, in
// tests only, to hold against derivatives that were worked out by hand.
//
// A derivative is measured with central differences at a sequence of halved
// steps, and each sequence of differences is extrapolated to a step of zero
// (Richardson). Of all the estimates the one is taken whose neighbours in the
// sequence agree best, allowing for the rounding of the function's values:
// large steps suffer from the function's curvature, small ones from rounding.
//
// Functions of float32 are taken to compute in single precision, functions of
// float64 in double precision, and the steps are chosen to match. Kinks, such
// as the bound of a clip, are stepped around if they are further from x than a
// few of the smallest steps (see [Gradient]); at a kink no estimate means
// anything. Points where the function is not finite are left out.
package gradcheck

import (
	"math"
	"slices"
)

// Float is the precision that a function computes in.
type Float interface{ float32 | float64 }

// Gradient measures the derivative of f with respect to each element of x.
// From coarse to fine h halves, from 2⁻⁵ to 2⁻²⁰ in double precision and from
// 2⁻³ to 2⁻¹¹ in single, times the power of two above |x[i]| if that is above 1;
// then, with the differences of step h as column 0,
//
//	r[h][0] = (f(x + h·e) − f(x − h·e)) / 2h
//	r[h][j] = r[h][j−1] + (r[h][j−1] − r[2h][j−1]) / (4ʲ − 1)
//
// and the result is the r[h][j] with the least sum of its distance from the two
// it was made of and of the rounding of f divided by h. The result is NaN if f
// is finite in too few places.
//
// The function f may keep or change nothing of its argument; x stays as it is.
//
// Source: L. F. Richardson, "The approximate arithmetical solution by finite
// differences", 1911; the choice of the estimate follows C. J. F. Ridders,
// "Accurate computation of F'(x) and F'(x)F”(x)", 1982, but sees all steps.
func Gradient[F Float](f func(x []F) float64, x []F) []float64 {
	point := slices.Clone(x)
	gradient := make([]float64, len(x))
	for i, center := range x {
		_, exponent := math.Frexp(max(float64(center), -float64(center), 0.5))
		gradient[i] = extrapolate(stepsOf[F](), func(h float64) difference {
			h = math.Ldexp(h, exponent)
			point[i] = center + F(h)
			above, right := f(point), float64(point[i])
			point[i] = center - F(h)
			below, left := f(point), float64(point[i])
			point[i] = center
			return difference{above, below, right - left}
		})
	}
	return gradient
}

// Along measures the derivative of f at x along a direction, which for a
// gradient g is Σ g·direction: one number instead of a gradient for functions
// of so many variables that each could not be moved on its own. The steps are
// those of [Gradient] divided by the largest |direction|, for |x| ≤ 1.
//
// It panics if the lengths differ or the direction is zero.
func Along[F Float](f func(x []F) float64, x, direction []F) float64 {
	if len(x) != len(direction) {
		panic("gradcheck: length of direction differs from x")
	}
	var largest float64
	for _, d := range direction {
		largest = max(largest, float64(d), -float64(d))
	}
	if largest == 0 {
		panic("gradcheck: direction is zero")
	}
	point := make([]F, len(x))
	at := func(h float64) float64 {
		for i := range point {
			point[i] = F(float64(x[i]) + float64(h*float64(direction[i])))
		}
		return f(point)
	}
	return extrapolate(stepsOf[F](), func(h float64) difference {
		h /= largest
		return difference{at(h), at(-h), 2 * h}
	})
}

// steps says at which steps a function is worth measuring.
type steps struct {
	first, last int     // exponents: from 2^first down to 2^last
	rounding    float64 // relative, of the function's values
}

// stepsOf returns the steps for functions that compute in the precision F.
func stepsOf[F Float]() steps {
	switch any(F(0)).(type) {
	case float32:
		return steps{-3, -11, 0x1p-22}
	}
	return steps{-5, -20, 0x1p-51}
}

// difference is a function's values on both sides of a point.
type difference struct{ above, below, distance float64 }

// slope is the central difference.
func (d difference) slope() float64 { return (d.above - d.below) / d.distance }

// rounding bounds the error of the slope that stems from rounded values.
func (d difference) rounding(relative float64) float64 {
	return relative * max(1, math.Abs(d.above), math.Abs(d.below)) / math.Abs(d.distance)
}

// extrapolate measures at ever finer steps and returns the best estimate.
func extrapolate(s steps, measure func(h float64) difference) float64 {
	const enough = 0x1p-36 // relative error at which finer steps are not worth their time
	best, leastError := math.NaN(), math.Inf(1)
	var coarser, row []float64
	for exponent := s.first; exponent >= s.last && !(leastError <= enough*math.Abs(best)); exponent-- {
		d := measure(math.Ldexp(1, exponent))
		if slope := d.slope(); math.IsNaN(slope) || math.IsInf(slope, 0) {
			coarser = nil
			continue
		}
		row = append(row[:0], d.slope())
		for j, above := range coarser {
			estimate := row[j] + (row[j]-above)/(math.Ldexp(1, 2*j+2)-1)
			row = append(row, estimate)
			spread := max(math.Abs(estimate-row[j]), math.Abs(estimate-above)) + d.rounding(s.rounding)
			if spread < leastError {
				best, leastError = estimate, spread
			}
		}
		coarser, row = row, coarser
	}
	return best
}
