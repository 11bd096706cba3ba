package box2d

import (
	"math"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/libm"
	"github.com/proximal-rl/proximal/internal/physics"
	"github.com/proximal-rl/proximal/internal/raster"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// BipedalWalker is BipedalWalker-v3 and BipedalWalkerHardcore-v3.
//
// # Description
//
// A hull on two legs, each with a hip and a knee, is to walk to the right over
// slightly uneven ground; in the hardcore task over stumps, stairs and pits.
//
// # Actions
//
//	0  first hip     ±1: how strong the motor is, and which way it turns
//	1  first knee
//	2  second hip
//	3  second knee
//
// Beyond ±1 they are clipped.
//
// # Observations
//
//	0       angle of the hull in rad
//	1       angular velocity of the hull, times 0.04
//	2, 3    velocity, times 0.12 and times 0.08
//	4, 5    first hip: angle in rad, angular velocity divided by 4
//	6, 7    first knee: angle in rad plus 1, angular velocity divided by 6
//	8       1 if the first foot touches the ground, otherwise 0
//	9-13    the same of the second leg
//	14-23   how far the ground is away in ten directions, from straight down to
//	        nearly straight ahead; 1 is 5.33 m or more
//
// # Reward
//
// What the step gains of 130·(position/30) − 5·|angle of the hull|, less
// 0.028·|action| for each motor; the way to the end is worth more than 300. A fall
// has −100 in its place.
//
// # Start
//
// Standing on level ground, with a small random push.
//
// # End
//
// Terminated when the hull touches anything, when it is behind the left end of the
// ground, and when it arrives near the right end. Truncated by the limit around it:
// 1600 steps, or 2000 of the hardcore task.
//
// # Precision
//
// The reward is computed in float64 up to the gain and in float32 from there on, as
// Gymnasium does under NumPy 2 with actions in float32.
//
// # Differences from Gymnasium
//
// Gymnasium keeps its physics world from one episode to the next, which sometimes
// changes the order of contacts and with it the course of an episode after the
// first one. Here every episode is like the first one of a new environment. In the
// picture there is no lidar ray.
//
// A BipedalWalker is made with [NewBipedalWalker] or [NewBipedalWalkerHardcore];
// the zero value is not usable. It is used by one goroutine at a time.
type BipedalWalker struct {
	hardcore bool
	world    *physics.World
	rays     [lidarRays][2]float64 // from the hull to the ends of the lidar's rays
	state    walkerState
	canvas   raster.Canvas
}

// walkerState is what an episode consists of, the world aside.
type walkerState struct {
	GroundY [groundSteps]float64 // height of the ground at the beginning of each step
	Clouds  clouds               // only the picture shows them
	Hull    int64                // its number in the world; the legs' follow
	Fallen  bool
	Contact [2]bool // of the feet
	Shaped  bool    // there is a shaping of the step before
	Shaping float64
}

// Names of the tasks.
const (
	bipedalWalkerID         = "BipedalWalker-v3"
	bipedalWalkerHardcoreID = "BipedalWalkerHardcore-v3"
)

// Constants of the task, as the float64 that Gymnasium computes with.
const (
	motorTorque   float32 = 80
	hipSpeed              = 4
	kneeSpeed             = 6
	lidarRays             = 10
	lidarRange    float64 = 160 / scale
	walkerPush    float64 = 5
	limbDown      float64 = -8 / scale
	limbWidth     float64 = 8 / scale
	limbHeight    float64 = 34 / scale
	lowerWidth    float64 = 0.8 * limbWidth
	effortCost    float64 = 0.00035
	hipLower              = -0.8
	hipUpper              = 1.1
	kneeLower             = -1.6
	kneeUpper             = -0.1
	walkerGravity         = 10
	limbCategory          = 0x20
)

// hullOutline is the body of the walker, in pixels.
var hullOutline = [...][2]float64{{-30, 9}, {6, 9}, {34, 1}, {34, -8}, {-30, -8}}

// The bodies of the legs, counted from the hull, and their joints.
const (
	upperLimb1 = 1 + iota
	lowerLimb1
	upperLimb2
	lowerLimb2
)

var walkerSpec = env.Spec{
	ID:              bipedalWalkerID,
	Observation:     walkerObservation(),
	Action:          space.Bounded(-1, 1, 4),
	RewardThreshold: 300,
}

// walkerObservation returns the space of the observations.
func walkerObservation() space.Box {
	low := []float32{-math.Pi, -5, -5, -5}
	high := []float32{math.Pi, 5, 5, 5}
	for range 2 {
		low = append(low, -math.Pi, -5, -math.Pi, -5, 0)
		high = append(high, math.Pi, 5, math.Pi, 5, 5)
	}
	for range lidarRays {
		low, high = append(low, -1), append(high, 1)
	}
	return space.NewBox(low, high)
}

// NewBipedalWalker makes a walker on slightly uneven ground, without a time limit.
func NewBipedalWalker() *BipedalWalker {
	b := &BipedalWalker{world: physics.NewWorld(physics.Vec{})}
	b.world.Reserve(2*groundSteps, 4*groundSteps, 64)
	for i := range b.rays {
		sin, cos := libm.Sincos(float64(1.5*float64(i)) / 10)
		b.rays[i] = [2]float64{float64(sin * lidarRange), -float64(cos * lidarRange)}
	}
	return b
}

// NewBipedalWalkerHardcore makes a walker among stumps, stairs and pits, without a
// time limit.
func NewBipedalWalkerHardcore() *BipedalWalker {
	b := NewBipedalWalker()
	b.hardcore = true
	return b
}

// Spec implements [env.Env].
func (b *BipedalWalker) Spec() env.Spec {
	spec := walkerSpec
	if b.hardcore {
		spec.ID = bipedalWalkerHardcoreID
	}
	return spec
}

// Reset implements [env.Env]. It draws some 300 numbers.
func (b *BipedalWalker) Reset(rng *seed.Rand, obs []float32) {
	b.world.Clear(physics.Vec{Y: -walkerGravity})
	b.start(rng, obs)
}

// start starts an episode in an empty world.
func (b *BipedalWalker) start(rng *seed.Rand, obs []float32) {
	g := ground{world: b.world, rng: rng, hardcore: b.hardcore}
	b.state = walkerState{}
	g.build(&b.state.GroundY)
	b.state.Clouds.form(rng)
	b.addHull(rng.Uniform(-walkerPush, walkerPush))
	b.addLeg(-1)
	b.addLeg(1)
	var rest [4]float32
	b.Step(rest[:], obs)
}

// Where the hull starts.
const (
	startX float64 = groundStep * startPad / 2
	startY float64 = groundHeight + 2*limbHeight
)

// addHull adds the hull and pushes it.
func (b *BipedalWalker) addHull(push float64) {
	hull := b.world.AddBody(physics.Body{Moving: true, Position: point(startX, startY)})
	var outline [len(hullOutline)]physics.Vec
	for i, p := range hullOutline {
		outline[i] = point(p[0]/scale, p[1]/scale)
	}
	b.world.AddPolygon(hull, physics.Material{Density: 5, Friction: 0.1, Category: limbCategory, Mask: groundCategory}, outline[:]...)
	b.world.ApplyForce(hull, point(push, 0))
	b.state.Hull = int64(hull)
}

// addLeg adds the leg that leans to the left (-1) or to the right (1).
func (b *BipedalWalker) addLeg(side float64) {
	upper := b.addLimb(side, startY-limbHeight/2-limbDown, limbWidth/2)
	b.world.AddRevolute(physics.Revolute{
		A: int(b.state.Hull), B: upper,
		AnchorA: point(0, limbDown), AnchorB: point(0, limbHeight/2),
		Lower: hipLower, Upper: hipUpper,
		Speed: float32(side), MaxTorque: motorTorque,
	})
	lower := b.addLimb(side, startY-limbHeight*3/2-limbDown, lowerWidth/2)
	b.world.AddRevolute(physics.Revolute{
		A: upper, B: lower,
		AnchorA: point(0, -limbHeight/2), AnchorB: point(0, limbHeight/2),
		Lower: kneeLower, Upper: kneeUpper,
		Speed: 1, MaxTorque: motorTorque,
	})
}

// addLimb adds one half of a leg.
func (b *BipedalWalker) addLimb(side, y, halfWidth float64) int {
	limb := b.world.AddBody(physics.Body{Moving: true, Position: point(startX, y), Angle: float32(side * legLean)})
	b.world.AddBox(limb, physics.Material{Density: 1, Friction: 0.2, Category: limbCategory, Mask: groundCategory},
		float32(halfWidth), float32(limbHeight/2))
	return limb
}

// Step implements [env.Env]. It draws nothing.
func (b *BipedalWalker) Step(action, obs []float32) (float64, env.Status) {
	_ = action[3]
	for k, a := range action {
		speed := float32(hipSpeed)
		if k&1 == 1 {
			speed = kneeSpeed
		}
		b.world.SetMotor(k, float32(speed*sign(a)), float32(motorTorque*strength(a)))
	}
	for _, t := range b.world.Step() {
		b.touch(t)
	}
	b.observe(obs)
	return b.judge(action)
}

// sign is -1, 0 or 1.
func sign(a float32) float32 {
	switch {
	case a > 0:
		return 1
	case a < 0:
		return -1
	}
	return 0
}

// strength is how strong an action is, at most 1.
func strength(a float32) float32 { return min(max(a, -a), 1) }

// touch takes note of a contact that began or ended. A foot loses its contact with
// any end of one, even if it still touches another part of the ground.
func (b *BipedalWalker) touch(t physics.Touch) {
	for _, body := range t.Body {
		switch body - int(b.state.Hull) {
		case 0:
			b.state.Fallen = b.state.Fallen || t.Began
		case lowerLimb1:
			b.state.Contact[0] = t.Began
		case lowerLimb2:
			b.state.Contact[1] = t.Began
		}
	}
}

// observe writes the observation.
func (b *BipedalWalker) observe(obs []float32) {
	_ = obs[13+lidarRays]
	w, hull := b.world, int(b.state.Hull)
	v := w.Velocity(hull)
	obs[0] = w.Angle(hull)
	obs[1] = float32(float64(2*float64(w.Spin(hull))) / fps)
	obs[2] = float32(float64(float64(0.3*float64(v.X))*(viewWidth/scale)) / fps)
	obs[3] = float32(float64(float64(0.3*float64(v.Y))*(viewHeight/scale)) / fps)
	for leg, on := range b.state.Contact {
		o, hip, knee := obs[4+5*leg:][:5], 2*leg, 2*leg+1
		o[0] = w.JointAngle(hip)
		o[1] = float32(float64(w.JointSpeed(hip)) / hipSpeed)
		o[2] = float32(float64(w.JointAngle(knee)) + 1)
		o[3] = float32(float64(w.JointSpeed(knee)) / kneeSpeed)
		o[4] = 0
		if on {
			o[4] = 1
		}
	}
	b.look(obs[14:][:lidarRays])
}

// look writes how far the ground is away along each of the lidar's rays.
func (b *BipedalWalker) look(dst []float32) {
	at := b.world.Position(int(b.state.Hull))
	var ends [lidarRays]physics.Vec
	for i, ray := range b.rays {
		ends[i] = point(float64(at.X)+ray[0], float64(at.Y)+ray[1])
	}
	b.world.Cast(dst, at, ends[:], groundCategory)
}

// judge returns the reward of a step with an action, and whether the walk is over.
func (b *BipedalWalker) judge(action []float32) (float64, env.Status) {
	hull := int(b.state.Hull)
	x := float64(b.world.Position(hull).X)
	shaping := float64(130*x)/scale - float64(5*math.Abs(float64(b.world.Angle(hull))))
	gain := float32(0)
	if b.state.Shaped {
		gain = float32(shaping - b.state.Shaping)
	}
	b.state.Shaped, b.state.Shaping = true, shaping
	const cost = float32(effortCost * float64(motorTorque))
	for _, a := range action {
		gain -= float32(cost * strength(a))
	}
	reward, end := float64(gain), env.Running
	if b.state.Fallen || x < 0 {
		reward, end = -100, env.Terminated
	}
	if x > (groundSteps-finish)*groundStep {
		end = env.Terminated
	}
	return reward, end
}

// Snapshot implements [env.Snapshotter].
func (b *BipedalWalker) Snapshot() ([]byte, error) { return encode(b.Spec().ID, b.world, b.state) }

// Restore implements [env.Snapshotter]. The generator is not needed, since only
// Reset draws.
func (b *BipedalWalker) Restore(snapshot []byte, _ *seed.Rand) error {
	var s walkerState
	if err := decode(snapshot, b.Spec().ID, b.world, &s); err != nil {
		return err
	}
	b.state = s
	return nil
}
