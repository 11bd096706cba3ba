package box2d

import (
	"math"

	"github.com/proximal-rl/proximal/internal/physics"
)

// Constants of the car, as the float64 that Gymnasium computes with.
const (
	carScale       float64 = 0.02 // metres per unit of its plan
	enginePower    float64 = 100000000 * carScale * carScale
	wheelInertia   float64 = 4000 * carScale * carScale
	roadGrip       float64 = 1000000 * carScale * carScale
	grassGrip      float64 = roadGrip * 0.6
	slipForce      float64 = 205000 * carScale * carScale
	steeringTorque float64 = 180 * 900 * carScale * carScale
	wheelRadius    float64 = 27 * carScale
	wheelLength    float64 = 27 // half of it, in units of the plan
	wheelWidth     float64 = 14
	brakeForce     float64 = 15 // rad/s per step
	brakeLock      float64 = 0.9
	carTick        float64 = 1.0 / 50
	steeringLimit          = 0.4
)

// The plan of the car: the parts of its hull, and where the wheels are, the front
// ones first.
var (
	hullPlan = [...][][2]float64{
		{{-60, 130}, {60, 130}, {60, 110}, {-60, 110}},
		{{-15, 120}, {15, 120}, {20, 20}, {-20, 20}},
		{{25, 20}, {50, -10}, {50, -40}, {20, -90}, {-20, -90}, {-50, -40}, {-50, -10}, {-25, 20}},
		{{-50, -120}, {50, -120}, {50, -90}, {-50, -90}},
	}
	wheelPlan = [wheels][2]float64{{-55, 80}, {55, 80}, {-55, -82}, {55, -82}}
)

// wheels is how many wheels the car has.
const wheels = 4

// wheel is what a wheel does, as far as its body does not show it. It is plain
// data.
type wheel struct {
	Gas, Brake, Steer float64 // what it is told: 0 to 1, 0 to 1, and an angle
	Turned            float64 // angle by which it has rolled
	Rate              float64 // at which it rolls, in rad/s
	Tiles             int64   // of the road that it touches
}

// addCar adds a car that stands at a point of the road. Its wheels stand as if it
// looked along the y axis, until the first step pulls them into place.
func addCar(w *physics.World, at roadPoint) (hull int) {
	angle := float32(at.Beta)
	hull = w.AddBody(physics.Body{Moving: true, Position: point(at.X, at.Y), Angle: angle})
	var corners [8]physics.Vec
	for _, part := range hullPlan {
		for i, p := range part {
			corners[i] = point(float64(p[0]*carScale), float64(p[1]*carScale))
		}
		w.AddPolygon(hull, physics.Material{Density: 1, Friction: 0.2, Category: groundCategory, Mask: everything}, corners[:len(part)]...)
	}
	x, y := float64(wheelWidth*carScale), float64(wheelLength*carScale)
	for _, p := range wheelPlan {
		offsetX, offsetY := float64(p[0]*carScale), float64(p[1]*carScale)
		body := w.AddBody(physics.Body{Moving: true, Position: point(at.X+offsetX, at.Y+offsetY), Angle: angle})
		w.AddPolygon(body, physics.Material{Density: 0.1, Friction: 0.2, Category: limbCategory, Mask: groundCategory},
			point(-x, y), point(x, y), point(x, -y), point(-x, -y))
		w.AddRevolute(physics.Revolute{
			A: hull, B: body,
			AnchorA: point(offsetX, offsetY),
			Lower:   -steeringLimit, Upper: steeringLimit,
			MaxTorque: float32(steeringTorque),
		})
	}
	return hull
}

// control passes on what the driver does: the wheels in front are steered, those
// behind driven, and all of them braked. Gas comes slowly and goes at once.
func control(w *[wheels]wheel, steer, gas, brake float64) {
	w[0].Steer, w[1].Steer = -steer, -steer
	gas = min(max(gas, 0), 1)
	for i := 2; i < wheels; i++ {
		w[i].Gas += min(gas-w[i].Gas, 0.1)
	}
	for i := range w {
		w[i].Brake = brake
	}
}

// act lets a wheel steer, roll and push, for the next step: its contact with the
// ground resists slipping, but only as far as the ground gives it grip. It reports
// whether it slips so much that it leaves a mark.
func (w *wheel) act(world *physics.World, body, joint int) (skids bool) {
	off := w.Steer - float64(world.JointAngle(joint))
	world.SetSpeed(joint, float32(math.Copysign(min(float64(50*math.Abs(off)), 3), off)))

	grip := grassGrip
	if w.Tiles > 0 {
		grip = roadGrip
	}
	forward, side := world.Direction(body, physics.Vec{Y: 1}), world.Direction(body, physics.Vec{X: 1})
	v := world.Velocity(body)
	forwardX, forwardY, sideX, sideY := float64(forward.X), float64(forward.Y), float64(side.X), float64(side.Y)
	along := float64(forwardX*float64(v.X)) + float64(forwardY*float64(v.Y))
	across := float64(sideX*float64(v.X)) + float64(sideY*float64(v.Y))

	w.Rate += carTick * enginePower * w.Gas / wheelInertia / (math.Abs(w.Rate) + 5)
	w.slow()
	w.Turned += float64(w.Rate * carTick)

	push := float64((-along + float64(w.Rate*wheelRadius)) * slipForce)
	slide := float64(-across * slipForce)
	force := math.Sqrt(float64(push*push) + float64(slide*slide))
	if force > grip {
		push = float64(push / force * grip)
		slide = float64(slide / force * grip)
	}
	w.Rate -= carTick * push * wheelRadius / wheelInertia
	world.ApplyForce(body, point(
		float64(slide*sideX)+float64(push*forwardX),
		float64(slide*sideY)+float64(push*forwardY)))
	return force > float64(2*grip)
}

// slow brakes the wheel.
func (w *wheel) slow() {
	switch {
	case w.Brake >= brakeLock:
		w.Rate = 0
	case w.Brake > 0 && w.Rate > 0:
		w.Rate -= min(float64(brakeForce*w.Brake), w.Rate)
	case w.Brake > 0 && w.Rate < 0:
		w.Rate += min(float64(brakeForce*w.Brake), -w.Rate)
	}
}
