package study

import (
	"math"
	"slices"
)

// Assessment describes the runs of one variant of a sweep on one environment.
// Figures that no run has are NaN. The zero value describes none. It is plain
// data.
//
// A run that failed has no final return, so Mean and IQM are over the others and
// must be read beside Failed. It counts everywhere else with what it recorded.
type Assessment struct {
	Runs, Failed int
	FailedAfter  []float64 // steps, of each run that failed, ascending

	Mean float64  // of the final returns
	IQM  Estimate // of the final returns

	// StepsToThreshold and Reached are as in Summary.
	StepsToThreshold float64
	Reached          int

	// Drop is the worst drop after the peak of the learning curve, smoothed over
	// Window episodes (see Curve.Drop): mean over the runs, and of its share.
	// The worst of the runs has DropMax and DropShareMax.
	Drop, DropShare       float64
	DropMax, DropShareMax float64

	// KL is the mean over the updates of a run and KLHigh the 0.95 quantile,
	// each then averaged over the runs.
	KL, KLHigh float64

	// Means over updates, averaged over the runs.
	ClipFraction, ZeroGradient, ZeroGradientAdvantage float64
	EarlyStops                                        float64 // mean number in a run
	Restores                                          float64 // likewise; NaN without a guard

	// Seconds and CPUSeconds are medians over the runs that did not fail;
	// CPUPerUpdate is the median of CPUSeconds divided by updates.
	Seconds, CPUSeconds, CPUPerUpdate float64
}

// klQuantile is the one that KLHigh is: large steps are rare, and do the harm.
const klQuantile = 0.95

// Assess describes the outcomes of one variant on one environment.
//
// threshold is the return that counts as success; NaN, which no run reaches, if
// there is none. It panics if there is no outcome.
func Assess(outcomes []Outcome, threshold float64, b Bootstrap) Assessment {
	if len(outcomes) == 0 {
		panic("study: no outcome to assess")
	}
	a := Assessment{Runs: len(outcomes)}
	a.results(outcomes, b)
	a.curves(outcomes, threshold)
	a.updates(outcomes)
	return a
}

// results describes final returns and costs.
func (a *Assessment) results(outcomes []Outcome, b Bootstrap) {
	var returns, seconds, cpu, perUpdate []float64
	for _, o := range outcomes {
		if o.Failure != nil {
			a.FailedAfter = append(a.FailedAfter, float64(o.Failure.Steps))
			continue
		}
		returns = append(returns, o.Return)
		seconds = append(seconds, o.Seconds)
		cpu = append(cpu, o.CPUSeconds)
		perUpdate = append(perUpdate, o.CPUSeconds/float64(max(1, o.Updates.Count)))
	}
	slices.Sort(a.FailedAfter)
	a.Failed = len(a.FailedAfter)
	if len(returns) == 0 {
		none := math.NaN()
		a.Mean, a.IQM = none, Estimate{none, Interval{none, none}}
		a.Seconds, a.CPUSeconds, a.CPUPerUpdate = none, none, none
		return
	}
	a.Mean, a.IQM = Mean(returns), b.estimate(returns)
	a.Seconds, a.CPUSeconds, a.CPUPerUpdate = Median(seconds), Median(cpu), Median(perUpdate)
}

// curves describes how the runs learned.
func (a *Assessment) curves(outcomes []Outcome, threshold float64) {
	var steps, drops, shares []float64
	for _, o := range outcomes {
		smooth := o.Curve.Trailing(o.Episodes, Window)
		reached := smooth.StepsTo(threshold)
		steps = append(steps, reached)
		if !math.IsInf(reached, 1) {
			a.Reached++
		}
		drop, share := smooth.Drop()
		drops, shares = append(drops, drop), append(shares, share)
	}
	a.StepsToThreshold = Median(steps)
	a.Drop, a.DropMax = known(drops, Mean), known(drops, slices.Max)
	a.DropShare, a.DropShareMax = known(shares, Mean), known(shares, slices.Max)
}

// updates describes how far the updates went.
func (a *Assessment) updates(outcomes []Outcome) {
	over := func(values func(Updates) []float64, statistic Statistic) float64 {
		var each []float64
		for _, o := range outcomes {
			each = append(each, known(values(o.Updates), statistic))
		}
		return known(each, Mean)
	}
	kl := func(u Updates) []float64 { return u.KL }
	a.KL = over(kl, Mean)
	a.KLHigh = over(kl, func(x []float64) float64 { return Quantile(x, klQuantile) })
	a.ClipFraction = over(func(u Updates) []float64 { return u.ClipFraction }, Mean)
	a.ZeroGradient = over(func(u Updates) []float64 { return u.ZeroGradient }, Mean)
	a.ZeroGradientAdvantage = over(func(u Updates) []float64 { return u.ZeroGradientAdvantage }, Mean)
	a.EarlyStops = over(func(u Updates) []float64 { return []float64{u.EarlyStops} }, Mean)
	a.Restores = over(func(u Updates) []float64 { return []float64{u.Restores} }, Mean)
}

// known is a statistic of those values that are not NaN; NaN if all are.
func known(sample []float64, statistic func([]float64) float64) float64 {
	sample = slices.DeleteFunc(slices.Clone(sample), math.IsNaN)
	if len(sample) == 0 {
		return math.NaN()
	}
	return statistic(sample)
}
