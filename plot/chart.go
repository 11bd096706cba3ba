package plot

import (
	"errors"
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
)

// chart is a figure that has been checked and computed and only needs to be
// drawn.
type chart struct {
	figure  Figure
	bundles []bundle
	legend  []entry
	x, y    axis
	height  vg.Length    // of the paper
	data    vg.Rectangle // where the data stand
}

// bundle is a group made ready to draw.
type bundle struct {
	colour  color.NRGBA
	dashes  []vg.Length
	runs    []curve
	summary summary // only of several runs
}

// The colours of groups after Okabe and Ito, who chose them to be told apart
// with any colour vision; their yellow is too pale for lines on white.
var palette = []color.NRGBA{
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	{0x00, 0x9e, 0x73, 0xff}, // green
	{0xcc, 0x79, 0xa7, 0xff}, // purple
	{0xe6, 0x9f, 0x00, 0xff}, // orange
	{0x56, 0xb4, 0xe9, 0xff}, // sky blue
	{0x30, 0x30, 0x30, 0xff}, // black
}

// The dashes of groups, which tell apart those that must share a colour.
var groupDashes = [][]vg.Length{nil, {6, 2.5}, {1.5, 2}}

var (
	ink         = color.NRGBA{0x24, 0x29, 0x2f, 0xff}
	softInk     = color.NRGBA{0x57, 0x60, 0x6a, 0xff}
	ruleColour  = color.NRGBA{0x8c, 0x95, 0x9f, 0xff}
	gridColour  = color.NRGBA{0xe7, 0xea, 0xee, 0xff}
	paperColour = color.NRGBA{0xff, 0xff, 0xff, 0xff}
)

// Opacities of what lies behind or beside the strong lines.
const (
	bandOpacity = 0x26
	barOpacity  = 0x50
	runOpacity  = 0x70
)

// newChart checks and computes f.
func newChart(f Figure) (*chart, error) {
	if len(f.Groups) == 0 {
		return nil, errors.New("nothing to draw: no group")
	}
	c := &chart{figure: f}
	for i, g := range f.Groups {
		b, err := newBundle(g, i)
		if err != nil {
			return nil, fmt.Errorf("group %q: %w", g.Name, err)
		}
		c.bundles = append(c.bundles, b)
	}
	for _, level := range f.Levels {
		if !isFinite(level.Y) {
			return nil, fmt.Errorf("level %q lies at %v, which is not finite", level.Name, level.Y)
		}
	}
	c.legend = c.entries()
	c.measure()
	c.arrange()
	return c, nil
}

// newBundle prepares the group with the given index.
func newBundle(g Group, index int) (bundle, error) {
	b := bundle{
		colour: palette[index%len(palette)],
		dashes: groupDashes[index/len(palette)%len(groupDashes)],
	}
	if len(g.Runs) == 0 {
		return b, errors.New("no run")
	}
	for _, run := range g.Runs {
		c, err := newCurve(run)
		if err != nil {
			return b, fmt.Errorf("run %q: %w", run.Name, err)
		}
		b.runs = append(b.runs, c)
	}
	if len(b.runs) == 1 {
		return b, nil
	}
	var ok bool
	if b.summary, ok = summarise(b.runs); !ok {
		return b, errors.New("its runs share no range of x, so they have no mean")
	}
	return b, nil
}

// measure sets the axes so that they cover all data.
func (c *chart) measure() {
	left, right := math.Inf(1), math.Inf(-1)
	low, high := math.Inf(1), math.Inf(-1)
	for _, b := range c.bundles {
		for _, run := range b.runs {
			left, right = min(left, run.x[0]), max(right, run.x[len(run.x)-1])
			for _, y := range run.y {
				low, high = min(low, y), max(high, y)
			}
		}
	}
	for _, level := range c.figure.Levels {
		low, high = min(low, level.Y), max(high, level.Y)
	}
	if left > 0 && left < right/8 {
		left = 0 // runs begin at step 0, though they report a little later
	}
	c.x = newAxis(left, right, 8, false)
	c.y = newAxis(low, high, 8, true)
}

// The sizes of the layout. The paper is as high as what stands on it, so a long
// legend takes nothing from the data.
const (
	width      vg.Length = 640
	dataHeight vg.Length = 260
	margin     vg.Length = 16
	titleLine  vg.Length = 20
	legendLine vg.Length = 17
	textLine   vg.Length = 15
	gap        vg.Length = 7
)

// arrange places the data beside and between everything else.
func (c *chart) arrange() {
	var widest vg.Length
	for _, t := range c.y.ticks {
		widest = max(widest, faces().small.Width(t.label))
	}
	c.data.Min = vg.Point{X: margin + widest + gap, Y: margin + textLine}
	if c.figure.XLabel != "" {
		c.data.Min.Y += textLine
	}
	c.data.Max = vg.Point{X: width - margin - gap, Y: c.data.Min.Y + dataHeight}
	c.height = c.data.Max.Y + gap + legendHeight(c.legend) + margin
	if c.figure.YLabel != "" {
		c.height += textLine
	}
	if c.figure.Title != "" {
		c.height += titleLine
	}
}

// point returns where a point of the data stands on the paper.
func (c *chart) point(x, y float64) vg.Point {
	size := c.data.Size()
	return vg.Point{
		X: c.data.Min.X + vg.Length(size.X*vg.Length(c.x.at(x))),
		Y: c.data.Min.Y + vg.Length(size.Y*vg.Length(c.y.at(y))),
	}
}

// points returns where the points of a line stand on the paper.
func (c *chart) points(x, y []float64) []vg.Point {
	points := make([]vg.Point, len(x))
	for i := range x {
		points[i] = c.point(x[i], y[i])
	}
	return points
}

func (c *chart) paperHeight() vg.Length { return c.height }

// draw draws the chart from back to front.
func (c *chart) draw(on canvas) {
	on.box(paperColour, vg.Rectangle{Max: vg.Point{X: width, Y: c.height}})
	c.drawTitle(on)
	c.drawAxes(on)
	for _, b := range c.bundles {
		c.drawSpread(on, b)
	}
	for _, level := range c.figure.Levels {
		on.line(levelStroke, c.point(c.x.min, level.Y), c.point(c.x.max, level.Y))
	}
	for _, b := range c.bundles {
		c.drawMain(on, b)
	}
	top := c.height - margin
	if c.figure.Title != "" {
		top -= titleLine
	}
	drawLegend(on, c.legend, vg.Point{X: margin, Y: top})
}

// drawTitle writes the title and the labels of both axes. That of the vertical
// axis stands above it, where it reads without turning the head.
func (c *chart) drawTitle(on canvas) {
	const room = width - 2*margin
	f, face := c.figure, faces()
	on.text(face.title, ink, flushLeft, vg.Point{X: margin, Y: c.height - margin - 10},
		fit(face.title, f.Title, room))
	on.text(face.small, softInk, flushLeft, vg.Point{X: margin, Y: c.data.Max.Y + gap + 3},
		fit(face.small, f.YLabel, room))
	middle := (c.data.Min.X + c.data.Max.X) / 2
	on.text(face.small, softInk, centred, vg.Point{X: middle, Y: margin - 4},
		fit(face.small, f.XLabel, c.data.Size().X))
}

// drawAxes draws the grid, the base line and the numbers.
func (c *chart) drawAxes(on canvas) {
	light := stroke{colour: gridColour, width: 0.8}
	for _, t := range c.y.ticks {
		left := c.point(c.x.min, t.value)
		on.line(light, left, c.point(c.x.max, t.value))
		on.text(faces().small, softInk, flushRight, vg.Point{X: left.X - gap, Y: left.Y - 3.5}, t.label)
	}
	for _, t := range c.x.ticks {
		foot := c.point(t.value, c.y.min)
		on.line(light, foot, c.point(t.value, c.y.max))
		on.text(faces().small, softInk, centred, vg.Point{X: foot.X, Y: foot.Y - textLine}, t.label)
	}
	on.line(stroke{colour: ruleColour, width: 0.8}, c.point(c.x.min, c.y.min), c.point(c.x.max, c.y.min))
}

// drawSpread draws what shows how far the runs of a group lie apart: the band
// and the runs themselves.
func (c *chart) drawSpread(on canvas, b bundle) {
	if len(b.runs) == 1 {
		return
	}
	edge := c.points(b.summary.x, b.summary.low)
	upper := c.points(b.summary.x, b.summary.high)
	for i := len(upper) - 1; i >= 0; i-- {
		edge = append(edge, upper[i])
	}
	on.area(faded(b.colour, bandOpacity), edge...)
	for _, run := range b.runs {
		run = run.thin()
		c.drawCurve(on, stroke{faded(b.colour, runOpacity), 0.6, nil}, run)
	}
}

// drawMain draws the strong line of a group: its mean or its only run.
func (c *chart) drawMain(on canvas, b bundle) {
	main := curve{b.summary.x, b.summary.mean}
	if len(b.runs) == 1 {
		main = b.runs[0].thin()
	}
	c.drawCurve(on, stroke{b.colour, 1.8, b.dashes}, main)
}

// drawCurve draws a line, or a dot where there is but one point.
func (c *chart) drawCurve(on canvas, s stroke, line curve) {
	points := c.points(line.x, line.y)
	if len(points) == 1 {
		on.dot(s.colour, points[0], 1.5*s.width)
		return
	}
	on.line(s, points...)
}

// faded returns colour with the given opacity.
func faded(colour color.NRGBA, opacity uint8) color.NRGBA {
	colour.A = opacity
	return colour
}
