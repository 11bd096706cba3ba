package classic

import (
	"image"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/libm"
	"github.com/proximal-rl/proximal/internal/raster"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// MountainCarOptions are the options of [MountainCar] and
// [MountainCarContinuous], under Gymnasium's names. The zero value is the task
// as it is usually meant. It is plain data.
type MountainCarOptions struct {
	// Least velocity with which the car must reach the flag, per step.
	GoalVelocity float64 `toml:"goal_velocity" range:"[-1e6, 1e6]"`
}

// MountainCar is MountainCar-v0.
//
// # Description
//
// A car in a valley is to reach the flag on the hill to its right. Its engine is
// weaker than gravity, so it must gain speed on the hill to its left first.
//
// # Actions
//
//	0  push to the left
//	1  do not push
//	2  push to the right
//
// # Observations
//
//	0  position    −1.2 to 0.6; the flag is at 0.5, the lowest point at −π/6
//	1  velocity    ±0.07 per step
//
// # Reward
//
// −1 for each step, the one that reaches the flag included.
//
// # Start
//
// The position uniform in [−0.6, −0.4), at rest.
//
// # End
//
// Terminated when the car is at the flag or beyond, with at least the velocity of
// [MountainCarOptions]. Truncated by the limit around it: 200 steps.
//
// # Differences from Gymnasium
//
// The start cannot be changed on reset. The cosine is correctly rounded, which
// that of the C library that Gymnasium uses is not for one argument in a
// thousand; there the state, in float64, may differ in its last bit. The traces
// in testdata are the same bit for bit.
//
// The zero value is MountainCar with default options. A MountainCar is used by
// one goroutine at a time.
type MountainCar struct {
	options MountainCarOptions
	state   mountainCarState
	canvas  raster.Canvas
}

// mountainCarState is all that an episode consists of.
type mountainCarState struct{ x, v float64 }

const mountainCarID = "MountainCar-v0"

// Constants of the task, as the float64 that Gymnasium computes with. Those of
// the hill are in hill.go.
const (
	carForce float64 = 0.001
	carGoal  float64 = 0.5
)

var mountainCarSpec = env.Spec{
	ID:              mountainCarID,
	Observation:     hillObservation,
	Action:          space.NewDiscrete(3),
	RewardThreshold: -110,
}

// NewMountainCar makes a mountain car without a time limit.
func NewMountainCar(o MountainCarOptions) *MountainCar { return &MountainCar{options: o} }

// Spec implements [env.Env].
func (m *MountainCar) Spec() env.Spec { return mountainCarSpec }

// Reset implements [env.Env]. It draws one number.
func (m *MountainCar) Reset(rng *seed.Rand, obs []float32) {
	m.state = mountainCarState{x: rng.Uniform(-0.6, -0.4)}
	m.state.observe(obs)
}

// Step implements [env.Env].
func (m *MountainCar) Step(action, obs []float32) (float64, env.Status) {
	s := &m.state
	s.move(float64(action[0]) - 1)
	s.observe(obs)
	if s.x >= carGoal && s.v >= m.options.GoalVelocity {
		return -1, env.Terminated
	}
	return -1, env.Running
}

// move advances the state by one step under a push of −1, 0 or 1, velocity
// first:
//
//	v ← clip(v + (0.001·push − 0.0025·cos 3x), ±0.07)
//	x ← clip(x + v, [−1.2, 0.6])    and at −1.2 a velocity to the left is lost
//
// Source: Moore, "Efficient memory-based learning for robot control" (1990), as
// in Sutton and Barto; order of evaluation as in Gymnasium.
func (s *mountainCarState) move(push float64) {
	change := float64(push*carForce) - float64(libm.Cos(float64(3*s.x))*hillGravity)
	s.v = min(max(s.v+change, -hillSpeed), hillSpeed)
	s.x = min(max(s.x+s.v, hillLeft), hillRight)
	if s.x == hillLeft && s.v < 0 {
		s.v = 0
	}
}

// observe writes the observation.
func (s *mountainCarState) observe(obs []float32) {
	_ = obs[1]
	obs[0], obs[1] = float32(s.x), float32(s.v)
}

// Frame implements [env.Renderer].
func (m *MountainCar) Frame() env.Frame { return hillFrame }

// Render implements [env.Renderer].
func (m *MountainCar) Render(dst *image.RGBA) { drawHill(&m.canvas, dst, m.state.x, carGoal) }

// Snapshot implements [env.Snapshotter].
func (m *MountainCar) Snapshot() ([]byte, error) {
	return encode(mountainCarID, m.state.x, m.state.v), nil
}

// Restore implements [env.Snapshotter]. The generator is not needed, since only
// Reset draws.
func (m *MountainCar) Restore(snapshot []byte, _ *seed.Rand) error {
	var s mountainCarState
	if err := decode(snapshot, mountainCarID, &s.x, &s.v); err != nil {
		return err
	}
	m.state = s
	return nil
}
