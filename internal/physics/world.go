package physics

import "slices"

// World is a scene of bodies and all of its state. Worlds are independent of each
// other; one world is used by one goroutine at a time. It keeps the memory that
// it needs, so that steps after the first few allocate none. Make one with
// [NewWorld]; the zero value is only good to be unmarshalled into.
type World struct {
	gravity Vec
	warm    float32 // how much of its impulses a step takes from the one before

	bodies   []body
	moving   []int32 // the bodies that move, the oldest first
	fixtures []fixture
	points   []Vec // vertices of all shapes, and the normals of their sides
	normals  []Vec
	joints   []joint

	contacts     []contact
	firstContact int32
	freeContact  int32 // linked by Next

	tree       tree
	moved      []int32 // leaves that may have got new neighbours
	newFixture bool

	touches []Touch

	// What follows is memory for the time of a step.
	pairs                                       []uint64
	found                                       []int32
	island, stack, islandContacts, islandJoints []int32
	caught                                      []int32
	velocities                                  []velocity
	positions                                   []position
	contactConstraints                          []contactConstraint
	jointConstraints                            []jointConstraint
	schedule                                    schedule
}

// NewWorld makes a world without bodies in which everything falls with the given
// acceleration, in m/s².
func NewWorld(gravity Vec) *World {
	w := &World{}
	w.Clear(gravity)
	return w
}

// Clear makes a new world of w, in the memory of the old one.
func (w *World) Clear(gravity Vec) {
	w.gravity, w.warm = gravity, 0
	w.bodies, w.moving, w.fixtures = w.bodies[:0], w.moving[:0], w.fixtures[:0]
	w.points, w.normals, w.joints = w.points[:0], w.normals[:0], w.joints[:0]
	w.contacts, w.firstContact, w.freeContact = w.contacts[:0], none, none
	w.tree.clear()
	w.moved, w.newFixture = w.moved[:0], false
	w.touches = w.touches[:0]
}

// ClearInOrder is Clear as it happens in Box2D when the bodies are destroyed one by
// one, in the given order: nothing is left of them but the order in which the nodes
// of the tree are free again. From that follow the numbers of the leaves to come,
// and from these the order of contacts.
func (w *World) ClearInOrder(gravity Vec, bodies []int) {
	for _, b := range bodies {
		for i := w.bodies[b].FirstFixture; i != none; i = w.fixtures[i].Next {
			w.tree.remove(w.fixtures[i].Leaf)
			w.tree.release(w.fixtures[i].Leaf)
		}
	}
	kept := w.tree
	w.Clear(gravity)
	w.tree = kept
}

// Reserve makes room for as many bodies and fixtures, corners of their shapes, and
// contacts, so that up to there neither building a world nor a step allocates
// memory.
func (w *World) Reserve(fixtures, corners, contacts int) {
	w.bodies, w.moving = slices.Grow(w.bodies, fixtures), slices.Grow(w.moving, fixtures)
	w.fixtures = slices.Grow(w.fixtures, fixtures)
	w.points, w.normals = slices.Grow(w.points, corners), slices.Grow(w.normals, corners)
	w.contacts = slices.Grow(w.contacts, contacts)
	w.tree.Nodes = slices.Grow(w.tree.Nodes, 2*fixtures)
	w.moved, w.found = slices.Grow(w.moved, fixtures), slices.Grow(w.found, fixtures)
	w.pairs = slices.Grow(w.pairs, 4*fixtures+2*contacts)
	w.touches = slices.Grow(w.touches, contacts)
	w.islandContacts = slices.Grow(w.islandContacts, contacts)
	w.contactConstraints = slices.Grow(w.contactConstraints, contacts)
	w.caught = slices.Grow(w.caught, contacts)
	w.schedule.reserve(contacts)
}

// Step moves the world by 1/50 s, with 180 iterations for velocities and up to 60
// for positions, and returns what has begun or ended to touch, in order. The
// result is valid until the next step. The numbers are those of all of Gymnasium's
// tasks.
func (w *World) Step() []Touch {
	w.touches = w.touches[:0]
	if w.newFixture {
		w.findContacts()
		w.newFixture = false
	}
	w.collide()
	w.solve()
	w.catch()
	w.warm = ticksPerSecond * tick
	for _, i := range w.moving {
		w.bodies[i].Force, w.bodies[i].Torque = Vec{}, 0
	}
	return w.touches
}
