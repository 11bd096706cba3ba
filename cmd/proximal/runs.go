package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/study"
)

// runRow is a run, as runs --json shows it. Figures that its summary does not
// have are null: those of the other kind of run, and all if there is no summary.
type runRow struct {
	Run        string   `json:"run"`
	Task       string   `json:"task"` // environment or text task
	Method     string   `json:"method"`
	Seed       uint64   `json:"seed"`
	Steps      int      `json:"steps"` // that were asked for
	State      string   `json:"state"` // finished, interrupted, failed or unfinished
	ReturnMean *float64 `json:"return_mean"`
	RewardMean *float64 `json:"reward_mean"`
	Accuracy   *float64 `json:"accuracy_sampled"`
	Pairs      *float64 `json:"pair_accuracy"`

	made *int // of the steps; nil: the summary does not say
}

func newRuns() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "runs [FOLDER…]",
		Short: "List the runs in folders",
		Long: `List the runs in folders, runs/ unless others are named, with what they trained
and how the final evaluation went. Folders within folders are looked through, so
the runs of a sweep are found too.`,
		Example: "  proximal runs\n  proximal runs runs/sweep-CartPole-v1-ppo --json",
		RunE: func(c *cobra.Command, folders []string) error {
			if len(folders) == 0 {
				folders = []string{"runs"}
			}
			rows := []runRow{}
			for _, folder := range folders {
				found, err := findRuns(folder, c.ErrOrStderr())
				if err != nil {
					return unusable(err)
				}
				rows = append(rows, found...)
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), rows)
			}
			return printRuns(c.OutOrStdout(), rows)
		},
	}
	addJSON(c, &asJSON)
	return c
}

// findRuns finds the runs in a folder. What looks like one but cannot be read is
// told to errs.
func findRuns(folder string, errs io.Writer) (rows []runRow, err error) {
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case path == folder && errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("there is no folder %s", folder)
		case err != nil:
			return fmt.Errorf("look for runs: %w", err)
		case !d.IsDir() || !exists(filepath.Join(path, record.ConfigFile)):
			return nil
		}
		row, err := describeRun(path)
		if err != nil {
			fmt.Fprintln(errs, "note:", err)
		} else {
			rows = append(rows, row)
		}
		return filepath.SkipDir
	})
	return rows, err
}

// describeRun describes the run in a folder.
func describeRun(dir string) (runRow, error) {
	s, err := readRunSettings(dir)
	if err != nil {
		return runRow{}, err
	}
	row := runRow{Run: dir, Task: s.task, Method: s.method, Seed: s.seed, Steps: s.steps, State: "finished"}
	data, err := os.ReadFile(filepath.Join(dir, record.SummaryFile))
	switch {
	case err == nil:
		if err := json.Unmarshal(data, &struct {
			Steps      **int     `json:"steps"`
			ReturnMean **float64 `json:"return_mean"`
			RewardMean **float64 `json:"reward_mean"`
			Accuracy   **float64 `json:"accuracy_sampled"`
			Pairs      **float64 `json:"pair_accuracy"`
		}{&row.made, &row.ReturnMean, &row.RewardMean, &row.Accuracy, &row.Pairs}); err != nil {
			return row, fmt.Errorf("read %s: %w", filepath.Join(dir, record.SummaryFile), err)
		}
		if row.made != nil && *row.made < row.Steps {
			row.State = "interrupted"
		}
	case !errors.Is(err, fs.ErrNotExist):
		return row, fmt.Errorf("read summary: %w", err)
	case exists(filepath.Join(dir, study.FailureFile)):
		row.State = "failed"
	default:
		row.State = "unfinished"
	}
	return row, nil
}

func printRuns(w io.Writer, rows []runRow) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RUN\tTASK\tMETHOD\tSEED\tSTEPS\tRESULT")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\n", r.Run, r.Task, r.Method, r.Seed, thousands(r.Steps), r.result())
	}
	return t.Flush()
}

// result says how the final evaluation went.
func (r *runRow) result() string {
	switch {
	case r.ReturnMean != nil:
		return fmt.Sprintf("return %.1f", *r.ReturnMean)
	case r.RewardMean != nil && r.Accuracy != nil:
		return fmt.Sprintf("reward %.3f, right %.1f %%", *r.RewardMean, 100**r.Accuracy)
	case r.Pairs != nil:
		return fmt.Sprintf("pairs right %.1f %%", 100**r.Pairs)
	case r.State == "finished":
		return "not evaluated"
	case r.State == "interrupted":
		return "interrupted after " + plural(*r.made, "step")
	}
	return r.State
}
