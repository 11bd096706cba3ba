package plot

import (
	"cmp"
	"slices"

	"gonum.org/v1/plot/vg"
)

// verticalStroke is how verticals are drawn.
var verticalStroke = stroke{colour: softInk, width: 0.9, dashes: []vg.Length{1.2, 2.2}}

// labelWidth returns the room of the numbers left of the data.
func (p *pane) labelWidth() vg.Length {
	var widest vg.Length
	for _, t := range p.y.ticks {
		widest = max(widest, faces().small.Width(t.label))
	}
	return widest + gap
}

// headHeight returns the room of what stands above the data.
func (p *pane) headHeight() vg.Length {
	room := gap
	if p.Title != "" {
		room += textLine + 2
	}
	if p.YLabel != "" {
		room += textLine
	}
	if p.hasNames() {
		room += textLine - 2
	}
	return room
}

// hasNames reports whether any vertical of p has a name.
func (p *pane) hasNames() bool {
	return slices.ContainsFunc(p.Verticals, func(v Vertical) bool { return v.Name != "" })
}

// footHeight returns the room of what stands below the data.
func (p *pane) footHeight() vg.Length {
	if p.XLabel == "" {
		return textLine
	}
	return 2 * textLine
}

// draw draws the panel from back to front.
func (p *pane) draw(on canvas) {
	p.drawText(on)
	p.drawAxes(on)
	for _, b := range p.Bars {
		p.drawBars(on, b)
	}
	for _, l := range p.Lines {
		if !l.Points {
			p.drawBand(on, l)
		}
	}
	for _, level := range p.Levels {
		p.drawLine(on, levelStroke, []vg.Point{p.point(p.x.min, level.Y), p.point(p.x.max, level.Y)})
	}
	p.drawVerticals(on)
	asides := p.asides()
	for i, l := range p.Lines {
		if l.Points {
			p.drawPoints(on, l, asides[i])
		} else {
			p.drawCurve(on, l)
		}
	}
}

// drawText writes the title of the panel and the labels of its axes. That of
// the vertical axis stands above it, where it reads without turning the head.
func (p *pane) drawText(on canvas) {
	face, room := faces(), p.cell.Size().X
	y := p.cell.Max.Y - 11
	if p.Title != "" {
		on.text(face.heading, ink, flushLeft, vg.Point{X: p.cell.Min.X, Y: y}, fit(face.heading, p.Title, room))
		y -= textLine + 2
	}
	on.text(face.small, softInk, flushLeft, vg.Point{X: p.cell.Min.X, Y: y}, fit(face.small, p.YLabel, room))
	middle := (p.data.Min.X + p.data.Max.X) / 2
	on.text(face.small, softInk, centred, vg.Point{X: middle, Y: p.data.Min.Y - 2*textLine + 2},
		fit(face.small, p.XLabel, p.data.Size().X))
}

// drawAxes draws the grid, the base line, the line of zero and the numbers.
func (p *pane) drawAxes(on canvas) {
	light := stroke{colour: gridColour, width: 0.8}
	rule := stroke{colour: ruleColour, width: 0.8}
	small := faces().small
	slot := p.data.Size().X / vg.Length(max(1, len(p.x.ticks)))
	for _, t := range p.x.ticks {
		foot := p.point(t.value, p.y.min)
		label := t.label
		if len(p.Categories) > 0 {
			label = fit(small, label, slot)
		} else {
			on.line(light, foot, p.point(t.value, p.y.max))
		}
		on.text(small, softInk, centred, vg.Point{X: foot.X, Y: foot.Y - textLine + 1}, label)
	}
	for _, t := range p.y.ticks {
		shade, left := light, p.point(p.x.min, t.value)
		if t.value == 0 {
			shade = rule
		}
		on.line(shade, left, p.point(p.x.max, t.value))
		on.text(small, softInk, flushRight, vg.Point{X: left.X - gap, Y: left.Y - 3.5}, t.label)
	}
	on.line(rule, p.data.Min, vg.Point{X: p.data.Max.X, Y: p.data.Min.Y})
}

// far bounds how far outside the data a point may lie, in sizes of the data, so
// that no arithmetic with it overflows.
const far = 1e6

// point returns where a point of the data stands on the paper.
func (p *pane) point(x, y float64) vg.Point {
	size := p.data.Size()
	return vg.Point{
		X: p.data.Min.X + size.X*vg.Length(min(max(p.x.at(x), -far), far)),
		Y: p.data.Min.Y + size.Y*vg.Length(min(max(p.y.at(y), -far), far)),
	}
}

// holds reports whether a point of the paper lies where the data stand.
func (p *pane) holds(at vg.Point) bool {
	const slack = 1e-6 // at the very edge
	return at.X >= p.data.Min.X-slack && at.X <= p.data.Max.X+slack &&
		at.Y >= p.data.Min.Y-slack && at.Y <= p.data.Max.Y+slack
}

// invisible is a distance that no eye and no printer resolves.
const invisible vg.Length = 0.02

// drawLine draws the part of a line that lies where the data stand.
func (p *pane) drawLine(on canvas, s stroke, points []vg.Point) {
	for _, part := range cropLine(points, p.data) {
		on.line(s, simplify(part, invisible)...)
	}
}

// drawCurve draws l, leaving its gaps.
func (p *pane) drawCurve(on canvas, l Line) {
	s := p.styles.stroke(l)
	p.runs(l.drawn, len(l.X), func(from, to int) {
		points := make([]vg.Point, 0, to-from)
		for i := from; i < to; i++ {
			points = append(points, p.point(l.X[i], l.Y[i]))
		}
		if len(points) == 1 {
			if p.holds(points[0]) {
				on.dot(s.colour, points[0], 1.5*s.width)
			}
			return
		}
		p.drawLine(on, s, points)
	})
}

// drawBand shades the intervals of l, leaving its gaps.
func (p *pane) drawBand(on canvas, l Line) {
	p.runs(l.ranged, len(l.X), func(from, to int) {
		var edge []vg.Point
		for i := from; i < to; i++ {
			edge = append(edge, p.point(l.X[i], l.Lower[i]))
		}
		for i := to - 1; i >= from; i-- {
			edge = append(edge, p.point(l.X[i], l.Upper[i]))
		}
		if edge = cropArea(edge, p.data); len(edge) > 2 {
			on.area(faded(p.styles[l.Name].colour, bandOpacity), edge...)
		}
	})
}

// runs calls f for every run of indices below n that all satisfy include.
func (p *pane) runs(include func(int) bool, n int, f func(from, to int)) {
	for from := 0; from < n; from++ {
		to := from
		for to < n && include(to) {
			to++
		}
		if to > from {
			f(from, to)
			from = to
		}
	}
}

// asides returns how far the points of each line are moved aside, so that those
// of several lines over one category stand side by side.
func (p *pane) asides() []float64 {
	asides := make([]float64, len(p.Lines))
	var dotted []int
	seen, shared := map[float64]bool{}, false
	for i, l := range p.Lines {
		if !l.Points {
			continue
		}
		dotted = append(dotted, i)
		for _, x := range l.X {
			shared = shared || seen[x]
		}
		for _, x := range l.X {
			seen[x] = true
		}
	}
	if len(p.Categories) == 0 || !shared {
		return asides
	}
	pitch := min(0.18, 0.7/float64(len(dotted)))
	for place, i := range dotted {
		asides[i] = (float64(place) - float64(len(dotted)-1)/2) * pitch
	}
	return asides
}

// drawPoints draws the dots of l and their intervals, moved aside in x.
func (p *pane) drawPoints(on canvas, l Line, aside float64) {
	dot := p.styles.dot(l)
	s := stroke{colour: dot.colour, width: 1.2}
	for i := range l.X {
		x := l.X[i] + aside
		if l.ranged(i) {
			low, high := p.point(x, l.Lower[i]), p.point(x, l.Upper[i])
			p.drawLine(on, s, []vg.Point{low, high})
			for _, end := range []vg.Point{low, high} {
				const reach = 3
				p.drawLine(on, s, []vg.Point{{X: end.X - reach, Y: end.Y}, {X: end.X + reach, Y: end.Y}})
			}
		}
		if l.drawn(i) {
			if at := p.point(x, l.Y[i]); p.holds(at) {
				dot.draw(on, at)
			}
		}
	}
}

// drawBars fills a histogram and draws its outline.
func (p *pane) drawBars(on canvas, b Bars) {
	colour, foot := p.styles[b.Name].colour, 0.0
	if p.LogY {
		foot = p.y.min
	}
	outline := []vg.Point{p.point(b.Edges[0], foot)}
	for i, height := range b.Heights {
		outline = append(outline, p.point(b.Edges[i], height), p.point(b.Edges[i+1], height))
	}
	outline = append(outline, p.point(b.Edges[len(b.Heights)], foot))
	if area := cropArea(outline, p.data); len(area) > 2 {
		on.area(faded(colour, barOpacity), area...)
	}
	p.drawLine(on, stroke{colour: colour, width: 1.2}, outline)
}

// drawVerticals draws the verticals and their names, which it keeps apart.
func (p *pane) drawVerticals(on canvas) {
	var names []name
	for _, v := range p.Verticals {
		foot := p.point(v.X, p.y.min)
		if !p.holds(foot) {
			continue
		}
		on.line(verticalStroke, foot, vg.Point{X: foot.X, Y: p.data.Max.Y + 2})
		if v.Name != "" {
			text := fit(faces().small, v.Name, p.data.Size().X)
			names = append(names, name{text, foot.X, faces().small.Width(text)})
		}
	}
	spread(names)
	for _, n := range names {
		on.text(faces().small, softInk, centred, vg.Point{X: n.middle, Y: p.data.Max.Y + 5}, n.text)
	}
}

// name is a text that stands above the data.
type name struct {
	text          string
	middle, width vg.Length
}

// spread sorts names from left to right and moves them apart where they would
// touch.
func spread(names []name) {
	const space = 5
	slices.SortStableFunc(names, func(a, b name) int { return cmp.Compare(a.middle, b.middle) })
	for i := 1; i < len(names); i++ {
		a, b := &names[i-1], &names[i]
		if overlap := (a.width+b.width)/2 + space - (b.middle - a.middle); overlap > 0 {
			a.middle -= overlap / 2
			b.middle += overlap / 2
		}
	}
}
