package main

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/proximal-rl/proximal/study"
)

var bootstrap = study.DefaultBootstrap()

// printScores prints what the final policies are worth, and how soon the
// threshold was reached.
func printScores(w io.Writer, tasks []*task) {
	fmt.Fprintf(w, "| task | side | seeds | mean | IQM | %.0f %% interval | area under the curve | steps to threshold |\n", 100*bootstrap.Level)
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|")
	for _, t := range tasks {
		s := t.summaries(bootstrap)
		for _, side := range []string{ours, sb3} {
			x := s[side]
			fmt.Fprintf(w, "| %s | %s | %d | %.1f | %.1f | %s | %.1f (%s) | %s |\n", t.id, names[side], x.Runs,
				x.Mean, x.IQM.Value, interval(x, x.IQM), x.Area.Value, interval(x, x.Area), t.reached(x))
		}
		d := study.Contrast(t.runs(ours), t.runs(sb3), bootstrap)
		fmt.Fprintf(w, "| | difference | | | %+.1f | %+.1f … %+.1f | | %s |\n", d.Value, d.Low, d.High, finding(d, min(s[ours].Runs, s[sb3].Runs)))
	}
}

// reached is the median of the steps to the threshold, and how many runs got
// there.
func (t *task) reached(s study.Summary) string {
	switch {
	case math.IsNaN(t.threshold):
		return "none defined"
	case math.IsInf(s.StepsToThreshold, 1):
		return fmt.Sprintf("– (%d of %d reached %g)", s.Reached, s.Runs, t.threshold)
	}
	return fmt.Sprintf("%.0f (%d of %d reached %g)", s.StepsToThreshold, s.Reached, s.Runs, t.threshold)
}

// interval writes the interval of an estimate. A single run has none.
func interval(s study.Summary, e study.Estimate) string {
	if s.Runs == 1 {
		return "–"
	}
	return fmt.Sprintf("%.1f … %.1f", e.Low, e.High)
}

// finding puts the difference of ours and theirs into words; fewest is the
// number of runs of the side that has fewer.
func finding(d study.Estimate, fewest int) string {
	switch {
	case fewest == 1:
		return "a single run shows nothing"
	case d.High < 0:
		return "**worse**"
	case d.Low > 0:
		return "better"
	}
	return "no difference shown"
}

// printCosts prints the time that training took.
func printCosts(w io.Writer, tasks []*task) {
	fmt.Fprintln(w, "\n| task | proximal, wall-clock | CPU | Stable-Baselines3, wall-clock | CPU | ratio of CPU times |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|")
	for _, t := range tasks {
		s := t.summaries(bootstrap)
		a, b := s[ours], s[sb3]
		fmt.Fprintf(w, "| %s | %.1f s | %.1f s | %.1f s | %.1f s | %.1f |\n",
			t.id, a.Seconds, a.CPUSeconds, b.Seconds, b.CPUSeconds, b.CPUSeconds/a.CPUSeconds)
	}
}

// printSeeds prints the final return of every run.
func printSeeds(w io.Writer, tasks []*task) {
	fmt.Fprintln(w, "\n| task | side | final return by seed |")
	fmt.Fprintln(w, "|---|---|---|")
	for _, t := range tasks {
		for _, side := range []string{ours, sb3} {
			var all []string
			for _, r := range t.sides[side] {
				all = append(all, fmt.Sprintf("%d: %.1f", r.seed, r.Return))
			}
			fmt.Fprintf(w, "| %s | %s | %s |\n", t.id, names[side], strings.Join(all, ", "))
		}
	}
}
