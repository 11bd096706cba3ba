package study

import (
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/train"
)

func TestDrop(t *testing.T) {
	for _, test := range []struct {
		values      []float64
		drop, share float64
	}{
		{[]float64{20, 100, 60, 120, 90}, 40, 0.4},          // 100 → 60; the range is 20 to 120
		{[]float64{0, 500, 250, 0}, 500, 1},                 // all is lost
		{[]float64{1, 2, 3}, 0, 0},                          // only up
		{[]float64{3}, 0, 0},                                // a point
		{[]float64{-1, -1}, 0, 0},                           // flat
		{[]float64{-100, -200, -150, -50, -160}, 110, 0.73}, // −50 → −160 of −50 to −200
		{[]float64{10, 0, 9, 2}, 10, 1},                     // the first fall is the worst
	} {
		c := Curve{Steps: make([]float64, len(test.values)), Values: test.values}
		if drop, share := c.Drop(); drop != test.drop || math.Abs(share-test.share) > 0.005 {
			t.Errorf("%v: %v and %v, want %v and %v", test.values, drop, share, test.drop, test.share)
		}
	}
	if drop, share := (Curve{}).Drop(); !math.IsNaN(drop) || !math.IsNaN(share) {
		t.Errorf("without a point: %v, %v", drop, share)
	}
}

// outcome makes a run whose rollouts each ended 20 episodes.
func outcome(final float64, failure *Failure, returns, kl []float64) Outcome {
	o := Outcome{Run: Run{Return: final, Seconds: 2, CPUSeconds: final / 100}, Failure: failure}
	for i, r := range returns {
		o.Curve.Steps = append(o.Curve.Steps, float64(100*(i+1)))
		o.Curve.Values = append(o.Curve.Values, r)
		o.Episodes = append(o.Episodes, 20)
	}
	o.Updates = Updates{Count: len(kl), KL: kl, EarlyStops: float64(len(kl)), Restores: math.NaN()}
	return o
}

// TestAssess follows three runs by hand: one that learns, one that learns and
// forgets, and one that fails.
func TestAssess(t *testing.T) {
	a := Assess([]Outcome{
		outcome(400, nil, []float64{0, 200, 400}, []float64{0.1, 0.3}),
		outcome(200, nil, []float64{0, 400, 100, 200}, []float64{0.2, 0.2, 0.8}),
		outcome(math.NaN(), &Failure{Steps: 150}, []float64{50}, []float64{math.Inf(1)}),
	}, 400, DefaultBootstrap())
	want := Assessment{
		Runs: 3, Failed: 1, FailedAfter: []float64{150},
		Mean: 300, IQM: Estimate{300, Interval{200, 400}},
		StepsToThreshold: 300, Reached: 2, // after 300, 200 and ∞ steps
		Drop: 100, DropMax: 300, // 0, 300 and 0
		DropShare: 0.25, DropShareMax: 0.75, // 300 of 400
		KL: math.Inf(1), KLHigh: math.Inf(1),
		EarlyStops: 2, // 2, 3 and 1
		Seconds:    2, CPUSeconds: 3, CPUPerUpdate: a.CPUPerUpdate,
	}
	if want := (4.0/2 + 2.0/3) / 2; math.Abs(a.CPUPerUpdate-want) > 1e-15 {
		t.Errorf("CPU seconds per update %v, want %v", a.CPUPerUpdate, want)
	}
	nan := math.NaN()
	for _, x := range []*float64{&a.ClipFraction, &a.ZeroGradient, &a.ZeroGradientAdvantage, &a.Restores} {
		if !math.IsNaN(*x) {
			t.Errorf("%v of what no run recorded", *x)
		}
		*x = 0
	}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("%+v\nwant %+v", a, want)
	}

	a = Assess([]Outcome{
		outcome(1, nil, nil, []float64{0.1, 0.3}),
		outcome(1, nil, nil, []float64{0.2, 0.2, 0.8}),
	}, nan, DefaultBootstrap())
	if got, want := a.KL, (0.2+0.4)/2; math.Abs(got-want) > 1e-15 {
		t.Errorf("KL %v, want %v", got, want)
	}
	if got, want := a.KLHigh, (0.29+0.74)/2; math.Abs(got-want) > 1e-15 { // 0.1 + 0.95·0.2 and 0.2 + 0.9·0.6
		t.Errorf("0.95 quantile of KL %v, want %v", got, want)
	}
	if a.Reached != 0 || !math.IsInf(a.StepsToThreshold, 1) || !math.IsNaN(a.Drop) || !math.IsNaN(a.DropShareMax) {
		t.Errorf("without curves and threshold: %+v", a)
	}
}

func TestAssessWithoutResults(t *testing.T) {
	a := Assess([]Outcome{outcome(math.NaN(), &Failure{Steps: 9}, nil, nil), outcome(math.NaN(), &Failure{Steps: 3}, nil, nil)}, 1, DefaultBootstrap())
	if a.Failed != 2 || !slices.Equal(a.FailedAfter, []float64{3, 9}) || !math.IsNaN(a.Mean) || !math.IsNaN(a.IQM.Low) || !math.IsNaN(a.CPUSeconds) {
		t.Errorf("%+v", a)
	}
}

func TestReadOutcome(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, train.SummaryFile), `{"return_mean":7,"seconds":2,"cpu_seconds":1}`)
	put(t, filepath.Join(dir, train.MetricsFile),
		`{"step":100,"policy/kl":0.5,"policy/clip_fraction":0.25,"policy/zero_gradient_fraction":0.125,"optim/early_stops":1}
{"step":200,"policy/kl":null,"rollout/return_mean":3,"rollout/episodes":20,"policy/zero_gradient_advantage":0.75,"guard/restores":4}
{"step":300,"optim/early_stops":2}
`)
	got, err := ReadOutcome(dir)
	want := Outcome{
		Run: Run{Return: 7, Seconds: 2, CPUSeconds: 1, Curve: Curve{Steps: []float64{200}, Values: []float64{3}}, Episodes: []float64{20}},
		Updates: Updates{
			Count: 3, KL: []float64{0.5, math.Inf(1)}, ClipFraction: []float64{0.25}, ZeroGradient: []float64{0.125},
			ZeroGradientAdvantage: []float64{0.75}, EarlyStops: 2, Restores: 4,
		},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
	for name, text := range map[string]string{
		train.SummaryFile: "{", train.MetricsFile: "[]\n", FailureFile: "{",
	} {
		bad := t.TempDir()
		put(t, filepath.Join(bad, train.SummaryFile), `{"return_mean":7}`)
		put(t, filepath.Join(bad, train.MetricsFile), "")
		put(t, filepath.Join(bad, name), text)
		if o, err := ReadOutcome(bad); err == nil {
			t.Errorf("a broken %s is read as %+v", name, o)
		}
	}
}

func TestMeanCurve(t *testing.T) {
	steps, mean := MeanCurve([]Outcome{
		outcome(1, nil, []float64{0, 100, 200, 300}, nil),
		outcome(1, nil, []float64{100, 100, 100}, nil),
		outcome(1, nil, nil, nil),
		outcome(math.NaN(), &Failure{}, []float64{900}, nil),
	}, 4)
	if !slices.Equal(steps, []float64{0, 100, 200, 300}) || !slices.Equal(mean, []float64{50, 50, 100, 150}) {
		t.Errorf("%v at %v", mean, steps)
	}
	if steps, mean := MeanCurve(nil, 4); steps != nil || mean != nil {
		t.Errorf("a curve of nothing: %v at %v", mean, steps)
	}
}

// A training that lost most of what it had learned.
func ExampleCurve_Drop() {
	c := Curve{Steps: []float64{1000, 2000, 3000, 4000}, Values: []float64{20, 420, 120, 220}}
	drop, share := c.Drop()
	fmt.Printf("%.0f, %.0f %% of its range\n", drop, 100*share)
	// Output: 300, 75 % of its range
}
