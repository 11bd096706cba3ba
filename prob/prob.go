// Package prob holds the action distributions: how to draw from them, how
// likely an action is, how uncertain they are, how far apart two of them are,
// and the gradients of all that with respect to their parameters.
//
// A distribution is a family without state; the parameters of a concrete one
// are a row of P numbers that a network computes. Functions that take batches
// read rows of P parameters and rows of A action elements, flat and row-major,
// B rows each; every row is computed by itself, in one fixed order, so it has
// the same bits alone and in any batch.
package prob

import "github.com/proximal-rl/proximal/seed"

// Distribution is a family of action distributions. Implementations are
// immutable values and safe for concurrent use.
type Distribution interface {
	// Parameters is P, the number of parameters of a row.
	Parameters() int

	// Size is A, the number of elements of an action row.
	Size() int

	// Normalize brings B rows of raw network output into the form that all
	// other methods expect, in place. It is idempotent up to rounding.
	Normalize(parameters []float32)

	// Sample draws one action from one row of parameters.
	Sample(action, parameters []float32, rng *seed.Rand)

	// Mode writes the most likely action of one row of parameters.
	Mode(action, parameters []float32)

	// LogProb writes the logarithm of the probability (density) of each
	// action: dst [B], action [B,A], parameters [B,P].
	LogProb(dst, action, parameters []float32)

	// Entropy writes the entropy of each row in nats: dst [B].
	Entropy(dst, parameters []float32)

	// Backward writes the gradient with respect to the raw parameters (those
	// before Normalize) of a loss whose derivatives by log-probability and
	// entropy are dLogProb and dEntropy, both [B]:
	//
	//	dParameters = dLogProb·∂logπ(action)/∂parameters + dEntropy·∂H/∂parameters
	//
	// dParameters must not overlap parameters.
	Backward(dParameters, dLogProb, dEntropy, action, parameters []float32)

	// KL writes the exact divergence KL(p‖q) of each row in nats: dst [B],
	// p and q [B,P].
	KL(dst, p, q []float32)

	// KLBackward writes the gradient of a loss whose derivative by KL(p‖q) is
	// dKL [B], with respect to the raw parameters of q.
	KLBackward(dParameters, dKL, p, q []float32)

	// FisherProduct writes F·v for each row, where F [P,P] is the Fisher matrix
	// by the raw parameters: the mean of g·gᵀ over the actions with g the
	// gradient of logπ, and the Hessian of KL(p‖q) by the raw parameters of q
	// where q is p. dst, v and parameters are [B,P].
	FisherProduct(dst, v, parameters []float32)
}

// rows returns the number of rows in a slice of rows of the given width and
// panics if it is not whole.
func rows(x []float32, width int) int {
	if len(x)%width != 0 {
		panic("prob: slice is not a whole number of rows")
	}
	return len(x) / width
}

// same panics unless all lengths are equal.
func same(want int, lengths ...int) {
	for _, n := range lengths {
		if n != want {
			panic("prob: slices differ in their number of rows")
		}
	}
}
