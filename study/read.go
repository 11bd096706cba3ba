package study

import (
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
	}
	if err := json.Unmarshal(data, &summary); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if summary.ReturnMean == nil {
		return fmt.Errorf("%s has no final evaluation: it was interrupted, or eval.final_episodes is 0", dir)
	}
	r.Return, r.Seconds, r.CPUSeconds = *summary.ReturnMean, summary.Seconds, summary.CPUSeconds
	return nil
}

// readRows reads the mean return in each rollout in which episodes ended.
func (r *Run) readRows(rows []record.Row) error {
	for _, row := range rows {
		value, ok := row.Value(record.RolloutReturnMean)
		if !ok {
			continue
		}
		episodes, _ := row.Value(record.RolloutEpisodes)
		if math.IsNaN(value) || math.IsInf(value, 0) || !(episodes > 0) {
			return fmt.Errorf("step %d has a mean return of %v over %v episodes", row.Step, value, episodes)
		}
		r.Curve.Steps = append(r.Curve.Steps, float64(row.Step))
		r.Curve.Values = append(r.Curve.Values, value)
		r.Episodes = append(r.Episodes, episodes)
	}
	return nil
}
