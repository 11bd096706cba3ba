package classic

import (
	"image"
	"image/color"
	"math"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/libm"
	"github.com/proximal-rl/proximal/internal/raster"
	"github.com/proximal-rl/proximal/space"
)

// The hill that both mountain cars drive on, between two ends, as the float64
// that Gymnasium computes with.
const (
	hillLeft    float64 = -1.2
	hillRight   float64 = 0.6
	hillSpeed   float64 = 0.07
	hillGravity float64 = 0.0025
)

// hillObservation is position and velocity.
var hillObservation = space.NewBox(
	[]float32{float32(hillLeft), float32(-hillSpeed)},
	[]float32{float32(hillRight), float32(hillSpeed)})

// Sizes in the picture, in pixels, and its colours.
const (
	hillWidth  = 600
	hillHeight = 400
	hillScale  = hillWidth / (hillRight - hillLeft)
	hillPoints = 100

	// As thin as a line on a slope is in Gymnasium, where one is a pixel high or
	// wide.
	profileWidth = 0.8

	carLength     = 40.0
	carHeight     = 20.0
	carClearance  = 10.0
	wheelRadius   = 8.0
	flagHeight    = 50.0
	pennantLength = 25.0
	pennantHeight = 10.0
)

var (
	hillFrame = env.Frame{Width: hillWidth, Height: hillHeight, Rate: 30}
	grey      = color.RGBA{128, 128, 128, 255}
	yellow    = color.RGBA{204, 204, 0, 255}
)

// drawHill draws the hill with a car at x and the flag at goal.
func drawHill(c *raster.Canvas, dst *image.RGBA, x, goal float64) {
	c.Begin(dst, white)
	var profile [hillPoints]raster.Point
	for i := range profile {
		at := hillLeft + float64(float64(i)*((hillRight-hillLeft)/(hillPoints-1)))
		profile[i] = onHill(at).Offset(upwards, middle, -middle)
	}
	c.Line(black, profileWidth, profile[:]...)
	drawCar(c, onHill(x).Offset(upwards, carClearance, 0), heading(libm.Cos(float64(3*x))))

	foot := onHill(goal)
	foot = raster.Point{X: math.Floor(foot.X) + middle, Y: math.Floor(foot.Y)}
	top := foot.Offset(upwards, flagHeight, 0)
	c.Line(black, 1, foot, top.Offset(upwards, 1, 0))
	c.Polygon(yellow,
		top.Offset(upwards, 1, edge),
		top.Offset(upwards, -pennantHeight, edge),
		top.Offset(upwards, edge-pennantHeight/2, -pennantLength))
}

// onHill is the place in the picture of a position on the hill, whose height is
// 0.45·sin 3x + 0.55.
func onHill(x float64) raster.Point {
	height := float64(0.45*libm.Sin(float64(3*x))) + 0.55
	return raster.Point{X: float64((x - hillLeft) * hillScale), Y: float64(height * hillScale)}
}

// drawCar draws the car with the middle of its floor at a place.
func drawCar(c *raster.Canvas, floor, along raster.Point) {
	bar(c, black, floor.Offset(along, 0, carHeight/2), along, -carLength/2, carLength/2, carHeight/2)
	disc(c, grey, floor.Offset(along, carLength/4, 0), wheelRadius)
	disc(c, grey, floor.Offset(along, -carLength/4, 0), wheelRadius)
}
