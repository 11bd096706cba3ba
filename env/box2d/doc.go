// Package box2d holds Gymnasium's three tasks with rigid bodies: a lunar lander, a
// bipedal walker and a racing car. They run on the engine of internal/physics.
//
// What they do is what Gymnasium 1.4.0 does with pybox2d 2.3.10 and NumPy 2, to the
// last bit: start, observations, rewards and ends of episodes. So published scores
// and hyper-parameters carry over. Where a task differs, its documentation says so
// under "Differences from Gymnasium".
//
// No task limits its own episodes; the usual limits are those of package catalog,
// and env.Limit sets others. Every task can be drawn, by env.Renderer.
package box2d
