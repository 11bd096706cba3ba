package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/plot"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/train"
)

// curveFile is the learning curve in a run folder.
const curveFile = "curve.png"

func newPlot() *cobra.Command {
	var out, metric string
	c := &cobra.Command{
		Use:   "plot RUNS…",
		Short: "Draw learning curves of one or several runs",
		Long: `Draw a metric of one or several runs against environment steps. Runs that differ
only in their seed form one group: thin lines for the runs, a strong one for
their mean, and a band from the lowest to the highest.`,
		Example: `  proximal plot runs/CartPole-v1-ppo-1 --out curve.png
  proximal plot runs/* --out curves.svg --metric eval/return_mean`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, dirs []string) error {
			if out == "" {
				return unusable(fmt.Errorf("--out FILE.png or FILE.svg is missing"))
			}
			m, err := record.Find(metric)
			if err != nil {
				return unusable(err)
			}
			figure, err := learningCurves(dirs, m)
			if err != nil {
				return unusable(err)
			}
			if err := figure.Save(out); err != nil {
				return err
			}
			fmt.Fprintln(c.OutOrStdout(), out)
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "", "file to write, .png or .svg; replaced if it exists")
	c.Flags().StringVar(&metric, "metric", record.RolloutReturnMean, "what to draw; metrics.jsonl of a run shows the names")
	return c
}

// saveCurve draws the learning curve into a run folder, unless no episode has
// ended yet.
func saveCurve(dir string) error {
	m, err := record.Find(record.RolloutReturnMean)
	if err != nil {
		return err
	}
	run, err := readSeries(dir, m.Name)
	if err != nil || len(run.X) == 0 {
		return err
	}
	figure, err := learningCurves([]string{dir}, m)
	if err != nil {
		return err
	}
	return figure.Save(filepath.Join(dir, curveFile))
}

// learningCurves makes the figure of a metric over runs, grouped by all
// settings but the seed.
func learningCurves(dirs []string, m record.Metric) (plot.Figure, error) {
	figure := plot.OfMetric(m)
	groups, err := groupRuns(dirs)
	if err != nil {
		return figure, err
	}
	tasks := map[string]bool{}
	for _, g := range groups {
		tasks[g.task()] = true
		drawn := plot.Group{Name: g.name()}
		for _, dir := range g.dirs {
			run, err := readSeries(dir, m.Name)
			if err != nil {
				return figure, err
			}
			if len(run.X) == 0 {
				return figure, fmt.Errorf("%s has no %s", dir, m.Name)
			}
			drawn.Runs = append(drawn.Runs, run)
		}
		figure.Groups = append(figure.Groups, drawn)
	}
	if len(tasks) == 1 {
		figure.Title = groups[0].task()
		figure.Levels = threshold(figure.Title, m)
	}
	return figure, nil
}

// readSeries reads one metric of a run.
func readSeries(dir, metric string) (plot.Series, error) {
	// A torn last line is what a killed run leaves; the rows before it are good.
	rows, _, err := record.ReadFile(filepath.Join(dir, train.MetricsFile))
	if err != nil {
		return plot.Series{}, err
	}
	x, y := record.Series(rows, metric)
	return plot.Series{Name: dir, X: x, Y: y}, nil
}

// threshold is the return at which a task counts as solved, for metrics that
// are mean returns.
func threshold(id string, m record.Metric) []plot.Level {
	if !strings.HasSuffix(m.Name, "/return_mean") {
		return nil
	}
	for _, e := range catalog.List() {
		if t := e.Spec.RewardThreshold; e.ID == id && t == t {
			return []plot.Level{{Name: "solved", Y: t}}
		}
	}
	return nil
}
