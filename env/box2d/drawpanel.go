package box2d

import (
	"image/color"
	"math"
	"strconv"

	"github.com/proximal-rl/proximal/internal/raster"
)

// Units of the panel, in pixels of the window, and its height.
const (
	panelUnitX  float64 = windowWidth / 40
	panelUnitY  float64 = windowHeight / 40
	panelHeight float64 = 5 * panelUnitY
)

// Colours of the instruments.
var (
	frontBlue    = color.RGBA{0, 0, 255, 255}
	rearBlue     = color.RGBA{51, 0, 255, 255}
	steerGreen   = color.RGBA{0, 255, 0, 255}
	gyroscopeRed = color.RGBA{255, 0, 0, 255}
)

// panel is the black part below the race, with its instruments.
type panel struct {
	canvas *raster.Canvas
	view   *raceView
}

// drawPanel draws the score, and bars for the velocity, the wheels, the steering and
// the gyroscope.
func (p *racePicture) drawPanel(v *raceView, r *Race, score float64) {
	b := panel{&p.canvas, v}
	b.rectangle(black, 0, 0, windowWidth, panelHeight)
	hull := int(r.state.Hull)
	velocity := r.world.Velocity(hull)
	x, y := float64(velocity.X), float64(velocity.Y)
	b.column(white, 5, math.Sqrt(float64(x*x)+float64(y*y)), 0.02)
	for i, ink := range [wheels]color.RGBA{frontBlue, frontBlue, rearBlue, rearBlue} {
		b.column(ink, 7+float64(i), r.state.Wheels[i].Rate, 0.01)
	}
	b.row(steerGreen, 20, float64(r.world.JointAngle(0)), -10)
	b.row(gyroscopeRed, 30, float64(r.world.Spin(hull)), -0.8)
	b.number(score)
}

// column draws a vertical bar at a place, for a value and a scale.
func (b panel) column(ink color.RGBA, place, value, by float64) {
	if shown(value) {
		left := float64(place * panelUnitX)
		b.rectangle(ink, left, panelUnitY, left+panelUnitX, panelUnitY+float64(panelUnitY*by*value))
	}
}

// row draws a horizontal bar from a place on, for a value and a scale.
func (b panel) row(ink color.RGBA, place, value, by float64) {
	if shown(value) {
		left := float64(place * panelUnitX)
		b.rectangle(ink, left, 2*panelUnitY, left+float64(panelUnitX*by*value), 4*panelUnitY)
	}
}

// shown is whether a value is large enough for a bar.
func shown(value float64) bool { return math.Abs(value) > 1e-4 }

// rectangle draws a rectangle between two corners, as whole pixels of the window and
// with those on its edge.
func (b panel) rectangle(ink color.RGBA, x1, y1, x2, y2 float64) {
	left, right := math.Floor(min(x1, x2)), math.Floor(max(x1, x2))+1
	bottom, top := math.Ceil(min(y1, y2))-1, math.Ceil(max(y1, y2))
	b.canvas.Polygon(ink,
		b.view.window(left, bottom), b.view.window(right, bottom),
		b.view.window(right, top), b.view.window(left, top))
}

// number draws the score as a whole number of at least four characters.
func (b panel) number(score float64) {
	var buffer, padded [32]byte
	digits := strconv.AppendFloat(buffer[:0], score, 'f', 0, 64)
	text := padded[:0]
	if digits[0] == '-' {
		text, digits = append(text, '-'), digits[1:]
	}
	for len(text)+len(digits) < 4 {
		text = append(text, '0')
	}
	text = append(text, digits...)
	width := 0.0
	for _, c := range text {
		width += pitch(c)
	}
	left := scoreMiddle - width/2
	for _, c := range text {
		b.addGlyph(glyphs[c], left)
		left += pitch(c)
	}
	b.canvas.Fill(white)
}

// addGlyph adds a character to what the canvas fills.
func (b panel) addGlyph(g glyph, left float64) {
	for _, stroke := range g {
		var points [12]raster.Point
		for i, p := range stroke {
			points[i] = b.view.window(
				left+1+glyphStroke/2+float64(p.X*(glyphWidth-glyphStroke)),
				glyphBottom+glyphStroke/2+float64(p.Y*(glyphHeight-glyphStroke)))
		}
		b.canvas.AddLine(float64(glyphStroke*b.view.scaleX), points[:len(stroke)]...)
	}
}
