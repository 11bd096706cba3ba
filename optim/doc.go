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
// at its end. [SGD], [RMSProp] and [AdamW] step as [Adam] does; [Follower] makes the
// last two calls on several threads.
//
// Around the update stand a [Controller], which keeps a coefficient or a clip
// range in step with the KL divergence that is measured, and a [Guard], which
// takes an update back that went wrong. Updates within a trust region are made
// of [ConjugateGradient] and [Backtrack].
package optim
