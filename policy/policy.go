// Package policy joins what is needed to act: the observation normaliser, the
// network with its actor and critic, and the action distribution. A policy is
// trained by package train, saved with everything that acting needs, and
// loaded without a trainer:
//
//	p, err := policy.Load("runs/lift/checkpoints/best")
//	actor := p.NewActor() // one per goroutine
//	actor.Act(action, obs, policy.Greedy)
package policy

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/nn"
	"github.com/proximal-rl/proximal/prob"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// Policy is an actor-critic for one observation and one action space. Training
// changes its Parameters and its Normalizer; while nobody does, it is read-only
// and may be shared by any number of goroutines, each with its own Actor or
// Pass. The zero value is not usable.
type Policy struct {
	// Parameters is the block of all weights, biases and log standard
	// deviations, divided by Layout.
	Parameters []float32
	// Normalizer standardises observations; nil if the policy sees them raw.
	Normalizer *Normalizer

	config      Config
	observation space.Space
	action      space.Space
	layout      nn.Layout

	trunk, actor, critic *nn.MLP
	head                 head
	distribution         prob.Distribution // the head's, kept because making the interface value may allocate
	value                nn.Linear
}

// New makes a policy with fresh weights drawn from rng. It fails if settings or
// spaces are not valid or there is no distribution for the action space.
func New(c Config, observation, action space.Space, rng *seed.Rand) (*Policy, error) {
	p, err := design(c, observation, action)
	if err != nil {
		return nil, err
	}
	p.allocate()
	p.initialize(rng)
	return p, nil
}

// design lays a policy out. It has no memory for parameters yet.
func design(c Config, observation, action space.Space) (*Policy, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	if err := cmp.Or(observation.Validate(), action.Validate()); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	if _, ok := observation.(space.Box); !ok {
		return nil, fmt.Errorf("policy: observations are in %v: must be in a Box", observation)
	}
	for _, widths := range []*[]int{&c.Trunk, &c.Actor, &c.Critic} {
		*widths = append([]int{}, *widths...) // the policy's own, and never nil: no layers are saved as []
	}
	p := &Policy{config: c, observation: observation, action: action}
	p.trunk = nn.NewMLP(&p.layout, "trunk", observation.Size(), c.Trunk, c.Activation)
	p.actor = nn.NewMLP(&p.layout, "actor", p.trunk.Out(), c.Actor, c.Activation)
	p.critic = nn.NewMLP(&p.layout, "critic", p.trunk.Out(), c.Critic, c.Activation)
	var err error
	if p.head, err = newHead(&p.layout, p.actor.Out(), action, c.StateDependentNoise); err != nil {
		return nil, err
	}
	p.distribution = p.head.distribution()
	p.value = nn.NewLinear(&p.layout, "critic.head", p.critic.Out(), 1)
	return p, nil
}

// allocate makes the parameters, all zero, and the normaliser.
func (p *Policy) allocate() {
	p.Parameters = make([]float32, p.layout.Size())
	if p.config.NormalizeObservation {
		p.Normalizer = NewNormalizer(p.observation.Size(), p.config.ObservationClip)
	}
}

// initialize draws all weights, layer by layer in the order of the layout.
func (p *Policy) initialize(rng *seed.Rand) {
	for _, m := range []*nn.MLP{p.trunk, p.actor, p.critic} {
		for _, l := range m.Layers {
			p.initializeLinear(l, math.Sqrt2, rng)
		}
	}
	p.initializeLinear(p.head.linear(), 0.01, rng)
	p.initializeLinear(p.value, 1, rng)
	if t, ok := p.head.logStd(); ok {
		logStd := t.Of(p.Parameters)
		for i := range logStd {
			logStd[i] = float32(p.config.LogStd)
		}
	}
}

func (p *Policy) initializeLinear(l nn.Linear, gain float64, rng *seed.Rand) {
	if p.config.Orthogonal {
		nn.Orthogonal(l.Weight.Of(p.Parameters), l.In, l.Out, gain, rng)
		return
	}
	bound := 1 / math.Sqrt(float64(l.In))
	nn.Uniform(l.Weight.Of(p.Parameters), bound, rng)
	nn.Uniform(l.Bias.Of(p.Parameters), bound, rng)
}

// Config returns the settings that the policy was built from.
func (p *Policy) Config() Config { return p.config }

// Observation is the space of raw observations.
func (p *Policy) Observation() space.Space { return p.observation }

// Action is the space of actions as the environment accepts them.
func (p *Policy) Action() space.Space { return p.action }

// Distribution is the family of the action distribution.
func (p *Policy) Distribution() prob.Distribution { return p.distribution }

// Layout divides Parameters, and gradients of the same size, into tensors.
func (p *Policy) Layout() *nn.Layout { return &p.layout }

// LogStd returns the part of Parameters that holds the logarithms of the
// standard deviations, nil for discrete actions. It shares memory. With
// state-dependent noise they are those of the noise's weights, [F,A].
func (p *Policy) LogStd() []float32 {
	if t, ok := p.head.logStd(); ok {
		return t.Of(p.Parameters)
	}
	return nil
}

// EnvironmentAction writes what the environment is given for an action drawn
// from the distribution: clipped to the bounds of a box, shifted to the first
// number of a discrete space. The action itself, which log-probabilities refer
// to, stays as drawn. dst and action have length Action().Size().
func (p *Policy) EnvironmentAction(dst, action []float32) {
	switch s := p.action.(type) {
	case space.Box:
		for i, a := range action {
			dst[i] = min(max(a, s.Low[i]), s.High[i])
		}
	case space.Discrete:
		dst[0] = action[0] + float32(s.Start)
	default:
		copy(dst, action)
	}
}

// MeanStd is the mean standard deviation of continuous actions over their
// dimensions, or of the weights of state-dependent noise; ok is false for
// discrete actions.
func (p *Policy) MeanStd() (std float64, ok bool) {
	logStd := p.LogStd()
	if len(logStd) == 0 {
		return 0, false
	}
	for _, l := range logStd {
		std += float64(kernel.Exp1(l))
	}
	return std / float64(len(logStd)), true
}

// Clone returns a copy that shares nothing that training changes.
func (p *Policy) Clone() *Policy {
	c := *p
	c.Parameters = slices.Clone(p.Parameters)
	if p.Normalizer != nil {
		c.Normalizer = p.Normalizer.clone()
	}
	return &c
}
