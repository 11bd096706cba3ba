package policy

import "github.com/proximal-rl/proximal/seed"

// Mode says how an action is chosen from the distribution. The zero value is
// Greedy, which may be shared; a mode that samples belongs to one goroutine, as
// its source of random numbers does.
type Mode struct{ rng *seed.Rand }

// Greedy takes the most likely action.
var Greedy = Mode{}

// Sample draws the action from the distribution with the given source, which
// must not be nil.
func Sample(rng *seed.Rand) Mode {
	if rng == nil {
		panic("policy: Sample needs a source of random numbers")
	}
	return Mode{rng}
}

// Actor chooses actions for single observations. It holds scratch memory, so
// each goroutine needs its own; the policy behind them is shared. The zero value
// is not usable.
type Actor struct {
	policy   *Policy
	pass     *Pass
	explorer *Explorer
	obs      []float32 // normalised
	drawn    []float32 // before EnvironmentAction
}

// NewActor makes an actor for the policy.
func (p *Policy) NewActor() *Actor {
	return &Actor{
		policy:   p,
		pass:     p.NewPass(1),
		explorer: p.NewExplorer(),
		obs:      make([]float32, p.observation.Size()),
		drawn:    make([]float32, p.action.Size()),
	}
}

// Restart begins a new episode: the next sampled action has new state-dependent
// noise. Without Restart, noise goes on as Config.NoiseInterval says, which may
// be for ever; policies without such noise need none.
func (a *Actor) Restart() { a.explorer.Restart() }

// Act writes the action for a raw observation, ready for the environment:
// within the bounds of a box, a number of a discrete space. It allocates
// nothing. It panics if the lengths differ from those of the policy's spaces.
func (a *Actor) Act(action, obs []float32, mode Mode) {
	if len(obs) != len(a.obs) || len(action) != len(a.drawn) {
		panic("policy: action or observation has the wrong length")
	}
	if n := a.policy.Normalizer; n != nil {
		n.Normalize(a.obs, obs)
	} else {
		copy(a.obs, obs)
	}
	a.pass.ForwardActor(a.obs)
	if mode.rng == nil {
		a.policy.Distribution().Mode(a.drawn, a.pass.Dist)
	} else {
		a.explorer.Draw(a.drawn, a.pass, 0, mode.rng)
	}
	a.policy.EnvironmentAction(action, a.drawn)
}

// Value is the critic's estimate for the observation of the last Act.
func (a *Actor) Value() float32 {
	a.pass.forwardCritic()
	return a.pass.Value[0]
}
