package env

import (
	"math"

	"github.com/proximal-rl/proximal/space"
)

// ClipAction returns e with an action space without bounds: an action outside of
// the bounds of e is replaced by the nearest one within, element by element, as
// by Gymnasium's ClipAction. The optional abilities of e remain visible to [As].
//
// ClipAction panics if the action space of e is not a space.Box.
func ClipAction(e Env) Env {
	box, ok := e.Spec().Action.(space.Box)
	if !ok {
		panic("env: actions that are clipped must be a space.Box")
	}
	c := &clipAction{Env: e, spec: e.Spec(), bounds: box, clipped: make([]float32, box.Size())}
	infinity := float32(math.Inf(1))
	c.spec.Action = space.Bounded(-infinity, infinity, box.Shape...)
	return c
}

// clipAction clips actions.
type clipAction struct {
	Env
	spec    Spec
	bounds  space.Box
	clipped []float32
}

func (c *clipAction) Unwrap() Env { return c.Env }
func (c *clipAction) Spec() Spec  { return c.spec }

func (c *clipAction) Step(action, obs []float32) (float64, Status) {
	for i, a := range action {
		c.clipped[i] = min(max(a, c.bounds.Low[i]), c.bounds.High[i])
	}
	return c.Env.Step(c.clipped, obs)
}
