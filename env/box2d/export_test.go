package box2d

import (
	"github.com/proximal-rl/proximal/internal/physics"
	"github.com/proximal-rl/proximal/seed"
)

// KeptWorld is a walker whose world goes on from episode to episode, as in
// Gymnasium, which destroys the edges, the obstacles, each from the last to the
// first, the hull and the legs.
type KeptWorld struct{ *BipedalWalker }

// Reset implements [env.Env].
func (k KeptWorld) Reset(rng *seed.Rand, obs []float32) {
	var order []int
	hull := int(k.state.Hull)
	for i := hull - 1; i >= 0; i-- {
		order = append(order, i)
	}
	if hull > 0 {
		order = append(order, hull, hull+upperLimb1, hull+lowerLimb1, hull+upperLimb2, hull+lowerLimb2)
	}
	k.world.ClearInOrder(physics.Vec{Y: -walkerGravity}, order)
	k.start(rng, obs)
}

// Dynamics writes what the recordings of races hold: the hull's position, angle,
// velocity and angular velocity; position, angle and rolling rate of each wheel;
// and how many tiles were visited.
func (r *Race) Dynamics(row []float32) {
	hull := int(r.state.Hull)
	at, v := r.world.Position(hull), r.world.Velocity(hull)
	row = append(row[:0], at.X, at.Y, r.world.Angle(hull), v.X, v.Y, r.world.Spin(hull))
	for i, w := range r.state.Wheels {
		at := r.world.Position(hull + 1 + i)
		row = append(row, at.X, at.Y, r.world.Angle(hull+1+i), float32(w.Rate))
	}
	_ = append(row, float32(r.state.Visited))
}

// Ahead returns where the tile some tiles ahead of the hull is, seen from it, as
// far as it is beside, and the square of the hull's speed.
func (r *Race) Ahead(tiles int) (beside, speed float64) {
	hull := int(r.state.Hull)
	at, v, side := r.world.Position(hull), r.world.Velocity(hull), r.world.Direction(hull, physics.Vec{X: 1})
	x, y := float64(at.X), float64(at.Y)
	square := func(x float64) float64 { return float64(x * x) }
	nearest, least := 0, 0.0
	for i, p := range r.track {
		if d := square(p.X-x) + square(p.Y-y); i == 0 || d < least {
			nearest, least = i, d
		}
	}
	p := r.track[(nearest+tiles)%len(r.track)]
	return float64(float64(side.X)*(p.X-x)) + float64(float64(side.Y)*(p.Y-y)), square(float64(v.X)) + square(float64(v.Y))
}

// Tanh and Atan2 are the elementary functions of this package.
var Tanh, Atan2 = tanh, atan2
