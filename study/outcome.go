package study

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/train"
)

// Outcome is what is compared of one run of a sweep. Its zero value has no
// update. An Outcome is only read, so it may be shared.
type Outcome struct {
	Run              // Return is NaN if the run failed; the curve may have no point
	Failure *Failure // nil unless it failed
	Updates Updates

	Language *Language // nil unless the run aligned a language model
}

// Updates is what a run recorded of its updates, one value for each that has
// one. The zero value has none. It is only read, so it may be shared.
type Updates struct {
	Count int // all of them

	KL                    []float64 // policy/kl; +Inf where it was not finite
	ClipFraction          []float64
	ZeroGradient          []float64 // fraction of samples without gradient
	ZeroGradientAdvantage []float64 // share of |advantage| that these carry
	EarlyStops            float64   // in the whole run
	Restores              float64   // updates that a guard took back in it; NaN without a guard
}

// ReadOutcome reads a run of a sweep from its folder, be it that it failed.
func ReadOutcome(dir string) (Outcome, error) {
	o := Outcome{Run: Run{Return: math.NaN(), Seconds: math.NaN(), CPUSeconds: math.NaN()}}
	rows, _, err := record.ReadFile(filepath.Join(dir, train.MetricsFile))
	if has(dir, FailureFile) {
		if o.Failure, err = readFailure(filepath.Join(dir, FailureFile)); err != nil {
			return o, err
		}
	} else if err != nil { // a run that never began has no metrics
		return o, err
	} else if err := o.readSummary(dir); err != nil {
		return o, err
	}
	if err := o.readRows(rows); err != nil {
		return o, fmt.Errorf("%s: %w", dir, err)
	}
	o.Updates.read(rows)
	if o.Failure == nil {
		o.Language, err = readLanguage(dir, rows)
	}
	return o, err
}

func readFailure(path string) (*Failure, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read failure: %w", err)
	}
	f := &Failure{}
	if err := json.Unmarshal(data, f); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return f, nil
}

// read takes in the rows of metrics.jsonl.
func (u *Updates) read(rows []record.Row) {
	u.Count, u.Restores = len(rows), math.NaN()
	for _, row := range rows {
		for _, m := range []struct {
			name string
			dst  *[]float64
		}{
			{record.PolicyKL, &u.KL},
			{record.PolicyClipFraction, &u.ClipFraction},
			{record.PolicyZeroGradient, &u.ZeroGradient},
			{record.PolicyZeroGradientAdvantage, &u.ZeroGradientAdvantage},
		} {
			value, ok := row.Value(m.name)
			if ok && math.IsNaN(value) { // how files show what is not finite
				value = math.Inf(1)
			}
			if ok {
				*m.dst = append(*m.dst, value)
			}
		}
		if n, ok := row.Value(record.OptimEarlyStops); ok {
			u.EarlyStops = n
		}
		if n, ok := row.Value(record.GuardRestores); ok {
			u.Restores = n
		}
	}
}

// MeanCurve returns the mean learning curve of outcomes, each smoothed over
// Window episodes, on an even grid of points over the steps that all of them
// reached. Runs that failed and runs without a smoothed curve do not count; if
// there is no other the result is empty. It panics if points is less than 2.
func MeanCurve(outcomes []Outcome, points int) (steps, mean []float64) {
	var curves []Curve
	end := math.Inf(1)
	for _, o := range outcomes {
		if c := o.Curve.Trailing(o.Episodes, Window); o.Failure == nil && len(c.Steps) > 0 {
			curves = append(curves, c)
			end = min(end, c.End())
		}
	}
	if len(curves) == 0 {
		return nil, nil
	}
	steps = Grid(end, points)
	mean = make([]float64, points)
	values := make([]float64, points)
	for _, c := range curves {
		c.Sample(values, steps)
		for j, v := range values {
			mean[j] += v / float64(len(curves))
		}
	}
	return steps, mean
}
