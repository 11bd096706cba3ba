package box2d

import (
	"math"

	"github.com/proximal-rl/proximal/internal/libm"
	"github.com/proximal-rl/proximal/internal/physics"
)

// Categories of fixtures.
const (
	groundCategory = 0x1
	everything     = 0xffff
)

// point rounds a position to float32.
func point(x, y float64) physics.Vec { return physics.Vec{X: float32(x), Y: float32(y)} }

// tanh is the hyperbolic tangent for |x| ≤ 2, right to about one unit in the last
// place, by Lambert's continued fraction:
//
//	tanh x = x / (1 + x²/(3 + x²/(5 + …)))
func tanh(x float64) float64 {
	const last = 31
	square, d := float64(x*x), float64(last)
	for k := last - 2; k >= 1; k -= 2 {
		d = float64(k) + square/d
	}
	return x / d
}

// atan2 is the angle of (x, y), right to about one unit in the last place. It
// improves an estimate θ by one step that triples the number of digits:
//
//	θ + t − t³/3    t = tan(angle − θ) = (y·cos θ − x·sin θ) / (x·cos θ + y·sin θ)
//
// The estimate is a polynomial of Hastings, Approximations for Digital Computers
// (1955), sheet 11.
func atan2(y, x float64) float64 {
	ax, ay := math.Abs(x), math.Abs(y)
	long, short := max(ax, ay), min(ax, ay)
	if long == 0 {
		return 0
	}
	z := short / long
	square := float64(z * z)
	theta := float64(z * (0.9998660 + float64(square*(-0.3302995+float64(square*(0.1801410+float64(square*(-0.0851330+float64(square*0.0208351)))))))))
	if ay > ax {
		theta = pi64/2 - theta
	}
	if x < 0 {
		theta = pi64 - theta
	}
	if y < 0 {
		theta = -theta
	}
	sin, cos := libm.Sincos(theta)
	t := (float64(y*cos) - float64(x*sin)) / (float64(x*cos) + float64(y*sin))
	return theta + (t - float64(t*t*t)/3)
}
