package physics

// Body says what a new body is like. The zero value is a static body at the
// origin. It is plain data.
type Body struct {
	Moving   bool // has mass and obeys forces; otherwise it stays where it is
	Position Vec
	Angle    float32
}

// Material says what a fixture is made of and what it meets. It is plain data;
// the zero value has no mass and no friction and meets nothing.
type Material struct {
	Density, Friction float32
	// Two fixtures can touch if the category of each is in the mask of the other.
	Category, Mask uint16
	Sensor         bool // reports contacts but does not stop anything
}

// body is a body of a world. Its lists begin with the newest member.
type body struct {
	Pose            pose
	Sweep           sweep
	Velocity        Vec // of the centre of mass
	Spin            float32
	Force           Vec
	Torque          float32
	Mass, InvMass   float32
	Inertia, InvI   float32 // about the centre of mass
	SleepTime       float32
	Now, Before     turning // at the end of the motion, and at its start
	Moving, Awake   bool
	InIsland        bool
	FirstFixture    int32
	FirstContactEnd int32 // 2·contact + side
	FirstJointEnd   int32 // 2·joint + side
	Index           int32 // in the island
}

// fixture is a shape on a body.
type fixture struct {
	Material
	Body         int32
	Next         int32 // of the body's fixtures
	First, Count int32 // of its points in the world's list
	Centroid     Vec
	Leaf         int32
	Swept        box     // around its latest motion
	Reach        float32 // from the centre of mass to the farthest vertex
}

// isEdge reports whether the shape is an edge.
func (f *fixture) isEdge() bool { return f.Count == 2 }

// AddBody adds a body and returns its number.
func (w *World) AddBody(b Body) int {
	place := pose{b.Position, rotationBy(b.Angle)}
	w.bodies = append(w.bodies, body{
		Pose:         place,
		Sweep:        sweep{Start: b.Position, End: b.Position, StartAngle: b.Angle, EndAngle: b.Angle},
		Now:          turning{b.Angle, place.Turn},
		Before:       turning{b.Angle, place.Turn},
		Moving:       b.Moving,
		Awake:        true,
		FirstFixture: none, FirstContactEnd: none, FirstJointEnd: none,
	})
	i := len(w.bodies) - 1
	if b.Moving {
		w.moving = append(w.moving, int32(i))
		w.bodies[i].Mass, w.bodies[i].InvMass = 1, 1
	}
	return i
}

// AddPolygon adds the convex hull of points, in the frame of the body, and
// returns the number of the fixture. It panics unless there are 3 to 16 points
// that span an area.
func (w *World) AddPolygon(on int, m Material, points ...Vec) int {
	if len(points) < 3 || len(points) > maxVertices {
		panic("physics: a polygon must have 3 to 16 points")
	}
	var corners [maxVertices]Vec
	n := hull(&corners, points)
	if n < 3 {
		panic("physics: points of a polygon lie on a line")
	}
	first := len(w.points)
	for i := range n {
		edge := corners[(i+1)%n].minus(corners[i])
		w.points = append(w.points, corners[i])
		w.normals = append(w.normals, edge.right().unit())
	}
	return w.addFixture(on, m, first, centroid(w.points[first:]))
}

// AddBox adds a rectangle around the origin of the body with the given half
// extents and returns the number of the fixture.
func (w *World) AddBox(on int, m Material, halfWidth, halfHeight float32) int {
	first := len(w.points)
	w.points = append(w.points, Vec{-halfWidth, -halfHeight}, Vec{halfWidth, -halfHeight}, Vec{halfWidth, halfHeight}, Vec{-halfWidth, halfHeight})
	w.normals = append(w.normals, Vec{0, -1}, Vec{1, 0}, Vec{0, 1}, Vec{-1, 0})
	return w.addFixture(on, m, first, Vec{})
}

// AddEdge adds a line, in the frame of the body, and returns the number of the
// fixture. It has no mass.
func (w *World) AddEdge(on int, m Material, from, to Vec) int {
	first := len(w.points)
	normal := to.minus(from).unit().right()
	w.points = append(w.points, from, to)
	w.normals = append(w.normals, normal, normal.negative())
	return w.addFixture(on, m, first, Vec{})
}

// addFixture adds a fixture with the points from first on.
func (w *World) addFixture(on int, m Material, first int, centroid Vec) int {
	b := &w.bodies[on]
	i := int32(len(w.fixtures))
	f := fixture{
		Material: m,
		Body:     int32(on),
		Next:     b.FirstFixture,
		First:    int32(first), Count: int32(len(w.points) - first),
		Centroid: centroid,
	}
	f.Swept = boundsOf(w.points[first:], &b.Pose)
	f.Leaf = w.tree.add(i, f.Swept)
	w.moved = append(w.moved, f.Leaf)
	w.fixtures = append(w.fixtures, f)
	b.FirstFixture = i
	w.newFixture = true
	if b.Moving && m.Density > 0 {
		w.weigh(b)
	}
	w.measure(b)
	return int(i)
}

// shape returns the shape of a fixture.
func (w *World) shape(f *fixture) polygon {
	first, end := f.First, f.First+f.Count
	return polygon{w.points[first:end:end], w.normals[first:end:end], f.Centroid}
}

// weigh computes the mass of a moving body from its fixtures.
func (w *World) weigh(b *body) {
	b.Mass, b.Inertia = 0, 0
	var centre Vec
	for i := b.FirstFixture; i != none; i = w.fixtures[i].Next {
		f := &w.fixtures[i]
		if f.Density == 0 {
			continue
		}
		mass, c, inertia := massOf(w.shape(f).Vertices, f.Density)
		b.Mass += mass
		centre = centre.plus(c.times(mass))
		b.Inertia += inertia
	}
	b.InvMass = 1 / b.Mass
	centre = centre.times(b.InvMass)
	b.Inertia -= float32(b.Mass * centre.dot(centre))
	b.InvI = 1 / b.Inertia
	b.Sweep.Centre = centre
	b.Sweep.End = b.Pose.apply(centre)
	b.Sweep.Start = b.Sweep.End
}

// measure finds how far the fixtures of a body reach.
func (w *World) measure(b *body) {
	for i := b.FirstFixture; i != none; i = w.fixtures[i].Next {
		f := &w.fixtures[i]
		f.Reach = 0
		for _, v := range w.points[f.First : f.First+f.Count] {
			f.Reach = max(f.Reach, v.minus(b.Sweep.Centre).length())
		}
	}
}

// wake lets a sleeping body move again.
func (b *body) wake() {
	if !b.Awake {
		b.Awake, b.SleepTime = true, 0
	}
}

// sleep stops a body until something wakes it.
func (b *body) sleep() {
	b.Awake, b.SleepTime = false, 0
	b.Velocity, b.Spin, b.Force, b.Torque = Vec{}, 0, Vec{}, 0
}

// place computes the pose of a body from the end of its motion.
func (b *body) place() {
	b.Pose.Turn = b.Now.by(b.Sweep.EndAngle)
	b.Pose.Origin = b.Sweep.End.minus(b.Pose.Turn.turn(b.Sweep.Centre))
}

// advance ends the motion of a body at a time of the step, for now.
func (b *body) advance(to float32) {
	b.Sweep.advance(to)
	b.Sweep.End, b.Sweep.EndAngle = b.Sweep.Start, b.Sweep.StartAngle
	b.place()
}

// Position returns the origin of a body.
func (w *World) Position(i int) Vec { return w.bodies[i].Pose.Origin }

// Centre returns the centre of mass of a body.
func (w *World) Centre(i int) Vec { return w.bodies[i].Sweep.End }

// Angle returns the angle of a body in radians; it counts whole turns.
func (w *World) Angle(i int) float32 { return w.bodies[i].Sweep.EndAngle }

// Velocity returns the velocity of the centre of mass of a body, in m/s.
func (w *World) Velocity(i int) Vec { return w.bodies[i].Velocity }

// Spin returns the angular velocity of a body, in rad/s.
func (w *World) Spin(i int) float32 { return w.bodies[i].Spin }

// Awake reports whether a body moves; one at rest falls asleep until something
// touches it.
func (w *World) Awake(i int) bool { return w.bodies[i].Awake }

// Mass returns the mass of a body and its moment of inertia about its origin.
func (w *World) Mass(i int) (mass, inertia float32) {
	b := &w.bodies[i]
	return b.Mass, b.Inertia + float32(b.Mass*b.Sweep.Centre.dot(b.Sweep.Centre))
}

// Direction returns a direction of the body's frame in the world.
func (w *World) Direction(i int, v Vec) Vec { return w.bodies[i].Pose.Turn.turn(v) }

// Point returns a point of the body's frame in the world.
func (w *World) Point(i int, v Vec) Vec { return w.bodies[i].Pose.apply(v) }

// Outline appends the corners of a fixture in the world to dst: those of a polygon
// counter-clockwise, or the ends of an edge.
func (w *World) Outline(dst []Vec, fixture int) []Vec {
	f := &w.fixtures[fixture]
	at := &w.bodies[f.Body].Pose
	for _, v := range w.points[f.First : f.First+f.Count] {
		dst = append(dst, at.apply(v))
	}
	return dst
}

// ApplyForce adds a force at the centre of mass, for the next step.
func (w *World) ApplyForce(i int, force Vec) {
	b := &w.bodies[i]
	b.wake()
	b.Force = b.Force.plus(force)
}

// ApplyTorque adds a torque for the next step.
func (w *World) ApplyTorque(i int, torque float32) {
	b := &w.bodies[i]
	b.wake()
	b.Torque += torque
}

// ApplyImpulse changes the velocities at once, as a blow at a point of the world
// does.
func (w *World) ApplyImpulse(i int, impulse, at Vec) {
	b := &w.bodies[i]
	b.wake()
	b.Velocity = b.Velocity.plus(impulse.times(b.InvMass))
	b.Spin += float32(b.InvI * at.minus(b.Sweep.End).cross(impulse))
}
