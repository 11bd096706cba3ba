package study_test

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/study"
)

// fixture is what tools/fixtures/study.py writes.
type fixture struct {
	Samples []struct {
		X                 []float64
		Mean, IQM, Median float64
		P, Quantiles      []float64
	}
	Level float64
	Exact []struct {
		X, Y                 []float64
		Interval, Difference [2]float64
	}
	Drawn []struct {
		X, Y       []float64
		OfX        drawn `json:"of_x"`
		Difference drawn
	}
	Stratified struct {
		Strata [][]float64
		drawn
	}
	Curves []struct {
		Steps, Values []float64
		End           float64
		Grid          []float64
		OnGrid        []float64 `json:"on_grid"`
		Area          float64
	}
}

// drawn is an interval that somebody else's random numbers made.
type drawn struct {
	Interval [2]float64
	Error    float64
}

func readFixture(t *testing.T) (f fixture) {
	t.Helper()
	golden.Read(t, filepath.Join("testdata", "scipy.json"), &f)
	return f
}

// near compares figures that differ by rounding alone.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-12*max(1, math.Abs(want)) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestStatisticsAreSciPys(t *testing.T) {
	for _, s := range readFixture(t).Samples {
		x := slices.Clone(s.X)
		name := fmt.Sprintf("n=%d", len(x))
		near(t, name+" mean", study.Mean(x), s.Mean)
		near(t, name+" IQM", study.IQM(x), s.IQM)
		near(t, name+" median", study.Median(x), s.Median)
		for i, p := range s.P {
			near(t, fmt.Sprintf("%s quantile %v", name, p), study.Quantile(x, p), s.Quantiles[i])
		}
		if !slices.Equal(x, s.X) {
			t.Errorf("%s: the sample was changed", name)
		}
	}
}

// TestIQMLeavesOutTheOuterHalves: by hand.
func TestIQMLeavesOutTheOuterHalves(t *testing.T) {
	for _, test := range []struct {
		sample []float64
		want   float64
	}{
		{[]float64{7}, 7},
		{[]float64{1, 2, 6}, 3},              // nothing to cut
		{[]float64{1000, 2, 4, -1000}, 3},    // one at each end
		{[]float64{5, 1, 2, 3, 4, 1e9}, 3.5}, // ⌊6/4⌋ = 1 at each end
		{[]float64{0, 500, 500, 500, 500, 500, 500, 500, 500, 9}, 500},
	} {
		if got := study.IQM(test.sample); got != test.want {
			t.Errorf("IQM(%v) = %v, want %v", test.sample, got, test.want)
		}
	}
}

func TestMedianWithRunsThatNeverArrive(t *testing.T) {
	never := math.Inf(1)
	for _, test := range []struct {
		steps []float64
		want  float64
	}{
		{[]float64{never, 300, 100}, 300},
		{[]float64{never, 300, 100, never}, never},
		{[]float64{never, never, never, never}, never},
		{[]float64{never}, never},
	} {
		if got := study.Median(test.steps); got != test.want {
			t.Errorf("Median(%v) = %v, want %v", test.steps, got, test.want)
		}
	}
}

// TestStatisticsMoveWithTheSample: they commute with rising linear maps, stay
// within the sample, and do not depend on its order.
func TestStatisticsMoveWithTheSample(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-1e3, 1e3), 1, 40).Draw(t, "x")
		shift := rapid.Float64Range(-1e3, 1e3).Draw(t, "shift")
		scale := rapid.Float64Range(0.1, 10).Draw(t, "scale")
		moved := make([]float64, len(x))
		for i, v := range x {
			moved[len(x)-1-i] = scale*v + shift
		}
		for name, statistic := range map[string]study.Statistic{"mean": study.Mean, "IQM": study.IQM, "median": study.Median} {
			value := statistic(x)
			if got, want := statistic(moved), scale*value+shift; math.Abs(got-want) > 1e-9*1e4 {
				t.Errorf("%s of the moved sample is %v, want %v", name, got, want)
			}
			if value < slices.Min(x)-1e-9 || value > slices.Max(x)+1e-9 {
				t.Errorf("%s = %v lies outside the sample", name, value)
			}
		}
	})
}

func TestMisusePanics(t *testing.T) {
	one := [][]float64{{1}}
	b := study.DefaultBootstrap()
	for name, misuse := range map[string]func(){
		"empty sample":      func() { study.IQM(nil) },
		"NaN":               func() { study.Mean([]float64{1, math.NaN()}) },
		"quantile":          func() { study.Quantile([]float64{1}, 1.1) },
		"no stratum":        func() { b.Interval(study.IQM, nil) },
		"empty stratum":     func() { b.Interval(study.IQM, [][]float64{{1}, {}}) },
		"no resamples":      func() { study.Bootstrap{Level: 0.95}.Interval(study.IQM, one) },
		"level":             func() { study.Bootstrap{Level: 1, Resamples: 9}.Difference(study.IQM, one, one) },
		"grid":              func() { study.Grid(0, 10) },
		"area":              func() { study.Area([]float64{1}) },
		"no point":          func() { study.Curve{}.End() },
		"sample":            func() { study.Curve{Steps: []float64{1}, Values: []float64{1}}.Sample(nil, []float64{1}) },
		"unequal curve":     func() { study.Curve{Steps: []float64{1}}.StepsTo(1) },
		"episodes":          func() { study.Curve{}.Trailing([]float64{1}, 1) },
		"no episodes":       func() { study.Curve{Steps: []float64{1}, Values: []float64{1}}.Trailing([]float64{0}, 1) },
		"window":            func() { study.Curve{}.Trailing(nil, 0) },
		"summary of no run": func() { study.Summarize(nil, 0, 1, b) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			misuse()
		})
	}
}
