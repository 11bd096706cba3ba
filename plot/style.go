package plot

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

// style tells what has one name in a sheet from what has others.
type style struct {
	colour color.NRGBA
	round  int // how often the colours ran out before
}

// The dashes of lines by round. Those of lines that are dashed on purpose are
// others than those that only tell lines of one colour apart.
var (
	solidRounds  = [][]vg.Length{nil, {1.5, 2}, {8, 2, 1.5, 2}}
	dashedRounds = [][]vg.Length{{5, 3}, {10, 3}, {5, 2, 2, 2, 2, 2}}
)

// styles are the styles of a sheet by name.
type styles map[string]style

// newStyles gives every name in panels a style, in the order of appearance.
func newStyles(panels []Panel) styles {
	s := styles{}
	add := func(name string) {
		if _, known := s[name]; !known {
			s[name] = style{palette[len(s)%len(palette)], len(s) / len(palette)}
		}
	}
	for _, p := range panels {
		for _, l := range p.Lines {
			add(l.Name)
		}
		for _, b := range p.Bars {
			add(b.Name)
		}
	}
	return s
}

// stroke returns how l is drawn.
func (s styles) stroke(l Line) stroke {
	of, rounds, width := s[l.Name], solidRounds, vg.Length(1.4)
	if l.Dashed {
		rounds = dashedRounds
	}
	if l.Strong {
		width = 2.4
	}
	return stroke{of.colour, width, rounds[of.round%len(rounds)]}
}

// dot returns how the points of l are drawn.
func (s styles) dot(l Line) *dot {
	of := s[l.Name]
	d := &dot{colour: of.colour, corners: dotRounds[of.round%len(dotRounds)], radius: 2.8}
	if l.Strong {
		d.radius = 3.6
	}
	return d
}

// dot is how a point is drawn: a circle, or a polygon of as many corners.
type dot struct {
	colour  color.NRGBA
	corners int // 0 for a circle
	radius  vg.Length
}

// dotRounds are the corners of dots by round.
var dotRounds = []int{0, 4, 3}

// draw draws d around centre.
func (d *dot) draw(on canvas, centre vg.Point) {
	switch d.corners {
	case 0:
		on.dot(d.colour, centre, d.radius)
	case 3:
		r := d.radius * 1.25 // of equal weight to the eye
		on.area(d.colour, vg.Point{X: centre.X - r*0.87, Y: centre.Y - r/2},
			vg.Point{X: centre.X + r*0.87, Y: centre.Y - r/2}, vg.Point{X: centre.X, Y: centre.Y + r})
	default:
		r := d.radius * 0.9
		on.box(d.colour, vg.Rectangle{
			Min: vg.Point{X: centre.X - r, Y: centre.Y - r}, Max: vg.Point{X: centre.X + r, Y: centre.Y + r},
		})
	}
}
