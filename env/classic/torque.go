package classic

import (
	"math"

	"github.com/proximal-rl/proximal/internal/raster"
)

// The arrow that shows the torque of the pendulum, in parts of its size: an arc
// from the top over three quarters of a turn, and a head at its end. This is the
// arrow of a negative torque, clockwise.
const (
	arcSteps   = 48
	arcCentre  = 0.026 // beside the pivot
	arcRadiusX = 0.457
	arcRadiusY = 0.481
	arcWidth   = 0.031
)

// arrowHead is its tip, a barb, the notch and the other barb.
var arrowHead = [4]raster.Point{{X: -0.433, Y: 0.144}, {X: -0.5, Y: -0.043}, {X: -0.433, Y: -0.005}, {X: -0.365, Y: -0.043}}

// drawTorque draws the arrow around the pivot, |size| pixels across. A positive
// size is that of a positive torque, counter-clockwise.
func drawTorque(c *raster.Canvas, pivot raster.Point, size float64) {
	place := func(p raster.Point) raster.Point {
		return raster.Point{X: pivot.X - float64(p.X*size), Y: pivot.Y + float64(p.Y*math.Abs(size))}
	}
	var arc [arcSteps + 1]raster.Point
	for i := range arc {
		p := heading(math.Pi/2 - float64(float64(i)*(1.5*math.Pi/arcSteps)))
		arc[i] = place(raster.Point{X: arcCentre + float64(arcRadiusX*p.X), Y: arcRadiusY * p.Y})
	}
	head := arrowHead
	for i := range head {
		head[i] = place(head[i])
	}
	c.Line(black, arcWidth*math.Abs(size), arc[:]...)
	c.Polygon(black, head[:]...)
}
