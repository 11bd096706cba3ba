package physics

// catch stops bodies that have moved through something: as long as a contact has
// a time of impact in this step, its body is moved back there, the contact is
// solved, and the body goes on for the rest of the step.
func (w *World) catch() {
	for k := w.firstContact; k != none; k = w.contacts[k].Next {
		c := &w.contacts[k]
		c.ImpactKnown, c.ImpactCount, c.Impact = false, 0, 1
	}
	for {
		first, when := w.firstImpact()
		if first == none || 1-10*epsilon < when {
			break
		}
		w.catchContact(first, when)
	}
	for _, i := range w.moving {
		w.bodies[i].Sweep.From = 0
	}
	for k := w.firstContact; k != none; k = w.contacts[k].Next {
		for _, i := range w.contacts[k].Body {
			w.bodies[i].Sweep.From = 0
		}
	}
}

// firstImpact finds the contact with the earliest time of impact, the newest of
// several.
func (w *World) firstImpact() (first int32, when float32) {
	first, when = none, 1
	for k := w.firstContact; k != none; k = w.contacts[k].Next {
		c := &w.contacts[k]
		if !c.Enabled || c.ImpactCount > maxSubSteps {
			continue
		}
		if !c.ImpactKnown {
			if c.Sensor || !w.active(c.Body[c.Moving]) {
				continue
			}
			c.Impact, c.ImpactKnown = w.impact(c), true
		}
		if c.Impact < when {
			first, when = k, c.Impact
		}
	}
	return first, when
}

// impact returns the time of impact of a contact, 1 if there is none.
func (w *World) impact(c *contact) float32 {
	a, b := &w.bodies[c.Body[0]].Sweep, &w.bodies[c.Body[1]].Sweep
	if a.From < b.From {
		a.advance(b.From)
	} else if b.From < a.From {
		b.advance(a.From)
	}
	f, g := &w.fixtures[c.Fixture[0]], &w.fixtures[c.Fixture[1]]
	if w.stayApart(f, g) {
		return 1
	}
	shapeA, shapeB := w.shape(f), w.shape(g)
	t, ok := impactTime(&pair{&shapeA, &shapeB}, *a, *b)
	if !ok {
		return 1
	}
	return min(a.From+float32((1-a.From)*t), 1)
}

// mostBulge bounds how far the path of a vertex may leave the line from its start
// to its end, for the boxes around both to say something about the whole motion.
const mostBulge float32 = 0.0125

// stayApart reports whether the boxes around their motions show that two shapes
// do not come near each other, so that impactTime would find no impact. The boxes
// contain the skins, 0.02 in all; a vertex that turns by an angle leaves the line
// between the ends of its path by at most its distance from the centre times an
// eighth of the angle's square; and shapes touch at 0.005 ± 0.00125.
func (w *World) stayApart(f, g *fixture) bool {
	return !f.Swept.overlaps(&g.Swept) && w.bulge(f)+w.bulge(g) < mostBulge
}

// bulge bounds how far a vertex leaves the line between the ends of its path.
func (w *World) bulge(f *fixture) float32 {
	s := &w.bodies[f.Body].Sweep
	turned := s.EndAngle - s.StartAngle
	return float32(0.125 * f.Reach * turned * turned)
}

// catchContact moves the bodies of a contact to its time of impact, and solves
// the rest of the step from there.
func (w *World) catchContact(k int32, when float32) {
	c := &w.contacts[k]
	a, b := &w.bodies[c.Body[0]], &w.bodies[c.Body[1]]
	sweepA, sweepB := a.Sweep, b.Sweep
	a.advance(when)
	b.advance(when)
	w.update(c)
	c.ImpactKnown = false
	c.ImpactCount++
	if !c.Touching {
		c.Enabled = false
		a.Sweep, b.Sweep = sweepA, sweepB
		a.place()
		b.place()
		return
	}
	a.wake()
	b.wake()
	moving := &w.bodies[c.Body[c.Moving]]
	w.gatherImpact(k, when)
	w.solveImpact(moving, float32((1-when)*tick))
	w.syncFixtures(moving)
	for end := moving.FirstContactEnd; end != none; {
		other := &w.contacts[end>>1]
		other.ImpactKnown, other.InIsland = false, false
		end = other.NextEnd[end&1]
	}
	w.findContacts()
}

// gatherImpact collects the contacts that touch at the time of an impact: the one
// that brought it about, then those of the body that moves, newest first.
func (w *World) gatherImpact(first int32, when float32) {
	c := &w.contacts[first]
	c.InIsland = true
	w.islandContacts = append(w.islandContacts[:0], first)
	w.addCaught(c.Body[1-c.Moving])
	moving := &w.bodies[c.Body[c.Moving]]
	for end := moving.FirstContactEnd; end != none && len(w.islandContacts) < maxImpactContacts; {
		k := &w.contacts[end>>1]
		if !k.InIsland && !k.Sensor && w.touchesAt(k, when) {
			k.InIsland = true
			w.islandContacts = append(w.islandContacts, end>>1)
			w.addCaught(k.Body[1-k.Moving])
		}
		end = k.NextEnd[end&1]
	}
	for _, i := range w.caught {
		w.bodies[i].InIsland = false
	}
	w.caught = w.caught[:0]
}

// addCaught marks a static body as part of an impact.
func (w *World) addCaught(i int32) {
	if !w.bodies[i].InIsland {
		w.bodies[i].InIsland = true
		w.caught = append(w.caught, i)
	}
}

// touchesAt updates a contact of a body that has been moved to the given time,
// and reports whether it touches; if not, its static body is left as it was.
func (w *World) touchesAt(k *contact, when float32) bool {
	static := &w.bodies[k.Body[1-k.Moving]]
	before := static.Sweep
	if !static.InIsland {
		static.advance(when)
	}
	w.update(k)
	if !k.Touching {
		static.Sweep = before
		static.place()
	}
	return k.Touching
}

// solveImpact moves a body out of what it touches and lets it go on for a time.
// No impulses are taken from the step or kept for the next one.
func (w *World) solveImpact(b *body, time float32) {
	b.Index = 0
	w.velocities, w.positions = resized(w.velocities, 1), resized(w.positions, 1)
	v, p := &w.velocities[0], &w.positions[0]
	*v = velocity{b.Velocity.X, b.Velocity.Y, b.Spin}
	*p = position{b.Sweep.End, b.Sweep.EndAngle, b.Sweep.Centre, b.Now}
	w.contactConstraints = resized(w.contactConstraints, len(w.islandContacts))
	contacts := w.contactConstraints
	for i, k := range w.islandContacts {
		w.prepareContact(&contacts[i], &w.contacts[k], 0)
	}
	for range impactPositionIterations {
		least := float32(0)
		for i := range contacts {
			least = min(least, contacts[i].solvePosition(toiBaumgarte))
		}
		if least >= -1.5*linearSlop {
			break
		}
	}
	b.Sweep.Start, b.Sweep.StartAngle = p.centre, p.angle
	for i := range contacts {
		contacts[i].locate()
	}
	for range velocityIterations {
		for i := range contacts {
			contacts[i].solveVelocity()
		}
	}
	p.integrate(v, time)
	b.Velocity, b.Spin = Vec{v.x, v.y}, v.spin
	b.Sweep.End, b.Sweep.EndAngle = p.centre, p.angle
	b.place()
}
