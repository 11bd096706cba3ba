// Package plot draws figures from plain series of numbers: learning curves of
// one or several groups of runs and sheets of small charts as PNG or SVG, and
// sparklines for a terminal.
package plot

import "github.com/proximal-rl/proximal/record"

// Series is one run: Y[i] was measured at X[i]. X must not decrease; Y may have
// gaps (NaN or an infinity), which the line passes over. The zero value has no
// point and cannot be drawn. A Series is only read, so it may be shared.
type Series struct {
	Name string // names the run in errors
	X, Y []float64
}

// Group is a set of runs that belong together, usually one setting under
// several seeds. One run is drawn as a line. Several are drawn as thin lines,
// their mean as a strong one, and a shaded band from the lowest to the highest
// of them, both over the range of X that all runs cover. The zero value has no
// run and cannot be drawn. A Group is only read, so it may be shared.
type Group struct {
	Name string // shown in the legend
	Runs []Series
}

// Level is a horizontal dashed line, such as the return at which a task counts
// as solved. The zero value is a nameless line at 0. A Level is a plain value.
type Level struct {
	Name string // shown in the legend
	Y    float64
}

// Figure is a chart of groups of runs against one axis of steps. Every colour
// is safe for the colour-blind, the legend stands beside the data and never on
// it, and equal figures give equal files. The zero value has no group and
// cannot be drawn. A Figure is only read, so it may be shared.
type Figure struct {
	Title          string
	XLabel, YLabel string
	Groups         []Group
	Levels         []Level
}

// OfMetric returns a figure without data whose axes are labelled for metric.
func OfMetric(metric record.Metric) Figure {
	label := metric.Name
	if metric.Unit != "1" {
		label += " (" + metric.Unit + ")"
	}
	return Figure{XLabel: "environment steps", YLabel: label}
}

// Save draws the figure and writes it to path, as PNG or SVG after the
// extension .png or .svg. An existing file is replaced in one step: whoever
// reads it sees the old figure or the new one, and after an error the old one
// is still there.
//
// It is an error if a group has no run, a run no finite value or an X that
// decreases, if the runs of a group share no range of X, or if a level is not
// finite. Save panics if X and Y of a series differ in length.
func (f Figure) Save(path string) error {
	return save(path, func() (drawing, error) { return newChart(f) })
}
