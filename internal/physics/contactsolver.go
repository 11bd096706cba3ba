package physics

// contactConstraint keeps a moving body from sinking into a static one. All
// directions are those of the moving body; Box2D's impulses on the static one are
// without effect, and since rounding is symmetric it does not matter which of the
// two comes first in the contact.
type contactConstraint struct {
	v              *velocity // of the moving body
	invMass, invI  float32
	normal         Vec // from the static body to the moving one
	tangent        Vec
	friction       float32
	count          int
	points         [2]contactPoint
	k11, k12, k22  float32 // of two points: how velocities follow from impulses,
	m11, m12, m22  float32 // and the inverse
	contact        *contact
	static         *pose
	position       *position // of the moving body
	faceOnMoving   bool      // the manifold's reference is the moving body
	positionsCount int
}

// contactPoint is a point of a manifold in the velocity solver.
type contactPoint struct {
	arm                     Vec // from the centre of mass
	normalMass, tangentMass float32
	normal, tangent         float32 // impulses
}

// prepareContact fills c for a contact of the body with the given state. Its
// impulses are those of the step before times warm.
func (w *World) prepareContact(c *contactConstraint, k *contact, warm float32) {
	b := &w.bodies[k.Body[k.Moving]]
	*c = contactConstraint{
		v: &w.velocities[b.Index], invMass: b.InvMass, invI: b.InvI,
		friction: k.Friction,
		count:    int(k.Manifold.Count),
		contact:  k,
		static:   &w.bodies[k.Body[1-k.Moving]].Pose,
		position: &w.positions[b.Index],

		faceOnMoving:   k.Manifold.On == k.Moving,
		positionsCount: int(k.Manifold.Count),
	}
	for i := range c.points[:c.count] {
		p, q := &c.points[i], &k.Manifold.Points[i]
		p.normal, p.tangent = float32(warm*q.Normal), float32(warm*q.Tangent)
	}
}

// locate computes the world's directions and masses of the constraint.
func (c *contactConstraint) locate() {
	m := &c.contact.Manifold
	moving := c.position.pose()
	reference, incident := c.static, &moving
	if c.faceOnMoving {
		reference, incident = incident, reference
	}
	normal, plane := reference.Turn.turn(m.Normal), reference.apply(m.Plane)
	c.normal = normal
	if c.faceOnMoving {
		c.normal = normal.negative()
	}
	c.tangent = c.normal.right()
	var across [2]float32
	for i := range c.points[:c.count] {
		p := &c.points[i]
		at := incident.apply(m.Points[i].Local)
		on := at.plus(normal.times(skin - at.minus(plane).dot(normal)))
		p.arm = on.plus(at.minus(normal.times(skin))).times(0.5).minus(c.position.centre)
		across[i] = p.arm.cross(c.normal)
		p.normalMass = c.inverseMass(across[i])
		p.tangentMass = c.inverseMass(p.arm.cross(c.tangent))
	}
	if c.count == 2 {
		c.couple(across[0], across[1])
	}
}

// inverseMass is what velocity answers an impulse across an arm, inverted.
func (c *contactConstraint) inverseMass(across float32) float32 {
	k := c.invMass + float32(float32(c.invI*across)*across)
	if k > 0 {
		return 1 / k
	}
	return 0
}

// couple prepares the solution of both points at once, or leaves only the first
// one if they are nearly redundant.
func (c *contactConstraint) couple(across1, across2 float32) {
	c.k11 = c.invMass + float32(float32(c.invI*across1)*across1)
	c.k22 = c.invMass + float32(float32(c.invI*across2)*across2)
	c.k12 = c.invMass + float32(float32(c.invI*across1)*across2)
	determinant := float32(c.k11*c.k22) - float32(c.k12*c.k12)
	if !(float32(c.k11*c.k11) < float32(maxConditionNumber*determinant)) {
		c.count = 1
		return
	}
	if determinant != 0 {
		determinant = 1 / determinant
	}
	c.m11, c.m12, c.m22 = float32(determinant*c.k22), float32(-determinant*c.k12), float32(determinant*c.k11)
}

// warmStart applies the impulses of the step before.
func (c *contactConstraint) warmStart() {
	v := c.v
	for i := range c.points[:c.count] {
		p := &c.points[i]
		impulse := c.normal.times(p.normal).plus(c.tangent.times(p.tangent))
		v.spin += float32(c.invI * p.arm.cross(impulse))
		v.x += float32(c.invMass * impulse.X)
		v.y += float32(c.invMass * impulse.Y)
	}
}

// solveVelocity applies friction and then normal impulses to the body's velocity.
func (c *contactConstraint) solveVelocity() {
	v := c.rub(&c.points[0], *c.v)
	if c.count == 1 {
		v = c.push(&c.points[0], v)
	} else {
		v = c.pushBoth(c.rub(&c.points[1], v))
	}
	*c.v = v
}

// rub solves the friction of a point.
func (c *contactConstraint) rub(p *contactPoint, v velocity) velocity {
	dx, dy := v.x-float32(v.spin*p.arm.Y), v.y+float32(v.spin*p.arm.X)
	along := float32(dx*c.tangent.X) + float32(dy*c.tangent.Y)
	most := float32(c.friction * p.normal)
	total := clamp(p.tangent-float32(p.tangentMass*along), -most, most)
	impulse := total - p.tangent
	p.tangent = total
	return c.apply(p, v, float32(impulse*c.tangent.X), float32(impulse*c.tangent.Y))
}

// push solves the normal impulse of the only point.
func (c *contactConstraint) push(p *contactPoint, v velocity) velocity {
	dx, dy := v.x-float32(v.spin*p.arm.Y), v.y+float32(v.spin*p.arm.X)
	approach := float32(dx*c.normal.X) + float32(dy*c.normal.Y)
	total := p.normal - float32(p.normalMass*approach)
	if !(total > 0) {
		total = 0
	}
	impulse := total - p.normal
	p.normal = total
	return c.apply(p, v, float32(impulse*c.normal.X), float32(impulse*c.normal.Y))
}

// apply changes a velocity by an impulse at a point.
func (c *contactConstraint) apply(p *contactPoint, v velocity, x, y float32) velocity {
	return velocity{
		v.x + float32(c.invMass*x),
		v.y + float32(c.invMass*y),
		v.spin + float32(c.invI*(float32(p.arm.X*y)-float32(p.arm.Y*x))),
	}
}

// pushBoth solves the normal impulses of both points together: the linear
// complementarity problem that no point has a negative impulse or approaches, and
// none with an impulse recedes. Its four cases are tried in order; if none fits,
// nothing changes.
func (c *contactConstraint) pushBoth(v velocity) velocity {
	p, q := &c.points[0], &c.points[1]
	nx, ny := c.normal.X, c.normal.Y
	b1 := float32((v.x-float32(v.spin*p.arm.Y))*nx) + float32((v.y+float32(v.spin*p.arm.X))*ny)
	b2 := float32((v.x-float32(v.spin*q.arm.Y))*nx) + float32((v.y+float32(v.spin*q.arm.X))*ny)
	b1 -= float32(c.k11*p.normal) + float32(c.k12*q.normal)
	b2 -= float32(c.k12*p.normal) + float32(c.k22*q.normal)
	x1 := -(float32(c.m11*b1) + float32(c.m12*b2))
	x2 := -(float32(c.m12*b1) + float32(c.m22*b2))
	if !(x1 >= 0 && x2 >= 0) {
		x1, x2 = float32(-p.normalMass*b1), 0
		if !(x1 >= 0 && float32(c.k12*x1)+b2 >= 0) {
			x1, x2 = 0, float32(-q.normalMass*b2)
			if !(x2 >= 0 && float32(c.k12*x2)+b1 >= 0) {
				if !(b1 >= 0 && b2 >= 0) {
					return v
				}
				x1, x2 = 0, 0
			}
		}
	}
	d1, d2 := x1-p.normal, x2-q.normal
	p.normal, q.normal = x1, x2
	px, py, qx, qy := float32(d1*nx), float32(d1*ny), float32(d2*nx), float32(d2*ny)
	return velocity{
		v.x + float32(c.invMass*(px+qx)),
		v.y + float32(c.invMass*(py+qy)),
		v.spin + float32(c.invI*((float32(p.arm.X*py)-float32(p.arm.Y*px))+(float32(q.arm.X*qy)-float32(q.arm.Y*qx)))),
	}
}

// store keeps the impulses for the next step.
func (c *contactConstraint) store() {
	for i := range c.points[:c.count] {
		m := &c.contact.Manifold.Points[i]
		m.Normal, m.Tangent = c.points[i].normal, c.points[i].tangent
	}
}

// solvePosition pushes the body out of the static one by a part of the depth and
// returns the smallest separation that it found.
func (c *contactConstraint) solvePosition(part float32) (least float32) {
	m := &c.contact.Manifold
	for i := range m.Points[:c.positionsCount] {
		moving := c.position.pose()
		reference, incident := c.static, &moving
		if c.faceOnMoving {
			reference, incident = incident, reference
		}
		normal := reference.Turn.turn(m.Normal)
		at := incident.apply(m.Points[i].Local)
		s := at.minus(reference.apply(m.Plane)).dot(normal) - skin - skin
		if s < least {
			least = s
		}
		depth := clamp(float32(part*(s+linearSlop)), -maxCorrection, 0)
		if depth == 0 {
			continue
		}
		if c.faceOnMoving {
			normal = normal.negative()
		}
		arm := at.minus(c.position.centre)
		across := arm.cross(normal)
		k := c.invMass + float32(float32(c.invI*across)*across)
		impulse := normal.times(-depth / k)
		c.position.centre = c.position.centre.plus(impulse.times(c.invMass))
		c.position.angle += float32(c.invI * arm.cross(impulse))
	}
	return least
}
