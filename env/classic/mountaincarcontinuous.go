package classic

import (
	"image"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/libm"
	"github.com/proximal-rl/proximal/internal/raster"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// MountainCarContinuous is MountainCarContinuous-v0.
//
// # Description
//
// The car of [MountainCar], with an engine that is controlled continuously and
// whose use costs something.
//
// # Actions
//
//	0  force   ±1; beyond that it is clipped
//
// # Observations
//
//	0  position    −1.2 to 0.6; the flag is at 0.45, the lowest point at −π/6
//	1  velocity    ±0.07 per step
//
// # Reward
//
// −0.1·a² with the action before it is clipped, and 100 more for the step that
// reaches the flag.
//
// # Start
//
// The position uniform in [−0.6, −0.4), at rest.
//
// # End
//
// Terminated when the car is at the flag or beyond, with at least the velocity of
// [MountainCarOptions]. Truncated by the limit around it: 999 steps.
//
// # Precision
//
// Gymnasium keeps the state in float32 from the first step on. So does this
// task, and it computes in float32 and float64 where Gymnasium under NumPy 2
// does; under NumPy 1 all was float64.
//
// # Differences from Gymnasium
//
// The start cannot be changed on reset. The cosine is correctly rounded, which
// that of the C library that Gymnasium uses is not for one argument in a
// thousand; that is lost when it is rounded to float32, except for the rare
// number that lies between two of them. The traces in testdata are the same bit
// for bit.
//
// The zero value is MountainCarContinuous with default options. A
// MountainCarContinuous is used by one goroutine at a time.
type MountainCarContinuous struct {
	options MountainCarOptions
	state   continuousCarState
	canvas  raster.Canvas
}

// continuousCarState is all that an episode consists of. After the first step x
// and v hold float32.
type continuousCarState struct {
	x, v  float64
	moved bool
}

const mountainCarContinuousID = "MountainCarContinuous-v0"

// Constants of the task, as the float64 that Gymnasium computes with.
const (
	enginePower float64 = 0.0015
	engineGoal  float64 = 0.45
)

var mountainCarContinuousSpec = env.Spec{
	ID:              mountainCarContinuousID,
	Observation:     hillObservation,
	Action:          space.Bounded(-1, 1, 1),
	RewardThreshold: 90,
}

// NewMountainCarContinuous makes a mountain car with a continuous action and
// without a time limit.
func NewMountainCarContinuous(o MountainCarOptions) *MountainCarContinuous {
	return &MountainCarContinuous{options: o}
}

// Spec implements [env.Env].
func (m *MountainCarContinuous) Spec() env.Spec { return mountainCarContinuousSpec }

// Reset implements [env.Env]. It draws one number.
func (m *MountainCarContinuous) Reset(rng *seed.Rand, obs []float32) {
	m.state = continuousCarState{x: rng.Uniform(-0.6, -0.4)}
	m.state.observe(obs)
}

// Step implements [env.Env].
func (m *MountainCarContinuous) Step(action, obs []float32) (float64, env.Status) {
	s := &m.state
	s.move(action[0])
	s.observe(obs)
	reward, end := 0.0, env.Running
	if obs[0] >= float32(engineGoal) && obs[1] >= float32(m.options.GoalVelocity) {
		reward, end = 100, env.Terminated
	}
	effort := float64(action[0]) * float64(action[0])
	return reward - float64(effort*0.1), end
}

// move advances the state by one step under a force, velocity first:
//
//	v ← clip(v + (0.0015·clip(force, ±1) − 0.0025·cos 3x), ±0.07)
//	x ← clip(x + v, [−1.2, 0.6])    and at −1.2 a velocity to the left is lost
//
// The first step is done in float64, from rest and too far from the ends to be
// clipped; all others in float32.
func (s *continuousCarState) move(force float32) {
	change := s.change(force)
	if !s.moved {
		*s = continuousCarState{x: float64(float32(s.x + change)), v: float64(float32(change)), moved: true}
		return
	}
	v := min(max(float32(s.v)+float32(change), float32(-hillSpeed)), float32(hillSpeed))
	x := min(max(float32(s.x)+v, float32(hillLeft)), float32(hillRight))
	if x == float32(hillLeft) && v < 0 {
		v = 0
	}
	s.x, s.v = float64(x), float64(v)
}

// change is what a step adds to the velocity. Within its bounds the force is a
// float32, and so are its product and the difference; a force that was clipped
// is the bound itself, a float64. The product 3x has the type of x.
func (s *continuousCarState) change(force float32) float64 {
	angle := float64(3 * s.x)
	if s.moved {
		angle = float64(float32(3 * float32(s.x)))
	}
	pull := float64(hillGravity * libm.Cos(angle))
	switch {
	case force < -1:
		return -enginePower - pull
	case force > 1:
		return enginePower - pull
	}
	return float64(float32(force*float32(enginePower)) - float32(pull))
}

// observe writes the observation.
func (s *continuousCarState) observe(obs []float32) {
	_ = obs[1]
	obs[0], obs[1] = float32(s.x), float32(s.v)
}

// Frame implements [env.Renderer].
func (m *MountainCarContinuous) Frame() env.Frame { return hillFrame }

// Render implements [env.Renderer].
func (m *MountainCarContinuous) Render(dst *image.RGBA) {
	drawHill(&m.canvas, dst, m.state.x, engineGoal)
}

// Snapshot implements [env.Snapshotter].
func (m *MountainCarContinuous) Snapshot() ([]byte, error) {
	s := &m.state
	moved := 0.0
	if s.moved {
		moved = 1
	}
	return encode(mountainCarContinuousID, s.x, s.v, moved), nil
}

// Restore implements [env.Snapshotter]. The generator is not needed, since only
// Reset draws.
func (m *MountainCarContinuous) Restore(snapshot []byte, _ *seed.Rand) error {
	var s continuousCarState
	var moved float64
	if err := decode(snapshot, mountainCarContinuousID, &s.x, &s.v, &moved); err != nil {
		return err
	}
	s.moved = moved != 0
	m.state = s
	return nil
}
