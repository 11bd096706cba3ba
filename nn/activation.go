package nn

import "github.com/proximal-rl/proximal/internal/kernel"

// Activation is an element-wise non-linearity, named as in settings.
type Activation string

const (
	Tanh Activation = "tanh" // y = tanh x
	ReLU Activation = "relu" // y = max(x, 0)
)

// Valid reports whether a names an activation that exists.
func (a Activation) Valid() bool { return a == Tanh || a == ReLU }

// Forward applies the activation to each element. dst may be x. It panics if
// a is not valid.
func (a Activation) Forward(dst, x []float32) {
	switch a {
	case Tanh:
		kernel.Tanh(dst, x)
	case ReLU:
		kernel.ReLU(dst, x)
	default:
		panic("nn: unknown activation " + string(a))
	}
}

// Backward writes dx from dy and y, the output of Forward:
//
//	tanh: dx = dy·(1 − y²)
//	relu: dx = dy where y > 0, else 0
//
// dx may be dy. It panics if a is not valid.
func (a Activation) Backward(dx, dy, y []float32) {
	switch a {
	case Tanh:
		kernel.TanhBackward(dx, dy, y)
	case ReLU:
		kernel.ReLUBackward(dx, dy, y)
	default:
		panic("nn: unknown activation " + string(a))
	}
}
