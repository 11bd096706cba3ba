package box2d

import (
	"image/color"
	"math"

	"github.com/proximal-rl/proximal/internal/raster"
)

// spark is a glowing bit of what an engine blows out.
type spark struct {
	X, Y   float64 // in metres
	VX, VY float64 // in m/s
	Life   float64 // which it goes out at the end of; 0 or less if it is out
}

// exhaust is what the engines have blown out of late. Only the picture shows it; it
// acts on nothing. The zero value is none.
type exhaust struct {
	Sparks [16]spark // two engines, and seven steps at most before a spark is out
	Next   int64     // to be written over
}

// Constants of the sparks: discs that get the impulse of their engine.
const (
	sparkRadius float64 = 2 // in pixels
	sparkArea   float64 = math.Pi * (sparkRadius / scale) * (sparkRadius / scale)
	mainPuff    float64 = mainEnginePower / (3.5 * sparkArea) // per unit of mass
	sidePuff    float64 = sideEnginePower / (0.7 * sparkArea)
	sparkDecay  float64 = 0.15 // of its life, in a step
)

// puff adds a spark at a point, with a velocity.
func (e *exhaust) puff(x, y, vx, vy, life float64) {
	e.Sparks[e.Next] = spark{x, y, vx, vy, life}
	e.Next = (e.Next + 1) % int64(len(e.Sparks))
}

// move moves the sparks on by a step.
func (e *exhaust) move(gravity float64) {
	for i := range e.Sparks {
		s := &e.Sparks[i]
		if s.Life <= 0 {
			continue
		}
		s.Life -= sparkDecay
		s.VY += gravity / fps
		s.X += s.VX / fps
		s.Y += s.VY / fps
	}
}

// draw draws the sparks, the brighter the younger.
func (e *exhaust) draw(c *raster.Canvas) {
	for i := range e.Sparks {
		s := &e.Sparks[(int(e.Next)+i)%len(e.Sparks)] // the oldest first
		if s.Life <= 0 {
			continue
		}
		shade := func(light float64) uint8 { return uint8(float64(255 * max(light, 0.2))) }
		dim := shade(float64(0.5 * s.Life))
		c.Disc(color.RGBA{shade(0.15 + s.Life), dim, dim, 255}, through(view{}.at(s.X, s.Y)), sparkRadius)
	}
}
