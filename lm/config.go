package lm

import (
	"fmt"
	"math"

	"github.com/proximal-rl/proximal/config"
)

// Family is a kind of decoder-only transformer, called what Hugging Face calls
// its model_type.
type Family string

const (
	// Llama has RMSNorm, rotary positions, a SwiGLU and no biases; groups of query
	// heads may share a key and value head.
	Llama Family = "llama"
	// GPT2 has LayerNorm, learned positions, a GELU in its tanh form, and biases.
	GPT2 Family = "gpt2"
)

// None stands for a special token that a model does not have.
const None = -1

// Config is the shape of a model. It is plain data; start from [Sized] or fill
// in every field, since zero means zero.
type Config struct {
	// Kind of transformer: llama or gpt2.
	Family Family `toml:"family" oneof:"llama gpt2"`
	// Number of tokens V.
	Vocabulary int `toml:"vocabulary" range:"[2, 16777216]"`
	// Largest number of positions in a sequence.
	Context int `toml:"context" range:"[1, 1048576]"`
	// Width d of the residual stream.
	Width int `toml:"width" range:"[1, 65536]"`
	// Number of layers.
	Layers int `toml:"layers" range:"[1, 1024]"`
	// Number of query heads H.
	Heads int `toml:"heads" range:"[1, 1024]"`
	// Number of key and value heads K, a divisor of H. gpt2: H.
	KeyValueHeads int `toml:"key_value_heads" range:"[1, 1024]"`
	// Width w of a head. llama: even; gpt2: d/H.
	HeadWidth int `toml:"head_width" range:"[1, 65536]"`
	// Width F of the hidden layer.
	Hidden int `toml:"hidden" range:"[1, 1048576]"`
	// Number ε that keeps a normalisation from dividing by zero.
	Epsilon float64 `toml:"epsilon" range:"(0, 1]"`
	// Base θ of the rotary positions' wavelengths; llama only.
	RotaryBase float64 `toml:"rotary_base" range:"[1, 1e12]"`
	// Standard deviation of initial weights.
	InitSpread float64 `toml:"init_spread" range:"[0, 10]"`
	// The embedding is the output matrix too.
	Tied bool `toml:"tied"`
	// There is a scalar head beside the output matrix: values or rewards.
	Scalar bool `toml:"scalar"`
	// Token that begins a text; -1: none.
	Begin int `toml:"begin" range:"[-1, 16777215]"`
	// Tokens that end one.
	End []int `toml:"end" range:"[0, 16777215]"`
	// Token that fills up rows in other programs; -1: none.
	Pad int `toml:"pad" range:"[-1, 16777215]"`
}

// sizes are the models by name, without vocabulary and context.
var sizes = []struct {
	name   string
	config Config
}{
	{"nano", Config{Width: 48, Layers: 2, Heads: 3, Hidden: 128}},
	{"micro", Config{Width: 128, Layers: 4, Heads: 4, Hidden: 352}},
	{"mini", Config{Width: 320, Layers: 6, Heads: 5, Hidden: 864}},
}

// Sizes lists the names that [Sized] knows, the smallest first.
func Sizes() (names []string) {
	for _, s := range sizes {
		names = append(names, s.name)
	}
	return names
}

// Sized returns the shape of a small Llama by name, with a tied output matrix
// and no special tokens. Beside the embedding they have 56 thousand (nano), 0.80
// million (micro) and 7.4 million parameters (mini).
func Sized(name string, vocabulary, context int) (Config, error) {
	for _, s := range sizes {
		if s.name != name {
			continue
		}
		c := s.config
		c.Family, c.Vocabulary, c.Context = Llama, vocabulary, context
		c.KeyValueHeads, c.HeadWidth = c.Heads, c.Width/c.Heads
		c.Epsilon, c.RotaryBase, c.InitSpread = 1e-5, 10_000, 0.02
		c.Tied, c.Begin, c.Pad = true, None, None
		return c, c.Validate()
	}
	return Config{}, config.Unknown("model", name, Sizes())
}

// Validate reports the first setting that no model can have.
func (c Config) Validate() error {
	for _, f := range []struct {
		name       string
		value      int
		low, limit int
	}{
		{"vocabulary", c.Vocabulary, 2, 1 << 24},
		{"context", c.Context, 1, 1 << 20},
		{"width", c.Width, 1, 1 << 16},
		{"layers", c.Layers, 1, 1 << 10},
		{"heads", c.Heads, 1, 1 << 10},
		{"key_value_heads", c.KeyValueHeads, 1, 1 << 10},
		{"head_width", c.HeadWidth, 1, 1 << 16},
		{"hidden", c.Hidden, 1, 1 << 20},
		{"begin", c.Begin, None, c.Vocabulary - 1},
		{"pad", c.Pad, None, c.Vocabulary - 1},
	} {
		if f.value < f.low || f.value > f.limit {
			return fmt.Errorf("%s = %d: must be %d to %d", f.name, f.value, f.low, f.limit)
		}
	}
	for _, end := range c.End {
		if end < 0 || end >= c.Vocabulary {
			return fmt.Errorf("end = %d: must be 0 to %d", end, c.Vocabulary-1)
		}
	}
	switch {
	case c.Heads%c.KeyValueHeads != 0:
		return fmt.Errorf("key_value_heads = %d: must divide heads, which is %d", c.KeyValueHeads, c.Heads)
	case !(c.Epsilon > 0 && c.Epsilon <= 1):
		return fmt.Errorf("epsilon = %v: must be above 0 and at most 1", c.Epsilon)
	case !(c.InitSpread >= 0 && c.InitSpread <= 10):
		return fmt.Errorf("init_spread = %v: must be 0 to 10", c.InitSpread)
	case c.parameters() > math.MaxInt32:
		return fmt.Errorf("the model would have %d parameters: must be at most %d", c.parameters(), math.MaxInt32)
	}
	return c.validateFamily()
}

// validateFamily reports what only one of the families excludes.
func (c Config) validateFamily() error {
	switch c.Family {
	case Llama:
		if c.HeadWidth%2 != 0 {
			return fmt.Errorf("head_width = %d: must be even for rotary positions", c.HeadWidth)
		}
		if !(c.RotaryBase >= 1 && c.RotaryBase <= 1e12) {
			return fmt.Errorf("rotary_base = %v: must be 1 to 1e12", c.RotaryBase)
		}
	case GPT2:
		if c.KeyValueHeads != c.Heads {
			return fmt.Errorf("key_value_heads = %d: must be heads, %d, in a gpt2", c.KeyValueHeads, c.Heads)
		}
		if c.HeadWidth*c.Heads != c.Width {
			return fmt.Errorf("head_width = %d: must be width/heads, %d/%d, in a gpt2", c.HeadWidth, c.Width, c.Heads)
		}
	default:
		return config.Unknown("family", string(c.Family), []string{string(Llama), string(GPT2)})
	}
	return nil
}

// parameters estimates the number of parameters from above, in a precision that
// does not overflow.
func (c Config) parameters() int64 {
	d, w := int64(c.Width), int64(c.HeadWidth)
	attention := d * w * int64(2*c.Heads+2*c.KeyValueHeads)
	feed := 3 * d * int64(c.Hidden)
	return int64(2*c.Vocabulary+c.Context)*d + int64(c.Layers)*(attention+feed)
}

// queries is the width of all query heads together.
func (c *Config) queries() int { return c.Heads * c.HeadWidth }

// keys is the width of all key heads, and of all value heads, together.
func (c *Config) keys() int { return c.KeyValueHeads * c.HeadWidth }

// projected is the width of queries, keys and values together.
func (c *Config) projected() int { return c.queries() + 2*c.keys() }

// raised is the width of what the hidden layer's non-linearity reads: a gate
// beside the numbers themselves in a Llama.
func (c *Config) raised() int {
	if c.Family == Llama {
		return 2 * c.Hidden
	}
	return c.Hidden
}
