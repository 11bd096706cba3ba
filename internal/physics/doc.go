// Package physics moves rigid bodies in a plane. It repeats Box2D 2.3.0, the
// engine behind Gymnasium's lunar lander, bipedal walker and racing car, bit for
// bit: the same float32 operations in the same order, the same order of contacts
// and of bodies in an island, and the sine and cosine of the same C library.
//
// It has what those tasks need and no more:
//
//	bodies    static ones and ones that move, without damping
//	shapes    convex polygons, edges without neighbours
//	joints    revolute, with limits and a motor, between two moving bodies
//	contacts  between a moving and a static body, without restitution; sensors
//	steps     of a fixed length, with continuous collision and sleeping
//	rays      the nearest shape along a line
//
// A World is the whole state of a scene. Bodies, fixtures and joints are numbers
// that its methods take; the first of each is 0 and they count up. They live
// until [World.Clear].
//
//	w := physics.NewWorld(physics.Vec{Y: -10})
//	ground := w.AddBody(physics.Body{})
//	w.AddEdge(ground, physics.Material{Friction: 0.5}, physics.Vec{X: -9}, physics.Vec{X: 9})
//	box := w.AddBody(physics.Body{Moving: true, Position: physics.Vec{Y: 4}})
//	w.AddBox(box, physics.Material{Density: 1}, 0.5, 0.5)
//	w.Step()
//
// # Exactness
//
// Every product is converted before it is added to something, so that no compiler
// fuses the two; a test of this package enforces it. So all processors give the
// same bits. The only result that may differ from Box2D's is the sign of a zero.
//
// # Reading the code
//
// A step ([World.Step]) updates the contacts, solves islands of bodies that touch
// each other, and then catches what moved through something:
//
//	tree, broadphase          which pairs of fixtures may touch
//	contact                   their list, and what changes when a step begins
//	edgepolygon, polygons     where two shapes touch: the manifold
//	island, contactsolver,
//	revolute, jointsolver     velocities and positions that obey all of them
//	schedule                  in which order the velocity solver goes
//	distance, separation,
//	impact, continuous        the time at which shapes first touch
package physics
