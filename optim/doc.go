// Package optim changes parameters: how far along the gradient a step goes, in
// which units, and what the size of a step depends on.
//
// An update is three calls, on all parameters of a model as one flat slice:
//
//	norm, scale, err := optim.ClipNorm(gradient, config.MaxGradientNorm)
//	// … stop if err != nil; log norm …
//	adam.Step(parameters, gradient, config.LearningRate.At(progress), scale)
//
// Progress is the part of the training that is done, 0 at its beginning and 1
// at its end.
package optim
