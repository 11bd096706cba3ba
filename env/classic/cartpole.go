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

// CartPoleOptions are the options of [CartPole], under Gymnasium's names. The
// zero value is the task as it is usually meant. It is plain data.
type CartPoleOptions struct {
	// Reward 0 for each step and -1 for the one at which the pole falls, as in
	// Sutton and Barto's book, in place of 1 for each step.
	SuttonBartoReward bool `toml:"sutton_barto_reward"`
}

// CartPole is CartPole-v1.
//
// # Description
//
// A pole stands on a cart that moves along a track without friction. It is to
// be kept upright by pushing the cart to the left and to the right.
//
// # Actions
//
//	0  push to the left
//	1  push to the right
//
// # Observations
//
//	0  position of the cart   ±4.8 (beyond ±2.4 the episode is over)
//	1  velocity of the cart   any
//	2  angle of the pole      ±0.418 rad, that is ±24° (beyond ±12° it is over)
//	3  angular velocity       any
//
// # Reward
//
// 1 for each step, the one that ends the episode included; or see
// [CartPoleOptions].
//
// # Start
//
// All four numbers uniform in [-0.05, 0.05), in the order of the observation.
//
// # End
//
// Terminated when the cart or the pole leaves its range. Truncated by the limit
// around it: 500 steps.
//
// # Differences from Gymnasium
//
// The start cannot be changed on reset. Sine and cosine are correctly rounded,
// which those of the C library that Gymnasium uses are not for one angle in
// four hundred; there the state, in float64, may differ in its last bit. The
// traces in testdata are the same bit for bit.
//
// The zero value is CartPole with default options. A CartPole is used by one
// goroutine at a time.
type CartPole struct {
	options CartPoleOptions
	state   cartPoleState
	canvas  raster.Canvas
}

// cartPoleState is all that an episode consists of.
type cartPoleState struct {
	x, v         float64 // position in m and velocity in m/s of the cart
	theta, omega float64 // angle in rad, clockwise, and angular velocity of the pole
	over         bool    // the pole has fallen
}

const cartPoleID = "CartPole-v1"

// Constants of the task, as the float64 that Gymnasium computes with.
const (
	gravity        float64 = 9.8
	poleMass       float64 = 0.1
	poleCartMass   float64 = 1.1 // 0.1 + 1.0
	poleHalfLength float64 = 0.5
	poleMassLength float64 = 0.05 // 0.1·0.5
	fourThirds     float64 = 4.0 / 3.0
	pushForce      float64 = 10
	cartPoleTick   float64 = 0.02 // s

	maxPosition float64 = 2.4
	maxAngle    float64 = 0.20943951023931953 // 12·2·π/360
)

var cartPoleSpec = env.Spec{
	ID: cartPoleID,
	Observation: space.NewBox(
		[]float32{float32(-2 * maxPosition), float32(math.Inf(-1)), float32(-2 * maxAngle), float32(math.Inf(-1))},
		[]float32{float32(2 * maxPosition), float32(math.Inf(1)), float32(2 * maxAngle), float32(math.Inf(1))}),
	Action:          space.NewDiscrete(2),
	RewardThreshold: 475,
}

// NewCartPole makes a cart-pole without a time limit.
func NewCartPole(o CartPoleOptions) *CartPole { return &CartPole{options: o} }

// Spec implements [env.Env].
func (c *CartPole) Spec() env.Spec { return cartPoleSpec }

// Reset implements [env.Env]. It draws four numbers.
func (c *CartPole) Reset(rng *seed.Rand, obs []float32) {
	c.state = cartPoleState{
		x:     rng.Uniform(-0.05, 0.05),
		v:     rng.Uniform(-0.05, 0.05),
		theta: rng.Uniform(-0.05, 0.05),
		omega: rng.Uniform(-0.05, 0.05),
	}
	c.state.observe(obs)
}

// Step implements [env.Env]. After the fall it goes on falling, without reward.
func (c *CartPole) Step(action, obs []float32) (float64, env.Status) {
	push := -pushForce
	if action[0] == 1 {
		push = pushForce
	}
	s := &c.state
	s.move(push)
	s.observe(obs)
	if s.x >= -maxPosition && s.x <= maxPosition && s.theta >= -maxAngle && s.theta <= maxAngle {
		return c.reward(1, 0), env.Running
	}
	if s.over {
		return c.reward(0, -1), env.Terminated
	}
	s.over = true
	return c.reward(1, -1), env.Terminated
}

// reward chooses between the usual reward and that of Sutton and Barto.
func (c *CartPole) reward(usual, suttonBarto float64) float64 {
	if c.options.SuttonBartoReward {
		return suttonBarto
	}
	return usual
}

// move advances the state by one tick under a force of push newtons, by an
// explicit Euler step:
//
//	q = (push + m·l·ω²·sin θ) / M
//	α = (g·sin θ − cos θ·q) / (l·(4/3 − m·cos²θ/M))
//	a = q − m·l·α·cos θ/M
//	x, v, θ, ω += τ·v, τ·a, τ·ω, τ·α   all from the old values
//
// with m the mass of the pole, M that of both, and l half the pole's length.
//
// Source: Florian, "Correct equations for the dynamics of the cart-pole system"
// (2005), without friction; order of evaluation as in Gymnasium.
func (s *cartPoleState) move(push float64) {
	sin, cos := libm.Sincos(s.theta)
	q := (push + float64(poleMassLength*(s.omega*s.omega)*sin)) / poleCartMass
	alpha := (float64(gravity*sin) - float64(cos*q)) / (poleHalfLength * (fourThirds - poleMass*(cos*cos)/poleCartMass))
	a := q - poleMassLength*alpha*cos/poleCartMass
	s.x += float64(cartPoleTick * s.v)
	s.v += float64(cartPoleTick * a)
	s.theta += float64(cartPoleTick * s.omega)
	s.omega += float64(cartPoleTick * alpha)
}

// observe writes the observation.
func (s *cartPoleState) observe(obs []float32) {
	_ = obs[3]
	obs[0], obs[1], obs[2], obs[3] = float32(s.x), float32(s.v), float32(s.theta), float32(s.omega)
}

// Sizes in the picture, in pixels, and its colours.
const (
	trackWidth  = 600
	trackHeight = 100 + middle
	cartScale   = trackWidth / (2 * maxPosition)
	cartLength  = 50.0
	cartHeight  = 30.0
	poleWidth   = 10.0
	axleToTrack = cartHeight / 4
)

var (
	brown = color.RGBA{202, 152, 101, 255}
	mauve = color.RGBA{129, 132, 203, 255}
)

// Frame implements [env.Renderer].
func (c *CartPole) Frame() env.Frame { return env.Frame{Width: trackWidth, Height: 400, Rate: 50} }

// Render implements [env.Renderer].
func (c *CartPole) Render(dst *image.RGBA) {
	sin, cos := libm.Sincos(c.state.theta)
	cart := raster.Point{X: float64(c.state.x*cartScale) + trackWidth/2, Y: trackHeight}
	axle := cart.Offset(upwards, axleToTrack, 0)
	c.canvas.Begin(dst, white)
	bar(&c.canvas, black, cart, rightwards, -cartLength/2, cartLength/2, cartHeight/2)
	bar(&c.canvas, brown, axle, raster.Point{X: sin, Y: cos}, -poleWidth/2, 2*poleHalfLength*cartScale-poleWidth/2, poleWidth/2)
	disc(&c.canvas, mauve, axle, poleWidth/2)
	level(&c.canvas, black, trackHeight, trackWidth)
}

// Snapshot implements [env.Snapshotter].
func (c *CartPole) Snapshot() ([]byte, error) {
	s := &c.state
	over := 0.0
	if s.over {
		over = 1
	}
	return encode(cartPoleID, s.x, s.v, s.theta, s.omega, over), nil
}

// Restore implements [env.Snapshotter]. The generator is not needed, since only
// Reset draws.
func (c *CartPole) Restore(snapshot []byte, _ *seed.Rand) error {
	var s cartPoleState
	var over float64
	if err := decode(snapshot, cartPoleID, &s.x, &s.v, &s.theta, &s.omega, &over); err != nil {
		return err
	}
	s.over = over != 0
	c.state = s
	return nil
}
