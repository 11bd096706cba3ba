package physics

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/seed"
)

// walker makes a scene like that of the bipedal walker: a hull on two legs of two
// parts, on uneven ground.
func walker(rng *seed.Rand) *World {
	w := NewWorld(Vec{Y: -10})
	for i := range 20 {
		y := func() float32 { return float32(rng.Uniform(-0.2, 0.2)) }
		w.AddEdge(w.AddBody(Body{}), Material{Friction: 2.5, Category: 1, Mask: math.MaxUint16}, Vec{float32(i) - 10, y()}, Vec{float32(i) - 9, y()})
	}
	part := func(x, y, halfWidth, halfHeight float32) int {
		b := w.AddBody(Body{Moving: true, Position: Vec{x, y}, Angle: float32(rng.Uniform(-0.2, 0.2))})
		w.AddBox(b, Material{Density: 1, Friction: 0.2, Category: 2, Mask: 1}, halfWidth, halfHeight)
		return b
	}
	hull := part(0, 2.5, 1, 0.3)
	for range 2 {
		upper, lower := part(0, 1.8, 0.13, 0.56), part(0, 0.7, 0.1, 0.56)
		w.AddRevolute(Revolute{A: hull, B: upper, AnchorB: Vec{Y: 0.56}, Lower: -0.8, Upper: 1.1, Speed: float32(rng.Uniform(-4, 4)), MaxTorque: 60})
		w.AddRevolute(Revolute{A: upper, B: lower, AnchorA: Vec{Y: -0.56}, AnchorB: Vec{Y: 0.56}, Lower: -1.6, Upper: -0.1, Speed: float32(rng.Uniform(-6, 6)), MaxTorque: 60})
	}
	return w
}

// TestScheduleIsThePlainOrder compares the velocity solver's order with the one
// that it stands for, bit for bit, in falls of walkers.
func TestScheduleIsThePlainOrder(t *testing.T) {
	rng := seed.New(3)
	contacts := 0
	for range 10 {
		w := walker(rng)
		for range 60 {
			w.Step()
			contacts += comparePlain(t, w)
		}
	}
	if contacts < 500 {
		t.Errorf("only %d contacts occurred", contacts)
	}
}

// comparePlain solves the island that the next step would have, twice, and returns
// the number of its contacts. It leaves the world as it was.
func comparePlain(t *testing.T, w *World) int {
	t.Helper()
	before, err := w.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	solve := func(order func(*World)) (state []float32) {
		copied := &World{}
		if err := copied.UnmarshalBinary(before); err != nil {
			t.Fatal(err)
		}
		copied.collide()
		copied.gather(copied.moving[len(copied.moving)-1])
		copied.begin()
		order(copied)
		for _, v := range copied.velocities {
			state = append(state, v.x, v.y, v.spin)
		}
		for _, j := range copied.jointConstraints {
			state = append(state, j.impulse.X, j.impulse.Y, j.limitImpulse, j.motor)
		}
		for _, c := range copied.contactConstraints {
			state = append(state, c.points[0].normal, c.points[0].tangent, c.points[1].normal, c.points[1].tangent)
		}
		return state
	}
	contacts := 0
	mixed := solve(func(w *World) {
		contacts = len(w.contactConstraints)
		w.schedule.plan(w.jointConstraints, w.contactConstraints)
		w.schedule.run()
	})
	plain := solve(func(w *World) {
		for range velocityIterations {
			for i := range w.jointConstraints {
				w.jointConstraints[i].solveVelocity()
			}
			for i := range w.contactConstraints {
				w.contactConstraints[i].solveVelocity()
			}
		}
	})
	golden.Same(t, "velocities and impulses", mixed, plain)
	return contacts
}

// TestContactsSolveTheirConditions lets contacts without friction settle: no point
// sinks in or is pulled, and none with an impulse recedes.
func TestContactsSolveTheirConditions(t *testing.T) {
	rng := seed.New(4)
	for i := range 300 {
		c := contactConstraint{invMass: float32(rng.Uniform(0.1, 2)), invI: float32(rng.Uniform(0.1, 2)), count: 2}
		angle := rotationBy(float32(rng.Uniform(0, 6)))
		c.normal = Vec{angle.Cos, angle.Sin}
		c.tangent = c.normal.right()
		for k := range c.points {
			p := &c.points[k]
			p.arm = Vec{float32(rng.Uniform(-1, 1)), float32(rng.Uniform(-1, 1))}
			p.normalMass, p.tangentMass = c.inverseMass(p.arm.cross(c.normal)), c.inverseMass(p.arm.cross(c.tangent))
		}
		c.couple(c.points[0].arm.cross(c.normal), c.points[1].arm.cross(c.normal))
		v := velocity{float32(rng.Uniform(-3, 3)), float32(rng.Uniform(-3, 3)), float32(rng.Uniform(-3, 3))}
		c.v = &v
		for range 100 {
			c.solveVelocity()
		}
		for k := range c.points[:c.count] {
			p := &c.points[k]
			approach := v.x*c.normal.X + v.y*c.normal.Y + v.spin*p.arm.cross(c.normal)
			if p.normal < 0 || approach < -1e-4 || p.normal > 1e-4 && approach > 1e-4 {
				t.Errorf("contact %d, point %d: impulse %v at a relative velocity of %v", i, k, p.normal, approach)
			}
		}
	}
}
