package classic

import (
	"image"
	"image/color"
	"math"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/libm"
	"github.com/proximal-rl/proximal/internal/raster"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// PendulumOptions are the options of [Pendulum], under Gymnasium's names. The
// zero value is a pendulum without gravity; see [DefaultPendulumOptions]. It is
// plain data.
type PendulumOptions struct {
	// Acceleration of gravity in m/s².
	Gravity float64 `toml:"g" range:"[-1e6, 1e6]"`
}

// DefaultPendulumOptions are those of Pendulum-v1: g = 10.
func DefaultPendulumOptions() PendulumOptions { return PendulumOptions{Gravity: 10} }

// Pendulum is Pendulum-v1.
//
// # Description
//
// A rod hangs from a pivot and is to be swung up and balanced upright by a
// motor that is too weak to lift it in one go.
//
// # Actions
//
//	0  torque in N·m   ±2; beyond that it is clipped
//
// # Observations
//
//	0  cosine of the angle   ±1; the angle is 0 upright
//	1  sine of the angle     ±1
//	2  angular velocity      ±8 rad/s
//
// # Reward
//
// −(θ² + 0.1·ω² + 0.001·u²) with the angle in [−π, π) and the angular velocity
// before the step, and the clipped torque u: from −16.27 to 0.
//
// # Start
//
// The angle uniform in [−π, π), then the angular velocity in [−1, 1).
//
// # End
//
// Never terminated. Truncated by the limit around it: 200 steps.
//
// # Differences from Gymnasium
//
// The start cannot be changed on reset. Sine, cosine and squares are correctly
// rounded; those of the C library that Gymnasium uses are not for one argument
// in a thousand. There a reward may differ, by 4.7e-10 at most (from the square
// of the torque, in float32), and the state in its last bits. The observations
// of the traces in testdata are the same bit for bit, and the tests list the
// rewards that are not.
//
// The zero value has no gravity. A Pendulum is used by one goroutine at a time.
type Pendulum struct {
	gravity float64 // gravity term of the equation of motion, 3·g/(2·l)
	state   pendulumState
	canvas  raster.Canvas
}

// pendulumState is all that an episode consists of.
type pendulumState struct {
	theta, omega float64 // angle in rad, not wrapped, and angular velocity
	sin          float64 // of theta
	torque       float64 // of the step before, which only the picture shows
}

const pendulumID = "Pendulum-v1"

// Constants of the task; mass and length are 1.
const (
	maxTorque    float32 = 2
	maxSpeed     float64 = 8
	pendulumTick float64 = 0.05 // s
)

var pendulumSpec = env.Spec{
	ID:              pendulumID,
	Observation:     space.NewBox([]float32{-1, -1, float32(-maxSpeed)}, []float32{1, 1, float32(maxSpeed)}),
	Action:          space.Bounded(-maxTorque, maxTorque, 1),
	RewardThreshold: env.NoThreshold(),
}

// NewPendulum makes a pendulum without a time limit.
func NewPendulum(o PendulumOptions) *Pendulum { return &Pendulum{gravity: 3 * o.Gravity / 2} }

// Spec implements [env.Env].
func (p *Pendulum) Spec() env.Spec { return pendulumSpec }

// Reset implements [env.Env]. It draws two numbers.
func (p *Pendulum) Reset(rng *seed.Rand, obs []float32) {
	p.state = pendulumState{theta: rng.Uniform(-math.Pi, math.Pi), omega: rng.Uniform(-1, 1)}
	p.state.observe(obs)
}

// Step implements [env.Env].
func (p *Pendulum) Step(action, obs []float32) (float64, env.Status) {
	torque := min(max(action[0], -maxTorque), maxTorque)
	cost := p.state.cost(torque)
	p.state.move(p.gravity, torque)
	p.state.torque = float64(torque)
	p.state.observe(obs)
	return -cost, env.Running
}

// cost is what a step costs from the present state:
//
//	wrap(θ)² + 0.1·ω² + 0.001·u²
//
// The last term is computed in float32, as NumPy 2 does.
func (s *pendulumState) cost(torque float32) float64 {
	angle := wrap(s.theta)
	effort := float32(0.001) * float32(torque*torque)
	return float64(angle*angle) + float64(0.1*float64(s.omega*s.omega)) + float64(effort)
}

// move advances the state by one tick, velocity first:
//
//	ω ← clip(ω + (gravity·sin θ + 3·u)·τ, ±8)
//	θ ← θ + ω·τ
func (s *pendulumState) move(gravity float64, torque float32) {
	acceleration := float64(gravity*s.sin) + float64(3*torque)
	omega := s.omega + float64(acceleration*pendulumTick)
	s.omega = min(max(omega, -maxSpeed), maxSpeed)
	s.theta += float64(s.omega * pendulumTick)
}

// observe writes the observation and keeps the sine for the next step.
func (s *pendulumState) observe(obs []float32) {
	sin, cos := libm.Sincos(s.theta)
	s.sin = sin
	_ = obs[2]
	obs[0], obs[1], obs[2] = float32(cos), float32(sin), float32(s.omega)
}

// wrap brings an angle into [−π, π):
//
//	((θ + π) mod 2π) − π   with the remainder in [0, 2π)
func wrap(theta float64) float64 {
	turned := theta + math.Pi
	if turned < 0 || turned >= 2*math.Pi {
		turned = math.Mod(turned, 2*math.Pi)
		if turned < 0 {
			turned += 2 * math.Pi
		}
	}
	return turned - math.Pi
}

// Sizes in the picture, in pixels, and its colour.
const (
	pendulumPicture = 500 // width and height
	rodScale        = pendulumPicture / (2 * 2.2)
	rodRadius       = 0.1 * rodScale
	axleRadius      = 5
)

var red = color.RGBA{204, 77, 77, 255}

// Frame implements [env.Renderer].
func (p *Pendulum) Frame() env.Frame {
	return env.Frame{Width: pendulumPicture, Height: pendulumPicture, Rate: 30}
}

// Render implements [env.Renderer].
func (p *Pendulum) Render(dst *image.RGBA) {
	sin, cos := libm.Sincos(p.state.theta)
	pivot, along := raster.Point{X: pendulumPicture / 2, Y: pendulumPicture / 2}, raster.Point{X: -sin, Y: cos}
	p.canvas.Begin(dst, white)
	bar(&p.canvas, red, pivot, along, 0, rodScale, rodRadius)
	disc(&p.canvas, red, pivot, rodRadius)
	disc(&p.canvas, red, pivot.Offset(along, rodScale, 0), rodRadius)
	drawTorque(&p.canvas, pivot, p.state.torque*rodScale/2)
	disc(&p.canvas, black, pivot, axleRadius)
}

// Snapshot implements [env.Snapshotter].
func (p *Pendulum) Snapshot() ([]byte, error) {
	return encode(pendulumID, p.state.theta, p.state.omega, p.state.torque), nil
}

// Restore implements [env.Snapshotter]. The generator is not needed, since only
// Reset draws.
func (p *Pendulum) Restore(snapshot []byte, _ *seed.Rand) error {
	var s pendulumState
	if err := decode(snapshot, pendulumID, &s.theta, &s.omega, &s.torque); err != nil {
		return err
	}
	s.sin, _ = libm.Sincos(s.theta)
	p.state = s
	return nil
}
