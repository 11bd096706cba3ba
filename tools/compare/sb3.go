package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/proximal-rl/proximal/study"
)

// readSB3 reads a run as sb3.py writes it.
func readSB3(path string) (study.Run, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return study.Run{}, fmt.Errorf("read run: %w", err)
	}
	var file struct {
		Rollout    float64      `json:"rollout"`
		Seconds    float64      `json:"seconds"`
		CPUSeconds float64      `json:"cpu_seconds"`
		ReturnMean *float64     `json:"return_mean"`
		Curve      [][2]float64 `json:"curve"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return study.Run{}, fmt.Errorf("read %s: %w", path, err)
	}
	if file.ReturnMean == nil || file.Rollout <= 0 || len(file.Curve) == 0 {
		return study.Run{}, fmt.Errorf("%s is not what sb3.py writes", path)
	}
	r := study.Run{Return: *file.ReturnMean, Seconds: file.Seconds, CPUSeconds: file.CPUSeconds}
	r.Curve, r.Episodes = byRollout(file.Curve, file.Rollout)
	return r, nil
}

// byRollout averages episodes, given as step and return, over the rollouts in
// which they ended, as our own runs record them.
//
//	episode at step s belongs to rollout ⌈s/rollout⌉, which ends at step ⌈s/rollout⌉·rollout
func byRollout(episodes [][2]float64, rollout float64) (c study.Curve, counts []float64) {
	for _, e := range episodes {
		end := rollout
		if last := len(c.Steps) - 1; last >= 0 {
			end = c.Steps[last]
		}
		for end < e[0] {
			end += rollout
		}
		if last := len(c.Steps) - 1; last < 0 || c.Steps[last] != end {
			c.Steps = append(c.Steps, end)
			c.Values = append(c.Values, 0)
			counts = append(counts, 0)
		}
		last := len(c.Steps) - 1
		counts[last]++
		c.Values[last] += (e[1] - c.Values[last]) / counts[last]
	}
	return c, counts
}
