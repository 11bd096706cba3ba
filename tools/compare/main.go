// Command compare prints, as Markdown, how this program and Stable-Baselines3, or
// for TRPO sb3-contrib, did with the same presets, and draws their learning curves:
//
//	tools/compare/run.sh FOLDER 2 CartPole-v1
//	go run ./tools/compare FOLDER
//
// It reads what run.sh left in FOLDER, takes every seed it finds, and writes a
// figure ENV.png for each task into it.
package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/plot"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/study"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./tools/compare FOLDER, which tools/compare/run.sh has filled")
		os.Exit(2)
	}
	if err := compare(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// The two sides, by the name of their folder.
const (
	ours = "ours"
	sb3  = "sb3"
)

// names are how the sides are called in tables and figures.
var names = map[string]string{ours: "proximal", sb3: "Stable-Baselines3"}

// smoothed is the share of a run's rollouts, in per cent, that a point of a
// figure is the mean of.
const smoothed = 2

// trained is a run of one side.
type trained struct {
	seed int
	study.Run
}

// task is the runs of both sides on one environment.
type task struct {
	id        string
	threshold float64 // NaN: none
	sides     map[string][]trained
}

// compare prints the tables of a folder and draws its figures.
func compare(w io.Writer, folder string) error {
	tasks, err := readTasks(folder)
	if err != nil {
		return err
	}
	printScores(w, tasks)
	printCosts(w, tasks)
	printSeeds(w, tasks)
	for _, t := range tasks {
		if err := t.draw(filepath.Join(folder, t.id+".png")); err != nil {
			return err
		}
	}
	return nil
}

// place is how run.sh names what it makes: task, version and seed.
var place = regexp.MustCompile(`^(.+-v\d+)-(\d+)(\.json)?$`)

// readTasks reads all finished runs. A task that one side has not run at all is
// left out, and that is said.
func readTasks(folder string) ([]*task, error) {
	byID := map[string]*task{}
	for side, read := range map[string]func(string) (study.Run, error){ours: study.ReadRun, sb3: readSB3} {
		entries, err := os.ReadDir(filepath.Join(folder, side))
		if err != nil {
			return nil, fmt.Errorf("read runs: %w", err)
		}
		for _, e := range entries {
			m := place.FindStringSubmatch(e.Name())
			if m == nil || (m[3] == "") != (side == ours) {
				continue
			}
			r, err := read(filepath.Join(folder, side, e.Name()))
			if err != nil {
				return nil, err
			}
			seed, err := strconv.Atoi(m[2])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.Name(), err)
			}
			if byID[m[1]] == nil {
				byID[m[1]] = &task{id: m[1], threshold: threshold(m[1]), sides: map[string][]trained{}}
			}
			byID[m[1]].sides[side] = append(byID[m[1]].sides[side], trained{seed, r})
		}
	}
	var tasks []*task
	for id, t := range byID {
		if len(t.sides) < 2 {
			fmt.Fprintf(os.Stderr, "compare: %s has runs of one side alone and is left out\n", id)
			continue
		}
		for _, runs := range t.sides {
			slices.SortFunc(runs, func(a, b trained) int { return cmp.Compare(a.seed, b.seed) })
		}
		tasks = append(tasks, t)
	}
	if len(tasks) == 0 {
		return nil, fmt.Errorf("%s has no task that both sides have run", folder)
	}
	slices.SortFunc(tasks, func(a, b *task) int { return strings.Compare(a.id, b.id) })
	return tasks, nil
}

// threshold is the return at which a task counts as solved, NaN if there is
// none.
func threshold(id string) float64 {
	for _, e := range catalog.List() {
		if e.ID == id {
			return e.Spec.RewardThreshold
		}
	}
	return math.NaN()
}

// runs lists the runs of a side.
func (t *task) runs(side string) (runs []study.Run) {
	for _, r := range t.sides[side] {
		runs = append(runs, r.Run)
	}
	return runs
}

// summaries describes both sides over the steps that all runs have.
func (t *task) summaries(b study.Bootstrap) map[string]study.Summary {
	end := math.Inf(1)
	for _, r := range slices.Concat(t.sides[ours], t.sides[sb3]) {
		end = min(end, r.Curve.End())
	}
	return map[string]study.Summary{
		ours: study.Summarize(t.runs(ours), t.threshold, end, b),
		sb3:  study.Summarize(t.runs(sb3), t.threshold, end, b),
	}
}

// draw makes the figure of the learning curves of all runs.
func (t *task) draw(path string) error {
	m, err := record.Find(record.RolloutReturnMean)
	if err != nil {
		return err
	}
	f := plot.OfMetric(m)
	f.YLabel += fmt.Sprintf(", mean of the latest %d %% of a run's rollouts", smoothed)
	f.Title = t.id
	if !math.IsNaN(t.threshold) {
		f.Levels = []plot.Level{{Name: "solved", Y: t.threshold}}
	}
	for _, side := range []string{ours, sb3} {
		g := plot.Group{Name: names[side]}
		for _, r := range t.sides[side] {
			// Without smoothing, thousands of short rollouts would paint the figure full.
			smooth := plot.Smooth(r.Curve.Values, max(1, len(r.Curve.Values)*smoothed/100))
			g.Runs = append(g.Runs, plot.Series{Name: fmt.Sprint(side, " ", r.seed), X: r.Curve.Steps, Y: smooth})
		}
		f.Groups = append(f.Groups, g)
	}
	return f.Save(path)
}
