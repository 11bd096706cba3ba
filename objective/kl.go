package objective

import "math"

// Estimator estimates KL(π‖ρ) from one sample of π: from its log-ratio
// change = log π − log ρ it computes the estimate and the derivative of that by
// change, which is the one by log π. Those of this package are safe for
// concurrent use and take any change: NaN stays NaN, and an infinite change,
// which a choice that ρ or π excludes has, gives an infinite estimate.
//
// An estimator that is good as a value need not be good as a loss. In the mean
// over samples of π, with ∇ by the parameters of π,
//
//	            value        gradient
//	K1          KL(π‖ρ)      0
//	K2          near KL(π‖ρ) ∇KL(π‖ρ)
//	K3          KL(π‖ρ)      ∇KL(ρ‖π)
//	ratio · K3  KL(π‖ρ)      ∇KL(π‖ρ)
//
// the last as [WeightedKLInLoss] computes it, at a ratio of 1. The first gradient
// is no misprint: K1 belongs in the reward; as a loss it only adds noise.
//
// Source: Schulman 2020, http://joschu.net/blog/kl-approx.html; gradients: Liu
// et al. 2025, https://arxiv.org/abs/2510.01555.
type Estimator func(change float64) (estimate, slope float64)

// K1 is the log-ratio itself:
//
//	k1 = d, derivative 1
//
// Its mean is exact, yet a single estimate may well be negative.
func K1(change float64) (estimate, slope float64) {
	if math.IsNaN(change) {
		return change, change
	}
	return change, 1
}

// K2 is half the squared log-ratio:
//
//	k2 = d²/2, derivative d
//
// Its mean is not the divergence, but close to it while π is close to ρ.
func K2(change float64) (estimate, slope float64) { return float64(0.5 * change * change), change }

// K3 is the log-ratio with its noise taken out:
//
//	k3 = exp(−d) − 1 + d, derivative 1 − exp(−d)
//
// Its mean is exact and no estimate is negative, yet where ρ gives far more
// probability than π a single one can outweigh all others, and passes to +Inf
// below d = −709; see [Clamped].
func K3(change float64) (estimate, slope float64) {
	if math.IsInf(change, -1) { // where the sum would be that of two infinities
		return math.Inf(1), change
	}
	excess := expm1(-change)
	return excess + change, -excess
}

// Absolute is the size of the log-ratio:
//
//	|d|, derivative the sign of d, 0 at 0
//
// It estimates no divergence; as a penalty it grows with the distance either way.
func Absolute(change float64) (estimate, slope float64) {
	switch {
	case change > 0:
		return change, 1
	case change < 0:
		return -change, -1
	}
	return change, change // 0 or NaN
}

// Clamped is an estimator whose estimates are kept within −limit and limit, both
// included; beyond, the derivative is 0. NaN stays NaN. It panics unless limit
// is positive.
//
// Source: the output clamp of alibaba/ROLL, volcengine/verl and OpenRLHF, whose
// limit is 10.
func Clamped(of Estimator, limit float64) Estimator {
	if !(limit > 0) {
		panic("objective: limit of a KL estimate must be positive")
	}
	return func(change float64) (estimate, slope float64) {
		estimate, slope = of(change)
		if estimate > limit || estimate < -limit {
			return math.Copysign(limit, estimate), 0
		}
		return estimate, slope
	}
}

// NamedEstimator is one of the estimators, by name, as [Variant] is one of the
// surrogates. The zero value describes none. It is a plain value.
type NamedEstimator struct {
	Name    string // as settings and commands call it
	Meaning string // one sentence
	Of      Estimator
}

// Estimators lists every KL estimator there is.
func Estimators() []NamedEstimator {
	return []NamedEstimator{
		{"k1", "The log-ratio: exact in the mean, noisy, without effect as a loss.", K1},
		{"k2", "Half the squared log-ratio: a little off in the mean, the right gradient as a loss.", K2},
		{"k3", "exp(-d) - 1 + d: exact in the mean and never negative.", K3},
		{"abs", "The size of the log-ratio: a penalty that grows either way.", Absolute},
	}
}

// KLInReward takes the penalty out of the rewards, row by row:
//
//	reward[i] −= coefficient·estimate(logProb[i] − reference[i])
//
// It has no derivative: the penalty reaches the policy through the advantages.
// Rows whose mask is 0 keep their reward; a nil mask lets every row count. It
// panics if lengths differ.
//
// Source: Ziegler et al. 2019, https://arxiv.org/abs/1909.08593, equation 2.
func KLInReward(reward, logProb, reference, mask []float32, coefficient float64, of Estimator) {
	sameLength(len(reward), len(logProb), len(reference))
	if mask != nil {
		sameLength(len(reward), len(mask))
	}
	for i := range reward {
		if mask != nil && mask[i] == 0 {
			continue
		}
		estimate, _ := of(float64(logProb[i]) - float64(reference[i]))
		reward[i] = float32(float64(reward[i]) - float64(coefficient*estimate))
	}
}

// KLInLoss is the penalty as a loss, Σ_i weight·estimate(logProb − reference).
// To what a surrogate has written it adds
//
//	dLogProb[i] += coefficient·weight·slope
//
// and returns the loss without the coefficient. Rows of weight zero are passed
// over, whatever stands there. It panics if lengths differ.
//
// Source: Shao et al. 2024, https://arxiv.org/abs/2402.03300, equation 4.
func KLInLoss(dLogProb, logProb, reference, weight []float32, coefficient float64, of Estimator) (loss float64) {
	sameLength(len(logProb), len(dLogProb), len(reference), len(weight))
	for i := range logProb {
		w := float64(weight[i])
		if w == 0 {
			continue
		}
		estimate, slope := of(float64(logProb[i]) - float64(reference[i]))
		loss += float64(w * estimate)
		dLogProb[i] += float32(coefficient * w * slope)
	}
	return loss
}

// WeightedKLInLoss is [KLInLoss] for samples that another policy has drawn. With
// the ratio r = exp(logProb − oldLogProb) the loss is
//
//	Σ_i weight·r·estimate
//
// and, since r depends on the policy as well, what it adds is
//
//	dLogProb[i] += coefficient·weight·r·(estimate + slope)
//
// As in the surrogates, log r is held within ±20; beyond, r is a constant and
// estimate falls out of the derivative.
//
// Source: TRL's GRPO with use_bias_correction_kl; with the gradient of the ratio,
// Liu et al. 2025, https://arxiv.org/abs/2510.01555.
func WeightedKLInLoss(dLogProb, logProb, oldLogProb, reference, weight []float32, coefficient float64, of Estimator) (loss float64) {
	sameLength(len(logProb), len(dLogProb), len(oldLogProb), len(reference), len(weight))
	for i := range logProb {
		w := float64(weight[i])
		if w == 0 {
			continue
		}
		change := float64(logProb[i]) - float64(oldLogProb[i])
		held := min(max(change, -furthest), furthest)
		w *= 1 + expm1(held)
		estimate, slope := of(float64(logProb[i]) - float64(reference[i]))
		loss += float64(w * estimate)
		if held == change {
			slope += estimate
		}
		dLogProb[i] += float32(coefficient * w * slope)
	}
	return loss
}
