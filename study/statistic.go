// Package study compares trainings: what a set of runs achieved, how sure that
// is with so few of them, and how fast they learned.
//
// The statistics are those of Agarwal, Schwarzer, Castro, Courville, Bellemare
// 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice"
// (arXiv 2108.13264): the interquartile mean in place of the mean of a handful
// of seeds, and a bootstrap interval beside every figure. Everything here is a
// pure function, and the same on every machine.
package study

import (
	"math"
	"slices"
)

// Statistic condenses a sample into one number. It must not change the sample.
type Statistic func(sample []float64) float64

// Mean is the arithmetic mean.
//
//	Σ x / n
//
// sample has n ≥ 1 values in any order. It panics if the sample is empty or has
// a NaN.
func Mean(sample []float64) float64 {
	check(sample)
	sum := 0.0
	for _, x := range sample {
		sum += x
	}
	return sum / float64(len(sample))
}

// IQM is the interquartile mean: the mean of the middle half of the sample. One
// seed that failed moves it less than it moves the mean, and it uses more of
// the sample than the median does.
//
//	k = ⌊n/4⌋;  (x₍k+1₎ + … + x₍n−k₎) / (n − 2k),  x₍1₎ ≤ … ≤ x₍n₎
//
// sample has n ≥ 1 values in any order; with fewer than four it is the mean. It
// panics if the sample is empty or has a NaN.
//
// Source: Agarwal et al. 2021, §4.3; whole values are cut off, as SciPy's
// trim_mean with a proportion of 0.25 does.
func IQM(sample []float64) float64 {
	x := sorted(sample)
	cut := len(x) / 4
	return Mean(x[cut : len(x)-cut])
}

// Median is the 0.5 quantile. It is defined as long as fewer than half of the
// values are infinite, which makes it the statistic for "steps until", where a
// run may never arrive.
//
// sample has n ≥ 1 values in any order. It panics if the sample is empty or has
// a NaN.
func Median(sample []float64) float64 { return Quantile(sample, 0.5) }

// Quantile is the value below which a share p of the sample lies, interpolated
// linearly between its neighbours.
//
//	h = p·(n−1);  x₍⌊h⌋+1₎ + (h − ⌊h⌋)·(x₍⌊h⌋+2₎ − x₍⌊h⌋+1₎),  x₍1₎ ≤ … ≤ x₍n₎
//
// sample has n ≥ 1 values in any order; p is from 0 to 1. It panics if p is
// not, or if the sample is empty or has a NaN.
//
// Source: definition 7 of Hyndman and Fan 1996, NumPy's default.
func Quantile(sample []float64, p float64) float64 {
	if !(p >= 0 && p <= 1) {
		panic("study: quantile outside [0, 1]")
	}
	return quantile(sorted(sample), p)
}

// quantile is Quantile of a sorted sample.
func quantile(x []float64, p float64) float64 {
	whole, rest := math.Modf(p * float64(len(x)-1))
	low := x[int(whole)]
	if rest == 0 {
		return low
	}
	high := x[int(whole)+1]
	if low == high { // both may be infinite
		return low
	}
	return low + float64(rest*(high-low))
}

// sorted returns a sorted copy of a sample.
func sorted(sample []float64) []float64 {
	check(sample)
	x := slices.Clone(sample)
	slices.Sort(x)
	return x
}

func check(sample []float64) {
	if len(sample) == 0 {
		panic("study: empty sample")
	}
	if slices.ContainsFunc(sample, math.IsNaN) {
		panic("study: the sample has a NaN")
	}
}
