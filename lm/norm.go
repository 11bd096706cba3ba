package lm

import (
	"math"

	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/nn"
)

// norm is a normalisation of rows: RMSNorm, or LayerNorm, which has a bias.
type norm struct {
	width   int
	epsilon float64
	gain    nn.Tensor // [d]
	bias    nn.Tensor // [d] in a LayerNorm; no shape: RMSNorm
}

func newNorm(l *nn.Layout, name string, c *Config) norm {
	n := norm{width: c.Width, epsilon: c.Epsilon, gain: l.Add(name+".gain", c.Width)}
	if c.Family == GPT2 {
		n.bias = l.Add(name+".bias", c.Width)
	}
	return n
}

func (n *norm) initialize(parameters []float32) {
	gain := n.gain.Of(parameters)
	for j := range gain {
		gain[j] = 1
	}
}

// centred reports whether the mean is taken off: whether this is a LayerNorm.
func (n *norm) centred() bool { return n.bias.Shape != nil }

// forward normalises rows.
//
//	x̂[r,j]   = x[r,j] · scale[r]              scale = 1/√(mean x² + ε)     RMSNorm
//	x̂[r,j]   = (x[r,j] − mean) · scale[r]     scale = 1/√(variance + ε)    LayerNorm
//	dst[r,j] = gain[j] · x̂[r,j] (+ bias[j])
//
// x and dst are [rows,d]; unit [rows,d] receives x̂ and scale [rows] the scales,
// for the way back. dst may be x.
//
// Source: Zhang and Sennrich 2019, arXiv 1910.07467, equation 4; Ba et al. 2016,
// arXiv 1607.06450, equation 3.
func (n *norm) forward(dst, unit, scale, parameters, x []float32, rows int) {
	d := n.width
	gain := n.gain.Of(parameters)[:d]
	if !n.centred() {
		kernel.RMSNorm(dst[:rows*d], unit[:rows*d], scale[:rows], x[:rows*d], gain, n.epsilon)
		return
	}
	for r := range rows {
		in, mid, out := x[r*d:][:d], unit[r*d:][:d], dst[r*d:][:d]
		mean := kernel.Sum(in) / float32(d)
		for j, v := range in {
			mid[j] = v - mean
		}
		variance := float64(kernel.SumSquares(mid)) / float64(d)
		scale[r] = float32(1 / math.Sqrt(variance+n.epsilon))
		kernel.NormRow(out, mid, mid, gain, scale[r])
		kernel.Add(out, n.bias.Of(parameters))
	}
}

// backward adds the gradient by x to dx.
//
//	g        = gain ∘ dy[r]
//	dx[r,j] += scale[r] · (g[j] − x̂[r,j]·mean(g ∘ x̂) (− mean g))
//
// dy, unit and dx are [rows,d]; g is scratch of d elements. The bracket stands
// for a LayerNorm only.
func (n *norm) backward(dx, parameters, dy, unit, scale, g []float32, rows int) {
	d := n.width
	gain, g := n.gain.Of(parameters)[:d], g[:d]
	if !n.centred() {
		kernel.RMSNormBackward(dx[:rows*d], dy[:rows*d], gain, unit[:rows*d], scale[:rows])
		return
	}
	for r := range rows {
		up, u, s, down := dy[r*d:][:d], unit[r*d:][:d], scale[r], dx[r*d:][:d]
		along := kernel.Dot3(up, gain, u) / float32(d)
		for j, v := range up {
			g[j] = v * gain[j]
		}
		mean := kernel.Sum(g) / float32(d)
		for j := range g {
			g[j] -= mean
		}
		kernel.Axpy(down, s, g)
		kernel.Axpy(down, -s*along, u)
	}
}

// backwardParameters adds the gradient by gain and bias to the block
// dParameters, row by row.
func (n *norm) backwardParameters(dParameters, dy, unit []float32, rows int) {
	d := n.width
	dGain := n.gain.Of(dParameters)
	for r := range rows {
		kernel.AddProduct(dGain, dy[r*d:][:d], unit[r*d:][:d])
	}
	if !n.centred() {
		return
	}
	dBias := n.bias.Of(dParameters)
	for r := range rows {
		kernel.Add(dBias, dy[r*d:][:d])
	}
}
