package physics

// velocity is that of a moving body while its island is solved.
type velocity struct{ x, y, spin float32 }

// position is that of a moving body while its island is solved.
type position struct {
	centre Vec
	angle  float32
	local  Vec // the centre in the body's frame
	turn   turning
}

// pose returns where the body's frame is.
func (p *position) pose() pose {
	turn := p.turn.by(p.angle)
	return pose{p.centre.minus(turn.turn(p.local)), turn}
}

// solve builds the islands, moves them by one step, and fits the boxes of all
// that moved.
func (w *World) solve() {
	for i := len(w.moving) - 1; i >= 0; i-- {
		seed := w.moving[i]
		if b := &w.bodies[seed]; !b.InIsland && b.Awake {
			w.gather(seed)
			w.solveIsland()
		}
	}
	for k := w.firstContact; k != none; k = w.contacts[k].Next {
		w.contacts[k].InIsland = false
	}
	for i := range w.joints {
		w.joints[i].InIsland = false
	}
	for i := len(w.moving) - 1; i >= 0; i-- {
		if b := &w.bodies[w.moving[i]]; b.InIsland {
			b.InIsland = false
			w.syncFixtures(b)
		}
	}
	w.findContacts()
}

// gather collects the island of a body: all moving bodies that are linked to it
// by contacts and joints, in the order of a depth-first search, and wakes them.
// Static bodies do not link.
func (w *World) gather(seed int32) {
	w.island, w.stack = w.island[:0], append(w.stack[:0], seed)
	w.islandContacts, w.islandJoints = w.islandContacts[:0], w.islandJoints[:0]
	w.bodies[seed].InIsland = true
	for len(w.stack) > 0 {
		i := w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		b := &w.bodies[i]
		b.Index = int32(len(w.island))
		w.island = append(w.island, i)
		b.wake()
		for end := b.FirstContactEnd; end != none; {
			c := &w.contacts[end>>1]
			if !c.InIsland && c.Enabled && c.Touching && !c.Sensor {
				c.InIsland = true
				w.islandContacts = append(w.islandContacts, end>>1)
			}
			end = c.NextEnd[end&1]
		}
		for end := b.FirstJointEnd; end != none; {
			j := &w.joints[end>>1]
			if !j.InIsland {
				j.InIsland = true
				w.islandJoints = append(w.islandJoints, end>>1)
				if other := j.Body[1-end&1]; !w.bodies[other].InIsland {
					w.bodies[other].InIsland = true
					w.stack = append(w.stack, other)
				}
			}
			end = j.NextEnd[end&1]
		}
	}
}

// solveIsland moves the island by one step.
func (w *World) solveIsland() {
	w.begin()
	contacts, joints := w.contactConstraints, w.jointConstraints
	w.schedule.plan(joints, contacts)
	w.schedule.run()
	for i := range contacts {
		contacts[i].store()
	}
	for i := range joints {
		joints[i].store()
	}
	for i := range w.island {
		w.positions[i].integrate(&w.velocities[i], tick)
	}
	solved := w.solvePositions()
	w.end()
	w.rest(solved)
}

// begin takes forces into the velocities and prepares all constraints.
func (w *World) begin() {
	n := len(w.island)
	w.velocities, w.positions = resized(w.velocities, n), resized(w.positions, n)
	for i, k := range w.island {
		b := &w.bodies[k]
		s := &b.Sweep
		s.Start, s.StartAngle = s.End, s.EndAngle
		b.Before = b.Now
		w.positions[i] = position{s.End, s.EndAngle, s.Centre, b.Now}
		w.velocities[i] = velocity{
			b.Velocity.X + float32(tick*(w.gravity.X+float32(b.InvMass*b.Force.X))),
			b.Velocity.Y + float32(tick*(w.gravity.Y+float32(b.InvMass*b.Force.Y))),
			b.Spin + float32(float32(tick*b.InvI)*b.Torque),
		}
	}
	w.contactConstraints = resized(w.contactConstraints, len(w.islandContacts))
	for i, k := range w.islandContacts {
		w.prepareContact(&w.contactConstraints[i], &w.contacts[k], w.warm)
	}
	for i := range w.contactConstraints {
		w.contactConstraints[i].locate()
	}
	for i := range w.contactConstraints {
		w.contactConstraints[i].warmStart()
	}
	w.jointConstraints = resized(w.jointConstraints, len(w.islandJoints))
	for i, k := range w.islandJoints {
		c := &w.jointConstraints[i]
		w.prepareJoint(c, &w.joints[k], w.warm)
		c.warmStart()
	}
}

// resized returns s with n elements, whose contents are to be written.
func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, 2*n)
	}
	return s[:n]
}

// integrate moves a body for a time, but no farther than is sensible.
func (p *position) integrate(v *velocity, time float32) {
	x, y := float32(time*v.x), float32(time*v.y)
	if d := float32(x*x) + float32(y*y); d > maxTranslationSquared {
		ratio := maxTranslation / root(d)
		v.x, v.y = float32(v.x*ratio), float32(v.y*ratio)
	}
	if r := float32(time * v.spin); float32(r*r) > maxRotationSquared {
		v.spin = float32(v.spin * (maxRotation / magnitude(r)))
	}
	p.centre.X += float32(time * v.x)
	p.centre.Y += float32(time * v.y)
	p.angle += float32(time * v.spin)
}

// solvePositions corrects positions until they fit, and reports whether they do.
func (w *World) solvePositions() bool {
	for range positionIterations {
		least, fits := float32(0), true
		for i := range w.contactConstraints {
			least = min(least, w.contactConstraints[i].solvePosition(baumgarte))
		}
		for i := range w.jointConstraints {
			fits = w.jointConstraints[i].solvePosition() && fits
		}
		if fits && least >= -3*linearSlop {
			return true
		}
	}
	return false
}

// end gives velocities and positions back to the bodies.
func (w *World) end() {
	for i, k := range w.island {
		b, v, p := &w.bodies[k], &w.velocities[i], &w.positions[i]
		b.Velocity, b.Spin = Vec{v.x, v.y}, v.spin
		b.Sweep.End, b.Sweep.EndAngle = p.centre, p.angle
		b.Now = p.turn
		b.place()
	}
}

// rest counts the time for which the bodies have hardly moved, and lets the
// island sleep once that is long enough for all of them.
func (w *World) rest(solved bool) {
	least := largest
	for _, k := range w.island {
		b := &w.bodies[k]
		if float32(b.Spin*b.Spin) > angularSleepToleranceSq || b.Velocity.lengthSquared() > linearSleepToleranceSq {
			b.SleepTime = 0
		} else {
			b.SleepTime += tick
		}
		least = min(least, b.SleepTime)
	}
	if solved && least >= timeToSleep {
		for _, k := range w.island {
			w.bodies[k].sleep()
		}
	}
}
