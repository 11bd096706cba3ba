package optim

import (
	"fmt"
	"math"
)

// RMSPropConfig is what [RMSProp] needs to know for its whole life. The zero
// value is not usable; start from [DefaultRMSPropConfig]. It is plain data: copy
// it freely, and do not write to one that another goroutine reads.
type RMSPropConfig struct {
	// Share α of the running mean of squared gradients that a step keeps. Default: A2C implementations.
	Decay float64 `toml:"decay" range:"[0, 1)"`

	// ε, which keeps the quotient finite where gradients vanish. Default: A2C implementations.
	Epsilon float64 `toml:"epsilon" range:"[1e-16, 1]"`

	// As TensorFlow 1 did it: ε is added under the root, not after it, and the mean squares start at 1, not 0.
	LikeTensorFlow bool `toml:"like_tensorflow"`
}

// DefaultRMSPropConfig returns the settings that Stable-Baselines3 uses for A2C.
func DefaultRMSPropConfig() RMSPropConfig { return RMSPropConfig{Decay: 0.99, Epsilon: 1e-5} }

// RMSProp moves each parameter against its gradient, in units of the running
// root mean square of its gradients. It has no momentum.
//
// The zero value is not usable; call [NewRMSProp]. An RMSProp is used by one
// goroutine at a time.
type RMSProp struct {
	config RMSPropConfig
	square []float32
}

// NewRMSProp returns the optimiser for n parameters before its first step.
//
// It panics if n is negative or a setting lies outside the range given with it.
func NewRMSProp(n int, c RMSPropConfig) *RMSProp {
	switch {
	case n < 0:
		panic("optim: number of parameters is negative")
	case !(0 <= c.Decay && c.Decay < 1):
		panic("optim: Decay is not in [0, 1)")
	case !(1e-16 <= c.Epsilon && c.Epsilon <= 1):
		panic("optim: Epsilon is not in [1e-16, 1]")
	}
	r := &RMSProp{config: c, square: make([]float32, n)}
	if c.LikeTensorFlow {
		for i := range r.square {
			r.square[i] = 1
		}
	}
	return r
}

// Step moves the parameters once and updates the mean squares.
//
//	g      = gradientScale * grad
//	square = α*square + (1-α)*g²
//	param  = param - learningRate * g / (sqrt(square) + ε)
//
// or, like TensorFlow,
//
//	param  = param - learningRate * g / sqrt(square + ε)
//
// param and grad are [P] and must not overlap; gradientScale is what [ClipNorm]
// returned, or 1. The elements are computed in float32.
//
// It panics if a length is not the number of parameters, or if learningRate or
// gradientScale is negative or not finite.
//
// Source: Hinton's lecture 6e, 2012, with the order of operations of
// torch.optim.RMSprop and of Stable-Baselines3's RMSpropTFLike.
func (r *RMSProp) Step(param, grad []float32, learningRate, gradientScale float64) {
	checkStep(len(r.square), param, grad, learningRate, gradientScale)
	keep, add := float32(r.config.Decay), float32(1-r.config.Decay)
	rate, scale := float32(learningRate), float32(gradientScale)
	under, after := float32(0), float32(r.config.Epsilon)
	if r.config.LikeTensorFlow {
		under, after = after, 0
	}
	for i, g := range grad {
		g *= scale
		square := float32(keep*r.square[i]) + float32(add*float32(g*g))
		r.square[i] = square
		root := float32(math.Sqrt(float64(square+under))) + after
		param[i] -= float32(rate * float32(g/root))
	}
}

// Squares returns the running means of the squared gradients, [P]. They are the
// optimiser's own memory: read them before the next step, and do not write to
// them.
func (r *RMSProp) Squares() []float32 { return r.square }

// Restore copies in the squares that another RMSProp with the same settings had,
// so that this one goes on bit for bit as that one would have. If they cannot be
// those of an RMSProp for this many parameters, the error says why and nothing
// changes.
func (r *RMSProp) Restore(square []float32) error {
	if len(square) != len(r.square) {
		return fmt.Errorf("restore optimiser: %d squares for %d parameters", len(square), len(r.square))
	}
	for i, s := range square {
		if !finite(float64(s)) || s < 0 {
			return fmt.Errorf("restore optimiser: square of parameter %d is %v; must be finite, at least 0", i, s)
		}
	}
	copy(r.square, square)
	return nil
}
