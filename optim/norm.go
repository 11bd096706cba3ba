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
	// NormBlock is how many squares are added in float32 before the sum goes on
	// in float64, so that a norm over millions of parameters stays exact to
	// about float32.
	NormBlock = 4096
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
	var sum float64
	for block := range slices.Chunk(grad, NormBlock) {
		sum += float64(kernel.SumSquares(block))
	}
	return clipNorm(sum, grad, limit)
}

// ClipSummed is [ClipNorm] of a gradient whose squares have been summed already,
// as whoever adds up a gradient can do in the same sweep: square i is that of its
// block of [NormBlock] elements, as kernel.SumSquares has it, the last block being
// what is left. It gives the bits of ClipNorm, and panics as it does, or if there
// is not one square for each block.
func ClipSummed(squares, grad []float32, limit float64) (norm, scale float64, err error) {
	if len(squares) != (len(grad)+NormBlock-1)/NormBlock {
		panic("optim: number of squares is not that of the gradient's blocks")
	}
	var sum float64
	for _, square := range squares {
		sum += float64(square)
	}
	return clipNorm(sum, grad, limit)
}

// clipNorm is ClipNorm of a gradient with the given sum of squares.
func clipNorm(sum float64, grad []float32, limit float64) (norm, scale float64, err error) {
	if !finite(limit) || limit < 0 {
		panic("optim: limit of the gradient norm is negative or not finite")
	}
	norm, err = euclidean(sum, grad)
	switch {
	case err != nil:
		return norm, 0, err
	case limit == 0:
		return norm, 1, nil
	}
	return norm, min(limit/(norm+normFloor), 1), nil
}

// euclidean returns the norm of grad, whose squares have the given sum in float32,
// and an error if it is not finite.
func euclidean(sum float64, grad []float32) (float64, error) {
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
