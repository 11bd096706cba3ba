package lm

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/proximal-rl/proximal/config"
)

// architectures that can be read, with the family, and whether they have an
// output matrix and a scalar head.
var architectures = []struct {
	name             string
	family           Family
	language, scalar bool
}{
	{"LlamaForCausalLM", Llama, true, false},
	{"GPT2LMHeadModel", GPT2, true, false},
	{"LlamaForSequenceClassification", Llama, false, true},
	{"GPT2ForSequenceClassification", GPT2, false, true},
}

// description is config.json, as far as it matters here. A pointer is nil where
// the file says nothing or null.
type description struct {
	Architectures []string `json:"architectures"`
	ModelType     Family   `json:"model_type"`

	Vocabulary *int            `json:"vocab_size"`
	Tied       *bool           `json:"tie_word_embeddings"`
	InitSpread *float64        `json:"initializer_range"`
	Begin      *int            `json:"bos_token_id"`
	End        json.RawMessage `json:"eos_token_id"`
	Pad        *int            `json:"pad_token_id"`
	Labels     map[string]any  `json:"id2label"`

	// Llama.
	Width         *int           `json:"hidden_size"`
	Hidden        *int           `json:"intermediate_size"`
	Layers        *int           `json:"num_hidden_layers"`
	Heads         *int           `json:"num_attention_heads"`
	KeyValueHeads *int           `json:"num_key_value_heads"`
	HeadWidth     *int           `json:"head_dim"`
	Context       *int           `json:"max_position_embeddings"`
	Epsilon       *float64       `json:"rms_norm_eps"`
	Curve         *string        `json:"hidden_act"`
	AttentionBias *bool          `json:"attention_bias"`
	MLPBias       *bool          `json:"mlp_bias"`
	RotaryBase    *float64       `json:"rope_theta"`      // version 4
	RotaryScaling map[string]any `json:"rope_scaling"`    // version 4
	Rotary        map[string]any `json:"rope_parameters"` // version 5

	// GPT-2.
	Width2         *int     `json:"n_embd"`
	Hidden2        *int     `json:"n_inner"`
	Layers2        *int     `json:"n_layer"`
	Heads2         *int     `json:"n_head"`
	Context2       *int     `json:"n_positions"`
	Epsilon2       *float64 `json:"layer_norm_epsilon"`
	Curve2         *string  `json:"activation_function"`
	ScaleWeights   *bool    `json:"scale_attn_weights"`
	ScaleByLayer   *bool    `json:"scale_attn_by_inverse_layer_idx"`
	CrossAttention *bool    `json:"add_cross_attention"`
}

// or returns what x points to, or otherwise if it is nil.
func or[T any](x *T, otherwise T) T {
	if x == nil {
		return otherwise
	}
	return *x
}

// readConfig understands config.json. language says whether the architecture has
// an output matrix of its own kind; if not, it is taken to be the embedding.
func readConfig(text []byte) (c Config, err error) {
	var d description
	if err := json.Unmarshal(text, &d); err != nil {
		return Config{}, err
	}
	language, scalar, err := d.architecture()
	if err != nil {
		return Config{}, err
	}
	if c, err = d.shape(); err != nil {
		return Config{}, err
	}
	c.Scalar = scalar
	if !language {
		c.Tied = true
	}
	c.Begin, c.Pad = or(d.Begin, None), or(d.Pad, None)
	if c.End, err = tokenList(d.End); err != nil {
		return Config{}, fmt.Errorf("eos_token_id: %w", err)
	}
	c.dropUnknownTokens()
	return c, c.Validate()
}

// architecture finds out what kind of model it is, and completes ModelType.
func (d *description) architecture() (language, scalar bool, err error) {
	if len(d.Architectures) == 0 {
		if d.ModelType != Llama && d.ModelType != GPT2 {
			return false, false, config.Unknown("model_type", string(d.ModelType), []string{string(Llama), string(GPT2)})
		}
		return true, false, nil
	}
	var names []string
	for _, a := range architectures {
		names = append(names, a.name)
		if !slices.Contains(d.Architectures, a.name) {
			continue
		}
		if d.ModelType != a.family && d.ModelType != "" {
			return false, false, fmt.Errorf("model_type %q does not go with architecture %q", d.ModelType, a.name)
		}
		if n := len(d.Labels); a.scalar && n != 1 {
			return false, false, fmt.Errorf("id2label has %d labels: must be 1 for a scalar head", n)
		}
		d.ModelType = a.family
		return a.language, a.scalar, nil
	}
	return false, false, config.Unknown("architecture", d.Architectures[0], names)
}

// shape reads the family's own settings.
func (d *description) shape() (Config, error) {
	var missing error
	need := func(name string, x *int) int {
		if x == nil {
			missing = errors.Join(missing, fmt.Errorf("%s is missing", name))
			return 0
		}
		return *x
	}
	c := Config{Family: d.ModelType, Vocabulary: need("vocab_size", d.Vocabulary), InitSpread: or(d.InitSpread, 0.02)}
	if d.ModelType == GPT2 {
		c.Context, c.Width = need("n_positions", d.Context2), need("n_embd", d.Width2)
		c.Layers, c.Heads = need("n_layer", d.Layers2), need("n_head", d.Heads2)
		c.KeyValueHeads, c.HeadWidth = c.Heads, c.Width/max(1, c.Heads)
		c.Hidden, c.Epsilon, c.Tied = or(d.Hidden2, 4*c.Width), or(d.Epsilon2, 1e-5), or(d.Tied, true)
		return c, errors.Join(missing, d.refuseGPT2())
	}
	c.Context, c.Width = need("max_position_embeddings", d.Context), need("hidden_size", d.Width)
	c.Layers, c.Heads, c.Hidden = need("num_hidden_layers", d.Layers), need("num_attention_heads", d.Heads), need("intermediate_size", d.Hidden)
	c.KeyValueHeads, c.HeadWidth = or(d.KeyValueHeads, c.Heads), or(d.HeadWidth, c.Width/max(1, c.Heads))
	c.Epsilon, c.Tied = or(d.Epsilon, 1e-6), or(d.Tied, false)
	base, err := d.rotaryBase()
	c.RotaryBase = base
	return c, errors.Join(missing, err, d.refuseLlama())
}

// rotaryBase reads θ in either spelling.
func (d *description) rotaryBase() (float64, error) {
	base := or(d.RotaryBase, 10_000)
	for _, settings := range []map[string]any{d.RotaryScaling, d.Rotary} {
		for name, value := range settings {
			switch name {
			case "rope_theta":
				number, ok := value.(float64)
				if !ok {
					return 0, fmt.Errorf("rope_theta is %v: must be a number", value)
				}
				base = number
			case "rope_type", "type":
				if value != "default" {
					return 0, fmt.Errorf("rotary positions of type %v: must be \"default\"", value)
				}
			default:
				if number, ok := value.(float64); value != nil && (name != "partial_rotary_factor" || !ok || number != 1) {
					return 0, fmt.Errorf("rotary positions with %s = %v are not supported", name, value)
				}
			}
		}
	}
	return base, nil
}

// refuseLlama names what this program does not compute.
func (d *description) refuseLlama() error {
	switch {
	case or(d.Curve, "silu") != "silu" && *d.Curve != "swish":
		return fmt.Errorf("hidden_act %q: must be \"silu\"", *d.Curve)
	case or(d.AttentionBias, false):
		return errors.New("attention_bias true: must be false")
	case or(d.MLPBias, false):
		return errors.New("mlp_bias true: must be false")
	}
	return nil
}

func (d *description) refuseGPT2() error {
	switch curve := or(d.Curve2, "gelu_new"); {
	case curve != "gelu_new" && curve != "gelu_pytorch_tanh":
		return fmt.Errorf("activation_function %q: must be \"gelu_new\" or \"gelu_pytorch_tanh\"", curve)
	case !or(d.ScaleWeights, true):
		return errors.New("scale_attn_weights false: must be true")
	case or(d.ScaleByLayer, false):
		return errors.New("scale_attn_by_inverse_layer_idx true: must be false")
	case or(d.CrossAttention, false):
		return errors.New("add_cross_attention true: must be false")
	}
	return nil
}

// tokenList reads one token, a list of them, or nothing.
func tokenList(text json.RawMessage) ([]int, error) {
	if len(text) == 0 || string(text) == "null" {
		return nil, nil
	}
	if text[0] == '[' {
		var many []int
		return many, json.Unmarshal(text, &many)
	}
	var one int
	if err := json.Unmarshal(text, &one); err != nil {
		return nil, err
	}
	return []int{one}, nil
}

// dropUnknownTokens forgets special tokens outside the vocabulary. Small models
// made from the classes' defaults name such tokens; they can never come up.
func (c *Config) dropUnknownTokens() {
	known := func(token int) bool { return token >= 0 && token < c.Vocabulary }
	if !known(c.Begin) {
		c.Begin = None
	}
	if !known(c.Pad) {
		c.Pad = None
	}
	c.End = slices.DeleteFunc(c.End, func(token int) bool { return !known(token) })
}

// describe is config.json for the model, in the spellings of versions 4 and 5.
func (c *Config) describe() map[string]any {
	d := map[string]any{
		"model_type": c.Family, "vocab_size": c.Vocabulary, "tie_word_embeddings": c.Tied,
		"initializer_range": c.InitSpread, "dtype": "float32", "torch_dtype": "float32", "use_cache": true,
	}
	for _, a := range architectures {
		if a.family == c.Family && a.scalar == c.Scalar {
			d["architectures"] = []string{a.name}
		}
	}
	if c.Scalar {
		d["id2label"], d["label2id"] = map[string]string{"0": "LABEL_0"}, map[string]int{"LABEL_0": 0}
	}
	c.describeTokens(d)
	if c.Family == GPT2 {
		d["n_embd"], d["n_inner"], d["n_layer"], d["n_head"] = c.Width, c.Hidden, c.Layers, c.Heads
		d["n_positions"], d["layer_norm_epsilon"], d["activation_function"] = c.Context, c.Epsilon, "gelu_new"
		d["attn_pdrop"], d["embd_pdrop"], d["resid_pdrop"] = 0.0, 0.0, 0.0
		return d
	}
	d["hidden_size"], d["intermediate_size"], d["num_hidden_layers"] = c.Width, c.Hidden, c.Layers
	d["num_attention_heads"], d["num_key_value_heads"], d["head_dim"] = c.Heads, c.KeyValueHeads, c.HeadWidth
	d["max_position_embeddings"], d["rms_norm_eps"], d["hidden_act"] = c.Context, c.Epsilon, "silu"
	d["attention_bias"], d["mlp_bias"], d["attention_dropout"] = false, false, 0.0
	d["rope_theta"] = c.RotaryBase
	d["rope_parameters"] = map[string]any{"rope_theta": c.RotaryBase, "rope_type": "default"}
	return d
}

// describeTokens adds the special tokens, null where there are none.
func (c *Config) describeTokens(d map[string]any) {
	d["bos_token_id"], d["eos_token_id"], d["pad_token_id"] = nil, nil, nil
	if c.Begin != None {
		d["bos_token_id"] = c.Begin
	}
	if c.Pad != None {
		d["pad_token_id"] = c.Pad
	}
	switch len(c.End) {
	case 0:
	case 1:
		d["eos_token_id"] = c.End[0]
	default:
		d["eos_token_id"] = c.End
	}
}
