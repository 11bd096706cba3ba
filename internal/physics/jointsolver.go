package physics

// jointConstraint holds two bodies together at a point and turns one against the
// other, in the velocity solver and in the position solver.
type jointConstraint struct {
	a, b                 *velocity
	armA, armB           Vec     // from the centres of mass
	massA, massB, iA, iB float32 // inverse masses and moments of inertia
	motorMass            float32
	speed, most          float32 // of the motor, and its largest impulse
	motor                float32 // impulses
	impulse              Vec
	limitImpulse         float32
	limit                limitState
	k11, k12, k22        float32    // how velocities follow from impulses, and with
	k13, k23, k33        float32    // an impulse at the limit
	inverse2, inverse3   float32    // 1/determinant
	cofactor             [3]float32 // of the first column
	joint                *joint
	positionA, positionB *position
	anchorA, anchorB     Vec // from the centres of mass, in the bodies' frames
}

// prepareJoint fills c for a joint of the island. Its impulses are those of the
// step before times warm.
func (w *World) prepareJoint(c *jointConstraint, j *joint, warm float32) {
	a, b := &w.bodies[j.Body[0]], &w.bodies[j.Body[1]]
	*c = jointConstraint{
		a: &w.velocities[a.Index], b: &w.velocities[b.Index],
		massA: a.InvMass, massB: b.InvMass, iA: a.InvI, iB: b.InvI,
		speed: j.Speed, most: float32(tick * j.MaxTorque),
		joint:     j,
		positionA: &w.positions[a.Index], positionB: &w.positions[b.Index],
		anchorA: j.Anchor[0].minus(a.Sweep.Centre), anchorB: j.Anchor[1].minus(b.Sweep.Centre),
	}
	c.motorMass = 1 / (c.iA + c.iB)
	c.armA = c.positionA.turn.by(c.positionA.angle).turn(c.anchorA)
	c.armB = c.positionB.turn.by(c.positionB.angle).turn(c.anchorB)
	c.setMatrix()

	angle := c.positionB.angle - c.positionA.angle - j.Reference
	state := betweenLimits
	if angle <= j.Lower {
		state = atLower
	} else if angle >= j.Upper {
		state = atUpper
	}
	if state != j.Limit || state == betweenLimits {
		j.LimitImpulse = 0
	}
	j.Limit, c.limit = state, state
	c.impulse = j.Impulse.times(warm)
	c.limitImpulse = float32(warm * j.LimitImpulse)
	c.motor = float32(warm * j.MotorImpulse)
}

// setMatrix computes the matrix of the point and the limit together,
//
//	| mA+mB+yA²iA+yB²iB   −yA·xA·iA−yB·xB·iB   −yA·iA−yB·iB |
//	|                     mA+mB+xA²iA+xB²iB     xA·iA+xB·iB |
//	|                                           iA+iB       |
//
// and what its inverses need.
func (c *jointConstraint) setMatrix() {
	xA, yA, xB, yB := c.armA.X, c.armA.Y, c.armB.X, c.armB.Y
	c.k11 = c.massA + c.massB + float32(float32(yA*yA)*c.iA) + float32(float32(yB*yB)*c.iB)
	c.k12 = float32(float32(-yA*xA)*c.iA) - float32(float32(yB*xB)*c.iB)
	c.k13 = float32(-yA*c.iA) - float32(yB*c.iB)
	c.k22 = c.massA + c.massB + float32(float32(xA*xA)*c.iA) + float32(float32(xB*xB)*c.iB)
	c.k23 = float32(xA*c.iA) + float32(xB*c.iB)
	c.k33 = c.iA + c.iB
	c.inverse2 = reciprocal(float32(c.k11*c.k22) - float32(c.k12*c.k12))
	u := [3]float32{
		float32(c.k22*c.k33) - float32(c.k23*c.k23),
		float32(c.k23*c.k13) - float32(c.k12*c.k33),
		float32(c.k12*c.k23) - float32(c.k22*c.k13),
	}
	c.cofactor = u
	c.inverse3 = reciprocal(float32(c.k11*u[0]) + float32(c.k12*u[1]) + float32(c.k13*u[2]))
}

// reciprocal is 1/x, or 0 of 0.
func reciprocal(x float32) float32 {
	if x == 0 {
		return 0
	}
	return 1 / x
}

// warmStart applies the impulses of the step before.
func (c *jointConstraint) warmStart() {
	p := c.impulse
	c.a.x -= float32(c.massA * p.X)
	c.a.y -= float32(c.massA * p.Y)
	c.a.spin -= float32(c.iA * (c.armA.cross(p) + c.motor + c.limitImpulse))
	c.b.x += float32(c.massB * p.X)
	c.b.y += float32(c.massB * p.Y)
	c.b.spin += float32(c.iB * (c.armB.cross(p) + c.motor + c.limitImpulse))
}

// solveVelocity applies the motor's impulse, and then those that keep the point
// together and the limit.
func (c *jointConstraint) solveVelocity() {
	a, b := c.a, c.b
	spinA, spinB := a.spin, b.spin
	total := clamp(c.motor-float32(c.motorMass*(spinB-spinA-c.speed)), -c.most, c.most)
	impulse := total - c.motor
	c.motor = total
	spinA -= float32(c.iA * impulse)
	spinB += float32(c.iB * impulse)

	dx := b.x - float32(spinB*c.armB.Y) - a.x + float32(spinA*c.armA.Y)
	dy := b.y + float32(spinB*c.armB.X) - a.y - float32(spinA*c.armA.X)
	if c.limit != betweenLimits {
		c.solveLimit(dx, dy, spinA, spinB)
		return
	}
	x, y := c.solve2(dx, dy)
	c.impulse.X -= x
	c.impulse.Y -= y
	a.x += float32(c.massA * x)
	a.y += float32(c.massA * y)
	a.spin = spinA + float32(c.iA*(float32(c.armA.X*y)-float32(c.armA.Y*x)))
	b.x -= float32(c.massB * x)
	b.y -= float32(c.massB * y)
	b.spin = spinB - float32(c.iB*(float32(c.armB.X*y)-float32(c.armB.Y*x)))
}

// solve2 solves for the point alone.
func (c *jointConstraint) solve2(x, y float32) (float32, float32) {
	return float32(c.inverse2 * (float32(c.k22*x) - float32(c.k12*y))),
		float32(c.inverse2 * (float32(c.k11*y) - float32(c.k12*x)))
}

// solveLimit solves for the point and the limit, by Cramer's rule, unless the limit
// would have to pull: then it lets go, and the point is solved alone. The bodies have the given
// angular velocities; their points part with the velocity (dx, dy).
func (c *jointConstraint) solveLimit(dx, dy, spinA, spinB float32) {
	dz := spinB - spinA
	x := -float32(c.inverse3 * (float32(dx*c.cofactor[0]) + float32(dy*c.cofactor[1]) + float32(dz*c.cofactor[2])))
	y := -float32(c.inverse3 * (float32(c.k11*(float32(dy*c.k33)-float32(dz*c.k23))) +
		float32(c.k12*(float32(dz*c.k13)-float32(dx*c.k33))) +
		float32(c.k13*(float32(dx*c.k23)-float32(dy*c.k13)))))
	z := -float32(c.inverse3 * (float32(c.k11*(float32(c.k22*dz)-float32(c.k23*dy))) +
		float32(c.k12*(float32(c.k23*dx)-float32(c.k12*dz))) +
		float32(c.k13*(float32(c.k12*dy)-float32(c.k22*dx)))))
	total := c.limitImpulse + z
	if c.limit == atLower && total < 0 || c.limit == atUpper && total > 0 {
		x, y = c.solve2(-dx+float32(c.limitImpulse*c.k13), -dy+float32(c.limitImpulse*c.k23))
		z = -c.limitImpulse
		total = 0
	}
	c.impulse.X += x
	c.impulse.Y += y
	c.limitImpulse = total
	a, b := c.a, c.b
	a.x -= float32(c.massA * x)
	a.y -= float32(c.massA * y)
	a.spin = spinA - float32(c.iA*((float32(c.armA.X*y)-float32(c.armA.Y*x))+z))
	b.x += float32(c.massB * x)
	b.y += float32(c.massB * y)
	b.spin = spinB + float32(c.iB*((float32(c.armB.X*y)-float32(c.armB.Y*x))+z))
}

// store keeps the impulses for the next step.
func (c *jointConstraint) store() {
	c.joint.Impulse, c.joint.LimitImpulse, c.joint.MotorImpulse = c.impulse, c.limitImpulse, c.motor
}

// solvePosition moves the bodies so that the limit and then the point fit better,
// and reports whether they did beforehand.
func (c *jointConstraint) solvePosition() bool {
	a, b := c.positionA, c.positionB
	angularError := float32(0)
	if c.limit != betweenLimits {
		angle := b.angle - a.angle - c.joint.Reference
		var correction float32
		if c.limit == atLower {
			angularError = -(angle - c.joint.Lower)
			correction = clamp(-angularError+angularSlop, -maxTurn, 0)
		} else {
			angularError = angle - c.joint.Upper
			correction = clamp(angularError-angularSlop, 0, maxTurn)
		}
		impulse := float32(-c.motorMass * correction)
		a.angle -= float32(c.iA * impulse)
		b.angle += float32(c.iB * impulse)
	}
	armA, armB := a.turn.by(a.angle).turn(c.anchorA), b.turn.by(b.angle).turn(c.anchorB)
	gap := b.centre.plus(armB).minus(a.centre).minus(armA)
	k11 := c.massA + c.massB + float32(float32(c.iA*armA.Y)*armA.Y) + float32(float32(c.iB*armB.Y)*armB.Y)
	k12 := float32(float32(-c.iA*armA.X)*armA.Y) - float32(float32(c.iB*armB.X)*armB.Y)
	k22 := c.massA + c.massB + float32(float32(c.iA*armA.X)*armA.X) + float32(float32(c.iB*armB.X)*armB.X)
	inverse := reciprocal(float32(k11*k22) - float32(k12*k12))
	impulse := Vec{
		-float32(inverse * (float32(k22*gap.X) - float32(k12*gap.Y))),
		-float32(inverse * (float32(k11*gap.Y) - float32(k12*gap.X))),
	}
	a.centre = a.centre.minus(impulse.times(c.massA))
	a.angle -= float32(c.iA * armA.cross(impulse))
	b.centre = b.centre.plus(impulse.times(c.massB))
	b.angle += float32(c.iB * armB.cross(impulse))
	return gap.length() <= linearSlop && angularError <= angularSlop
}
