package box2d

import (
	"image/color"

	"github.com/proximal-rl/proximal/internal/physics"
	"github.com/proximal-rl/proximal/internal/raster"
)

// The pictures show what Gymnasium's show, in its sizes and colours, but with
// smooth edges and motion where those are rounded to whole pixels.

var (
	white = color.RGBA{255, 255, 255, 255}
	black = color.RGBA{0, 0, 0, 255}
)

// middle is that of a pixel from its edge. Gymnasium's lines run through middles.
const middle = 0.5

// view maps the world to the picture of a camera that looks at it from the side.
// The zero value has the origin of the world in the lower left corner.
type view struct{ left float64 } // edge of the picture, in pixels from the origin

// at returns where a point of the world is in the picture.
func (v view) at(x, y float64) raster.Point {
	return raster.Point{X: float64(x*scale) - v.left, Y: float64(y * scale)}
}

// of returns where a point of a body is in the picture.
func (v view) of(w *physics.World, body int, x, y float64) raster.Point {
	p := w.Point(body, point(x, y))
	return v.at(float64(p.X), float64(p.Y))
}

// paint is the colour of a shape, and that of its border.
type paint struct{ inside, border color.RGBA }

// shape draws a polygon with a border of one pixel.
func (p paint) shape(c *raster.Canvas, corners ...raster.Point) {
	c.Polygon(p.inside, corners...)
	before := through(corners[len(corners)-1])
	for _, corner := range corners {
		corner = through(corner)
		c.AddLine(1, before, corner)
		before = corner
	}
	c.Fill(p.border)
}

// through is the middle of the pixel that Gymnasium draws for a point of a line.
func through(p raster.Point) raster.Point {
	return raster.Point{X: p.X + middle, Y: p.Y + middle}
}

// box draws a rectangle around the origin of a body.
func (p paint) box(c *raster.Canvas, v view, w *physics.World, body int, halfWidth, halfHeight float64) {
	p.shape(c,
		v.of(w, body, -halfWidth, -halfHeight), v.of(w, body, halfWidth, -halfHeight),
		v.of(w, body, halfWidth, halfHeight), v.of(w, body, -halfWidth, halfHeight))
}

// Sizes of a flag, in pixels.
const (
	poleHeight = 50.0
	flagLength = 25.0
	flagHeight = 10.0
)

// drawFlag draws a flag on a pole that stands at foot.
func drawFlag(c *raster.Canvas, pole color.RGBA, cloth paint, foot raster.Point) {
	top := raster.Point{X: foot.X, Y: foot.Y + poleHeight}
	c.Line(pole, 1, through(foot), through(top))
	cloth.shape(c, top,
		raster.Point{X: top.X, Y: top.Y - flagHeight},
		raster.Point{X: top.X + flagLength, Y: top.Y - flagHeight/2})
}
