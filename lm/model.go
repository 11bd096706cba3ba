package lm

import (
	"math"
	"slices"
	"strconv"

	"github.com/proximal-rl/proximal/nn"
	"github.com/proximal-rl/proximal/seed"
)

// Model is a transformer with its parameters in one block. Parameters may be
// written while nothing else uses the model; reading is safe for concurrent
// use. Make one with [New] or [Load]; the zero value is not usable.
type Model struct {
	Config     Config
	Parameters []float32

	layout    nn.Layout
	embedding nn.Tensor // [V,d]
	positions nn.Tensor // [Context,d], in a gpt2
	layers    []layer
	norm      norm      // after the last layer
	head      nn.Tensor // [V,d]: the embedding if tied
	scalar    nn.Tensor // [d,1], if there is a scalar head
	rotary    rotary
}

// layer is one layer of the transformer:
//
//	m = x + out(attention(project(norm1(x))))
//	y = m + lower(curve(raise(norm2(m))))
type layer struct {
	norm1   norm
	project linear // to queries, keys and values, [d, (H+2K)·w]
	out     linear
	norm2   norm
	raise   linear // to gate and numbers, [d, 2F], or to numbers alone
	lower   linear
}

// linear is a matrix [in,out] with or without a bias.
type linear struct {
	in, out int
	weight  nn.Tensor
	bias    nn.Tensor // no shape: none
}

// New makes a model of the given shape with all parameters zero. The error is
// that of [Config.Validate].
func New(c Config) (*Model, error) {
	m, err := outline(c)
	if err != nil {
		return nil, err
	}
	m.Parameters = make([]float32, m.layout.Size())
	if c.Family == Llama {
		m.rotary = newRotary(c.Context, c.HeadWidth, c.RotaryBase)
	}
	return m, nil
}

// outline makes a model without its large memory: names and shapes only.
func outline(c Config) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c.End = slices.Clone(c.End)
	m := &Model{Config: c}
	l := &m.layout
	m.embedding = l.Add("embedding", c.Vocabulary, c.Width)
	if c.Family == GPT2 {
		m.positions = l.Add("positions", c.Context, c.Width)
	}
	for i := range c.Layers {
		m.layers = append(m.layers, newLayer(l, "layers."+strconv.Itoa(i)+".", &m.Config))
	}
	m.norm = newNorm(l, "norm", &m.Config)
	m.head = m.embedding
	if !c.Tied {
		m.head = l.Add("head", c.Vocabulary, c.Width)
	}
	if c.Scalar {
		m.scalar = l.Add("scalar", c.Width, 1)
	}
	return m, nil
}

func newLayer(l *nn.Layout, name string, c *Config) layer {
	return layer{
		norm1:   newNorm(l, name+"norm1", c),
		project: newLinear(l, name+"project", c.Width, c.projected(), c),
		out:     newLinear(l, name+"out", c.queries(), c.Width, c),
		norm2:   newNorm(l, name+"norm2", c),
		raise:   newLinear(l, name+"raise", c.Width, c.raised(), c),
		lower:   newLinear(l, name+"lower", c.Hidden, c.Width, c),
	}
}

func newLinear(l *nn.Layout, name string, in, out int, c *Config) linear {
	m := linear{in: in, out: out, weight: l.Add(name+".weight", in, out)}
	if c.Family == GPT2 {
		m.bias = l.Add(name+".bias", out)
	}
	return m
}

// biasOf returns the bias, or nil if there is none.
func (m *linear) biasOf(block []float32) []float32 {
	if m.bias.Shape == nil {
		return nil
	}
	return m.bias.Of(block)
}

// Layout says where each tensor stands in Parameters, and in a gradient.
func (m *Model) Layout() *nn.Layout { return &m.layout }

// Initialize draws new parameters as the families do: matrices from a normal
// distribution of spread InitSpread, gains 1, biases 0. In a gpt2 the two
// matrices of a layer that write into the residual stream are smaller by
// 1/√(2·Layers).
func (m *Model) Initialize(rng *seed.Rand) {
	clear(m.Parameters)
	spread := m.Config.InitSpread
	residual := spread
	if m.Config.Family == GPT2 {
		residual /= math.Sqrt(float64(2 * m.Config.Layers))
	}
	m.draw(m.embedding, spread, rng)
	if m.Config.Family == GPT2 {
		m.draw(m.positions, spread, rng)
	}
	for i := range m.layers {
		l := &m.layers[i]
		m.draw(l.project.weight, spread, rng)
		m.draw(l.out.weight, residual, rng)
		m.draw(l.raise.weight, spread, rng)
		m.draw(l.lower.weight, residual, rng)
		l.norm1.initialize(m.Parameters)
		l.norm2.initialize(m.Parameters)
	}
	m.norm.initialize(m.Parameters)
	if !m.Config.Tied {
		m.draw(m.head, spread, rng)
	}
	if m.Config.Scalar {
		m.draw(m.scalar, spread, rng)
	}
}

func (m *Model) draw(t nn.Tensor, spread float64, rng *seed.Rand) {
	w := t.Of(m.Parameters)
	for i := range w {
		w[i] = float32(spread * rng.Normal())
	}
}

// Clone returns a model of its own with the same parameters: what a reference is
// that training must not touch.
func (m *Model) Clone() *Model {
	c := *m
	c.Config.End = slices.Clone(m.Config.End)
	c.Parameters = slices.Clone(m.Parameters)
	return &c
}

// WithScalar returns a model of its own with the same parameters and a scalar
// head, drawn from a normal distribution of the given spread if there was none.
func (m *Model) WithScalar(spread float64, rng *seed.Rand) *Model {
	if m.Config.Scalar {
		return m.Clone()
	}
	c := m.Config
	c.Scalar = true
	grown, err := New(c)
	if err != nil {
		panic("lm: the shape of a model that exists is refused: " + err.Error())
	}
	copy(grown.Parameters, m.Parameters) // the scalar head is the last tensor
	grown.draw(grown.scalar, spread, rng)
	return grown
}
