package classic

import (
	"image/color"

	"github.com/proximal-rl/proximal/internal/libm"
	"github.com/proximal-rl/proximal/internal/raster"
)

// The pictures show what Gymnasium's show, in its sizes and colours, but with
// smooth edges and motion where those are rounded to whole pixels.

var (
	white = color.RGBA{255, 255, 255, 255}
	black = color.RGBA{0, 0, 0, 255}
)

// middle is that of a pixel from its edge, for what Gymnasium places on a pixel.
const middle = 0.5

// upwards and rightwards are directions.
var (
	upwards    = raster.Point{X: 0, Y: 1}
	rightwards = raster.Point{X: 1, Y: 0}
)

// edge is how far Gymnasium's shapes reach beyond their outline, since they
// include the pixels that lie on it.
const edge = 0.5

// heading is the direction at an angle from the right, counter-clockwise.
func heading(angle float64) raster.Point {
	sin, cos := libm.Sincos(angle)
	return raster.Point{X: cos, Y: sin}
}

// bar draws a rectangle that reaches from back to front along a direction, seen
// from at, and the same distance to both sides.
func bar(c *raster.Canvas, ink color.RGBA, at, along raster.Point, back, front, side float64) {
	back, front, side = back-edge, front+edge, side+edge
	c.Polygon(ink,
		at.Offset(along, back, side), at.Offset(along, front, side),
		at.Offset(along, front, -side), at.Offset(along, back, -side))
}

// disc draws a disc.
func disc(c *raster.Canvas, ink color.RGBA, centre raster.Point, radius float64) {
	c.Disc(ink, centre, radius+edge)
}

// level draws a horizontal line from one side of a picture of the given width to
// the other.
func level(c *raster.Canvas, ink color.RGBA, y, width float64) {
	c.Line(ink, 1, raster.Point{X: 0, Y: y}, raster.Point{X: width, Y: y})
}
