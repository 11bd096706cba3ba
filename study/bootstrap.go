package study

import (
	"slices"

	"github.com/proximal-rl/proximal/seed"
)

// Interval is a confidence interval. Its zero value is the point 0. An Interval
// is a plain value.
type Interval struct{ Low, High float64 }

// Contains says whether x lies in the interval, its ends included.
func (i Interval) Contains(x float64) bool { return i.Low <= x && x <= i.High }

// Bootstrap says how confidence intervals are made: by drawing new samples from
// the one there is. The zero value is of no use; DefaultBootstrap is complete.
// A Bootstrap is a plain value, safe for concurrent use; equal ones give equal
// intervals.
type Bootstrap struct {
	Level     float64 // share of cases in which an interval should hold the truth; in (0, 1)
	Resamples int     // samples drawn; at least 1
	Seed      uint64
}

// DefaultBootstrap is a 95 % interval from 10,000 resamples.
func DefaultBootstrap() Bootstrap { return Bootstrap{Level: 0.95, Resamples: 10_000} }

// Interval returns the percentile bootstrap interval of a statistic.
//
//	for r = 1 … Resamples:
//	    each stratum s: as many values as it has, drawn from it with replacement
//	    t_r = statistic(all drawn values together)
//	[quantile(t, (1−Level)/2), quantile(t, (1+Level)/2)]
//
// strata has one slice of runs for each task; runs of a single task are one
// stratum. The statistic sees the strata one after another. It panics if there
// is no stratum, one is empty or has a NaN, or b is out of range.
//
// Source: Agarwal et al. 2021, §4.1;
// Efron 1979.
func (b Bootstrap) Interval(statistic Statistic, strata [][]float64) Interval {
	return b.percentile(b.replicates(statistic, strata, 0))
}

// Difference returns the percentile bootstrap interval of statistic(x) −
// statistic(y). Both sides are resampled independently, as runs of different
// settings are: equal seeds do not pair them.
//
//	for r = 1 … Resamples: t_r = statistic(x resampled) − statistic(y resampled)
//	[quantile(t, (1−Level)/2), quantile(t, (1+Level)/2)]
//
// x and y are strata as Interval takes them; they need not have equally many
// runs. It panics as Interval does.
//
// Source: as for Interval.
func (b Bootstrap) Difference(statistic Statistic, x, y [][]float64) Interval {
	differences := b.replicates(statistic, x, 0)
	for r, t := range b.replicates(statistic, y, 1) {
		differences[r] -= t
	}
	return b.percentile(differences)
}

// replicates returns the statistic of each resample; index keeps the random
// numbers of two samples apart.
func (b Bootstrap) replicates(statistic Statistic, strata [][]float64, index int) []float64 {
	if !(b.Level > 0 && b.Level < 1) || b.Resamples < 1 {
		panic("study: bootstrap out of range")
	}
	if len(strata) == 0 {
		panic("study: no stratum")
	}
	for _, stratum := range strata {
		check(stratum)
	}
	rng := seed.Stream(b.Seed, "bootstrap", index)
	drawn := make([]float64, 0, len(slices.Concat(strata...)))
	replicates := make([]float64, b.Resamples)
	for r := range replicates {
		drawn = drawn[:0]
		for _, stratum := range strata {
			for range stratum {
				drawn = append(drawn, stratum[rng.Integers(0, int64(len(stratum)))])
			}
		}
		replicates[r] = statistic(drawn)
	}
	return replicates
}

func (b Bootstrap) percentile(replicates []float64) Interval {
	slices.Sort(replicates)
	return Interval{quantile(replicates, (1-b.Level)/2), quantile(replicates, (1+b.Level)/2)}
}
