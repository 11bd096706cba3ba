package task

import (
	"math"

	"github.com/proximal-rl/proximal/internal/libm"
	"github.com/proximal-rl/proximal/seed"
)

// Comparer is a task that tells which of two completions is the better one, as
// a person would: with a probability.
type Comparer interface {
	Demonstrator
	// Prefer returns the probability that a is preferred to b.
	Prefer(prompt, a, b string) float64
	// BayesAccuracy returns the largest share of the pairs drawn by [Compare]
	// that any predictor can get right on average, the true probabilities known:
	//
	//	E max(p, 1−p)    p = Prefer(prompt, a, b),  a, b ~ Demonstrate
	BayesAccuracy() float64
}

// Pair is a comparison of two completions. It is plain data.
type Pair struct{ Prompt, Chosen, Rejected string }

// Compare draws two completions of a prompt, each by itself, and which of them
// is preferred. They may be the same text: then neither is better.
func Compare(c Comparer, rng *seed.Rand, prompt string) Pair {
	a := c.Demonstrate(rng, prompt)
	b := c.Demonstrate(rng, prompt)
	if rng.Float64() < c.Prefer(prompt, a, b) {
		return Pair{Prompt: prompt, Chosen: a, Rejected: b}
	}
	return Pair{Prompt: prompt, Chosen: b, Rejected: a}
}

// bradleyTerry returns the probability that the better by d wins, when a share
// noise of the labels is turned round.
//
//	noise + (1 − 2·noise) / (1 + e⁻ᵈ)
//
// Source: R. A. Bradley and M. E. Terry, "Rank Analysis of Incomplete Block
// Designs: I" (1952), with the strengths eʳ; the noise is ours.
func bradleyTerry(d, noise float64) float64 {
	e := exp(-math.Abs(d)) // cannot overflow
	win := 1 / (1 + e)
	if d < 0 {
		win = e / (1 + e)
	}
	return noise + float64((1-2*noise)*win)
}

// exp returns eˣ, to a relative error of |x|·2⁻⁵³ and one rounding, with the same
// bits everywhere.
func exp(x float64) float64 { return libm.Pow(math.E, x) }

// binomial returns the probabilities of 0, 1, …, n hits in n trials that each
// hit with probability p.
//
//	P₀ = (1−p)ⁿ from n factors, trial by trial:  Pₖ ← (1−p)·Pₖ + p·Pₖ₋₁
func binomial(n int, p float64) []float64 {
	probability := make([]float64, n+1)
	probability[0] = 1
	for range n {
		for k := n; k > 0; k-- {
			probability[k] = float64((1-p)*probability[k]) + float64(p*probability[k-1])
		}
		probability[0] *= 1 - p
	}
	return probability
}

// bayesAccuracy returns E max(q, 1−q), q = bradleyTerry(s(k)−s(l), noise), for
// independent k and l with the given probabilities.
func bayesAccuracy(probability []float64, score func(k int) float64, noise float64) float64 {
	sum := 0.0
	for k, p := range probability {
		for l, r := range probability {
			q := bradleyTerry(score(k)-score(l), noise)
			sum += float64(float64(p*r) * max(q, 1-q))
		}
	}
	return sum
}
