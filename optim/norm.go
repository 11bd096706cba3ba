package optim

import (
	"fmt"
	"math"
	"slices"

	"github.com/proximal-rl/proximal/internal/kernel"
)

const (
	// normFloor keeps the quotient of ClipNorm finite; the value is PyTorch's.
	normFloor = 1e-6
	// normBlock is how many squares are added in float32 before the sum goes on
	// in float64, so that a norm over millions of parameters stays exact to
	// about float32.
	normBlock = 4096
)

// GradientError says that a gradient cannot be followed, and where it first
// cannot. It is plain data, safe for concurrent use.
type GradientError struct {
	Index int     // into the gradient
	Value float32 // NaN or an infinity
}

// Error names the element and its value.
func (e *GradientError) Error() string {
	return fmt.Sprintf("element %d of the gradient is %v", e.Index, e.Value)
}

// ClipNorm returns the Euclidean norm of a gradient and the factor that shortens
// it to a largest norm.
//
//	norm  = sqrt(Σ grad[i]²)
//	scale = limit / (norm + 1e-6), or 1 if that is above 1 or limit is 0
//
// grad is [P], the gradient of all parameters together, and is left as it is:
// [Adam.Step] takes the factor and multiplies. A limit of 0 is no limit.
//
// If an element is NaN or infinite, the error is a [*GradientError] that names
// the first, norm is not finite either, and scale is 0.
//
// It panics if limit is negative or not finite.
//
// Source: Pascanu et al., On the difficulty of training recurrent neural networks
// (arXiv 1211.5063), with the constant of torch.nn.utils.clip_grad_norm_.
func ClipNorm(grad []float32, limit float64) (norm, scale float64, err error) {
	if !finite(limit) || limit < 0 {
		panic("optim: limit of the gradient norm is negative or not finite")
	}
	norm, err = euclidean(grad)
	switch {
	case err != nil:
		return norm, 0, err
	case limit == 0:
		return norm, 1, nil
	}
	return norm, min(limit/(norm+normFloor), 1), nil
}

// euclidean returns the norm of grad, and an error if it is not finite.
func euclidean(grad []float32) (float64, error) {
	var sum float64
	for block := range slices.Chunk(grad, normBlock) {
		sum += float64(kernel.SumSquares(block))
	}
	if finite(sum) {
		return math.Sqrt(sum), nil
	}
	// Squares of large numbers overflow float32, but never float64.
	sum = 0
	for i, g := range grad {
		square := float64(g) * float64(g)
		if !finite(square) {
			return square, &GradientError{i, g}
		}
		sum += float64(square)
	}
	return math.Sqrt(sum), nil
}
