package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/proximal-rl/proximal/plot"
)

const (
	curveWidth    = 16 // of the sparkline of a group, in characters
	shownSettings = 3  // of a group, in which it differs from the others
	fewRuns       = 5  // below which intervals are too narrow
)

// print shows the tables, one for each task.
func (c *comparison) print(w io.Writer) {
	for i, t := range c.Tasks {
		if i > 0 {
			fmt.Fprintln(w)
		}
		t.print(w, c.Level)
	}
}

func (t *taskComparison) print(w io.Writer, level float64) {
	what := ""
	if t.rates {
		what = ", share of pairs rated right"
	}
	fmt.Fprintf(w, "%s%s, %s\n\n", t.Env, what, plural(int(t.Steps), "step"))
	header := []string{"", "runs", "mean", "IQM", fmt.Sprintf("%.0f %% interval", 100*level), "area"}
	if t.Threshold != nil {
		header = append(header, fmt.Sprintf("steps to %g", *t.Threshold))
	}
	table := [][]string{append(header, "curve")}
	number := t.format()
	curves := t.sparklines()
	for i, g := range t.Groups {
		row := []string{
			label(i), fmt.Sprint(len(g.Runs)), number(g.ReturnMean), number(g.ReturnIQM),
			number(g.ReturnLow) + " … " + number(g.ReturnHigh), number(g.Area),
		}
		if len(g.Runs) == 1 {
			row[4] = "–" // one run says nothing about the next
		}
		if t.Threshold != nil {
			row = append(row, g.reached())
		}
		table = append(table, append(row, curves[i]))
	}
	printTable(w, table)
	fmt.Fprintln(w)
	for i, g := range t.Groups {
		fmt.Fprintf(w, "  %s  %s%s\n", label(i), g.Name, g.distinction())
	}
	if d := t.Difference; d != nil {
		fmt.Fprintf(w, "\n  A − B  IQM %s, %.0f %% interval %s … %s: %s\n",
			signed(number, d.ReturnIQM), 100*level, signed(number, d.Low), signed(number, d.High), t.finding())
	}
}

// finding puts the difference into words.
func (t *taskComparison) finding() string {
	a, b := len(t.Groups[0].Runs), len(t.Groups[1].Runs)
	switch {
	case min(a, b) == 1:
		return "a single run shows nothing"
	case t.Difference.Low > 0:
		return "A is higher"
	case t.Difference.High < 0:
		return "B is higher"
	}
	return "no difference shown"
}

// reached says when the runs of a group reached the threshold, and how many.
func (g *groupComparison) reached() string {
	when := "–"
	if g.StepsToThreshold != nil {
		when = thousands(int(math.Round(*g.StepsToThreshold)))
	}
	return fmt.Sprintf("%s (%d/%d)", when, *g.Reached, len(g.Runs))
}

// distinction is the settings in which a group differs from the others.
func (g *groupComparison) distinction() string {
	var text strings.Builder
	for i, s := range g.Settings {
		if i == shownSettings {
			fmt.Fprintf(&text, " and %s", plural(len(g.Settings)-i, "more setting"))
			break
		}
		text.WriteString([]string{": ", ", "}[min(i, 1)])
		if s.Value == "" {
			fmt.Fprintf(&text, "no %s", s.Key)
		} else {
			fmt.Fprintf(&text, "%s = %s", s.Key, s.Value)
		}
	}
	return text.String()
}

// label names a group in the table: A, B, …, Z, AA, AB, …
func label(i int) string {
	letter := string(rune('A' + i%26))
	if i < 26 {
		return letter
	}
	return label(i/26-1) + letter
}

// format returns how numbers in the unit of the return are written: with as
// many decimals as the largest of them needs.
func (t *taskComparison) format() func(float64) string {
	largest := 0.0
	for _, g := range t.Groups {
		largest = max(largest, math.Abs(g.ReturnMean), math.Abs(g.ReturnIQM), math.Abs(g.Area))
	}
	decimals := 1
	switch {
	case largest < 1:
		decimals = 4
	case largest < 10:
		decimals = 2
	}
	return func(x float64) string {
		text := fmt.Sprintf("%.*f", decimals, x)
		if strings.Trim(text, "-0.") == "" {
			return strings.TrimPrefix(text, "-") // no −0
		}
		return text
	}
}

// signed writes a difference, positive ones with their sign too.
func signed(number func(float64) string, x float64) string {
	if x > 0 {
		return "+" + number(x)
	}
	return number(x)
}

// sparklines are the mean learning curves of the groups, all on one scale.
func (t *taskComparison) sparklines() []string {
	var all []float64
	for _, g := range t.Groups {
		all = append(all, g.curve...)
	}
	line := []rune(plot.Sparkline(all, curveWidth*len(t.Groups)))
	var lines []string
	for part := range slices.Chunk(line, curveWidth) {
		lines = append(lines, string(part))
	}
	return lines
}

// printTable writes rows of cells, indented and aligned on the right.
func printTable(w io.Writer, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += "  " + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)) + cell
		}
		fmt.Fprintln(w, line)
	}
}

// warnings are what a reader of the figures should know.
func (c *comparison) warnings() (all []string) {
	few := 0
	for _, t := range c.Tasks {
		for _, g := range t.Groups {
			if len(g.Runs) < fewRuns {
				few++
			}
			for i, seed := range g.Seeds {
				if j := slices.Index(g.Seeds, seed); j < i {
					all = append(all, fmt.Sprintf("%s and %s have the same settings and seed %d: unless they began with --from, they are one result",
						g.Runs[j], g.Runs[i], seed))
				}
			}
		}
	}
	if few > 0 {
		all = append(all, fmt.Sprintf("fewer than %d runs in %s: intervals from so few are too narrow", fewRuns, plural(few, "group")))
	}
	return all
}
