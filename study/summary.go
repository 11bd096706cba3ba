package study

import "math"

// Window is how many training episodes must reach a threshold in the mean
// before Summarize says that a run has reached it.
const Window = 20

// gridPoints is how finely learning curves are sampled.
const gridPoints = 1001

// Run is what is compared of a training. The zero value has no curve and cannot
// be summarized. A Run is only read, so it may be shared.
type Run struct {
	Return   float64   // mean return of the final evaluation
	Curve    Curve     // mean return of the training episodes that ended in each rollout
	Episodes []float64 // how many episodes each point of Curve is the mean of

	Seconds, CPUSeconds float64 // that training took

	// Step of the final evaluation where that is the last point of the curve, as for
	// language models; otherwise 0.
	examined float64
}

// Estimate is a statistic of a sample with its bootstrap interval. The interval
// of a single run is that one value: one run says nothing about the next. Its
// zero value is 0 without doubt. An Estimate is a plain value.
type Estimate struct {
	Value float64
	Interval
}

// Summary describes a group of runs. The zero value describes none. A Summary
// is the caller's own; who only reads it may share it.
type Summary struct {
	Runs int
	Mean float64  // of the final returns
	IQM  Estimate // of the final returns
	Area Estimate // IQM of the areas under the learning curves

	// StepsToThreshold is the median of the steps after which the mean of the
	// latest Window training episodes reached the threshold; +Inf if half of
	// the runs never did. Reached is how many did.
	StepsToThreshold float64
	Reached          int

	Seconds, CPUSeconds float64 // medians

	// Curve is the mean learning curve on an even grid over the common steps.
	Curve []float64
}

// Summarize describes the runs of one setting.
//
// threshold is the return that counts as success; NaN, which no run reaches, if
// there is none. end is the number of steps over which the learning curves are
// compared; runs that are compared with each other need the same. It panics if
// there is no run, a run has no curve, or end is not positive.
func Summarize(runs []Run, threshold, end float64, b Bootstrap) Summary {
	grid := Grid(end, gridPoints)
	s := Summary{Runs: len(runs), Curve: make([]float64, len(grid))}
	values := make([]float64, len(grid))
	var areas, steps, seconds, cpuSeconds []float64
	for _, r := range runs {
		r.Curve.Sample(values, grid)
		areas = append(areas, Area(values))
		for j, v := range values {
			s.Curve[j] += v / float64(len(runs))
		}
		reached := r.Curve.Trailing(r.Episodes, Window).StepsTo(threshold)
		steps = append(steps, reached)
		if !math.IsInf(reached, 1) {
			s.Reached++
		}
		seconds = append(seconds, r.Seconds)
		cpuSeconds = append(cpuSeconds, r.CPUSeconds)
	}
	returns := Returns(runs)
	s.Mean = Mean(returns)
	s.IQM = b.estimate(returns)
	s.Area = b.estimate(areas)
	s.StepsToThreshold = Median(steps)
	s.Seconds, s.CPUSeconds = Median(seconds), Median(cpuSeconds)
	return s
}

// Contrast is how much higher the IQM of the final returns of x is than that of
// y, with its interval. It panics if there is no run on a side.
func Contrast(x, y []Run, b Bootstrap) Estimate {
	a, z := Returns(x), Returns(y)
	return Estimate{IQM(a) - IQM(z), b.Difference(IQM, [][]float64{a}, [][]float64{z})}
}

// Returns lists the final returns of runs.
func Returns(runs []Run) []float64 {
	returns := make([]float64, len(runs))
	for i, r := range runs {
		returns[i] = r.Return
	}
	return returns
}

func (b Bootstrap) estimate(sample []float64) Estimate {
	return Estimate{IQM(sample), b.Interval(IQM, [][]float64{sample})}
}
