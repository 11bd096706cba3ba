package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/proximal-rl/proximal/train"
)

// summary is the outcome of a training run, as summary.json and --json show it.
// The figures of the final evaluation are null if there was none.
type summary struct {
	Run            string   `json:"run"`
	Env            string   `json:"env"`
	Algo           string   `json:"algo"`
	Seed           uint64   `json:"seed"`
	Steps          int      `json:"steps"`
	Updates        int      `json:"updates"`
	Seconds        float64  `json:"seconds"`
	CPUSeconds     float64  `json:"cpu_seconds"`
	StepsPerSecond float64  `json:"steps_per_second"`
	ReturnMean     *float64 `json:"return_mean"`
	ReturnStd      *float64 `json:"return_std"`
	Episodes       int      `json:"episodes"`
}

func (j *job) summarize(r *train.Result) *summary {
	s := &summary{
		Run: j.trainFlags.run, Env: r.Environment.ID,
		Algo: j.settings.Run.Algorithm, Seed: j.settings.Run.Seed,
		Steps: r.Steps, Updates: r.Updates,
		Seconds: r.Seconds, CPUSeconds: r.CPUSeconds, StepsPerSecond: r.StepsPerSecond,
	}
	if r.Scores != nil {
		mean, std := r.Scores.Mean(), r.Scores.Std()
		s.ReturnMean, s.ReturnStd, s.Episodes = &mean, &std, len(r.Scores.Returns)
	}
	return s
}

// save writes summary.json into the run folder.
func (s *summary) save(dir string) error {
	var b bytes.Buffer
	if err := printJSON(&b, s); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, train.SummaryFile), b.Bytes(), 0o666)
}

// print tells a person.
func (s *summary) print(w io.Writer, r *train.Result) {
	fmt.Fprintf(w, "trained   %s in %s (%s steps/s), %s CPU\n",
		plural(s.Steps, "step"), seconds(s.Seconds), thousands(int(s.StepsPerSecond)), seconds(s.CPUSeconds))
	if r.Scores != nil {
		fmt.Fprintf(w, "evaluated %.1f ± %.1f over %s, lowest %.1f%s\n", *s.ReturnMean, *s.ReturnStd,
			plural(s.Episodes, "episode"), r.Scores.Min(), verdict(*s.ReturnMean, r.Environment.RewardThreshold))
	}
	fmt.Fprintf(w, "curve     %s\n", filepath.Join(s.Run, curveFile))
	fmt.Fprintf(w, "next      proximal evaluate %s\n", s.Run)
}

// verdict compares a mean return with the threshold at which the task counts
// as solved; empty if there is none.
func verdict(mean, threshold float64) string {
	switch {
	case mean >= threshold:
		return fmt.Sprintf(" (solved: the threshold is %g)", threshold)
	case mean < threshold:
		return fmt.Sprintf(" (not solved: the threshold is %g)", threshold)
	}
	return ""
}

// seconds writes a length of time in the unit that suits it.
func seconds(s float64) string {
	switch {
	case s < 10:
		return fmt.Sprintf("%.2f s", s)
	case s < 120:
		return fmt.Sprintf("%.1f s", s)
	case s < 7200:
		return fmt.Sprintf("%.1f min", s/60)
	}
	return fmt.Sprintf("%.1f h", s/3600)
}
