package box2d

import (
	"github.com/proximal-rl/proximal/internal/libm"
	"github.com/proximal-rl/proximal/internal/raster"
	"github.com/proximal-rl/proximal/seed"
)

// Constants of the clouds, as the float64 that Gymnasium computes with.
const (
	cloudCorners         = 5
	cloudHeight  float64 = viewHeight / scale * 3 / 4
	cloudWidth   float64 = 15 * groundStep // half of it, without the noise
	cloudDepth   float64 = 5 * groundStep
	cloudNoise   float64 = 5 * groundStep
	nearlyTurn   float64 = 3.14 * 2 // Gymnasium's whole turn
)

// clouds are the corners of the clouds over a course, in metres. The zero value has
// all of them beyond the left end.
type clouds [cloudCount][cloudCorners]raster.Point

// form draws clouds from the generator.
func (s *clouds) form(rng *seed.Rand) {
	for i := range s {
		x := float64(rng.Uniform(0, groundSteps) * groundStep)
		for k := range s[i] {
			sin, cos := libm.Sincos(nearlyTurn * float64(k) / cloudCorners)
			s[i][k].X = x + float64(cloudWidth*sin) + rng.Uniform(0, cloudNoise)
			s[i][k].Y = cloudHeight + float64(cloudDepth*cos) + rng.Uniform(0, cloudNoise)
		}
	}
}

// draw draws the clouds, which are so far away that they pass half as fast as the
// ground.
func (s *clouds) draw(c *raster.Canvas, v view) {
	v.left /= 2
	for i := range s {
		var outline [cloudCorners]raster.Point
		for k, p := range s[i] {
			outline[k] = v.at(p.X, p.Y)
		}
		c.Polygon(white, outline[:]...)
	}
}
