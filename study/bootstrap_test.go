package study_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/study"
)

// many resamples, so that chance is small against the tolerances.
var many = study.Bootstrap{Level: 0.95, Resamples: 100_000, Seed: 3}

// within compares the ends of an interval.
func within(t *testing.T, what string, got study.Interval, want [2]float64, tolerance float64) {
	t.Helper()
	if math.Abs(got.Low-want[0]) > tolerance || math.Abs(got.High-want[1]) > tolerance {
		t.Errorf("%s: got %v, want %v within %v", what, got, want, tolerance)
	}
}

// TestIntervalsWithoutChance: for samples so small that all resamples can be
// counted, the drawn interval is the exact one. The resamples of the tiny
// samples have few values, which are hit exactly.
func TestIntervalsWithoutChance(t *testing.T) {
	f := readFixture(t)
	if f.Level != many.Level {
		t.Fatalf("the fixture's level is %v", f.Level)
	}
	for _, e := range f.Exact {
		name := fmt.Sprintf("%d and %d values", len(e.X), len(e.Y))
		tolerance := 1e-12
		if len(e.Y)*len(e.X) > 9 {
			tolerance = 0.02 // of samples with a deviation of 1 and 2
		}
		within(t, name, many.Interval(study.IQM, [][]float64{e.X}), e.Interval, tolerance)
		within(t, name+", difference", many.Difference(study.IQM, [][]float64{e.X}, [][]float64{e.Y}), e.Difference, tolerance)
	}
}

// TestIntervalsAreSciPys: as far as the random numbers allow, which is known
// from two halves of SciPy's resamples.
func TestIntervalsAreSciPys(t *testing.T) {
	f := readFixture(t)
	for _, d := range f.Drawn {
		x, y := [][]float64{d.X}, [][]float64{d.Y}
		name := fmt.Sprintf("%d and %d values", len(d.X), len(d.Y))
		within(t, name, many.Interval(study.IQM, x), d.OfX.Interval, 5*d.OfX.Error+0.2)
		within(t, name+", difference", many.Difference(study.IQM, x, y), d.Difference.Interval, 5*d.Difference.Error+0.2)
	}
	s := f.Stratified
	within(t, "two strata", many.Interval(study.IQM, s.Strata), s.Interval, 5*s.Error+0.02)
}

func TestIntervalOfTheMeanInClosedForm(t *testing.T) {
	// Of n values 0 and 1, half each, the resampled mean is binomial(n, ½)/n.
	// For n = 20: P(≤ 5) = 0.0207 and P(≤ 6) = 0.0577, so the 2.5 % quantile is 6.
	sample := make([]float64, 20)
	for i := range 10 {
		sample[i] = 1
	}
	got := many.Interval(study.Mean, [][]float64{sample})
	within(t, "binomial", got, [2]float64{0.3, 0.7}, 1e-12)
}

func TestIntervalsAreDeterministic(t *testing.T) {
	x, y := [][]float64{{1.3, 2.9, 4.1, 8.7, 16.6}}, [][]float64{{3.2, 9.8, 27.5}}
	b := study.Bootstrap{Level: 0.9, Resamples: 30, Seed: 7}
	first := b.Difference(study.IQM, x, y)
	if again := b.Difference(study.IQM, x, y); again != first {
		t.Errorf("equal bootstraps gave %v and %v", first, again)
	}
	// Frozen: an interval in a paper must not change with a release.
	golden.Same(t, "frozen interval", []float64{first.Low, first.High}, []float64{-17.94333333333333, 1.7849999999999995})
	b.Seed = 1
	one := b.Interval(study.Mean, x)
	b.Seed = 2
	if b.Interval(study.Mean, x) == one {
		t.Error("the seed changes nothing")
	}
}

// TestTheSidesOfADifferenceAreIndependent: a sample minus itself varies, twice
// as much in variance as the sample alone.
func TestTheSidesOfADifferenceAreIndependent(t *testing.T) {
	x := [][]float64{make([]float64, 30)}
	for i := range x[0] {
		x[0][i] = float64(i)
	}
	alone, both := many.Interval(study.Mean, x), many.Difference(study.Mean, x, x)
	ratio := (both.High - both.Low) / (alone.High - alone.Low)
	if math.Abs(ratio-math.Sqrt2) > 0.03 {
		t.Errorf("the difference is %v times as wide as one side, want √2", ratio)
	}
	if !both.Contains(0) || both.Contains(both.High+1e-9) || both.Contains(both.Low-1e-9) {
		t.Errorf("Contains is wrong for %v", both)
	}
}

// TestStrataKeepTheirSizes: resampling never mixes tasks.
func TestStrataKeepTheirSizes(t *testing.T) {
	strata := [][]float64{{0, 1}, {100, 101, 102}}
	study.Bootstrap{Level: 0.5, Resamples: 200}.Interval(func(sample []float64) float64 {
		if len(sample) != 5 || max(sample[0], sample[1]) > 1 || min(sample[2], sample[3], sample[4]) < 100 {
			t.Fatalf("drew %v", sample)
		}
		return 0
	}, strata)
}
