package study

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/train"
)

// ReadRun reads what is compared of a training from its run folder: the final
// evaluation from summary.json, the learning curve from metrics.jsonl. The
// error says why a run cannot be compared: it has not finished, was not
// evaluated, or ended no episode in training.
//
// The return of a language model is the mean reward on held-out prompts, or for a
// reward model its accuracy on held-out pairs. Its learning curve is the task's reward
// of the completions drawn in training or, where a method draws none, what the
// evaluations on the way and at the end found.
func ReadRun(dir string) (Run, error) {
	var r Run
	if err := r.readSummary(dir); err != nil {
		return Run{}, err
	}
	path := filepath.Join(dir, train.MetricsFile)
	rows, _, err := record.ReadFile(path)
	if err != nil {
		return Run{}, err
	}
	if err := r.readRows(rows); err != nil {
		return Run{}, fmt.Errorf("%s: %w", path, err)
	}
	if n := len(r.Curve.Steps); n == 0 || r.Curve.Steps[n-1] == 0 {
		return Run{}, fmt.Errorf("%s has no %s: no episode ended in training", path, record.RolloutReturnMean)
	}
	return r, nil
}

// readSummary reads the outcome of a run.
func (r *Run) readSummary(dir string) error {
	path := filepath.Join(dir, train.SummaryFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s has no %s: the run has not finished", dir, train.SummaryFile)
	}
	if err != nil {
		return fmt.Errorf("read summary: %w", err)
	}
	var summary struct {
		Seconds    float64  `json:"seconds"`
		CPUSeconds float64  `json:"cpu_seconds"`
		ReturnMean *float64 `json:"return_mean"`

		// Of language models.
		Steps        float64  `json:"steps"`
		RewardMean   *float64 `json:"reward_mean"`
		PairAccuracy *float64 `json:"pair_accuracy"`
	}
	if err := json.Unmarshal(data, &summary); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	r.Seconds, r.CPUSeconds = summary.Seconds, summary.CPUSeconds
	switch found := cmp.Or(summary.RewardMean, summary.PairAccuracy); {
	case summary.ReturnMean != nil:
		r.Return = *summary.ReturnMean
	case found != nil:
		r.Return, r.examined = *found, summary.Steps
	default:
		return fmt.Errorf("%s has no final evaluation: it was interrupted, or eval.final_episodes (of a language model, eval.final_prompts) is 0", dir)
	}
	return nil
}

// readRows reads the mean return in each rollout in which episodes ended. Of a
// language model it is the task's reward of the completions of each step, or, where a
// method draws none, what the evaluations found.
func (r *Run) readRows(rows []record.Row) error {
	metric := curveMetric(rows)
	for _, row := range rows {
		value, ok := row.Value(metric)
		if !ok {
			continue
		}
		episodes := float64(Window) // completions are many: each point is enough to judge by
		if metric == record.RolloutReturnMean {
			episodes, _ = row.Value(record.RolloutEpisodes)
		}
		if math.IsNaN(value) || math.IsInf(value, 0) || !(episodes > 0) {
			return fmt.Errorf("step %d has a mean return of %v over %v episodes", row.Step, value, episodes)
		}
		r.add(float64(row.Step), value, episodes)
	}
	if r.examined > 0 && (metric == record.EvalRewardMean || metric == record.EvalPairAccuracy) {
		r.add(r.examined, r.Return, Window)
	}
	return nil
}

// curveMetric is the metric that a learning curve is made of: the first in this list
// that a row has.
func curveMetric(rows []record.Row) string {
	for _, name := range []string{record.RolloutReturnMean, record.TextGoldMean, record.TextRewardMean, record.EvalRewardMean} {
		for _, row := range rows {
			if _, ok := row.Value(name); ok {
				return name
			}
		}
	}
	return record.EvalPairAccuracy
}

// add adds a point to the learning curve.
func (r *Run) add(step, value, episodes float64) {
	r.Curve.Steps = append(r.Curve.Steps, step)
	r.Curve.Values = append(r.Curve.Values, value)
	r.Episodes = append(r.Episodes, episodes)
}
