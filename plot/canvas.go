package plot

import (
	"image/color"
	"math"
	"strings"
	"sync"
	"unicode"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	weight "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// canvas is paper with its origin at the lower left and the few strokes that a
// chart is made of.
type canvas struct{ vg.Canvas }

// stroke is how a line is drawn.
type stroke struct {
	colour color.NRGBA
	width  vg.Length
	dashes []vg.Length // nil for a solid line
}

// line draws a line through points.
func (c canvas) line(s stroke, points ...vg.Point) {
	c.SetColor(s.colour)
	c.SetLineWidth(s.width)
	c.SetLineDash(s.dashes, 0)
	c.Stroke(path(points))
}

// area fills the polygon with the given corners.
func (c canvas) area(colour color.Color, corners ...vg.Point) {
	c.SetColor(colour)
	outline := path(corners)
	outline.Close()
	c.Fill(outline)
}

// box fills a rectangle.
func (c canvas) box(colour color.Color, r vg.Rectangle) {
	c.SetColor(colour)
	c.Fill(r.Path())
}

// dot fills a circle.
func (c canvas) dot(colour color.Color, centre vg.Point, radius vg.Length) {
	c.SetColor(colour)
	var circle vg.Path
	circle.Move(vg.Point{X: centre.X + radius, Y: centre.Y})
	circle.Arc(centre, radius, 0, 2*math.Pi)
	circle.Close()
	c.Fill(circle)
}

// path joins points by straight lines.
func path(points []vg.Point) vg.Path {
	var p vg.Path
	for i, point := range points {
		if i == 0 {
			p.Move(point)
		} else {
			p.Line(point)
		}
	}
	return p
}

// How a text stands to its point: the point is the left end, the middle or the
// right end of its base line.
const (
	flushLeft  vg.Length = 0
	centred    vg.Length = 0.5
	flushRight vg.Length = 1
)

// text writes s with its base line at the height of point.
func (c canvas) text(face font.Face, colour color.Color, alignment vg.Length, point vg.Point, s string) {
	if s == "" {
		return
	}
	point.X -= vg.Length(face.Width(s) * alignment)
	c.SetColor(colour)
	c.FillString(face, point, s)
}

// fit returns s as it can be written in the given room: on one line, without
// control characters, and cut short if it is too long.
func fit(face font.Face, s string, room vg.Length) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	if face.Width(s) <= room {
		return s
	}
	letters := []rune(s)
	for len(letters) > 0 && face.Width(string(letters)+"…") > room {
		letters = letters[:len(letters)-1]
	}
	return string(letters) + "…"
}

// typefaces are the fonts of a figure.
type typefaces struct{ title, heading, plain, small font.Face }

// faces parses the fonts, which are part of the program, when first needed.
var faces = sync.OnceValue(func() *typefaces {
	plain := font.Font{Typeface: "Liberation", Variant: "Sans"}
	bold := plain
	bold.Weight = weight.WeightBold
	regular, heavy := parseFont(liberationsansregular.TTF), parseFont(liberationsansbold.TTF)
	return &typefaces{
		title:   font.Face{Font: font.From(bold, 14), Face: heavy},
		heading: font.Face{Font: font.From(bold, 11), Face: heavy},
		plain:   font.Face{Font: font.From(plain, 11), Face: regular},
		small:   font.Face{Font: font.From(plain, 10), Face: regular},
	}
})

func parseFont(data []byte) *opentype.Font {
	parsed, err := opentype.Parse(data)
	if err != nil {
		panic("plot: the embedded font is damaged")
	}
	return parsed
}
