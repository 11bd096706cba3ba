package policy

import (
	"github.com/proximal-rl/proximal/nn"
	"github.com/proximal-rl/proximal/prob"
)

// Pass is one walk of a batch through a policy's network, forward and, in
// training, back. It owns the memory that this needs and allocates nothing
// after NewPass. It is used by one goroutine at a time; several passes may
// share a policy. The zero value is not usable.
//
// Observations given to a pass are those that the network sees, that is,
// normalised if the policy normalises.
type Pass struct {
	// Results of Forward, one row for each observation; valid until the next call.
	Dist  []float32 // [B,P] parameters of the action distribution
	Value []float32 // [B]
	// Results of Evaluate.
	LogProb []float32 // [B]
	Entropy []float32 // [B]

	policy               *Policy
	rows                 int
	obs                  []float32 // as given to Forward
	trunk, actor, critic *nn.Tape
	features             []float32 // trunk's output, or obs
	actorOut, criticOut  []float32
	noise                *prob.NoiseTape // nil without state-dependent noise
	dDist                []float32
	dFeatures            []float32
	room                 struct{ dist, value, logProb, entropy []float32 }
}

// NewPass makes a pass for batches of up to capacity rows.
func (p *Policy) NewPass(capacity int) *Pass {
	s := &Pass{
		policy: p,
		trunk:  p.trunk.NewTape(capacity),
		actor:  p.actor.NewTape(capacity),
		critic: p.critic.NewTape(capacity),
	}
	if rule, ok := p.head.noise(); ok {
		s.noise = rule.NewTape(capacity)
	}
	width := p.Distribution().Parameters()
	s.dDist = make([]float32, capacity*width)
	s.dFeatures = make([]float32, capacity*p.trunk.Out())
	s.room.dist = make([]float32, capacity*width)
	s.room.value = make([]float32, capacity)
	s.room.logProb = make([]float32, capacity)
	s.room.entropy = make([]float32, capacity)
	return s
}

// Forward computes Dist and Value for obs [B,D].
func (s *Pass) Forward(obs []float32) {
	s.ForwardActor(obs)
	s.forwardCritic()
}

// ForwardActor computes Dist only.
func (s *Pass) ForwardActor(obs []float32) {
	s.share(obs)
	p := s.policy
	s.Dist = s.room.dist[:s.rows*p.Distribution().Parameters()]
	s.actorOut = p.actor.Forward(s.actor, p.Parameters, s.features, s.rows)
	p.head.forward(s.noise, s.Dist, p.Parameters, s.actorOut, s.rows)
}

// ForwardValue computes Value only.
func (s *Pass) ForwardValue(obs []float32) {
	s.share(obs)
	s.forwardCritic()
}

// share walks through the part that actor and critic have in common.
func (s *Pass) share(obs []float32) {
	p := s.policy
	s.obs = obs
	s.rows = len(obs) / p.observation.Size()
	if s.rows*p.observation.Size() != len(obs) || s.rows > len(s.room.value) {
		panic("policy: observations are not a whole number of rows within the pass's capacity")
	}
	s.features = p.trunk.Forward(s.trunk, p.Parameters, obs, s.rows)
}

func (s *Pass) forwardCritic() {
	p := s.policy
	s.Value = s.room.value[:s.rows]
	s.criticOut = p.critic.Forward(s.critic, p.Parameters, s.features, s.rows)
	p.value.Forward(s.Value, p.Parameters, s.criticOut, s.rows)
}

// Evaluate is Forward followed by the LogProb of the given actions [B,A] and
// the Entropy of their distributions.
func (s *Pass) Evaluate(obs, action []float32) {
	s.Forward(obs)
	s.LogProb, s.Entropy = s.room.logProb[:s.rows], s.room.entropy[:s.rows]
	s.policy.Distribution().LogProb(s.LogProb, action, s.Dist)
	s.policy.Distribution().Entropy(s.Entropy, s.Dist)
}

// Backward adds to dParameters, a block of the policy's Layout, the gradient
// of a loss whose derivatives by LogProb, Entropy and Value of the preceding
// Evaluate are given, each [B]. action is as given to Evaluate, and the
// observations must not have changed since.
func (s *Pass) Backward(dParameters, action, dLogProb, dEntropy, dValue []float32) {
	p := s.policy
	dDist := s.dDist[:len(s.Dist)]
	p.Distribution().Backward(dDist, dLogProb, dEntropy, action, s.Dist)

	shared := len(p.trunk.Layers) > 0
	var dFeatures, dTrunk []float32
	if shared {
		dFeatures = s.dFeatures[:len(s.features)]
		dTrunk = p.trunk.Delta(s.trunk, s.rows)
	}
	s.backwardActor(dTrunk, dParameters, dDist)
	s.backwardCritic(dFeatures, dParameters, dValue)
	if shared {
		for i, d := range dFeatures {
			dTrunk[i] += d
		}
		p.trunk.Backward(s.trunk, nil, dParameters, p.Parameters, s.obs, s.rows)
	}
}

// backwardActor walks back through head and actor layers; dFeatures is nil if
// nothing lies below them.
func (s *Pass) backwardActor(dFeatures, dParameters, dDist []float32) {
	p := s.policy
	below := p.actor.Delta(s.actor, s.rows)
	if below == nil { // the head sits on the features directly
		below = dFeatures
	}
	p.head.backward(s.noise, below, dParameters, dDist, p.Parameters, s.actorOut, s.rows)
	if len(p.actor.Layers) > 0 {
		p.actor.Backward(s.actor, dFeatures, dParameters, p.Parameters, s.features, s.rows)
	}
}

// backwardCritic does the same for the value head and the critic's layers.
func (s *Pass) backwardCritic(dFeatures, dParameters, dValue []float32) {
	p := s.policy
	below := p.critic.Delta(s.critic, s.rows)
	if below == nil {
		below = dFeatures
	}
	p.value.Backward(below, dParameters, dValue, p.Parameters, s.criticOut, s.rows)
	if len(p.critic.Layers) > 0 {
		p.critic.Backward(s.critic, dFeatures, dParameters, p.Parameters, s.features, s.rows)
	}
}
