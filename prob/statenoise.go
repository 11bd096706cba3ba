package prob

import (
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/seed"
)

// leastVariance is added to the variance of every action, so that its logarithm
// stays finite where all features are 0.
const leastVariance float32 = 1e-6

// StateNoise is generalised state-dependent exploration (gSDE): the noise of an
// action is a linear function of F features of the state,
//
//	action[a] = mean[a] + Σ_k features[k]·weights[a,k]
//	weights[a,k] ~ N(0, exp(logStd[k,a])²)
//
// While the weights stay the same, the same state gives the same action, and
// exploration is as smooth as the features are. Over all weights, the action in
// a state is Gaussian: Forward computes its log standard deviations, which fill
// the rows of parameters of that family, and Gaussian does the rest.
//
// It is immutable and safe for concurrent use. The zero value is not usable: F
// and A must be positive.
//
// Source: Raffin, Kober and Stulp 2021, https://arxiv.org/abs/2005.05719, as
// Stable-Baselines3 computes it unless told otherwise: a full matrix of standard
// deviations, exp, and no gradient by the features.
type StateNoise struct {
	F int // features
	A int // dimensions of an action
}

// NoiseTape is the memory of one walk of a batch through StateNoise, forward
// and back. It is used by one goroutine at a time. The zero value is not usable.
type NoiseTape struct {
	squares  []float32 // [capacity,F] of the features
	spread   []float32 // [F,A] variances of the weights
	least    []float32 // [A] leastVariance
	variance []float32 // [capacity,A] of the actions
	ratio    []float32 // [capacity,A] gradient by log standard deviation, over variance; scratch before
	dSpread  []float32 // [F,A]
}

// NewTape makes a tape for batches of up to capacity rows.
func (n StateNoise) NewTape(capacity int) *NoiseTape {
	t := &NoiseTape{
		squares:  make([]float32, capacity*n.F),
		spread:   make([]float32, n.F*n.A),
		least:    make([]float32, n.A),
		variance: make([]float32, capacity*n.A),
		ratio:    make([]float32, capacity*n.A),
		dSpread:  make([]float32, n.F*n.A),
	}
	for a := range t.least {
		t.least[a] = leastVariance
	}
	return t
}

// Forward completes rows of parameters of a Gaussian: it leaves the means as
// they are and writes, behind them, the log standard deviations
//
//	variance[b,a] = 1e-6 + Σ_k features[b,k]²·exp(2·logStd[k,a])
//	½·log variance[b,a]
//
// with dist [B,2A], logStd [F,A] and features [B,F]. It panics if they differ in
// their number of rows or the tape has no room for them.
func (n StateNoise) Forward(t *NoiseTape, dist, logStd, features []float32) {
	b := rows(features, n.F)
	same(b, rows(dist, 2*n.A))
	same(n.F, rows(logStd, n.A))
	squares, variance, logs := t.squares[:len(features)], t.variance[:b*n.A], t.ratio[:b*n.A]
	clear(squares)
	kernel.AddProduct(squares, features, features)
	for i, l := range logStd {
		t.spread[i] = 2 * l
	}
	kernel.Exp(t.spread, t.spread)
	kernel.Linear(variance, squares, t.spread, t.least, b, n.F, n.A)
	kernel.Log(logs, variance)
	for r := range b {
		_, logStd := Gaussian{n.A}.row(dist, r)
		for a, l := range logs[r*n.A : (r+1)*n.A] {
			logStd[a] = 0.5 * l
		}
	}
}

// Backward adds to dLogStd [F,A] the gradient of a loss whose gradient by the
// parameters that Forward has completed is dDist [B,2A]; the part of the means
// plays no role.
//
//	dLogStd[k,a] += exp(2·logStd[k,a])·Σ_b features[b,k]²·dDist[b,A+a]/variance[b,a]
//
// It is to follow Forward on the same tape. The gradient by the features is 0 by
// definition: they serve the mean alone.
func (n StateNoise) Backward(t *NoiseTape, dLogStd, dDist []float32) {
	b := rows(dDist, 2*n.A)
	same(n.F, rows(dLogStd, n.A))
	ratio := t.ratio[:b*n.A]
	for r := range b {
		_, d := Gaussian{n.A}.row(dDist, r)
		for a := range d {
			ratio[r*n.A+a] = d[a] / t.variance[r*n.A+a]
		}
	}
	clear(t.dSpread)
	kernel.LinearWeight(t.dSpread, nil, t.squares[:b*n.F], ratio, b, n.F, n.A)
	kernel.AddProduct(dLogStd, t.spread, t.dSpread)
}

// Draw draws new weights [A,F], dimension by dimension of the action, from
// logStd [F,A].
func (n StateNoise) Draw(weights, logStd []float32, rng *seed.Rand) {
	same(n.F, rows(logStd, n.A), rows(weights, n.A))
	for a := range n.A {
		for k := range n.F {
			weights[a*n.F+k] = logStd[k*n.A+a]
		}
	}
	kernel.Exp(weights, weights)
	for i, std := range weights {
		weights[i] = std * float32(rng.Normal())
	}
}

// Sample writes the action [A] that weights [A,F] make of the mean [A] where
// the features are those given [F]:
//
//	action[a] = mean[a] + Σ_k features[k]·weights[a,k]
func (n StateNoise) Sample(action, mean, features, weights []float32) {
	for a, m := range mean[:n.A] {
		action[a] = m + kernel.Dot(features, weights[a*n.F:(a+1)*n.F])
	}
}
