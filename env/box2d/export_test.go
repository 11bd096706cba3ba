package box2d

import "github.com/proximal-rl/proximal/internal/physics"

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
