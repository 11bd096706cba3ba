package physics

// Touch is a change that a step made: two fixtures have begun to touch, or have
// ended. It is plain data.
type Touch struct {
	Fixture [2]int
	Body    [2]int
	Began   bool
}

// contact is a pair of fixtures whose boxes overlap. Its sides are 0 and 1; its
// ends are numbered 2·contact + side and linked per body. The lists begin with the
// newest member.
type contact struct {
	Manifold         manifold
	Fixture, Body    [2]int32
	NextEnd, PrevEnd [2]int32
	Next, Prev       int32 // of the world's contacts
	Impact           float32
	ImpactCount      int32
	Friction         float32
	Moving           int32 // the side that moves, if the other one does not
	Touching         bool
	Enabled          bool
	Sensor           bool
	InIsland         bool
	ImpactKnown      bool
}

// addContact makes the contact of two fixtures.
func (w *World) addContact(i, j int32) {
	if w.fixtures[j].isEdge() {
		i, j = j, i // an edge comes before a polygon
	}
	f, g := &w.fixtures[i], &w.fixtures[j]
	fresh := contact{
		Fixture: [2]int32{i, j}, Body: [2]int32{f.Body, g.Body},
		Next: w.firstContact, Prev: none,
		Friction: root(float32(f.Friction * g.Friction)),
		Enabled:  true,
		Sensor:   f.Sensor || g.Sensor,
	}
	a, b := &w.bodies[f.Body], &w.bodies[g.Body]
	if b.Moving {
		fresh.Moving = 1
	}
	if !fresh.Sensor {
		if a.Moving && b.Moving {
			panic("physics: two moving bodies may touch, which is only possible with a sensor")
		}
		a.wake()
		b.wake()
	}
	k := w.takeContact()
	for side, on := range fresh.Body {
		first := &w.bodies[on].FirstContactEnd
		end := 2*k + int32(side)
		fresh.NextEnd[side], fresh.PrevEnd[side] = *first, none
		if *first != none {
			w.contacts[*first>>1].PrevEnd[*first&1] = end
		}
		*first = end
	}
	if w.firstContact != none {
		w.contacts[w.firstContact].Prev = k
	}
	w.firstContact = k
	w.contacts[k] = fresh
}

// takeContact returns the number of an unused contact.
func (w *World) takeContact() int32 {
	if k := w.freeContact; k != none {
		w.freeContact = w.contacts[k].Next
		return k
	}
	w.contacts = append(w.contacts, contact{})
	return int32(len(w.contacts) - 1)
}

// dropContact takes a contact out of all lists.
func (w *World) dropContact(k int32) {
	c := &w.contacts[k]
	if c.Touching {
		w.report(c, false)
	}
	if c.Prev != none {
		w.contacts[c.Prev].Next = c.Next
	} else {
		w.firstContact = c.Next
	}
	if c.Next != none {
		w.contacts[c.Next].Prev = c.Prev
	}
	for side, on := range c.Body {
		b, prev, next := &w.bodies[on], c.PrevEnd[side], c.NextEnd[side]
		if prev != none {
			w.contacts[prev>>1].NextEnd[prev&1] = next
		} else {
			b.FirstContactEnd = next
		}
		if next != none {
			w.contacts[next>>1].PrevEnd[next&1] = prev
		}
		if c.Manifold.Count > 0 {
			b.wake()
		}
	}
	*c = contact{Next: w.freeContact}
	w.freeContact = k
}

// report notes that a contact has begun or ended to touch.
func (w *World) report(c *contact, began bool) {
	w.touches = append(w.touches, Touch{
		Fixture: [2]int{int(c.Fixture[0]), int(c.Fixture[1])},
		Body:    [2]int{int(c.Body[0]), int(c.Body[1])},
		Began:   began,
	})
}

// collide updates all contacts, newest first, and drops those whose fat boxes no
// longer overlap.
func (w *World) collide() {
	for k := w.firstContact; k != none; {
		c := &w.contacts[k]
		next := c.Next
		if w.active(c.Body[0]) || w.active(c.Body[1]) {
			f, g := &w.fixtures[c.Fixture[0]], &w.fixtures[c.Fixture[1]]
			if w.tree.Nodes[f.Leaf].Box.overlaps(&w.tree.Nodes[g.Leaf].Box) {
				w.update(c)
			} else {
				w.dropContact(k)
			}
		}
		k = next
	}
}

// active reports whether a body moves.
func (w *World) active(i int32) bool { return w.bodies[i].Moving && w.bodies[i].Awake }

// update computes where the two shapes touch. A point that was there before
// keeps its impulses.
func (w *World) update(c *contact) {
	c.Enabled = true
	a, b := &w.bodies[c.Body[0]], &w.bodies[c.Body[1]]
	was := c.Touching
	if c.Sensor {
		c.Touching = w.overlap(&w.fixtures[c.Fixture[0]], &a.Pose, &w.fixtures[c.Fixture[1]], &b.Pose)
	} else {
		f, g := w.shape(&w.fixtures[c.Fixture[0]]), w.shape(&w.fixtures[c.Fixture[1]])
		old := c.Manifold
		if len(f.Vertices) == 2 {
			collideEdge(&c.Manifold, &f, &a.Pose, &g, &b.Pose)
		} else {
			collidePolygons(&c.Manifold, &f, &a.Pose, &g, &b.Pose)
		}
		c.Manifold.keepImpulses(&old)
		c.Touching = c.Manifold.Count > 0
		if c.Touching != was {
			a.wake()
			b.wake()
		}
	}
	if c.Touching != was {
		w.report(c, c.Touching)
	}
}
