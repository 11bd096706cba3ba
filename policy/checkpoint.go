package policy

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/nn"
	"github.com/proximal-rl/proximal/space"
)

// Extension is the ending of checkpoint files.
const Extension = ".safetensors"

// shape of a policy, as a checkpoint's state describes it. Bounds of boxes are
// tensors, because JSON knows no infinity.
type description struct {
	Config      Config           `json:"config"`
	Observation spaceDescription `json:"observation"`
	Action      spaceDescription `json:"action"`
}

type spaceDescription struct {
	Kind  string `json:"kind"` // box, discrete, multi_discrete or multi_binary
	Shape []int  `json:"shape,omitempty"`
	N     []int  `json:"n,omitempty"`
	Start int    `json:"start,omitempty"`
}

// Put adds everything that acting needs to a checkpoint: settings, spaces, every
// tensor under its name, and the normaliser's statistics.
func (p *Policy) Put(c *checkpoint.Checkpoint) error {
	d := description{Config: p.config}
	var err error
	if d.Observation, err = putSpace(c, "observation", p.observation); err != nil {
		return err
	}
	if d.Action, err = putSpace(c, "action", p.action); err != nil {
		return err
	}
	for _, t := range p.layout.Tensors() {
		c.PutFloat32(tensorName(t.Name), t.Shape, t.Of(p.Parameters))
	}
	if p.Normalizer != nil {
		p.Normalizer.put(c)
	}
	return c.Put("policy", d)
}

// FromCheckpoint makes the policy that a checkpoint holds.
func FromCheckpoint(c *checkpoint.Checkpoint) (*Policy, error) {
	var d description
	if err := c.Get("policy", &d); err != nil {
		return nil, err
	}
	observation, err := getSpace(c, "observation", d.Observation)
	if err != nil {
		return nil, err
	}
	action, err := getSpace(c, "action", d.Action)
	if err != nil {
		return nil, err
	}
	p, err := design(d.Config, observation, action)
	if err != nil {
		return nil, err
	}
	for _, t := range p.layout.Tensors() { // before any memory is made
		if err := c.CheckFloat32(tensorName(t.Name), t.Shape...); err != nil {
			return nil, err
		}
	}
	p.allocate()
	for _, t := range p.layout.Tensors() {
		if err := getTensor(c, t, p.Parameters); err != nil {
			return nil, err
		}
	}
	if p.Normalizer != nil {
		if err := p.Normalizer.get(c); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// getTensor reads one tensor of the parameters, which must be finite.
func getTensor(c *checkpoint.Checkpoint, t nn.Tensor, parameters []float32) error {
	part := t.Of(parameters)
	if err := c.Float32(part, tensorName(t.Name), t.Shape...); err != nil {
		return err
	}
	for i, v := range part {
		if v-v != 0 {
			return fmt.Errorf("element %d of tensor %q is %v", i, t.Name, v)
		}
	}
	return nil
}

// Save writes the policy to a checkpoint file, replacing a file there at once
// and completely. Extension is added if path lacks it.
func (p *Policy) Save(path string) error {
	c := checkpoint.New()
	if err := p.Put(c); err != nil {
		return err
	}
	return c.Save(withExtension(path))
}

// Load reads a policy from a checkpoint file, for example
// "runs/lift/checkpoints/best". Extension is added if path lacks it. A file that
// is damaged, cut short or from a newer version is refused with the reason.
func Load(path string) (*Policy, error) {
	path = withExtension(path)
	c, err := checkpoint.Load(path)
	if err != nil {
		return nil, err
	}
	p, err := FromCheckpoint(c)
	if err != nil {
		return nil, fmt.Errorf("load policy from %s: %w", path, err)
	}
	return p, nil
}

func withExtension(path string) string {
	if filepath.Ext(path) == Extension {
		return path
	}
	return path + Extension
}

func tensorName(name string) string { return "policy." + name }

// putSpace stores a space and returns what the state says of it.
func putSpace(c *checkpoint.Checkpoint, name string, s space.Space) (spaceDescription, error) {
	switch s := s.(type) {
	case space.Box:
		c.PutFloat32(name+".low", []int{len(s.Low)}, s.Low)
		c.PutFloat32(name+".high", []int{len(s.High)}, s.High)
		return spaceDescription{Kind: "box", Shape: s.Shape}, nil
	case space.Discrete:
		return spaceDescription{Kind: "discrete", N: []int{s.N}, Start: s.Start}, nil
	case space.MultiDiscrete:
		return spaceDescription{Kind: "multi_discrete", N: s.N}, nil
	case space.MultiBinary:
		return spaceDescription{Kind: "multi_binary", N: []int{s.N}}, nil
	}
	return spaceDescription{}, fmt.Errorf("policy: the %s space %v cannot be saved", name, s)
}

// getSpace is the inverse of putSpace.
func getSpace(c *checkpoint.Checkpoint, name string, d spaceDescription) (space.Space, error) {
	one := len(d.N) == 1
	switch {
	case d.Kind == "box":
		return getBox(c, name, d.Shape)
	case d.Kind == "discrete" && one:
		s := space.Discrete{N: d.N[0], Start: d.Start}
		return s, s.Validate()
	case d.Kind == "multi_discrete":
		s := space.MultiDiscrete{N: d.N}
		return s, s.Validate()
	case d.Kind == "multi_binary" && one:
		s := space.MultiBinary{N: d.N[0]}
		return s, s.Validate()
	}
	return nil, fmt.Errorf("the %s space of kind %q with %d sizes is unknown", name, d.Kind, len(d.N))
}

func getBox(c *checkpoint.Checkpoint, name string, shape []int) (space.Space, error) {
	size := 1
	for _, n := range shape {
		if n < 1 || size > maxObservation/n {
			return nil, fmt.Errorf("the %s space has the impossible shape %v", name, shape)
		}
		size *= n
	}
	if err := c.CheckFloat32(name+".low", size); err != nil {
		return nil, err
	}
	s := space.Box{Low: make([]float32, size), High: make([]float32, size), Shape: slices.Clone(shape)}
	if err := c.Float32(s.Low, name+".low", size); err != nil {
		return nil, err
	}
	if err := c.Float32(s.High, name+".high", size); err != nil {
		return nil, err
	}
	return s, s.Validate()
}

// maxObservation bounds the elements of a space that a file may ask for.
const maxObservation = 1 << 28

// put stores the statistics.
func (n *Normalizer) put(c *checkpoint.Checkpoint) {
	mean, variance, count := n.columns()
	shape := []int{len(n.moments)}
	c.PutFloat64("normalizer.mean", shape, mean)
	c.PutFloat64("normalizer.variance", shape, variance)
	c.PutFloat64("normalizer.count", shape, count)
}

// get restores them.
func (n *Normalizer) get(c *checkpoint.Checkpoint) error {
	mean, variance, count := n.columns()
	shape := len(n.moments)
	err := cmp.Or(
		c.Float64(mean, "normalizer.mean", shape),
		c.Float64(variance, "normalizer.variance", shape),
		c.Float64(count, "normalizer.count", shape),
	)
	if err != nil {
		return err
	}
	for i := range n.moments {
		m := Moments{mean[i], variance[i], count[i]}
		if !(math.Abs(m.Mean) <= math.MaxFloat64 && m.Variance >= 0 && m.Variance <= math.MaxFloat64 &&
			m.Count > 0 && m.Count <= math.MaxFloat64) {
			return fmt.Errorf("normaliser statistics of observation element %d are impossible: mean %v, variance %v, count %v",
				i, m.Mean, m.Variance, m.Count)
		}
		n.moments[i] = m
	}
	n.refresh()
	return nil
}

// columns returns the statistics as one slice each.
func (n *Normalizer) columns() (mean, variance, count []float64) {
	for _, m := range n.moments {
		mean = append(mean, m.Mean)
		variance = append(variance, m.Variance)
		count = append(count, m.Count)
	}
	return mean, variance, count
}
