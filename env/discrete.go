package env

import (
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// DiscreteEnv is an environment whose actions are numbers, for tasks that would
// rather read an int than a slice. [FromDiscrete] makes an [Env] of it.
type DiscreteEnv interface {
	// Spec is as in Env; the action space is a space.Discrete.
	Spec() Spec

	// Reset is as in Env.
	Reset(rng *seed.Rand, obs []float32)

	// Step is as in Env, with the number of the action.
	Step(action int, obs []float32) (reward float64, end Status)
}

// FromDiscrete returns e as an Env. The optional abilities of e remain visible
// to [As]. It panics if the action space of e is not a space.Discrete.
func FromDiscrete(e DiscreteEnv) Env {
	if _, ok := e.Spec().Action.(space.Discrete); !ok {
		panic("env: actions of a DiscreteEnv must be a space.Discrete")
	}
	return discrete{e}
}

// discrete is a DiscreteEnv as an Env.
type discrete struct{ inner DiscreteEnv }

func (d discrete) Spec() Spec                          { return d.inner.Spec() }
func (d discrete) Reset(rng *seed.Rand, obs []float32) { d.inner.Reset(rng, obs) }
func (d discrete) Unwrap() DiscreteEnv                 { return d.inner }

func (d discrete) Step(action, obs []float32) (float64, Status) {
	return d.inner.Step(int(action[0]), obs)
}
