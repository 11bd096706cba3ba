package optim

import "github.com/proximal-rl/proximal/internal/kernel"

// SGD moves parameters straight against their gradient. It has no state: the
// zero value is ready, and it is safe for concurrent use on different
// parameters.
type SGD struct{}

// Step moves the parameters once.
//
//	param = param - learningRate*gradientScale*grad
//
// param and grad must not overlap; gradientScale is what [ClipNorm] returned, or
// 1. It panics if the lengths differ, or if learningRate or gradientScale is
// negative or not finite.
func (SGD) Step(param, grad []float32, learningRate, gradientScale float64) {
	checkStep(len(param), param, grad, learningRate, gradientScale)
	kernel.Axpy(param, float32(-learningRate*gradientScale), grad)
}
