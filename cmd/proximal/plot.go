package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/plot"
	"github.com/proximal-rl/proximal/record"
)

// curveFile is the learning curve in a run folder.
const curveFile = "curve.png"

func newPlot() *cobra.Command {
	var out, metric string
	c := &cobra.Command{
		Use:   "plot RUNS…",
		Short: "Draw learning curves of one or several runs",
		Long: `Draw a metric of one or several runs against training steps. Runs that differ
only in their seed form one group: thin lines for the runs, a strong one for
their mean, and a band from the lowest to the highest. Unless --metric names it,
the metric is the mean return of episodes or, of language models, the mean reward
of completions; of methods that draw none it is what they learn from.`,
		Example: `  proximal plot runs/CartPole-v1-ppo-1 --out curve.png
  proximal plot runs/* --out curves.svg --metric eval/return_mean
  proximal plot runs/add-grpo-? --out curves.png --metric eval/accuracy_sampled`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, dirs []string) error {
			if out == "" {
				return unusable(fmt.Errorf("--out FILE.png or FILE.svg is missing"))
			}
			if metric == "" {
				var err error
				if metric, err = curveMetric(dirs[0]); err != nil {
					return unusable(err)
				}
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
	c.Flags().StringVar(&metric, "metric", "", "what to draw; metrics.jsonl of a run shows the names")
	return c
}

// curveMetric is what the learning curve of a run shows.
func curveMetric(dir string) (string, error) {
	language, err := isLanguageRun(dir)
	if err != nil {
		return "", err
	}
	curves := policyView.curves
	if language {
		curves = languageView.curves
	}
	for _, metric := range curves {
		if run, err := readSeries(dir, metric); err != nil || len(run.X) > 0 {
			return metric, err
		}
	}
	return curves[0], nil
}

// saveCurve draws the learning curve into a run folder, unless there is none:
// no episode has ended yet, say.
func saveCurve(dir string) error {
	metric, err := curveMetric(dir)
	if err != nil {
		return err
	}
	run, err := readSeries(dir, metric)
	if err != nil || len(run.X) == 0 {
		return err
	}
	m, err := record.Find(metric)
	if err != nil {
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
		tasks[g.task] = true
		if g.language {
			figure.XLabel = "updates"
		}
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
		figure.Title = groups[0].task
		figure.Levels = threshold(figure.Title, m)
	}
	return figure, nil
}

// readSeries reads one metric of a run.
func readSeries(dir, metric string) (plot.Series, error) {
	// A torn last line is what a killed run leaves; the rows before it are good.
	rows, _, err := record.ReadFile(filepath.Join(dir, record.MetricsFile))
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
