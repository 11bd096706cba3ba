package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/proximal-rl/proximal/study"
)

// write prints the report in the format that was asked for.
func (r *sweepReport) write(w io.Writer, f sweepFormat) error {
	switch {
	case f.json:
		return printJSON(w, r)
	case f.csv:
		return r.writeCSV(w)
	}
	for i, e := range r.Environments {
		if i > 0 {
			fmt.Fprintln(w)
		}
		heading := e.Env + ", " + e.budget()
		if f.markdown {
			fmt.Fprintf(w, "%s. Interval: %.0f %%, bootstrap.\n\n", heading, 100*r.Level)
			printMarkdown(w, e.results())
			fmt.Fprintln(w)
			printMarkdown(w, e.updates())
			if l := e.language(); l != nil {
				fmt.Fprintln(w)
				printMarkdown(w, l)
			}
			continue
		}
		fmt.Fprintf(w, "%s\n\n", heading)
		printNamed(w, e.results())
		fmt.Fprintln(w)
		printNamed(w, e.updates())
		if l := e.language(); l != nil {
			fmt.Fprintln(w)
			printNamed(w, l)
		}
	}
	if len(r.Scores) > 0 {
		r.writeScores(w, f.markdown)
	}
	return nil
}

// budget says for how many steps the variants were trained.
func (e *sweepEnvironment) budget() string {
	low, high := e.Variants[0].Steps, e.Variants[0].Steps
	for _, v := range e.Variants {
		low, high = min(low, v.Steps), max(high, v.Steps)
	}
	if low < high {
		return thousands(low) + " to " + plural(high, "step")
	}
	return plural(high, "step")
}

// results is the table of what the runs achieved.
func (e *sweepEnvironment) results() [][]string {
	header := []string{"variant", "runs", "failed", "mean", "IQM", "interval"}
	if e.Random != nil {
		header = append(header, "score")
	}
	if e.Threshold != nil {
		header = append(header, fmt.Sprintf("steps to %g", *e.Threshold))
	}
	table := [][]string{append(header, "worst drop", "of its range", "in the worst run")}
	number := e.format()
	for _, v := range e.Variants {
		a := v.study
		row := []string{
			v.Name, fmt.Sprint(a.Runs), v.failures(),
			orDash(number, a.Mean), orDash(number, a.IQM.Value), "–",
		}
		if a.Runs-a.Failed > 1 { // one run says nothing about the next
			row[5] = number(a.IQM.Low) + " … " + number(a.IQM.High)
		}
		if e.Random != nil {
			row = append(row, scoreOrDash(v.Score))
		}
		if e.Threshold != nil {
			row = append(row, v.reached())
		}
		table = append(table, append(row, orDash(number, a.Drop), orDash(percent, a.DropShare), orDash(percent, a.DropShareMax)))
	}
	return table
}

// failures says how many runs failed, and after how many steps.
func (v *sweepVariant) failures() string {
	if v.Failed == 0 {
		return "0"
	}
	var after []string
	for _, steps := range v.FailedAfter {
		after = append(after, thousands(int(steps)))
	}
	return fmt.Sprintf("%d, after %s", v.Failed, strings.Join(after, "; "))
}

// reached says when the runs reached the threshold, and how many.
func (v *sweepVariant) reached() string {
	g := groupComparison{Runs: v.Runs, StepsToThreshold: v.StepsToThreshold, Reached: v.Reached}
	return g.reached()
}

// format returns how numbers in the unit of the return are written.
func (e *sweepEnvironment) format() func(float64) string {
	var t taskComparison
	for _, v := range e.Variants {
		t.Groups = append(t.Groups, groupComparison{ReturnMean: orZero(v.ReturnMean), ReturnIQM: orZero(v.ReturnIQM), Area: orZero(v.Drop)})
	}
	return t.format()
}

func orZero(x *float64) float64 {
	if x == nil {
		return 0
	}
	return *x
}

// updates is the table of how far updates went and what they cost.
func (e *sweepEnvironment) updates() [][]string {
	columns := []struct {
		name   string
		shown  bool
		format func(float64) string
		value  func(a study.Assessment) float64
	}{
		{"KL", true, significant, func(a study.Assessment) float64 { return a.KL }},
		{"KL 95 %", true, significant, func(a study.Assessment) float64 { return a.KLHigh }},
		{"outside the range", true, percent, func(a study.Assessment) float64 { return a.ClipFraction }},
		{"no gradient", true, percent, func(a study.Assessment) float64 { return a.ZeroGradient }},
		{"of |A|", true, percent, func(a study.Assessment) float64 { return a.ZeroGradientAdvantage }},
		{"early stops", e.any(func(a study.Assessment) bool { return a.EarlyStops > 0 }), significant,
			func(a study.Assessment) float64 { return a.EarlyStops }},
		{"restores", e.any(func(a study.Assessment) bool { return !math.IsNaN(a.Restores) }), significant,
			func(a study.Assessment) float64 { return a.Restores }},
		{"CPU", true, seconds, func(a study.Assessment) float64 { return a.CPUSeconds }},
		{"CPU/update", true, milliseconds, func(a study.Assessment) float64 { return a.CPUPerUpdate }},
	}
	table := [][]string{{"variant"}}
	for _, v := range e.Variants {
		table = append(table, []string{v.Name})
	}
	if e.sized() {
		table[0] = append(table[0], "parameters")
		for i, v := range e.Variants {
			size := "–"
			if v.Parameters != nil {
				size = thousands(*v.Parameters)
			}
			table[i+1] = append(table[i+1], size)
		}
	}
	for _, c := range columns {
		if !c.shown {
			continue
		}
		table[0] = append(table[0], c.name)
		for i, v := range e.Variants {
			table[i+1] = append(table[i+1], orDash(c.format, c.value(v.study)))
		}
	}
	return table
}

// any says whether something holds for a variant.
func (e *sweepEnvironment) any(holds func(study.Assessment) bool) bool {
	return slices.ContainsFunc(e.Variants, func(v sweepVariant) bool { return holds(v.study) })
}

// orDash writes a number, a dash if there is none.
func orDash(format func(float64) string, x float64) string {
	switch {
	case math.IsNaN(x):
		return "–"
	case math.IsInf(x, 1):
		return "∞"
	}
	return format(x)
}

func percent(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }

func milliseconds(x float64) string { return fmt.Sprintf("%.2f ms", 1000*x) }

// significant writes three digits, however large or small the number is.
func significant(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }

// printNamed writes rows as printTable does, but the first cell, a name, on the
// left.
func printNamed(w io.Writer, rows [][]string) {
	widest := 0
	for _, row := range rows {
		widest = max(widest, utf8.RuneCountInString(row[0]))
	}
	for _, row := range rows {
		row[0] += strings.Repeat(" ", widest-utf8.RuneCountInString(row[0]))
	}
	printTable(w, rows)
}

// printMarkdown writes rows as a table of Markdown, the first one as its header.
func printMarkdown(w io.Writer, rows [][]string) {
	escape := strings.NewReplacer("|", `\|`, "-", "−")
	for i, row := range rows {
		line := "|"
		for j, cell := range row {
			switch {
			case i == 0: // names
				cell = strings.ReplaceAll(cell, "|", `\|`)
			case j == 0:
				cell = "`" + strings.ReplaceAll(cell, "|", `\|`) + "`"
			default:
				cell = escape.Replace(cell)
			}
			line += " " + cell + " |"
		}
		fmt.Fprintln(w, line)
		if i == 0 {
			fmt.Fprintln(w, "|---|"+strings.Repeat("---:|", len(row)-1))
		}
	}
}

// writeCSV writes one line for each variant on each environment, with the
// figures of --json under the same names; lists are separated by blanks.
func (r *sweepReport) writeCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	header := true
	for _, e := range r.Environments {
		for _, v := range e.Variants {
			names, values, err := flatten(v)
			if err != nil {
				return err
			}
			if header {
				header = false
				if err := out.Write(append([]string{"env", "reward_threshold"}, names...)); err != nil {
					return err
				}
			}
			threshold := ""
			if e.Threshold != nil {
				threshold = fmt.Sprint(*e.Threshold)
			}
			if err := out.Write(append([]string{e.Env, threshold}, values...)); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// flatten lists the names and values that a variant has as JSON, in their order.
func flatten(v sweepVariant) (names, values []string, err error) {
	if v.From == "" {
		v.From = " " // or the column would be missing
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil, nil, err
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if _, err := d.Token(); err != nil {
		return nil, nil, err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		var value any
		if err := d.Decode(&value); err != nil {
			return nil, nil, err
		}
		names, values = append(names, fmt.Sprint(name)), append(values, flat(value))
	}
	return names, values, nil
}

// flat writes a JSON value as a cell.
func flat(value any) string {
	switch x := value.(type) {
	case nil:
		return ""
	case []any:
		var parts []string
		for _, part := range x {
			parts = append(parts, flat(part))
		}
		return strings.Join(parts, " ")
	}
	return strings.TrimSpace(fmt.Sprint(value))
}
