package classic

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/space"
)

// TestConstants computes the constants from variables, so that every operation
// is rounded as in Python; an expression of constants would be folded exactly.
func TestConstants(t *testing.T) {
	cart, pole, length, four, three := 1.0, 0.1, 0.5, 4.0, 3.0
	twelve, two, circle, pi := 12.0, 2.0, 360.0, math.Pi
	weight, tick, six, nine := 9.8, 0.2, 6.0, 9.0
	bounds := cartPoleSpec.Observation.(space.Box).High
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"mass of pole and cart", poleCartMass, pole + cart},
		{"pole mass times half length", poleMassLength, pole * length},
		{"4/3", fourThirds, four / three},
		{"largest angle", maxAngle, twelve * two * pi / circle},
		{"bound of the position", float64(bounds[0]), float64(float32(maxPosition * two))},
		{"bound of the angle", float64(bounds[2]), float64(float32(maxAngle * two))},
		{"half of the acrobot's tick", acrobotHalfTick, tick / two},
		{"sixth of the acrobot's tick", acrobotSixthTick, tick / six},
		{"weight of the outer link", outerWeight, length * weight},
		{"weight of both links", bothWeight, (length + cart) * weight},
		{"largest first velocity", maxOmega1, four * pi},
		{"largest second velocity", maxOmega2, nine * pi},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", c.name, c.got, c.want)
		}
	}
}
