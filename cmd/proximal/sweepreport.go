package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"

	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/study"
	"github.com/proximal-rl/proximal/train"
)

// sweepReport is what a sweep found, as --json shows it.
type sweepReport struct {
	Title        string             `json:"title"`
	Level        float64            `json:"level"` // of all intervals
	Resamples    int                `json:"resamples"`
	Folder       string             `json:"folder"`
	Environments []sweepEnvironment `json:"environments"`
	Scores       []sweepScore       `json:"scores,omitempty"` // with --scores
}

// sweepEnvironment is what a sweep found on one environment.
type sweepEnvironment struct {
	Env       string         `json:"env"`
	Threshold *float64       `json:"reward_threshold"`
	Random    *float64       `json:"random_return,omitempty"` // with --scores
	Variants  []sweepVariant `json:"variants"`
}

// sweepVariant is the runs of one variant on one environment. A figure is null
// if no run has it or it is not finite; steps_to_threshold also if fewer than
// half of the runs reached it.
type sweepVariant struct {
	Name        string    `json:"name"`
	Algo        string    `json:"algo"`
	Set         []string  `json:"set"`
	From        string    `json:"from,omitempty"`
	Steps       int       `json:"steps"`
	Runs        []string  `json:"runs"`
	Seeds       []uint64  `json:"seeds"`
	Failed      int       `json:"failed"`
	FailedAfter []float64 `json:"failed_after_steps"`

	ReturnMean *float64 `json:"return_mean"`
	ReturnIQM  *float64 `json:"return_iqm"`
	ReturnLow  *float64 `json:"return_iqm_low"`
	ReturnHigh *float64 `json:"return_iqm_high"`

	StepsToThreshold *float64 `json:"steps_to_threshold"`
	Reached          *int     `json:"reached_threshold"`

	Drop         *float64 `json:"worst_drop"`
	DropShare    *float64 `json:"worst_drop_share"`
	DropMax      *float64 `json:"worst_drop_max"`
	DropShareMax *float64 `json:"worst_drop_share_max"`

	KL                    *float64 `json:"kl_mean"`
	KLHigh                *float64 `json:"kl_p95"`
	ClipFraction          *float64 `json:"clip_fraction"`
	ZeroGradient          *float64 `json:"zero_gradient_fraction"`
	ZeroGradientAdvantage *float64 `json:"zero_gradient_advantage"`
	EarlyStops            *float64 `json:"early_stops"`
	Restores              *float64 `json:"restores"`

	Seconds      *float64 `json:"seconds"`
	CPUSeconds   *float64 `json:"cpu_seconds"`
	CPUPerUpdate *float64 `json:"cpu_seconds_per_update"`

	Parameters *int     `json:"parameters"`
	Score      *float64 `json:"score"` // with --scores

	*sweepLanguage // of text tasks only

	study    study.Assessment
	outcomes []study.Outcome
	scores   []float64 // of the runs; nil without --scores
}

// assess reads all runs of a sweep that has been executed.
func assess(p *study.Plan, b study.Bootstrap) (*sweepReport, error) {
	r := &sweepReport{Title: p.Sweep.Title, Level: b.Level, Resamples: b.Resamples, Folder: p.Dir}
	for _, v := range p.Variants {
		for _, id := range v.Environments {
			e := r.environment(id)
			threshold := math.NaN()
			if e.Threshold != nil {
				threshold = *e.Threshold
			}
			found := sweepVariant{Name: v.Name, Algo: v.Algorithm, Set: v.Set, From: v.From}
			if err := found.read(p.Cells, id); err != nil {
				return nil, err
			}
			found.describe(study.Assess(found.outcomes, threshold, b))
			if e.Threshold == nil {
				found.Reached = nil
			}
			e.Variants = append(e.Variants, found)
		}
	}
	return r, nil
}

// environment returns the part of the report about an environment, made if
// there is none.
func (r *sweepReport) environment(id string) *sweepEnvironment {
	at := slices.IndexFunc(r.Environments, func(e sweepEnvironment) bool { return e.Env == id })
	if at < 0 {
		at = len(r.Environments)
		r.Environments = append(r.Environments, sweepEnvironment{Env: id, Threshold: finite(taskThreshold(id))})
	}
	return &r.Environments[at]
}

// read reads the runs of the variant on an environment.
func (v *sweepVariant) read(cells []*study.Cell, id string) error {
	for _, c := range cells {
		if c.Variant.Name != v.Name || c.Environment != id {
			continue
		}
		o, err := study.ReadOutcome(c.Dir)
		if err != nil {
			return err
		}
		v.Steps = c.Steps
		v.Runs, v.Seeds = append(v.Runs, c.Dir), append(v.Seeds, c.Seed)
		v.outcomes = append(v.outcomes, o)
		if v.Parameters == nil && c.Training() != nil {
			v.Parameters, err = parameters(c.Dir)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// parameters counts the parameters of a run's policy, critic included; nil if the
// run has left none.
func parameters(dir string) (*int, error) {
	p, err := policy.Load(filepath.Join(dir, train.LastCheckpoint))
	if errors.Is(err, fs.ErrNotExist) { // failed at once, or a language model
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	size := len(p.Parameters)
	return &size, nil
}

// sized says whether the variants differ in their number of parameters.
func (e *sweepEnvironment) sized() bool {
	return slices.ContainsFunc(e.Variants, func(v sweepVariant) bool {
		first := e.Variants[0].Parameters
		return first != nil && v.Parameters != nil && *v.Parameters != *first
	})
}

// describe fills in the figures.
func (v *sweepVariant) describe(a study.Assessment) {
	v.study, v.sweepLanguage = a, newSweepLanguage(v.outcomes)
	v.Failed, v.FailedAfter = a.Failed, a.FailedAfter
	v.ReturnMean, v.ReturnIQM = finite(a.Mean), finite(a.IQM.Value)
	v.ReturnLow, v.ReturnHigh = finite(a.IQM.Low), finite(a.IQM.High)
	v.StepsToThreshold, v.Reached = finite(a.StepsToThreshold), &a.Reached
	v.Drop, v.DropShare = finite(a.Drop), finite(a.DropShare)
	v.DropMax, v.DropShareMax = finite(a.DropMax), finite(a.DropShareMax)
	v.KL, v.KLHigh = finite(a.KL), finite(a.KLHigh)
	v.ClipFraction, v.ZeroGradient = finite(a.ClipFraction), finite(a.ZeroGradient)
	v.ZeroGradientAdvantage, v.EarlyStops = finite(a.ZeroGradientAdvantage), finite(a.EarlyStops)
	v.Restores = finite(a.Restores)
	v.Seconds, v.CPUSeconds, v.CPUPerUpdate = finite(a.Seconds), finite(a.CPUSeconds), finite(a.CPUPerUpdate)
}

// warnings are what a reader of the figures should know.
func (r *sweepReport) warnings() (all []string) {
	few := 0
	for _, e := range r.Environments {
		for _, v := range e.Variants {
			if len(v.Runs) < fewRuns {
				few++
			}
			for i, o := range v.outcomes {
				if o.Failure != nil {
					all = append(all, fmt.Sprintf("%s, %s, seed %d failed after %s: %s",
						e.Env, v.Name, v.Seeds[i], plural(int(o.Failure.Steps), "step"), o.Failure.Error))
				}
			}
		}
	}
	if few > 0 {
		all = append(all, fmt.Sprintf("fewer than %d runs of %s: intervals from so few are too narrow", fewRuns, plural(few, "variant")))
	}
	return all
}
