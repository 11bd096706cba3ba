package policy

import (
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/nn"
	"github.com/proximal-rl/proximal/prob"
)

// Tangent is the memory of one FisherProduct. It is used by one goroutine at a
// time, with any Pass of the policy that has no more rows. The zero value is not
// usable.
type Tangent struct {
	trunk, actor *nn.Tangent
	room         struct{ dist, head []float32 } // [capacity,P]
}

// NewTangent makes a tangent for passes of up to capacity rows.
func (p *Policy) NewTangent(capacity int) *Tangent {
	t := &Tangent{trunk: p.trunk.NewTangent(capacity), actor: p.actor.NewTangent(capacity)}
	t.room.dist = make([]float32, capacity*p.Distribution().Parameters())
	t.room.head = make([]float32, capacity*p.Distribution().Parameters())
	return t
}

// FisherProduct adds to dst the product of v with the Fisher matrix of the
// actor, summed over the rows of the preceding ForwardActor or EvaluateActor:
//
//	dst += weight·Σ_rows Jᵀ·F·J·v
//
// J is the Jacobian of the parameters of the row's action distribution by the
// parameters of the policy and F the distribution's own Fisher matrix. The
// product is that with the Hessian of weight·Σ_rows KL(p‖q) by the parameters of
// q where q is p. dst and v are blocks of the policy's Layout and must not
// overlap; the critic's part of dst stays as it is. With state-dependent noise J
// takes the features as constants where they decide on the noise, as its gradient
// does.
//
// Source: Schulman et al. 2015, https://arxiv.org/abs/1502.05477, appendix C.
func (s *Pass) FisherProduct(t *Tangent, dst, v []float32, weight float32) {
	p := s.policy
	vFeatures := p.trunk.JVP(t.trunk, s.trunk, v, p.Parameters, s.obs, nil, s.rows)
	vActor := p.actor.JVP(t.actor, s.actor, v, p.Parameters, s.features, vFeatures, s.rows)
	vDist := t.room.dist[:len(s.Dist)]
	p.head.jvp(s.noise, vDist, t.room.head, v, p.Parameters, s.actorOut, vActor, s.rows)
	dDist := s.dDist[:len(s.Dist)]
	p.Distribution().FisherProduct(dDist, vDist, s.Dist)
	kernel.Scale(dDist, weight)
	s.backwardPolicy(dst, dDist)
}

// jvp of a categorical distribution is that of its logits.
func (h categoricalHead) jvp(_ *prob.NoiseTape, vDist, room, v, parameters, features, vFeatures []float32, rows int) {
	h.logits.JVP(vDist, room[:len(vDist)], v, parameters, features, vFeatures, rows)
}

// jvp of a Gaussian: the log standard deviations change alike in every row.
func (h gaussianHead) jvp(_ *prob.NoiseTape, vDist, room, v, parameters, features, vFeatures []float32, rows int) {
	h.jvpMean(vDist, room, v, parameters, features, vFeatures, rows)
	n, vLogStd := h.dist.A, h.std.Of(v)
	for at := n; at < 2*n*rows; at += 2 * n {
		move(vDist[at:at+n], vLogStd)
	}
}

// jvpMean is forwardMean's: the changes of the means, spread out last row first.
func (h gaussianHead) jvpMean(vDist, room, v, parameters, features, vFeatures []float32, rows int) {
	n := h.dist.A
	h.mean.JVP(vDist[:rows*n], room[:rows*n], v, parameters, features, vFeatures, rows)
	for r := rows - 1; r > 0; r-- {
		move(vDist[2*n*r:2*n*r+n], vDist[n*r:n*(r+1)])
	}
}

func (h stateNoiseHead) jvp(tape *prob.NoiseTape, vDist, room, v, parameters, features, vFeatures []float32, rows int) {
	h.jvpMean(vDist, room, v, parameters, features, vFeatures, rows)
	h.rule.JVP(tape, vDist, h.std.Of(v))
}
