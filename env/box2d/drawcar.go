package box2d

import (
	"image/color"
	"math"

	"github.com/proximal-rl/proximal/internal/libm"
	"github.com/proximal-rl/proximal/internal/raster"
)

// markAngle is how much of a wheel the mark on it covers.
const markAngle float64 = 1.2

// drawCar draws the wheels, and the hull over them.
func (p *racePicture) drawCar(v *raceView, r *Race) {
	hull := int(r.state.Hull)
	for i := range r.state.Wheels {
		p.drawBar(v, r, hull+1+i, black, -1, 1)
		if low, high, seen := markOn(r.state.Wheels[i].Turned); seen {
			p.drawBar(v, r, hull+1+i, wheelGrey, low, high)
		}
	}
	for _, part := range hullPlan {
		var corners [8]raster.Point
		for i, at := range part {
			corners[i] = v.of(r, hull, at[0], at[1])
		}
		p.canvas.Polygon(carRed, corners[:len(part)]...)
	}
}

// of returns where a point of the plan of a body is in the picture.
func (v *raceView) of(r *Race, body int, x, y float64) raster.Point {
	at := r.world.Point(body, point(float64(x*carScale), float64(y*carScale)))
	return v.at(float64(at.X), float64(at.Y))
}

// drawBar draws the part of a wheel that lies between two heights, of which −1 is
// its back and 1 its front.
func (p *racePicture) drawBar(v *raceView, r *Race, wheel int, ink color.RGBA, low, high float64) {
	low, high = float64(low*wheelLength), float64(high*wheelLength)
	p.canvas.Polygon(ink,
		v.of(r, wheel, -wheelWidth, low), v.of(r, wheel, wheelWidth, low),
		v.of(r, wheel, wheelWidth, high), v.of(r, wheel, -wheelWidth, high))
}

// markOn returns between which heights the mark on a wheel is seen from above, when
// the wheel has turned by an angle.
func markOn(turned float64) (low, high float64, seen bool) {
	sin1, cos1 := libm.Sincos(turned)
	sin2, cos2 := libm.Sincos(turned + markAngle)
	if sin1 > 0 && sin2 > 0 {
		return 0, 0, false // it is below
	}
	if sin1 > 0 {
		cos1 = math.Copysign(1, cos1)
	}
	if sin2 > 0 {
		cos2 = math.Copysign(1, cos2)
	}
	return cos1, cos2, true
}
