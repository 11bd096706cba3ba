package plot

import (
	"fmt"

	"gonum.org/v1/plot/vg"
)

// entry is one item of the legend: a sample of the line and what it stands for.
type entry struct {
	sample stroke // of width 0 for a remark without a line
	band   bool   // the sample shows a band behind the line
	text   string
	at     vg.Point // of the left end, from the upper left of the legend
}

// levelStroke is how levels are drawn.
var levelStroke = stroke{colour: softInk, width: 1, dashes: []vg.Length{4, 3}}

// The spaces inside the legend.
const (
	sampleWidth vg.Length = 20
	sampleGap   vg.Length = 6
	entryGap    vg.Length = 18
)

// entries returns the legend, line by line from left to right. A figure of one
// run without a name needs none.
func (c *chart) entries() []entry {
	var list []entry
	several := false
	for i, b := range c.bundles {
		several = several || len(b.runs) > 1
		if text := groupText(c.figure.Groups[i]); text != "" {
			list = append(list, entry{sample: stroke{b.colour, 2, b.dashes}, band: len(b.runs) > 1, text: text})
		}
	}
	for _, level := range c.figure.Levels {
		if level.Name != "" {
			list = append(list, entry{sample: levelStroke, text: level.Name})
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

// width returns the room an entry takes.
func (e entry) width() vg.Length {
	room := faces().plain.Width(e.text)
	if e.sample.width > 0 {
		room += sampleWidth + sampleGap
	}
	return room
}

// place puts entries beside each other and begins a new line where the paper
// ends.
func place(list []entry) {
	const room = width - 2*margin
	var x, y vg.Length
	for i := range list {
		e := &list[i]
		e.text = fit(faces().plain, e.text, room-sampleWidth-sampleGap)
		if x > 0 && x+e.width() > room {
			x, y = 0, y-legendLine
		}
		e.at = vg.Point{X: x, Y: y}
		x += e.width() + entryGap
	}
}

// legendHeight returns the room that the legend takes.
func (c *chart) legendHeight() vg.Length {
	if len(c.legend) == 0 {
		return 0
	}
	return legendLine - c.legend[len(c.legend)-1].at.Y
}

// drawLegend draws the legend under the title.
func (c *chart) drawLegend(on canvas) {
	top := c.height - margin
	if c.figure.Title != "" {
		top -= titleLine
	}
	for _, e := range c.legend {
		at := vg.Point{X: margin + e.at.X, Y: top - 12 + e.at.Y}
		colour := softInk
		if e.sample.width > 0 {
			colour = ink
			c.drawSample(on, e, at)
			at.X += sampleWidth + sampleGap
		}
		on.text(faces().plain, colour, flushLeft, at, e.text)
	}
}

// drawSample draws the sample of an entry on the base line at.
func (c *chart) drawSample(on canvas, e entry, at vg.Point) {
	left := vg.Point{X: at.X, Y: at.Y + 3.5}
	right := vg.Point{X: left.X + sampleWidth, Y: left.Y}
	if e.band {
		const reach = 4.5
		on.box(faded(e.sample.colour, bandOpacity), vg.Rectangle{
			Min: vg.Point{X: left.X, Y: left.Y - reach},
			Max: vg.Point{X: right.X, Y: right.Y + reach},
		})
	}
	on.line(e.sample, left, right)
}
