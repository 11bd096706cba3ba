package lm

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/nn"
)

// slot says where a tensor of Hugging Face's files stands in a model: it is the
// whole of a tensor of ours or some columns of it, as it is or transposed.
type slot struct {
	name       string // Hugging Face's
	shape      []int  // Hugging Face's
	tensor     nn.Tensor
	column     int // first of its columns in tensor
	transposed bool
}

// slots lists all tensors of the model by Hugging Face's names.
func (m *Model) slots() []slot {
	s := &slotList{}
	if m.Config.Family == GPT2 {
		m.slotsGPT2(s)
	} else {
		m.slotsLlama(s)
	}
	if !m.Config.Tied {
		s.whole("lm_head.weight", m.head)
	}
	if m.Config.Scalar {
		s.columns("score.weight", m.scalar, 0, 1)
	}
	return s.all
}

type slotList struct{ all []slot }

// whole adds a tensor that stands here as it does there.
func (s *slotList) whole(name string, t nn.Tensor) {
	s.all = append(s.all, slot{name: name, shape: t.Shape, tensor: t})
}

// columns adds a matrix [n,in] that is n columns of ours.
func (s *slotList) columns(name string, t nn.Tensor, first, n int) {
	s.all = append(s.all, slot{name: name, shape: []int{n, t.Shape[0]}, tensor: t, column: first, transposed: true})
}

func (m *Model) slotsLlama(s *slotList) {
	c := &m.Config
	s.whole("model.embed_tokens.weight", m.embedding)
	for i := range m.layers {
		l, prefix := &m.layers[i], fmt.Sprintf("model.layers.%d.", i)
		s.whole(prefix+"input_layernorm.weight", l.norm1.gain)
		s.columns(prefix+"self_attn.q_proj.weight", l.project.weight, 0, c.queries())
		s.columns(prefix+"self_attn.k_proj.weight", l.project.weight, c.queries(), c.keys())
		s.columns(prefix+"self_attn.v_proj.weight", l.project.weight, c.queries()+c.keys(), c.keys())
		s.columns(prefix+"self_attn.o_proj.weight", l.out.weight, 0, c.Width)
		s.whole(prefix+"post_attention_layernorm.weight", l.norm2.gain)
		s.columns(prefix+"mlp.gate_proj.weight", l.raise.weight, 0, c.Hidden)
		s.columns(prefix+"mlp.up_proj.weight", l.raise.weight, c.Hidden, c.Hidden)
		s.columns(prefix+"mlp.down_proj.weight", l.lower.weight, 0, c.Width)
	}
	s.whole("model.norm.weight", m.norm.gain)
}

func (m *Model) slotsGPT2(s *slotList) {
	both := func(name string, weight, bias nn.Tensor) {
		s.whole(name+".weight", weight)
		s.whole(name+".bias", bias)
	}
	s.whole("transformer.wte.weight", m.embedding)
	s.whole("transformer.wpe.weight", m.positions)
	for i := range m.layers {
		l, prefix := &m.layers[i], fmt.Sprintf("transformer.h.%d.", i)
		both(prefix+"ln_1", l.norm1.gain, l.norm1.bias)
		both(prefix+"attn.c_attn", l.project.weight, l.project.bias)
		both(prefix+"attn.c_proj", l.out.weight, l.out.bias)
		both(prefix+"ln_2", l.norm2.gain, l.norm2.bias)
		both(prefix+"mlp.c_fc", l.raise.weight, l.raise.bias)
		both(prefix+"mlp.c_proj", l.lower.weight, l.lower.bias)
	}
	both("transformer.ln_f", m.norm.gain, m.norm.bias)
}

// take copies a tensor of Hugging Face's shape into the block.
func (s *slot) take(block, data []float32) {
	s.each(s.tensor.Of(block), data, func(ours, theirs *float32) { *ours = *theirs })
}

// give returns a tensor of Hugging Face's shape from the block.
func (s *slot) give(block []float32) []float32 {
	n := 1
	for _, d := range s.shape {
		n *= d
	}
	data := make([]float32, n)
	s.each(s.tensor.Of(block), data, func(ours, theirs *float32) { *theirs = *ours })
	return data
}

// each pairs the elements of our tensor with those of theirs.
func (s *slot) each(ours, theirs []float32, pair func(ours, theirs *float32)) {
	if !s.transposed {
		for i := range theirs {
			pair(&ours[i], &theirs[i])
		}
		return
	}
	n, in, width := s.shape[0], s.shape[1], s.tensor.Shape[1]
	for j := range n {
		for k := range in {
			pair(&ours[k*width+s.column+j], &theirs[j*in+k])
		}
	}
}

// buffers are tensors of other programs that hold no parameters: causal masks and
// the frequencies of rotary positions.
var buffers = regexp.MustCompile(`^(transformer\.)?h\.\d+\.attn\.(masked_)?bias$|\.rotary_emb\.inv_freq$`)

// bodies are the prefixes of the tensors below the output matrix, which files of
// a body alone leave out.
var bodies = map[Family]string{Llama: "model.", GPT2: "transformer."}

// spelling is how a file calls the tensors below the output matrix: with or
// without the family's prefix.
func spelling(f Family, have map[string]stored) func(name string) string {
	prefix := bodies[f]
	for name := range have {
		if strings.HasPrefix(name, prefix) {
			return func(name string) string { return name }
		}
	}
	return func(name string) string { return strings.TrimPrefix(name, prefix) }
}

// fits compares the tensors of a file, or of several, with those of the model:
// each must be there in its shape, and nothing else but what is known to hold no
// parameters.
func fits(slots []slot, spell func(string) string, have map[string]stored) error {
	expected := map[string]slot{}
	var names []string
	for _, s := range slots {
		expected[spell(s.name)] = s
		names = append(names, spell(s.name))
	}
	var found []string
	for name := range have {
		found = append(found, name)
	}
	slices.Sort(found)
	for _, name := range names {
		s := expected[name]
		t, ok := have[name]
		if !ok {
			return fmt.Errorf("tensor %q of shape %v is missing%s", name, s.shape, nearest(name, found))
		}
		if !slices.EqualFunc(s.shape, t.Shape, func(a int, b int64) bool { return int64(a) == b }) {
			return fmt.Errorf("tensor %q has shape %v: must be %v for this config", name, t.Shape, s.shape)
		}
	}
	for _, name := range found {
		if _, ok := expected[name]; !ok && !buffers.MatchString(name) {
			return fmt.Errorf("there is no place for tensor %q of shape %v in this architecture%s", name, have[name].Shape, nearest(name, names))
		}
	}
	return nil
}

// nearest is the end of a message with the names that may have been meant.
func nearest(name string, valid []string) string {
	near := config.Nearest(name, valid, 1)
	if len(near) == 0 {
		return ""
	}
	return fmt.Sprintf("; there is %q", near[0])
}
