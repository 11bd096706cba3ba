package prob

import (
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/seed"
)

// Categorical is the distribution over N numbered choices. Its parameters are
// N logits; Normalize turns them into log-probabilities. An action row is one
// element, the number of the choice, 0 to N−1. It is an immutable value, safe for
// concurrent use; the zero value is not usable: N must be positive.
type Categorical struct {
	N int // number of choices, at least 1
}

// Parameters is N.
func (c Categorical) Parameters() int { return c.N }

// Size is 1.
func (c Categorical) Size() int { return 1 }

// Normalize replaces each row of logits z by log-probabilities
//
//	log p_j = z_j − max z − log Σ exp(z − max z)
func (c Categorical) Normalize(parameters []float32) {
	kernel.LogSoftmax(parameters, parameters, rows(parameters, c.N), c.N)
}

// Sample draws a choice by inverting the cumulative distribution: the first j
// with p_0 + … + p_j > u for u uniform in [0, 1). Rounding may leave the sum
// below u; then it is the last choice that is possible at all.
func (c Categorical) Sample(action, parameters []float32, rng *seed.Rand) {
	u := rng.Float64()
	last, sum := 0, 0.0
	for j, logP := range parameters[:c.N] {
		p := kernel.Exp1(logP)
		if p == 0 {
			continue
		}
		last = j
		if sum += float64(p); sum > u {
			break
		}
	}
	action[0] = float32(last)
}

// Mode writes the most likely choice, the lowest-numbered among equals.
func (c Categorical) Mode(action, parameters []float32) {
	best := 0
	for j, logP := range parameters[:c.N] {
		if logP > parameters[best] {
			best = j
		}
	}
	action[0] = float32(best)
}

// LogProb looks up log p of the chosen numbers. It panics if one of them is not
// the number of a choice.
func (c Categorical) LogProb(dst, action, parameters []float32) {
	n := rows(parameters, c.N)
	same(n, len(dst), len(action))
	for b := range dst {
		dst[b] = parameters[b*c.N+c.choice(action[b])]
	}
}

// choice returns the number of a choice and panics if there is none of that
// number, lest the lookup end in the neighbouring row.
func (c Categorical) choice(action float32) int {
	j := int(action)
	if j < 0 || j >= c.N || float32(j) != action {
		panic("prob: action is not the number of a choice")
	}
	return j
}

// Entropy writes
//
//	H = −Σ_j p_j·log p_j
//
// where a choice of probability zero contributes nothing.
func (c Categorical) Entropy(dst, parameters []float32) {
	same(rows(parameters, c.N), len(dst))
	kernel.Entropy(dst, parameters, len(dst), c.N)
}

// Backward writes the gradient by the logits z:
//
//	dz_j = dLogProb·([j = action] − p_j) − dEntropy·p_j·(log p_j + H)
//
// dParameters must not overlap parameters.
func (c Categorical) Backward(dParameters, dLogProb, dEntropy, action, parameters []float32) {
	n := rows(parameters, c.N)
	same(n, rows(dParameters, c.N), len(dLogProb), len(dEntropy), len(action))
	kernel.Exp(dParameters, parameters) // the p_j, until each makes room for its dz_j
	for b := range n {
		logProbs := parameters[b*c.N : (b+1)*c.N]
		dz := dParameters[b*c.N : (b+1)*c.N]
		h := float32(0)
		for j, logP := range logProbs {
			if p := dz[j]; p > 0 {
				h -= float32(p * logP)
			}
		}
		for j, logP := range logProbs {
			p := dz[j]
			d := -float32(dLogProb[b] * p)
			if p > 0 {
				d -= float32(float32(dEntropy[b]*p) * (logP + h))
			}
			dz[j] = d
		}
		dz[c.choice(action[b])] += dLogProb[b]
	}
}

// KL writes
//
//	KL(p‖q) = Σ_j q_j − p_j − p_j·d_j    with d_j = log q_j − log p_j
//
// whose first two terms cancel in the sum; with them no term is negative, and
// where |d_j| < ½ it is computed as p_j·(exp(d_j) − 1 − d_j), so that the
// divergence of near-equal rows keeps its digits. That of equal rows is exactly
// 0. Where q excludes a choice that p allows it is +Inf.
//
// Source: Schulman 2020, http://joschu.net/blog/kl-approx.html, k3, summed over
// all choices.
func (c Categorical) KL(dst, p, q []float32) {
	same(rows(p, c.N), rows(q, c.N), len(dst))
	for b := range dst {
		kl := 0.0
		for j := b * c.N; j < (b+1)*c.N; j++ {
			kl += divergence(p[j], q[j])
		}
		dst[b] = float32(kl)
	}
}

// divergence is one choice's share of the KL divergence.
func divergence(logP, logQ float32) float64 {
	p, change := float64(kernel.Exp1(logP)), float64(logQ)-float64(logP)
	switch {
	case near(change):
		return float64(p * excess(change))
	case p == 0: // whatever the change is
		return float64(kernel.Exp1(logQ))
	}
	return float64(kernel.Exp1(logQ)) - p - float64(p*change)
}

// KLBackward writes the gradient by the logits of q:
//
//	dz_j = dKL·(q_j − p_j)
//
// where |log q_j − log p_j| < ½ from the difference of the logarithms, so that
// it keeps its digits too.
func (c Categorical) KLBackward(dParameters, dKL, p, q []float32) {
	same(rows(p, c.N), rows(q, c.N), rows(dParameters, c.N), len(dKL))
	for b := range dKL {
		for j := b * c.N; j < (b+1)*c.N; j++ {
			dParameters[j] = float32(float64(dKL[b]) * gain(p[j], q[j]))
		}
	}
}

// gain is by how much a choice is more likely under q than under p.
func gain(logP, logQ float32) float64 {
	p, change := float64(kernel.Exp1(logP)), float64(logQ)-float64(logP)
	if near(change) {
		return float64(p * (change + excess(change)))
	}
	return float64(kernel.Exp1(logQ)) - p
}
