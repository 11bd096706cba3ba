package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/plot"
	"github.com/proximal-rl/proximal/record"
)

// overoptimizationFile is the figure of a pipeline in its folder.
const overoptimizationFile = "overoptimization.png"

// rlhfReport is the outcome of the pipeline, as --json shows it. Rewards are those
// of completions drawn in training, in the first and the last update.
type rlhfReport struct {
	Run           string         `json:"run"`
	Task          string         `json:"task"`
	Seed          uint64         `json:"seed"`
	PairAccuracy  *float64       `json:"pair_accuracy"`  // of the reward model, on held-out pairs
	BayesAccuracy float64        `json:"bayes_accuracy"` // the largest there can be
	TargetKL      *float64       `json:"kl_target"`      // null: the penalty is fixed
	Penalized     *rlhfCourse    `json:"penalized"`
	Unpenalized   *rlhfCourse    `json:"unpenalized"`
	Stages        []alignSummary `json:"stages"`
	Figure        string         `json:"figure"`
}

// rlhfCourse is how a run against the reward model went.
type rlhfCourse struct {
	LearnedBefore float64  `json:"learned_reward_before"`
	LearnedAfter  float64  `json:"learned_reward_after"`
	GoldBefore    float64  `json:"gold_reward_before"`
	GoldPeak      float64  `json:"gold_reward_peak"`
	GoldAfter     float64  `json:"gold_reward_after"`
	GoldHeldOut   *float64 `json:"gold_reward_held_out"` // in the final evaluation
	KL            float64  `json:"kl_reference"`         // mean over the second half of the run

	steps, learned, gold, kl []float64
}

// report reads what the stages have left.
func (p *rlhf) report() (*rlhfReport, error) {
	r := &rlhfReport{
		Run: p.rlhfFlags.run, Task: p.task, Seed: p.seed,
		Figure: filepath.Join(p.rlhfFlags.run, overoptimizationFile),
	}
	for _, s := range p.stages {
		r.Stages = append(r.Stages, *s.summary)
		var err error
		switch s.name {
		case rewardStage:
			r.PairAccuracy = s.summary.PairAccuracy
			r.BayesAccuracy = s.task.(task.Comparer).BayesAccuracy()
		case heldBackStage:
			r.Penalized, err = s.course()
			r.TargetKL = s.targetKL()
		case freeStage:
			r.Unpenalized, err = s.course()
		}
		if err != nil {
			return nil, err
		}
	}
	return r, nil
}

// targetKL is the divergence that the penalty is steered to; nil if it is fixed.
func (s *stage) targetKL() *float64 {
	text, err := s.settings.Encode()
	if err != nil {
		return nil
	}
	for _, a := range assignments(string(text)) {
		var target float64
		if n, _ := fmt.Sscan(a.Value, &target); a.Key == "ppo.penalty.target" && n == 1 && target > 0 {
			return &target
		}
	}
	return nil
}

// course reads how a run against the reward model went.
func (s *stage) course() (*rlhfCourse, error) {
	path := filepath.Join(s.alignFlags.run, record.MetricsFile)
	rows, _, err := record.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &rlhfCourse{GoldHeldOut: s.summary.RewardMean}
	for _, row := range rows {
		learned, hasLearned := row.Value(record.TextRewardMean)
		gold, hasGold := row.Value(record.TextGoldMean)
		kl, hasKL := row.Value(record.PolicyKLReference)
		if hasLearned && hasGold && hasKL {
			c.steps, c.learned = append(c.steps, float64(row.Step)), append(c.learned, learned)
			c.gold, c.kl = append(c.gold, gold), append(c.kl, kl)
		}
	}
	n := len(c.gold)
	if n == 0 {
		return nil, fmt.Errorf("%s has no rewards to compare", path)
	}
	c.LearnedBefore, c.LearnedAfter = c.learned[0], c.learned[n-1]
	c.GoldBefore, c.GoldPeak, c.GoldAfter = c.gold[0], c.gold[0], c.gold[n-1]
	for _, gold := range c.gold {
		c.GoldPeak = max(c.GoldPeak, gold)
	}
	for _, kl := range c.kl[n/2:] {
		c.KL += kl / float64(n-n/2)
	}
	return c, nil
}

// draw saves the figure: both rewards of both runs, over updates and over the
// divergence. A reward model leaves open where zero is, so what it says is moved
// to where the gold reward begins.
func (r *rlhfReport) draw() error {
	// A run that is held at one divergence is a cloud there: dots show it better.
	over := func(title, label string, dots bool, x func(c *rlhfCourse) []float64) plot.Panel {
		panel := plot.Panel{Title: title, XLabel: label, YLabel: "reward"}
		for _, one := range []struct {
			name   string
			course *rlhfCourse
		}{{"with the penalty", r.Penalized}, {"without", r.Unpenalized}} {
			moved := make([]float64, len(one.course.learned))
			for i, learned := range one.course.learned {
				moved[i] = learned - one.course.LearnedBefore + one.course.GoldBefore
			}
			panel.Lines = append(panel.Lines,
				plot.Line{Name: "learned reward, " + one.name, X: x(one.course), Y: moved, Dashed: true, Points: dots && one.course == r.Penalized},
				plot.Line{Name: "gold reward, " + one.name, X: x(one.course), Y: one.course.gold, Strong: true, Points: dots && one.course == r.Penalized})
		}
		return panel
	}
	return plot.Panels{
		Title: r.Task + ": PPO against a learned reward",
		Panels: []plot.Panel{
			over("in time", "updates", false, func(c *rlhfCourse) []float64 { return c.steps }),
			over("over the divergence", "KL to the reference (nats)", true, func(c *rlhfCourse) []float64 { return c.kl }),
		},
	}.Save(r.Figure)
}

// print tells a person.
func (r *rlhfReport) print(w io.Writer) {
	if r.PairAccuracy != nil {
		fmt.Fprintf(w, "reward model  rates %.1f %% of the held-out pairs right; at best %.1f %%\n", 100**r.PairAccuracy, 100*r.BayesAccuracy)
	}
	goal := ""
	if r.TargetKL != nil {
		goal = fmt.Sprintf(" (target %.4g)", *r.TargetKL)
	}
	fmt.Fprintf(w, "with penalty  %s%s\n", r.Penalized, goal)
	fmt.Fprintf(w, "without       %s\n", r.Unpenalized)
	fmt.Fprintf(w, "figure        %s\n", r.Figure)
}

// String puts the course of a run into words.
func (c *rlhfCourse) String() string {
	return fmt.Sprintf("learned reward %.2f → %.2f, gold %.2f → %.2f (peak %.2f), KL to the reference %.2f",
		c.LearnedBefore, c.LearnedAfter, c.GoldBefore, c.GoldAfter, c.GoldPeak, c.KL)
}
