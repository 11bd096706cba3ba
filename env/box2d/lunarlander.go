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

// LunarLanderOptions are the options of [LunarLander], under Gymnasium's names.
// Gymnasium's option continuous is a task of its own here, as it is there under
// the name LunarLanderContinuous-v3. The zero value has neither gravity nor wind;
// see [DefaultLunarLanderOptions]. It is plain data.
type LunarLanderOptions struct {
	// Acceleration of gravity in m/s², downwards if negative.
	Gravity float64 `toml:"gravity" range:"[-12, 0]"`
	// Whether wind pushes and turns the lander as long as no leg touches the ground.
	EnableWind bool `toml:"enable_wind"`
	// Largest force of the wind in N; sensible up to 20.
	WindPower float64 `toml:"wind_power" range:"[0, 1e3]"`
	// Largest torque of the wind in N·m; sensible up to 2.
	TurbulencePower float64 `toml:"turbulence_power" range:"[0, 1e3]"`
}

// DefaultLunarLanderOptions are those of LunarLander-v3: gravity −10, no wind,
// which would have a power of 15 and 1.5.
func DefaultLunarLanderOptions() LunarLanderOptions {
	return LunarLanderOptions{Gravity: -10, WindPower: 15, TurbulencePower: 1.5}
}

// LunarLander is LunarLander-v3 and LunarLanderContinuous-v3.
//
// # Description
//
// A spacecraft falls towards the moon and is to be set down between two flags, with
// a main engine below and a small engine at either side.
//
// # Actions
//
//	0  nothing
//	1  fire the left engine
//	2  fire the main engine
//	3  fire the right engine
//
// or, of the continuous task,
//
//	0  main engine   ±1; off up to 0, then from half to full power
//	1  side engines  ±1; left below −0.5, right above 0.5, at that power
//
// # Observations
//
//	0  horizontal position            0 at the pad; beyond ±1 the episode is over
//	1  vertical position              0 at the pad
//	2  horizontal velocity
//	3  vertical velocity
//	4  angle in rad
//	5  angular velocity, times 0.4
//	6  1 if the left leg touches the ground, otherwise 0
//	7  1 if the right leg does
//
// # Reward
//
// What the step gains of −100·distance − 100·speed − 100·|angle| + 10 per leg on the
// ground, less 0.3 for a step of the main engine at full power and 0.03 for one of
// a side engine. The last step has −100 for a crash and for leaving the picture,
// and 100 for coming to rest, in place of that.
//
// # Start
//
// At the top in the middle, with a random push; eleven random heights make the
// ground.
//
// # End
//
// Terminated when the body touches the ground, when the lander is beyond the sides
// of the picture, and when it has come to rest. Truncated by the limit around it:
// 1000 steps.
//
// # Differences from Gymnasium
//
// Angles are turned into directions, and wind into a force, by functions that round
// correctly or nearly so where those of the C library may be a bit off; float32,
// which the physics works with, hides that. In the picture sparks do not
// bounce off the ground.
//
// A LunarLander is made with [NewLunarLander] or [NewLunarLanderContinuous]; the
// zero value is not usable. It is used by one goroutine at a time.
type LunarLander struct {
	options    LunarLanderOptions
	continuous bool
	world      *physics.World
	rng        *seed.Rand
	state      landerState
	canvas     raster.Canvas
}

// landerState is what an episode consists of, the world and the generator aside.
type landerState struct {
	Crashed      bool
	Contact      [2]bool // of the legs
	Shaped       bool    // there is a shaping of the step before
	Shaping      float64
	Wind, Torque int64 // positions in the course of the wind
	MoonY        [moonCorners]float64
	Exhaust      exhaust // only the picture shows it
}

// Names of the tasks.
const (
	lunarLanderID           = "LunarLander-v3"
	lunarLanderContinuousID = "LunarLanderContinuous-v3"
)

// Constants of the task, as the float64 that Gymnasium computes with. Those in
// pixels are divided by the scale where they are used.
const (
	fps   float64 = 50
	scale float64 = 30 // pixels per metre

	viewWidth  float64 = 600
	viewHeight float64 = 400
	moonWidth  float64 = viewWidth / scale
	moonHeight float64 = viewHeight / scale

	moonCorners = 11

	landerPush       float64 = 1000
	mainEnginePower  float64 = 13
	sideEnginePower  float64 = 0.6
	mainEngineY      float64 = 4
	sideEngineAway   float64 = 12
	sideEngineHeight float64 = 14
	sideEngineDepth  float64 = 17

	legAway      float64 = 20
	legDown      float64 = 18
	legWidth     float64 = 2
	legHeight    float64 = 8
	legTorque            = 40
	legLean      float64 = 0.05
	legSpeed     float64 = 0.3
	legOuter     float64 = 0.9
	legRange     float64 = 0.5
	windStep     float64 = 0.02
	windSlowStep float64 = pi64 * 0.01
	pi64         float64 = math.Pi
)

// landerOutline is the body of the lander, in pixels.
var landerOutline = [...][2]float64{{-14, 17}, {-17, 0}, {-17, -10}, {17, -10}, {17, 0}, {14, 17}}

// Numbers of the bodies in the world.
const (
	moonBody = iota
	landerBody
	leftLeg
	rightLeg
)

var landerObservation = space.NewBox(
	[]float32{-2.5, -2.5, -10, -10, float32(-2 * pi64), -10, 0, 0},
	[]float32{2.5, 2.5, 10, 10, float32(2 * pi64), 10, 1, 1})

var lunarLanderSpec = env.Spec{
	ID:              lunarLanderID,
	Observation:     landerObservation,
	Action:          space.NewDiscrete(4),
	RewardThreshold: 200,
}

var lunarLanderContinuousSpec = env.Spec{
	ID:              lunarLanderContinuousID,
	Observation:     landerObservation,
	Action:          space.Bounded(-1, 1, 2),
	RewardThreshold: 200,
}

// NewLunarLander makes a lunar lander with four actions and without a time limit.
func NewLunarLander(o LunarLanderOptions) *LunarLander {
	l := &LunarLander{options: o, world: physics.NewWorld(physics.Vec{})}
	l.world.Reserve(16, 64, 64)
	return l
}

// NewLunarLanderContinuous makes a lunar lander with continuous engines and without
// a time limit.
func NewLunarLanderContinuous(o LunarLanderOptions) *LunarLander {
	l := NewLunarLander(o)
	l.continuous = true
	return l
}

// Spec implements [env.Env].
func (l *LunarLander) Spec() env.Spec {
	if l.continuous {
		return lunarLanderContinuousSpec
	}
	return lunarLanderSpec
}

// Reset implements [env.Env]. It draws 16 numbers, and two more with wind.
func (l *LunarLander) Reset(rng *seed.Rand, obs []float32) {
	l.rng = rng
	l.state = landerState{}
	l.world.Clear(physics.Vec{Y: float32(l.options.Gravity)})
	l.addMoon()
	l.addLander()
	if l.options.EnableWind {
		l.state.Wind, l.state.Torque = rng.Integers(-9999, 9999), rng.Integers(-9999, 9999)
	}
	l.addLeg(-1)
	l.addLeg(1)
	l.step(engines{}, obs)
}

// addMoon draws heights for the ground and adds it. Around the pad it is level.
func (l *LunarLander) addMoon() {
	var height [moonCorners + 1]float64
	for i := range height {
		height[i] = l.rng.Uniform(0, moonHeight/2)
	}
	const middle = moonCorners / 2
	for i := middle - 2; i <= middle+2; i++ {
		height[i] = moonHeight / 4
	}
	for i := range l.state.MoonY {
		before := (i + moonCorners) % (moonCorners + 1)
		l.state.MoonY[i] = float64(0.33 * (height[before] + height[i] + height[i+1]))
	}
	moon := l.world.AddBody(physics.Body{})
	material := physics.Material{Friction: 0.2, Category: groundCategory, Mask: everything}
	l.world.AddEdge(moon, material, physics.Vec{}, point(moonWidth, 0))
	material.Friction = 0.1
	for i := range moonCorners - 1 {
		l.world.AddEdge(moon, material, l.moonCorner(i), l.moonCorner(i+1))
	}
}

// moonCorner is a corner of the ground.
func (l *LunarLander) moonCorner(i int) physics.Vec {
	return point(moonX(i), l.state.MoonY[i])
}

// moonX is the horizontal position of a corner of the ground.
func moonX(i int) float64 { return float64(moonWidth / (moonCorners - 1) * float64(i)) }

// addLander adds the body of the lander and pushes it.
func (l *LunarLander) addLander() {
	body := l.world.AddBody(physics.Body{Moving: true, Position: point(moonWidth/2, moonHeight)})
	var outline [len(landerOutline)]physics.Vec
	for i, p := range landerOutline {
		outline[i] = point(p[0]/scale, p[1]/scale)
	}
	l.world.AddPolygon(body, physics.Material{Density: 5, Friction: 0.1, Category: 0x10, Mask: groundCategory}, outline[:]...)
	x := l.rng.Uniform(-landerPush, landerPush)
	l.world.ApplyForce(body, point(x, l.rng.Uniform(-landerPush, landerPush)))
}

// addLeg adds a leg on the left side (-1) or the right side (1), where left is seen
// from the lander.
func (l *LunarLander) addLeg(side float64) {
	leg := l.world.AddBody(physics.Body{
		Moving:   true,
		Position: point(moonWidth/2-float64(side*legAway)/scale, moonHeight),
		Angle:    float32(side * legLean),
	})
	l.world.AddBox(leg, physics.Material{Density: 1, Friction: 0.2, Category: 0x20, Mask: groundCategory},
		float32(legWidth/scale), float32(legHeight/scale))
	lower, upper := legOuter-legRange, legOuter
	if side > 0 {
		lower, upper = -legOuter, -legOuter+legRange
	}
	l.world.AddRevolute(physics.Revolute{
		A: landerBody, B: leg,
		AnchorB: point(float64(side*legAway)/scale, legDown/scale),
		Lower:   float32(lower), Upper: float32(upper),
		Speed: float32(legSpeed * side), MaxTorque: legTorque,
	})
}

// engines says what fires: the power of the main engine, that of a side engine, and
// the side of that, −1 or 1.
type engines struct{ main, side, direction float64 }

// discreteEngines is what the number of an action means.
func discreteEngines(action float32) engines {
	switch action {
	case 1, 3:
		return engines{side: 1, direction: float64(action) - 2}
	case 2:
		return engines{main: 1}
	}
	return engines{}
}

// continuousEngines is what a continuous action means.
func continuousEngines(action []float32) (e engines) {
	first, second := float64(min(max(action[0], -1), 1)), float64(min(max(action[1], -1), 1))
	if first > 0 {
		e.main = float64((first + 1) * 0.5)
	}
	if math.Abs(second) > 0.5 {
		e.side, e.direction = math.Abs(second), math.Copysign(1, second)
	}
	return e
}

// Step implements [env.Env]. It draws two numbers.
func (l *LunarLander) Step(action, obs []float32) (float64, env.Status) {
	if l.continuous {
		return l.step(continuousEngines(action), obs)
	}
	return l.step(discreteEngines(action[0]), obs)
}

// step lets wind and engines act and moves the world on.
func (l *LunarLander) step(e engines, obs []float32) (float64, env.Status) {
	if l.options.EnableWind && l.state.Contact == [2]bool{} {
		l.blow()
	}
	l.fire(e)
	for _, t := range l.world.Step() {
		l.state.touch(t)
	}
	l.state.Exhaust.move(l.options.Gravity)
	s := l.observe(obs)
	return l.judge(e, s)
}

// touch takes note of a contact that began or ended. A leg loses its contact with
// any end of one, even if it still touches another part of the ground.
func (s *landerState) touch(t physics.Touch) {
	for _, body := range t.Body {
		switch body {
		case landerBody:
			s.Crashed = s.Crashed || t.Began
		case leftLeg, rightLeg:
			s.Contact[body-leftLeg] = t.Began
		}
	}
}

// blow applies the wind: tanh(sin 0.02·i + sin 0.01·π·i) times its power.
func (l *LunarLander) blow() {
	gust := func(i *int64) float64 {
		x := float64(*i)
		*i++
		return tanh(libm.Sin(float64(windStep*x)) + libm.Sin(float64(windSlowStep*x)))
	}
	l.world.ApplyForce(landerBody, point(float64(gust(&l.state.Wind)*l.options.WindPower), 0))
	l.world.ApplyTorque(landerBody, float32(gust(&l.state.Torque)*l.options.TurbulencePower))
}

// fire applies the impulses of the engines, which come a little from beside their
// nozzles.
func (l *LunarLander) fire(e engines) {
	tipX, tipY := libm.Sincos(float64(l.world.Angle(landerBody)))
	sideX, sideY := -tipY, tipX
	d0 := l.rng.Uniform(-1, 1) / scale
	d1 := l.rng.Uniform(-1, 1) / scale
	at := l.world.Position(landerBody)
	x, y := float64(at.X), float64(at.Y)
	if e.main > 0 {
		along := mainEngineY/scale + float64(2*d0)
		ox := float64(tipX*along) + float64(sideX*d1)
		oy := float64(-tipY*along) - float64(sideY*d1)
		l.world.ApplyImpulse(landerBody,
			point(float64(-ox*mainEnginePower*e.main), float64(-oy*mainEnginePower*e.main)), point(x+ox, y+oy))
		l.state.Exhaust.puff(x+ox, y+oy, float64(ox*mainPuff*e.main), float64(oy*mainPuff*e.main), e.main)
	}
	if e.side > 0 {
		across := float64(3*d1) + float64(e.direction*sideEngineAway)/scale
		ox := float64(tipX*d0) + float64(sideX*across)
		oy := float64(-tipY*d0) - float64(sideY*across)
		x, y = x+ox-float64(tipX*sideEngineDepth)/scale, y+oy+float64(tipY*sideEngineHeight)/scale
		l.world.ApplyImpulse(landerBody,
			point(float64(-ox*sideEnginePower*e.side), float64(-oy*sideEnginePower*e.side)), point(x, y))
		l.state.Exhaust.puff(x, y, float64(ox*sidePuff*e.side), float64(oy*sidePuff*e.side), e.side)
	}
}

// observe writes the observation and returns it in float64.
func (l *LunarLander) observe(obs []float32) (s [8]float64) {
	at, v := l.world.Position(landerBody), l.world.Velocity(landerBody)
	s = [8]float64{
		(float64(at.X) - moonWidth/2) / (moonWidth / 2),
		(float64(at.Y) - (moonHeight/4 + legDown/scale)) / (moonHeight / 2),
		float64(float64(v.X)*(moonWidth/2)) / fps,
		float64(float64(v.Y)*(moonHeight/2)) / fps,
		float64(l.world.Angle(landerBody)),
		float64(20*float64(l.world.Spin(landerBody))) / fps,
	}
	for i, on := range l.state.Contact {
		if on {
			s[6+i] = 1
		}
	}
	_ = obs[7]
	for i, x := range s {
		obs[i] = float32(x)
	}
	return s
}

// judge returns the reward for an observation, and whether the flight is over.
func (l *LunarLander) judge(e engines, s [8]float64) (float64, env.Status) {
	shaping := -float64(100*math.Sqrt(float64(s[0]*s[0])+float64(s[1]*s[1]))) -
		float64(100*math.Sqrt(float64(s[2]*s[2])+float64(s[3]*s[3]))) -
		float64(100*math.Abs(s[4])) + float64(10*s[6]) + float64(10*s[7])
	reward := 0.0
	if l.state.Shaped {
		reward = shaping - l.state.Shaping
	}
	l.state.Shaped, l.state.Shaping = true, shaping
	reward -= float64(e.main * 0.30)
	reward -= float64(e.side * 0.03)
	end := env.Running
	if l.state.Crashed || math.Abs(s[0]) >= 1 {
		reward, end = -100, env.Terminated
	}
	if !l.world.Awake(landerBody) {
		reward, end = 100, env.Terminated
	}
	return reward, end
}

// Snapshot implements [env.Snapshotter].
func (l *LunarLander) Snapshot() ([]byte, error) { return encode(l.Spec().ID, l.world, l.state) }

// Restore implements [env.Snapshotter].
func (l *LunarLander) Restore(snapshot []byte, rng *seed.Rand) error {
	var s landerState
	if err := decode(snapshot, l.Spec().ID, l.world, &s); err != nil {
		return err
	}
	l.state, l.rng = s, rng
	return nil
}
