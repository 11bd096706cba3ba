package optim

import (
	"fmt"
	"math"
	"slices"

	"github.com/proximal-rl/proximal/internal/kernel"
)

// ConjugateGradient solves linear equations H·x = b for a symmetric positive
// definite H that need not be stored: all it asks for is products H·v. Natural
// policy gradients and trust regions use it with the curvature of the KL
// divergence.
//
// The zero value is not usable; call [NewConjugateGradient]. One is used by one
// goroutine at a time.
type ConjugateGradient struct {
	residual, direction, product []float32
}

// CurvatureError says that H is not positive definite where the method went: the
// curvature pᵀHp of a direction is not positive, or not finite. It is plain data,
// safe for concurrent use.
type CurvatureError struct {
	Iteration int // from 1
	Curvature float64
}

// Error names the iteration and the curvature.
func (e *CurvatureError) Error() string {
	return fmt.Sprintf("conjugate gradient: curvature in iteration %d is %v; must be positive and finite", e.Iteration, e.Curvature)
}

// NewConjugateGradient returns a solver for n unknowns. It panics if n is
// negative.
func NewConjugateGradient(n int) *ConjugateGradient {
	if n < 0 {
		panic("optim: number of unknowns is negative")
	}
	return &ConjugateGradient{make([]float32, n), make([]float32, n), make([]float32, n)}
}

// Solve writes the solution to x, from x = 0.
//
//	r = b, p = b
//	while iterations are left and ‖r‖ > tolerance·‖b‖:
//		α = rᵀr / pᵀHp
//		x = x + α·p
//		r = r - α·Hp
//		p = r + (rᵀr / rᵀr of before)·p
//
// x and b are [n] and must not overlap; multiply writes H·v to dst, both [n] and
// the solver's own. Vectors are float32, the scalars between them float64.
// residual is ‖r‖/‖b‖ as the recurrence has it, 0 for b = 0 and NaN if b is not
// finite; taken is the number of iterations. Solve allocates nothing unless it
// fails.
//
// If pᵀHp is not positive and finite, the error is a [*CurvatureError] and x is
// the solution as far as it had come, still a direction in which bᵀx is positive
// unless it is 0.
//
// It panics if a length is not the number of unknowns, or if iterations or
// tolerance is negative or tolerance NaN.
//
// Source: Hestenes and Stiefel 1952, https://doi.org/10.6028/jres.049.044,
// section 3. Implementations of trust-region policy optimisation stop at an
// absolute rᵀr of 1e-10 instead, and some add 1e-6 to the last quotient's
// denominator.
func (c *ConjugateGradient) Solve(x, b []float32, multiply func(dst, v []float32), iterations int, tolerance float64) (residual float64, taken int, err error) {
	switch n := len(c.residual); {
	case len(x) != n || len(b) != n:
		panic("optim: length of x or b is not the number of unknowns")
	case iterations < 0 || !(tolerance >= 0):
		panic("optim: iterations or tolerance is negative")
	}
	clear(x)
	copy(c.residual, b)
	copy(c.direction, b)
	start := dot(b, b)
	square := start
	for ; taken < iterations && square > tolerance*tolerance*start; taken++ {
		multiply(c.product, c.direction)
		curvature := dot(c.direction, c.product)
		if !(curvature > 0) || !finite(curvature) {
			return relative(square, start), taken, &CurvatureError{taken + 1, curvature}
		}
		alpha := square / curvature
		kernel.Axpy(x, float32(alpha), c.direction)
		kernel.Axpy(c.residual, float32(-alpha), c.product)
		before := square
		square = dot(c.residual, c.residual)
		kernel.Scale(c.direction, float32(square/before))
		kernel.Add(c.direction, c.residual)
	}
	return relative(square, start), taken, nil
}

// relative returns the residual in units of the right-hand side.
func relative(square, start float64) float64 {
	if start == 0 {
		return 0
	}
	return math.Sqrt(square / start)
}

// dot is the inner product, in blocks lest float32 lose the small ones.
func dot(a, b []float32) (sum float64) {
	for block := range slices.Chunk(a, NormBlock) {
		sum += float64(kernel.Dot(block, b[:len(block)]))
		b = b[len(block):]
	}
	return sum
}
