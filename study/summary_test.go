package study_test

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/study"
)

// rising is a run whose returns rise evenly from 0 to 100 over 100 rollouts of
// ten steps and five episodes each, and then stay.
func rising(final, speed float64) study.Run {
	r := study.Run{Return: final}
	for i := range 201 {
		r.Curve.Steps = append(r.Curve.Steps, float64(10*i))
		r.Curve.Values = append(r.Curve.Values, min(100, speed*float64(i)))
		r.Episodes = append(r.Episodes, 5)
	}
	return r
}

func TestSummarizeInClosedForm(t *testing.T) {
	runs := []study.Run{rising(90, 1), rising(95, 1), rising(100, 1), rising(10, 1)}
	for i := range runs {
		runs[i].Seconds, runs[i].CPUSeconds = float64(10*i), float64(1+i*i) // 0 10 20 30 and 1 2 5 10
	}
	s := study.Summarize(runs, 50, 2000, study.DefaultBootstrap())
	if s.Runs != 4 || s.Reached != 4 {
		t.Errorf("%d runs, %d reached the threshold", s.Runs, s.Reached)
	}
	near(t, "mean", s.Mean, 73.75)
	near(t, "IQM", s.IQM.Value, 92.5)
	// A triangle of half the steps, then a rectangle: 50/2 + 100/2. All runs
	// have the same curve, so there is nothing to doubt.
	near(t, "area", s.Area.Value, 75)
	near(t, "area, low", s.Area.Low, 75)
	near(t, "area, high", s.Area.High, 75)
	// The mean of 20 episodes, four rollouts, lags one and a half rollouts
	// behind: i − 1.5 ≥ 50 first holds for i = 52.
	near(t, "steps", s.StepsToThreshold, 520)
	near(t, "mean curve at the end", s.Curve[len(s.Curve)-1], 100)
	near(t, "mean curve at a quarter", s.Curve[(len(s.Curve)-1)/4], 50)
	near(t, "seconds", s.Seconds, 15)
	near(t, "CPU seconds", s.CPUSeconds, 3.5)
	if !s.IQM.Contains(s.IQM.Value) || s.IQM.Low < 10 || s.IQM.High > 100 {
		t.Errorf("interval of the IQM: %v", s.IQM)
	}
}

func TestThresholdsThatAreNotReached(t *testing.T) {
	runs := []study.Run{rising(1, 1), rising(2, 0.1), rising(3, 0.1)}
	for _, test := range []struct {
		threshold, steps float64
		reached          int
	}{
		{15, 1520, 3}, // the slow ones at i = 151.5, and two of three are slow
		{50, math.Inf(1), 1},
		{101, math.Inf(1), 0},
		{math.NaN(), math.Inf(1), 0},
	} {
		s := study.Summarize(runs, test.threshold, 1000, study.DefaultBootstrap())
		if s.Reached != test.reached || s.StepsToThreshold != test.steps {
			t.Errorf("threshold %v: %d reached it, the median after %v; want %d after %v",
				test.threshold, s.Reached, s.StepsToThreshold, test.reached, test.steps)
		}
	}
}

func TestOneRunHasNoInterval(t *testing.T) {
	s := study.Summarize([]study.Run{rising(42, 1)}, 50, 2000, study.DefaultBootstrap())
	if want := (study.Estimate{Value: 42, Interval: study.Interval{Low: 42, High: 42}}); s.IQM != want {
		t.Errorf("IQM %v, want %v", s.IQM, want)
	}
}

func TestContrastIsTheDifferenceOfTheIQMs(t *testing.T) {
	x := []study.Run{rising(90, 1), rising(91, 1), rising(92, 1), rising(0, 1)}
	y := []study.Run{rising(50, 1), rising(51, 1)}
	b := study.DefaultBootstrap()
	c, back := study.Contrast(x, y, b), study.Contrast(y, x, b)
	near(t, "difference", c.Value, 90.5-50.5)
	near(t, "the other way", back.Value, -c.Value)
	if !c.Contains(c.Value) || c.Contains(0) == (c.Low > 0) {
		t.Errorf("interval %v", c)
	}
}
