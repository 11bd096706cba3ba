package physics

import "slices"

// findContacts makes a contact for every pair of fixtures whose fat boxes have
// begun to overlap since the last time, in the order of their leaves' numbers.
func (w *World) findContacts() {
	w.pairs = w.pairs[:0]
	for _, leaf := range w.moved {
		w.found = w.tree.search(w.found[:0], &w.tree.Nodes[leaf].Box)
		for _, other := range w.found {
			if other != leaf {
				w.pairs = append(w.pairs, uint64(min(leaf, other))<<32|uint64(max(leaf, other)))
			}
		}
	}
	w.moved = w.moved[:0]
	slices.Sort(w.pairs)
	last := ^uint64(0)
	for _, pair := range w.pairs {
		if pair != last {
			w.pairUp(w.tree.Nodes[pair>>32].Fixture, w.tree.Nodes[uint32(pair)].Fixture)
		}
		last = pair
	}
}

// pairUp makes a contact of two fixtures unless they have one or must not.
func (w *World) pairUp(i, j int32) {
	f, g := &w.fixtures[i], &w.fixtures[j]
	if f.Body == g.Body || f.Mask&g.Category == 0 || g.Mask&f.Category == 0 {
		return
	}
	if !w.bodies[f.Body].Moving && !w.bodies[g.Body].Moving {
		return
	}
	if !w.inContact(i, j) && !w.joined(f.Body, g.Body) {
		w.addContact(i, j)
	}
}

// inContact reports whether two fixtures have a contact.
func (w *World) inContact(i, j int32) bool {
	on := w.fixtures[j].Body
	if !w.bodies[on].Moving { // it may have many
		on = w.fixtures[i].Body
	}
	for end := w.bodies[on].FirstContactEnd; end != none; end = w.contacts[end>>1].NextEnd[end&1] {
		if f := w.contacts[end>>1].Fixture; f == [2]int32{i, j} || f == [2]int32{j, i} {
			return true
		}
	}
	return false
}

// joined reports whether a joint links two bodies.
func (w *World) joined(a, b int32) bool {
	for end := w.bodies[b].FirstJointEnd; end != none; end = w.joints[end>>1].NextEnd[end&1] {
		if w.joints[end>>1].Body[1-end&1] == a {
			return true
		}
	}
	return false
}

// syncFixtures fits the boxes of a body's fixtures to its latest motion.
func (w *World) syncFixtures(b *body) {
	start := pose{Turn: b.Before.by(b.Sweep.StartAngle)}
	start.Origin = b.Sweep.Start.minus(start.Turn.turn(b.Sweep.Centre))
	displacement := b.Pose.Origin.minus(start.Origin)
	for i := b.FirstFixture; i != none; i = w.fixtures[i].Next {
		f := &w.fixtures[i]
		vertices := w.points[f.First : f.First+f.Count]
		before, now := boundsOf(vertices, &start), boundsOf(vertices, &b.Pose)
		f.Swept = before.around(&now)
		if w.tree.move(f.Leaf, &f.Swept, displacement) {
			w.moved = append(w.moved, f.Leaf)
		}
	}
}
