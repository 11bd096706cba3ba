package main

import (
	"fmt"
	"io/fs"
	"math"
	"os"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/study"
)

// comparison is what compare finds, as --json shows it.
type comparison struct {
	Level     float64          `json:"level"` // of all intervals
	Resamples int              `json:"resamples"`
	Tasks     []taskComparison `json:"tasks"`
}

// taskComparison is the comparison of the groups of one task.
type taskComparison struct {
	Env        string            `json:"env"`
	Threshold  *float64          `json:"reward_threshold"`
	Steps      float64           `json:"steps"` // over which learning curves are compared
	Groups     []groupComparison `json:"groups"`
	Difference *difference       `json:"difference"` // first minus second of exactly two groups

	rates bool // reward models: returns are shares of pairs
}

// groupComparison is the figures of a group. Those about the threshold are null
// if there is none; steps_to_threshold also if fewer than half of the runs
// reached it.
type groupComparison struct {
	Name             string    `json:"name"`
	Settings         []setting `json:"settings"` // those in which the groups of the task differ
	Runs             []string  `json:"runs"`
	Seeds            []uint64  `json:"seeds"`
	ReturnMean       float64   `json:"return_mean"`
	ReturnIQM        float64   `json:"return_iqm"`
	ReturnLow        float64   `json:"return_iqm_low"`
	ReturnHigh       float64   `json:"return_iqm_high"`
	Area             float64   `json:"area_iqm"`
	AreaLow          float64   `json:"area_iqm_low"`
	AreaHigh         float64   `json:"area_iqm_high"`
	StepsToThreshold *float64  `json:"steps_to_threshold"`
	Reached          *int      `json:"reached_threshold"`
	curve            []float64
}

// difference is how much higher the IQM of the first group's final returns is.
type difference struct {
	ReturnIQM float64 `json:"return_iqm"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
}

func newCompare() *cobra.Command {
	var (
		wanted float64
		asJSON bool
	)
	c := &cobra.Command{
		Use:   "compare RUNS…",
		Short: "Compare settings over their seeds, with intervals",
		Long: `Compare finished runs. Runs that differ only in their seed form one group; each
task has its own table.

A run's return is the mean of its final evaluation: return_mean in summary.json.
Of each group you see

  mean      mean return of the runs
  IQM       interquartile mean: the mean of the middle half of the runs
  95 %      bootstrap interval of the IQM: what other seeds might have given
  area      IQM of the area under the learning curves (rollout/return_mean),
            divided by the steps: the mean return during training
  steps to  training steps until the mean return of the latest 20 episodes
            reached the threshold, median over the runs, and how many runs did

The return of a language model is the mean reward on held-out prompts, and its
learning curve the task's reward of the completions drawn in training or, of methods
that draw none, what the evaluations found. The return of a reward model is its
accuracy on held-out pairs: such runs have a table of their own.

With two groups of a task the difference of their IQMs follows. Few seeds make
intervals that are too narrow: use five at the least.

Method: Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the
Statistical Precipice", arXiv 2108.13264.`,
		Example: `  proximal compare runs/*
  proximal compare runs/clip-0.1-? runs/clip-0.3-? --threshold 195 --json
  proximal compare runs/add-grpo-? runs/add-ppo-? --threshold 0.9`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, dirs []string) error {
			threshold := taskThreshold
			if c.Flags().Changed("threshold") {
				if finite(wanted) == nil {
					return unusable(fmt.Errorf("--threshold %v: must be a finite number", wanted))
				}
				threshold = func(string) float64 { return wanted }
			}
			result, err := compareRuns(dirs, threshold, study.DefaultBootstrap())
			if err != nil {
				return unusable(err)
			}
			for _, warning := range result.warnings() {
				fmt.Fprintln(c.ErrOrStderr(), "note:", warning)
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), result)
			}
			result.print(c.OutOrStdout())
			return nil
		},
	}
	c.Flags().Float64Var(&wanted, "threshold", 0, "return to reach (default: the one at which the task counts as solved)")
	addJSON(c, &asJSON)
	return c
}

// taskThreshold is the return at which a task counts as solved, NaN if there is
// none.
func taskThreshold(id string) float64 {
	for _, e := range catalog.List() {
		if e.ID == id {
			return e.Spec.RewardThreshold
		}
	}
	return math.NaN()
}

// compareRuns groups runs and compares the groups of each task.
func compareRuns(dirs []string, threshold func(id string) float64, b study.Bootstrap) (*comparison, error) {
	if err := refuseRepeats(dirs); err != nil {
		return nil, err
	}
	groups, err := groupRuns(dirs)
	if err != nil {
		return nil, err
	}
	c := &comparison{Level: b.Level, Resamples: b.Resamples}
	for len(groups) > 0 {
		id, rates := groups[0].task, groups[0].rates()
		var same, others []*group
		for _, g := range groups {
			if g.task == id && g.rates() == rates {
				same = append(same, g)
			} else {
				others = append(others, g)
			}
		}
		t, err := compareTask(same, threshold(id), b)
		if err != nil {
			return nil, err
		}
		t.rates = rates
		c.Tasks = append(c.Tasks, *t)
		groups = others
	}
	return c, nil
}

// refuseRepeats makes sure that no run counts twice.
func refuseRepeats(dirs []string) error {
	var seen []fs.FileInfo
	for i, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil {
			return fmt.Errorf("there is no run folder %s", dir)
		}
		for j, other := range seen {
			if os.SameFile(info, other) {
				return fmt.Errorf("%s and %s are the same run", dirs[j], dirs[i])
			}
		}
		seen = append(seen, info)
	}
	return nil
}

// compareTask compares groups of one task over the steps that all runs have.
func compareTask(groups []*group, threshold float64, b study.Bootstrap) (*taskComparison, error) {
	runs := make([][]study.Run, len(groups))
	t := &taskComparison{Env: groups[0].task, Steps: math.Inf(1)}
	for i, g := range groups {
		for _, dir := range g.dirs {
			r, err := study.ReadRun(dir)
			if err != nil {
				return nil, err
			}
			runs[i] = append(runs[i], r)
			t.Steps = min(t.Steps, r.Curve.End())
		}
	}
	settings := distinctions(groups)
	for i, g := range groups {
		t.Groups = append(t.Groups, describeGroup(g, settings[i], study.Summarize(runs[i], threshold, t.Steps, b)))
		if t.Threshold = finite(threshold); t.Threshold == nil {
			t.Groups[i].Reached = nil
		}
	}
	if len(groups) == 2 {
		d := study.Contrast(runs[0], runs[1], b)
		t.Difference = &difference{d.Value, d.Low, d.High}
	}
	return t, nil
}

func describeGroup(g *group, settings []setting, s study.Summary) groupComparison {
	return groupComparison{
		Name: g.name(), Settings: settings, Runs: g.dirs, Seeds: g.seeds,
		ReturnMean: s.Mean, ReturnIQM: s.IQM.Value, ReturnLow: s.IQM.Low, ReturnHigh: s.IQM.High,
		Area: s.Area.Value, AreaLow: s.Area.Low, AreaHigh: s.Area.High,
		StepsToThreshold: finite(s.StepsToThreshold), Reached: &s.Reached, curve: s.Curve,
	}
}

// finite is a number as JSON can show it: null if it is not finite.
func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
