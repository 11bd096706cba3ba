package physics

import "slices"

// constraint is a joint or a contact of an island.
type constraint struct {
	joint   *jointConstraint
	contact *contactConstraint
}

// shares reports whether two constraints have a body in common.
func (c *constraint) shares(d *constraint) bool {
	a, b := c.bodies()
	e, f := d.bodies()
	return a == e || a == f || b == e || b == f
}

// bodies returns the velocities on which the constraint acts.
func (c *constraint) bodies() (a, b *velocity) {
	if c.joint != nil {
		return c.joint.a, c.joint.b
	}
	return c.contact.v, c.contact.v
}

// schedule is the order in which the velocity solver visits its constraints. The
// result is that of
//
//	180 × { all joints, then all contacts }
//
// but two constraints that share no body may change places, since neither sees
// what the other does. That lets the processor work on several at once: in a
// walker each constraint needs the result of the one before, from one foot up and
// down to the other, but not that of the one after next. So the second half of an
// iteration, late, is mixed with the first half of the next one, early:
//
//	early, 179 × { mixed }, late
//
// A schedule is memory of a world, used by one goroutine at a time.
type schedule struct {
	early, late, mixed []constraint
}

// reserve makes room for some constraints.
func (s *schedule) reserve(n int) {
	s.early, s.late, s.mixed = slices.Grow(s.early, n), slices.Grow(s.late, n), slices.Grow(s.mixed, n)
}

// plan divides the constraints into halves. The second half of the joints is late,
// and so is a contact that shares its body with one of them; all of them come
// after the constraints that are early.
func (s *schedule) plan(joints []jointConstraint, contacts []contactConstraint) {
	s.early, s.late = s.early[:0], s.late[:0]
	for i := range joints {
		c := constraint{joint: &joints[i]}
		if i < len(joints)/2 {
			s.early = append(s.early, c)
		} else {
			s.late = append(s.late, c)
		}
	}
	lateJoints := s.late
	for i := range contacts {
		c := constraint{contact: &contacts[i]}
		if blocked(&c, lateJoints) {
			s.late = append(s.late, c)
		} else {
			s.early = append(s.early, c)
		}
	}
	s.mix()
}

// mix takes turns between both halves. Where they share a body, the late
// constraint comes first: it belongs to the iteration before.
func (s *schedule) mix() {
	s.mixed = s.mixed[:0]
	early := s.early
	for i := range s.late {
		s.mixed = append(s.mixed, s.late[i])
		if len(early) > 0 && !blocked(&early[0], s.late[i+1:]) {
			s.mixed = append(s.mixed, early[0])
			early = early[1:]
		}
	}
	s.mixed = append(s.mixed, early...)
}

// blocked reports whether c shares a body with one of the others.
func blocked(c *constraint, others []constraint) bool {
	for i := range others {
		if c.shares(&others[i]) {
			return true
		}
	}
	return false
}

// run carries out all iterations.
func (s *schedule) run() {
	solveAll(s.early)
	for range velocityIterations - 1 {
		solveAll(s.mixed)
	}
	solveAll(s.late)
}

func solveAll(constraints []constraint) {
	for i := range constraints {
		if c := &constraints[i]; c.joint != nil {
			c.joint.solveVelocity()
		} else {
			c.contact.solveVelocity()
		}
	}
}
