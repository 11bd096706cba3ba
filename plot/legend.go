package plot

import (
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg"
)

// entry is one item of a legend: a sample of what is drawn and what it stands
// for.
type entry struct {
	line stroke      // of width 0 for none
	fill color.NRGBA // of the area behind the line; transparent for none
	dot  *dot        // nil for none
	text string
	at   vg.Point // of the left end, from the upper left of the legend
}

// levelStroke is how levels are drawn.
var levelStroke = stroke{colour: softInk, width: 1, dashes: []vg.Length{4, 3}}

// The spaces inside a legend.
const (
	sampleWidth vg.Length = 20
	sampleGap   vg.Length = 6
	entryGap    vg.Length = 18
	legendRoom  vg.Length = width - 2*margin
)

// entries returns the legend, line by line from left to right. A figure of one
// run without a name needs none.
func (c *chart) entries() []entry {
	var list []entry
	several := false
	for i, b := range c.bundles {
		several = several || len(b.runs) > 1
		if text := groupText(c.figure.Groups[i]); text != "" {
			e := entry{line: stroke{b.colour, 2, b.dashes}, text: text}
			if len(b.runs) > 1 {
				e.fill = faded(b.colour, bandOpacity)
			}
			list = append(list, e)
		}
	}
	for _, level := range c.figure.Levels {
		if level.Name != "" {
			list = append(list, entry{line: levelStroke, text: level.Name})
		}
	}
	if several {
		list = append(list, entry{text: "line: mean, shaded: min–max"})
	}
	place(list)
	return list
}

// groupText returns what the legend says of a group.
func groupText(g Group) string {
	switch n := len(g.Runs); {
	case n == 1:
		return g.Name
	case g.Name == "":
		return fmt.Sprintf("%d runs", n)
	default:
		return fmt.Sprintf("%s (%d runs)", g.Name, n)
	}
}

// sheetEntries returns the legend of a sheet: every name once, in the order of
// appearance, with all that it is drawn as.
func sheetEntries(panels []Panel, named styles) []entry {
	var list []entry
	places := map[string]int{}
	find := func(name string) *entry {
		if _, known := places[name]; !known {
			places[name] = len(list)
			list = append(list, entry{text: name})
		}
		return &list[places[name]]
	}
	for _, p := range panels {
		for _, l := range p.Lines {
			e := find(l.Name)
			if l.Points {
				e.dot = named.dot(l)
				continue
			}
			e.line = named.stroke(l)
			if l.Lower != nil {
				e.fill = faded(e.line.colour, bandOpacity)
			}
		}
		for _, b := range p.Bars {
			find(b.Name).fill = faded(named[b.Name].colour, barOpacity)
		}
	}
	for _, p := range panels {
		for _, level := range p.Levels {
			find(level.Name).line = levelStroke
		}
	}
	list = slices.DeleteFunc(list, func(e entry) bool { return e.text == "" })
	place(list)
	align(list)
	return list
}

// hasSample reports whether e shows anything but its text.
func (e entry) hasSample() bool { return e.line.width > 0 || e.fill.A > 0 || e.dot != nil }

// width returns the room an entry takes.
func (e entry) width() vg.Length {
	room := faces().plain.Width(e.text)
	if e.hasSample() {
		room += sampleWidth + sampleGap
	}
	return room
}

// place puts entries beside each other and begins a new line where the paper
// ends.
func place(list []entry) {
	var x, y vg.Length
	for i := range list {
		e := &list[i]
		e.text = fit(faces().plain, e.text, legendRoom-sampleWidth-sampleGap)
		if x > 0 && x+e.width() > legendRoom {
			x, y = 0, y-legendLine
		}
		e.at = vg.Point{X: x, Y: y}
		x += e.width() + entryGap
	}
}

// align puts placed entries that take more than one line in as few columns as
// have no more lines than needed.
func align(list []entry) {
	if len(list) == 0 || list[len(list)-1].at.Y == 0 {
		return
	}
	var pitch vg.Length
	for _, e := range list {
		pitch = max(pitch, e.width()+entryGap)
	}
	columns := max(1, int((legendRoom+entryGap)/pitch))
	rows := (len(list) + columns - 1) / columns
	columns = (len(list) + rows - 1) / rows
	for i := range list {
		row, column := i/columns, i%columns
		list[i].at = vg.Point{X: vg.Length(column) * pitch, Y: -vg.Length(row) * legendLine}
	}
}

// legendHeight returns the room that a legend takes.
func legendHeight(list []entry) vg.Length {
	if len(list) == 0 {
		return 0
	}
	return legendLine - list[len(list)-1].at.Y
}

// drawLegend draws a legend whose upper left is corner.
func drawLegend(on canvas, list []entry, corner vg.Point) {
	for _, e := range list {
		at := vg.Point{X: corner.X + e.at.X, Y: corner.Y - 12 + e.at.Y}
		colour := softInk
		if e.hasSample() {
			colour = ink
			e.drawSample(on, at)
			at.X += sampleWidth + sampleGap
		}
		on.text(faces().plain, colour, flushLeft, at, e.text)
	}
}

// drawSample draws the sample of an entry, its left end on the base line at.
func (e entry) drawSample(on canvas, at vg.Point) {
	left := vg.Point{X: at.X, Y: at.Y + 3.5}
	right := vg.Point{X: left.X + sampleWidth, Y: left.Y}
	if e.fill.A > 0 {
		const reach = 4.5
		on.box(e.fill, vg.Rectangle{
			Min: vg.Point{X: left.X, Y: left.Y - reach},
			Max: vg.Point{X: right.X, Y: right.Y + reach},
		})
	}
	if e.line.width > 0 {
		on.line(e.line, left, right)
	}
	if e.dot != nil {
		e.dot.draw(on, vg.Point{X: left.X + sampleWidth/2, Y: left.Y})
	}
}
