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
	path := filepath.Join(dir, train.SummaryFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Run{}, fmt.Errorf("%s has no %s: the run has not finished", dir, train.SummaryFile)
	}
	if err != nil {
		return Run{}, fmt.Errorf("read summary: %w", err)
	}
	var summary struct {
		Seconds    float64  `json:"seconds"`
		CPUSeconds float64  `json:"cpu_seconds"`
		ReturnMean *float64 `json:"return_mean"`
	}
	if err := json.Unmarshal(data, &summary); err != nil {
		return Run{}, fmt.Errorf("read %s: %w", path, err)
	}
	if summary.ReturnMean == nil {
		return Run{}, fmt.Errorf("%s has no final evaluation: it was interrupted, or eval.final_episodes is 0", dir)
	}
	r := Run{Return: *summary.ReturnMean, Seconds: summary.Seconds, CPUSeconds: summary.CPUSeconds}
	err = r.readCurve(filepath.Join(dir, train.MetricsFile))
	return r, err
}

// readCurve reads the mean return in each rollout in which episodes ended.
func (r *Run) readCurve(path string) error {
	rows, _, err := record.ReadFile(path)
	if err != nil {
		return err
	}
	for _, row := range rows {
		value, ok := row.Value(record.RolloutReturnMean)
		if !ok {
			continue
		}
		episodes, _ := row.Value(record.RolloutEpisodes)
		if math.IsNaN(value) || math.IsInf(value, 0) || !(episodes > 0) {
			return fmt.Errorf("%s: step %d has a mean return of %v over %v episodes", path, row.Step, value, episodes)
		}
		r.Curve.Steps = append(r.Curve.Steps, float64(row.Step))
		r.Curve.Values = append(r.Curve.Values, value)
		r.Episodes = append(r.Episodes, episodes)
	}
	if n := len(r.Curve.Steps); n == 0 || r.Curve.Steps[n-1] == 0 {
		return fmt.Errorf("%s has no %s: no episode ended in training", path, record.RolloutReturnMean)
	}
	return nil
}
