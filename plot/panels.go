package plot

// Panels is a sheet of small charts in a grid, with one legend under all of
// them: what has the same name has the same colour in every panel and stands in
// the legend once. Every colour is safe for the colour-blind, and lines differ
// by their dashes where the colours run out. Equal sheets give equal files. The
// zero value has no panel and cannot be drawn. A Panels is only read, so it may
// be shared.
type Panels struct {
	Title   string
	Columns int // panels beside each other, at most the 4 that fit; 0: all of them
	Panels  []Panel
}

// Panel is one chart of a sheet: whatever it holds is drawn into the same axes,
// which cover all of it unless a range says otherwise. The zero value holds
// nothing and cannot be drawn. A Panel is only read, so it may be shared.
type Panel struct {
	Title          string
	XLabel, YLabel string
	X, Y           Range    // what the axes show; the zero range shows everything
	LogX, LogY     bool     // logarithmic axes; every value on them must be positive
	Categories     []string // names of x = 0, 1, 2, … in place of numbers
	Lines          []Line
	Bars           []Bars
	Levels         []Level // lines across, named in the legend
	Verticals      []Vertical
}

// Range is the part of an axis from Low to High, which is above Low. What lies
// outside is cut off. The zero value stands for the range of the data. A Range
// is a plain value.
type Range struct{ Low, High float64 }

// Line joins the points (X[i], Y[i]) in their order. A point that is not finite
// leaves a gap, so a function with a jump is drawn as one by a NaN between its
// two sides; two points of the same X are joined by an upright stroke. The zero
// value has no point and cannot be drawn. A Line is only read, so it may be
// shared.
type Line struct {
	Name string // shown in the legend; lines of one name share a colour
	X, Y []float64
	// Lower and Upper are an interval around each Y: a band behind a line, an
	// upright bar through a point. Both nil: none.
	Lower, Upper []float64
	Dashed       bool
	Strong       bool // wider than the others
	Points       bool // dots in place of a line; side by side where lines share a category
}

// Bars is a histogram: bar i reaches from Edges[i] to Edges[i+1] and from 0 to
// Heights[i], so there is one edge more than there are heights, in ascending
// order. The zero value has no bar and cannot be drawn. A Bars is only read, so
// it may be shared.
type Bars struct {
	Name           string // shown in the legend
	Edges, Heights []float64
}

// Vertical is an upright dotted line with its name above it, such as the edge of
// the clip range. The zero value is a nameless line at 0. A Vertical is a plain
// value.
type Vertical struct {
	Name string
	X    float64
}

// Save draws the sheet and writes it to path as [Figure.Save] does: as PNG or
// SVG after the extension, in place of an existing file in one step.
//
// It is an error if there is no panel, if a panel holds nothing, if one of its
// lines or bars has no finite value, if a range is empty, or if an axis is
// logarithmic and a value is not positive. Save panics if Columns is negative
// or if the slices of a line or of bars differ in length.
func (p Panels) Save(path string) error {
	return save(path, func() (drawing, error) { return newSheet(p) })
}
