package optim

import (
	"fmt"
	"math"

	"github.com/proximal-rl/proximal/internal/kernel"
)

// Adam moves each parameter against the running mean of its gradients, in units
// of the running root mean square of them, so that all parameters move at about
// the learning rate whatever the size of their gradients.
//
// The zero value is not usable; call [NewAdam]. An Adam is used by one goroutine
// at a time.
type Adam struct {
	config       AdamConfig
	mean, square []float32
	steps        int
	step         kernel.AdamStep // the latest
}

// NewAdam returns the optimiser for n parameters before its first step.
//
// It panics if n is negative or a setting lies outside the range given with it.
func NewAdam(n int, c AdamConfig) *Adam {
	switch {
	case n < 0:
		panic("optim: number of parameters is negative")
	case !(0 <= c.Beta1 && c.Beta1 < 1):
		panic("optim: Beta1 is not in [0, 1)")
	case !(0 <= c.Beta2 && c.Beta2 < 1):
		panic("optim: Beta2 is not in [0, 1)")
	case !(1e-16 <= c.Epsilon && c.Epsilon <= 1):
		panic("optim: Epsilon is not in [1e-16, 1]")
	}
	return &Adam{config: c, mean: make([]float32, n), square: make([]float32, n)}
}

// Step moves the parameters once and updates the moments.
//
//	g      = gradientScale * grad
//	mean   = mean + (1-β₁)*(g - mean)
//	square = β₂*square + (1-β₂)*g²
//	param  = param - learningRate/(1-β₁ᵗ) * mean / (sqrt(square)/sqrt(1-β₂ᵗ) + ε)
//
// param and grad are [P] and must not overlap; t is 1 in the first step, and
// gradientScale is what [ClipNorm] returned, or 1. The coefficients are computed
// in float64, the elements in float32.
//
// It panics if a length is not the number of parameters, or if learningRate or
// gradientScale is negative or not finite.
//
// Source: Kingma and Ba, Adam (arXiv 1412.6980), algorithm 1, with the order of
// operations of torch.optim.Adam: ε is added after the correction for bias.
func (a *Adam) Step(param, grad []float32, learningRate, gradientScale float64) {
	checkStep(len(a.mean), param, grad, learningRate, gradientScale)
	a.Begin(learningRate, gradientScale)
	a.Move(param, grad, 0)
}

// Begin begins a [Adam.Step] that is made in parts, as several threads can do
// together: next comes [Adam.Move] for every parameter, once. The result has the
// same bits for any parts.
//
// It panics if learningRate or gradientScale is negative or not finite.
func (a *Adam) Begin(learningRate, gradientScale float64) {
	checkScales(learningRate, gradientScale)
	a.steps++
	a.step = kernel.AdamStep{
		LearningRate:    learningRate,
		Beta1:           a.config.Beta1,
		Beta2:           a.config.Beta2,
		Epsilon:         a.config.Epsilon,
		Correction1:     1 - power(a.config.Beta1, a.steps),
		Correction2Sqrt: math.Sqrt(1 - power(a.config.Beta2, a.steps)),
		GradientScale:   gradientScale,
	}
}

// Move makes a part of the step begun: that of the parameters from number first on.
// param and grad are only theirs and must not overlap. Goroutines may move different
// parameters at the same time.
//
// It panics if lengths differ or there are not so many parameters.
func (a *Adam) Move(param, grad []float32, first int) {
	end := first + len(param)
	if first < 0 || end > len(a.mean) {
		panic("optim: part is not one of the parameters")
	}
	kernel.Adam(param, a.mean[first:end], a.square[first:end], grad, a.step)
}

// checkStep panics unless a step of n parameters has what it needs.
func checkStep(n int, param, grad []float32, learningRate, gradientScale float64) {
	switch {
	case len(param) != n:
		panic("optim: length of param is not the number of parameters")
	case len(grad) != n:
		panic("optim: length of grad is not the number of parameters")
	}
	checkScales(learningRate, gradientScale)
}

// checkScales panics unless both can scale a step.
func checkScales(learningRate, gradientScale float64) {
	switch {
	case !finite(learningRate) || learningRate < 0:
		panic("optim: learning rate is negative or not finite")
	case !finite(gradientScale) || gradientScale < 0:
		panic("optim: gradient scale is negative or not finite")
	}
}

// Steps returns how many steps were taken.
func (a *Adam) Steps() int { return a.steps }

// Moments returns the running means of the gradients and of their squares, [P]
// each. They are the optimiser's own memory: read them before the next step,
// and do not write to them.
func (a *Adam) Moments() (mean, square []float32) { return a.mean, a.square }

// Restore copies in the moments and the number of steps that another Adam with
// the same settings had, so that this one goes on bit for bit as that one would
// have. If they cannot be those of an Adam for this many parameters, the error
// says why and nothing changes.
func (a *Adam) Restore(mean, square []float32, steps int) error {
	switch {
	case len(mean) != len(a.mean) || len(square) != len(a.square):
		return fmt.Errorf("restore optimiser: %d means and %d squares for %d parameters", len(mean), len(square), len(a.mean))
	case steps < 0:
		return fmt.Errorf("restore optimiser: number of steps is %d; must be at least 0", steps)
	}
	for i := range mean {
		if !finite(float64(mean[i])) || !finite(float64(square[i])) || square[i] < 0 {
			return fmt.Errorf("restore optimiser: moments of parameter %d are %v and %v; must be finite, the second at least 0", i, mean[i], square[i])
		}
	}
	copy(a.mean, mean)
	copy(a.square, square)
	a.steps = steps
	return nil
}

// power returns base to the power n by repeated squaring: the same bits on every
// machine, which math.Pow does not promise, from the step number alone.
func power(base float64, n int) float64 {
	result := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result = float64(result * base)
		}
		base = float64(base * base)
	}
	return result
}
