package policy

import (
	"errors"

	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/nn"
	"github.com/proximal-rl/proximal/seed"
)

// Auxiliary is a second value head, on the actor's last features. Nobody acts by
// it: fitting it to returns teaches the features what the actor alone would not
// learn. Its parameters are its own, so that the policy is the same with and
// without it. It is trained by one goroutine; while nobody writes to Parameters it
// may be shared, each goroutine with an AuxiliaryPass of its own. The zero value
// is not usable.
//
// Source: Cobbe et al. 2020, Phasic Policy Gradient (arXiv 2009.04416), section 2.
type Auxiliary struct {
	Parameters []float32 // weight, then bias

	policy *Policy
	head   nn.Linear
}

// NewAuxiliary makes a head with fresh weights drawn from rng as those of the
// critic's head are. It fails if the actor has no hidden layer, its own or
// shared: then there are no features to teach.
func (p *Policy) NewAuxiliary(rng *seed.Rand) (*Auxiliary, error) {
	if len(p.trunk.Layers)+len(p.actor.Layers) == 0 {
		return nil, errors.New("policy: an auxiliary value head needs a hidden layer in trunk or actor")
	}
	var layout nn.Layout
	head := nn.NewLinear(&layout, "auxiliary.head", p.actor.Out(), 1)
	fresh := Policy{config: p.config, Parameters: make([]float32, layout.Size())}
	fresh.initializeLinear(head, 1, rng)
	return &Auxiliary{Parameters: fresh.Parameters, policy: p, head: head}, nil
}

// AuxiliaryPass is a walk of a batch through a policy and its auxiliary head,
// forward and back. On the way back the critic is apart: what its values ask for
// ends at the trunk, which only the actor and the auxiliary head change. It owns
// the memory that this needs and allocates nothing. It is used by one goroutine at
// a time. The zero value is not usable.
type AuxiliaryPass struct {
	Pass  *Pass     // its Dist and Value are results of Forward too
	Value []float32 // [B] of the auxiliary head

	head      *Auxiliary
	room      []float32
	dFeatures []float32 // [B,F]
}

// NewPass makes a pass for batches of up to capacity rows.
func (a *Auxiliary) NewPass(capacity int) *AuxiliaryPass {
	return &AuxiliaryPass{
		Pass:      a.policy.NewPass(capacity),
		head:      a,
		room:      make([]float32, capacity),
		dFeatures: make([]float32, capacity*a.head.In),
	}
}

// Forward computes Dist and both values for obs [B,D].
func (s *AuxiliaryPass) Forward(obs []float32) {
	s.Pass.Forward(obs)
	s.Value = s.room[:s.Pass.rows]
	s.head.head.Forward(s.Value, s.head.Parameters, s.Pass.actorOut, s.Pass.rows)
}

// Backward adds to dParameters, a block of the policy's Layout, and to dHead, one
// like Auxiliary.Parameters, the gradient of a loss after Forward. Its derivatives
// are given by the raw distribution parameters dDist [B,P], which it may change,
// by the critic's value dValue [B] and by the auxiliary one dAuxiliary [B].
func (s *AuxiliaryPass) Backward(dParameters, dHead, dDist, dValue, dAuxiliary []float32) {
	p, pass := s.head.policy, s.Pass
	pass.BackwardValue(dParameters, dValue)

	dTrunk := p.trunk.Delta(pass.trunk, pass.rows) // nil without a trunk
	dLast := p.actor.Delta(pass.actor, pass.rows)
	if dLast == nil { // the heads sit on the trunk directly
		dLast = dTrunk
	}
	p.head.backward(pass.noise, dLast, dParameters, dDist, p.Parameters, pass.actorOut, pass.rows)
	dFeatures := s.dFeatures[:len(dLast)]
	s.head.head.Backward(dFeatures, dHead, dAuxiliary, s.head.Parameters, pass.actorOut, pass.rows)
	kernel.Add(dLast, dFeatures)
	if len(p.actor.Layers) > 0 {
		p.actor.Backward(pass.actor, dTrunk, dParameters, p.Parameters, pass.features, pass.rows)
	}
	p.trunk.Backward(pass.trunk, nil, dParameters, p.Parameters, pass.obs, pass.rows)
}
