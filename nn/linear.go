package nn

import (
	"strconv"

	"github.com/proximal-rl/proximal/internal/kernel"
)

// Linear is the affine layer y = x·W + b. Its weight is stored input-major,
// [In, Out], the transpose of PyTorch's. It is immutable and safe for
// concurrent use.
type Linear struct {
	In, Out      int
	Weight, Bias Tensor // [In, Out] and [Out]
}

// NewLinear adds the tensors name.weight and name.bias to the layout.
func NewLinear(l *Layout, name string, in, out int) Linear {
	return Linear{
		In: in, Out: out,
		Weight: l.Add(name+".weight", in, out),
		Bias:   l.Add(name+".bias", out),
	}
}

// Forward computes, for each of the rows,
//
//	dst[r,j] = bias[j] + Σ_k x[r,k]·weight[k,j]
//
// with x [rows,In] and dst [rows,Out].
func (l Linear) Forward(dst, parameters, x []float32, rows int) {
	kernel.Linear(dst, x, l.Weight.Of(parameters), l.Bias.Of(parameters), rows, l.In, l.Out)
}

// ForwardActivated is Forward followed by the activation, in one sweep where
// there is a kernel for that. It panics if a is not valid.
func (l Linear) ForwardActivated(dst, parameters, x []float32, rows int, a Activation) {
	if a == ReLU {
		kernel.LinearReLU(dst, x, l.Weight.Of(parameters), l.Bias.Of(parameters), rows, l.In, l.Out)
		return
	}
	l.Forward(dst, parameters, x, rows)
	a.Forward(dst, dst)
}

// Backward adds the gradient of the loss by weight and bias to the block
// dParameters and, unless dx is nil, writes the gradient by the input:
//
//	dWeight[k,j] += Σ_r x[r,k]·dy[r,j]
//	dBias[j]     += Σ_r dy[r,j]
//	dx[r,k]       = Σ_j dy[r,j]·weight[k,j]
//
// with dy [rows,Out], and x as given to Forward.
func (l Linear) Backward(dx, dParameters, dy, parameters, x []float32, rows int) {
	kernel.LinearWeight(l.Weight.Of(dParameters), l.Bias.Of(dParameters), x, dy, rows, l.In, l.Out)
	if dx != nil {
		kernel.LinearInput(dx, dy, l.Weight.Of(parameters), rows, l.In, l.Out)
	}
}

// layerName is the name of layer i of a stack.
func layerName(stack string, i int) string { return stack + "." + strconv.Itoa(i) }
