package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/proximal-rl/proximal/plot"
	"github.com/proximal-rl/proximal/study"
)

// pointsDrawn is how finely mean learning curves are drawn.
const pointsDrawn = 200

// draw saves the figure of a sweep: for each environment the mean learning
// curves, the final returns and the worst drops over the variants, and what
// updates cost if the variants differ in size. It draws nothing if no run has a
// learning curve and none has a size of its own.
func (r *sweepReport) draw(path string) (drawn bool, err error) {
	sheet := plot.Panels{Title: r.Title, Columns: 3}
	for _, e := range r.Environments {
		sheet.Panels = append(sheet.Panels, e.panels(r.Level)...)
	}
	if len(sheet.Panels) == 0 {
		return false, nil
	}
	sheet.Columns = min(sheet.Columns, len(sheet.Panels))
	return true, sheet.Save(path)
}

// panels are those of one environment.
func (e *sweepEnvironment) panels(level float64) (all []plot.Panel) {
	if curves := e.curves(); len(curves.Lines) > 0 {
		all = append(all, curves)
		if returns, ok := e.returns(level); ok {
			all = append(all, returns)
		}
		if drops, ok := e.drops(); ok {
			all = append(all, drops)
		}
	}
	if e.sized() {
		all = append(all, e.costs())
	}
	return all
}

// costs is the panel of what updates cost, by the number of parameters.
func (e *sweepEnvironment) costs() plot.Panel {
	panel := plot.Panel{Title: "CPU time of an update, " + e.Env, XLabel: "parameters", YLabel: "seconds", LogX: true, LogY: true}
	for _, v := range e.Variants {
		if v.Parameters == nil || v.CPUPerUpdate == nil || *v.CPUPerUpdate <= 0 {
			continue
		}
		name := e.unsized(v)
		at := slices.IndexFunc(panel.Lines, func(l plot.Line) bool { return l.Name == name })
		if at < 0 {
			at = len(panel.Lines)
			panel.Lines = append(panel.Lines, plot.Line{Name: name})
		}
		l := &panel.Lines[at]
		l.X, l.Y = append(l.X, float64(*v.Parameters)), append(l.Y, *v.CPUPerUpdate)
	}
	return panel
}

// unsized names what variants of different sizes have in common: the algorithm,
// and the assignments in which it is not always the same, but for the network's.
func (e *sweepEnvironment) unsized(v sweepVariant) string {
	name := v.Algo
	for _, a := range v.Set {
		differs := slices.ContainsFunc(e.Variants, func(other sweepVariant) bool {
			return other.Algo == v.Algo && !slices.Contains(other.Set, a)
		})
		if differs && !strings.HasPrefix(a, "policy.") {
			name += ", " + a
		}
	}
	return name
}

// curves is the panel of the mean learning curves.
func (e *sweepEnvironment) curves() plot.Panel {
	panel := plot.Panel{Title: e.Env, XLabel: "environment steps", YLabel: "return"}
	if study.IsTask(e.Env) {
		panel.XLabel, panel.YLabel = "updates", "reward"
	}
	for _, v := range e.Variants {
		if x, y := study.MeanCurve(v.outcomes, pointsDrawn); len(x) > 0 {
			panel.Lines = append(panel.Lines, plot.Line{Name: v.Name, X: x, Y: y})
		}
	}
	return panel
}

// returns is the panel of the final returns with their intervals; ok is false
// if no run has one.
func (e *sweepEnvironment) returns(level float64) (panel plot.Panel, ok bool) {
	panel = plot.Panel{Title: "final return", XLabel: "variant", YLabel: fmt.Sprintf("IQM, %.0f %% interval", 100*level), Categories: e.categories()}
	for i, v := range e.Variants {
		if v.ReturnIQM == nil {
			continue
		}
		ok = true
		panel.Lines = append(panel.Lines, plot.Line{
			Name: v.Name, X: []float64{float64(i)}, Y: []float64{*v.ReturnIQM},
			Lower: []float64{*v.ReturnLow}, Upper: []float64{*v.ReturnHigh}, Points: true,
		})
	}
	return panel, ok
}

// drops is the panel of the worst drops, as shares: the mean over the runs, up
// to the worst of them.
func (e *sweepEnvironment) drops() (panel plot.Panel, ok bool) {
	panel = plot.Panel{Title: "worst drop after the peak", XLabel: "variant", YLabel: "% of the range, up to the worst run", Categories: e.categories()}
	for i, v := range e.Variants {
		if v.DropShare == nil {
			continue
		}
		ok = true
		mean, worst := 100**v.DropShare, 100**v.DropShareMax
		panel.Lines = append(panel.Lines, plot.Line{
			Name: v.Name, X: []float64{float64(i)}, Y: []float64{mean},
			Lower: []float64{mean}, Upper: []float64{worst}, Points: true,
		})
	}
	return panel, ok
}

// longestCategory is how many characters fit under a point.
const longestCategory = 9

// categories are short names of the variants: without "key=" where all that
// assign one setting assign the same, and numbers if that is not short.
func (e *sweepEnvironment) categories() []string {
	key := ""
	names := make([]string, len(e.Variants))
	for i, v := range e.Variants {
		k, value, assigns := strings.Cut(v.Name, "=")
		names[i] = v.Name
		if assigns && (key == "" || key == k) {
			key, names[i] = k, value
		}
	}
	if slices.ContainsFunc(names, func(name string) bool { return utf8.RuneCountInString(name) > longestCategory }) {
		for i := range names {
			names[i] = fmt.Sprint(i + 1)
		}
	}
	return names
}
