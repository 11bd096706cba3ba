package lm

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
)

func TestLoadUndoesSave(t *testing.T) {
	eachShape(t, func(t *testing.T, m *Model) {
		m.Config.Begin, m.Config.End = 1, []int{2, 5}
		folder := filepath.Join(t.TempDir(), "new", "model")
		for range 2 { // into a new folder and over an old model
			if err := m.Save(folder); err != nil {
				t.Fatal(err)
			}
		}
		got, err := Load(folder)
		if err != nil {
			t.Fatal(err)
		}
		if !equal(got.Config, m.Config) {
			t.Errorf("config %+v, want %+v", got.Config, m.Config)
		}
		golden.Same(t, "parameters", got.Parameters, m.Parameters)
		files, err := os.ReadDir(folder)
		if err != nil || len(files) != 3 {
			t.Errorf("folder has %v with error %v, want three files", files, err)
		}
	})
}

func equal(a, b Config) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// altered saves a model, lets a function change the folder, and loads it again.
func altered(t testing.TB, m *Model, change func(folder string)) (*Model, error) {
	t.Helper()
	folder := t.TempDir()
	if err := m.Save(folder); err != nil {
		t.Fatal(err)
	}
	change(folder)
	return Load(folder)
}

// setConfig changes one entry of a JSON file; nil removes it.
func setConfig(t testing.TB, folder, file, key string, value any) {
	t.Helper()
	path := filepath.Join(folder, file)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var d map[string]any
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if d[key] = value; value == nil {
		delete(d, key)
	}
	if text, err = json.Marshal(d); err != nil {
		t.Fatal(err)
	}
	write(t, path, text)
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSpellingsOfBothVersions(t *testing.T) {
	m := random(t, shapes["llama"])
	for what, change := range map[string]func(folder string){
		"version 4 only": func(folder string) {
			setConfig(t, folder, configFile, "rope_parameters", nil)
			setConfig(t, folder, configFile, "dtype", nil)
			setConfig(t, folder, configFile, "rope_theta", 500)
		},
		"version 5 only": func(folder string) {
			setConfig(t, folder, configFile, "rope_theta", nil)
			setConfig(t, folder, configFile, "torch_dtype", nil)
			setConfig(t, folder, configFile, "rope_parameters", map[string]any{"rope_type": "default", "rope_theta": 500})
		},
		"scaling that is none": func(folder string) {
			setConfig(t, folder, configFile, "rope_parameters", nil)
			setConfig(t, folder, configFile, "rope_scaling", map[string]any{"type": "default"})
			setConfig(t, folder, configFile, "rope_theta", 500)
		},
	} {
		got, err := altered(t, m, change)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if got.Config.RotaryBase != 500 {
			t.Errorf("%s: base %v, want 500", what, got.Config.RotaryBase)
		}
	}
}

func TestSpecialTokens(t *testing.T) {
	m := random(t, shapes["llama"])
	m.Config.Begin, m.Config.End, m.Config.Pad = 1, []int{2}, 0
	for what, c := range map[string]struct {
		change     func(folder string)
		begin, pad int
		end        []int
	}{
		"as saved": {func(string) {}, 1, 0, []int{2}},
		"generation_config counts": {func(folder string) {
			setConfig(t, folder, generationFile, "eos_token_id", []int{4, 5})
			setConfig(t, folder, generationFile, "bos_token_id", 3)
		}, 3, 0, []int{4, 5}},
		"config alone": {func(folder string) { os.Remove(filepath.Join(folder, generationFile)) }, 1, 0, []int{2}},
		"outside the vocabulary": {func(folder string) {
			setConfig(t, folder, generationFile, "eos_token_id", []int{50256, 6})
			setConfig(t, folder, generationFile, "bos_token_id", 50256)
			setConfig(t, folder, generationFile, "pad_token_id", -1)
		}, None, None, []int{6}},
	} {
		got, err := altered(t, m, c.change)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if g := got.Config; g.Begin != c.begin || g.Pad != c.pad || !slices.Equal(g.End, c.end) {
			t.Errorf("%s: begin %d, end %v, pad %d", what, g.Begin, g.End, g.Pad)
		}
	}
}

func TestLoadRefusesConfigs(t *testing.T) {
	m := random(t, shapes["llama"])
	for _, c := range []struct {
		key   string
		value any
		want  string
	}{
		{"architectures", []string{"LamaForCausalLM"}, "did you mean LlamaForCausalLM"},
		{"architectures", []string{"MixtralForCausalLM"}, "unknown architecture"},
		{"model_type", "gpt2", `model_type "gpt2" does not go with architecture "LlamaForCausalLM"`},
		{"vocab_size", nil, "vocab_size is missing"},
		{"hidden_size", "24", "hidden_size"},
		{"num_key_value_heads", 2, "must divide heads"},
		{"hidden_act", "gelu", `hidden_act "gelu": must be "silu"`},
		{"attention_bias", true, "attention_bias"},
		{"mlp_bias", true, "mlp_bias"},
		{"rope_parameters", map[string]any{"rope_type": "llama3", "factor": 8}, "otary positions"},
		{"rope_parameters", map[string]any{"rope_theta": "x"}, "must be a number"},
		{"rope_scaling", map[string]any{"type": "linear", "factor": 2}, "otary positions"},
		{"eos_token_id", "x", "eos_token_id"},
		{"num_hidden_layers", 1 << 30, "layers = 1073741824: must be 1 to 1024"},
	} {
		_, err := altered(t, m, func(folder string) { setConfig(t, folder, configFile, c.key, c.value) })
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), configFile) {
			t.Errorf("%s = %v: error %v, want %q and the file's name", c.key, c.value, err, c.want)
		}
	}
}

func TestLoadRefusesGPT2Configs(t *testing.T) {
	m := random(t, shapes["gpt2"])
	for _, c := range []struct {
		key   string
		value any
		want  string
	}{
		{"activation_function", "relu", "activation_function"},
		{"scale_attn_weights", false, "scale_attn_weights"},
		{"scale_attn_by_inverse_layer_idx", true, "scale_attn_by_inverse_layer_idx"},
		{"add_cross_attention", true, "add_cross_attention"},
		{"n_embd", nil, "n_embd is missing"},
		{"n_head", 0, "heads = 0"},
		{"n_head", 5, "width/heads"},
		{"id2label", map[string]string{"0": "a", "1": "b"}, "id2label has 2 labels"},
	} {
		_, err := altered(t, m, func(folder string) { setConfig(t, folder, configFile, c.key, c.value) })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s = %v: error %v, want %q", c.key, c.value, err, c.want)
		}
	}
}

// tensorsOf lists what Save writes.
func tensorsOf(m *Model) (all []named) {
	for _, s := range m.slots() {
		all = append(all, named{s.name, s.shape, s.give(m.Parameters)})
	}
	return all
}

func encoded(t testing.TB, tensors []named) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := writeTensors(&b, tensors); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestLoadRefusesTensors(t *testing.T) {
	m := random(t, shapes["llama"])
	for _, c := range []struct {
		change func(all []named) []named
		want   string
	}{
		{func(all []named) []named { return slices.Delete(all, 3, 4) }, `tensor "model.layers.0.self_attn.k_proj.weight" of shape [24 24] is missing`},
		{func(all []named) []named {
			all[3].name = "model.layers.0.self_attn.k_porj.weight"
			return all
		}, `is missing; there is "model.layers.0.self_attn.k_porj.weight"`},
		{func(all []named) []named { all[0].shape = []int{24, 23}; return all }, `tensor "model.embed_tokens.weight" has shape [24 23]: must be [23 24]`},
		{func(all []named) []named {
			return append(all, named{"model.layers.2.input_layernorm.weight", []int{1}, []float32{1}})
		}, `there is no place for tensor "model.layers.2.input_layernorm.weight" of shape [1]`},
	} {
		_, err := altered(t, m, func(folder string) {
			write(t, filepath.Join(folder, weightsFile), encoded(t, c.change(tensorsOf(m))))
		})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), weightsFile) {
			t.Errorf("error %v, want %q and the file's name", err, c.want)
		}
	}
}

// What other programs put into files beside parameters does no harm, and neither
// does a body's own spelling.
func TestLoadLeavesBuffersOut(t *testing.T) {
	m := random(t, shapes["gpt2"])
	got, err := altered(t, m, func(folder string) {
		all := append(tensorsOf(m), named{"transformer.h.0.attn.bias", []int{1, 1}, []float32{1}},
			named{"transformer.h.1.attn.masked_bias", nil, []float32{-1}})
		for i := range all {
			all[i].name = strings.TrimPrefix(all[i].name, "transformer.")
		}
		write(t, filepath.Join(folder, weightsFile), encoded(t, all))
	})
	if err != nil {
		t.Fatal(err)
	}
	golden.Same(t, "parameters", got.Parameters, m.Parameters)
}

func TestLoadSharded(t *testing.T) {
	m := random(t, shapes["llama grouped"])
	shard := func(folder string, index map[string]string) {
		all := tensorsOf(m)
		write(t, filepath.Join(folder, "a.safetensors"), encoded(t, all[:7]))
		write(t, filepath.Join(folder, "b.safetensors"), encoded(t, all[7:]))
		os.Remove(filepath.Join(folder, weightsFile))
		text, err := json.Marshal(map[string]any{"metadata": map[string]int{}, "weight_map": index})
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, indexFile), text)
	}
	good := map[string]string{"model.embed_tokens.weight": "a.safetensors", "model.norm.weight": "b.safetensors"}
	got, err := altered(t, m, func(folder string) { shard(folder, good) })
	if err != nil {
		t.Fatal(err)
	}
	golden.Same(t, "parameters", got.Parameters, m.Parameters)
	for file, want := range map[string]string{
		"../b.safetensors": "must be a file of the folder", "c.safetensors": "no such file", "a.safetensors": "is missing",
	} {
		_, err := altered(t, m, func(folder string) {
			shard(folder, map[string]string{"model.embed_tokens.weight": "a.safetensors", "model.norm.weight": file})
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// Numbers of 16 bits are widened exactly.
func TestHalfPrecision(t *testing.T) {
	for bits := range 1 << 16 {
		got := float64(fromHalf(uint16(bits)))
		sign, exponent, fraction := 1-2*float64(bits>>15), bits>>10&31, float64(bits&1023)
		want := sign * math.Ldexp(1024+fraction, exponent-25)
		switch {
		case exponent == 0:
			want = sign * math.Ldexp(fraction, -24)
		case exponent == 31 && fraction == 0:
			want = sign * math.Inf(1)
		case exponent == 31:
			want = math.NaN()
		}
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Fatalf("%#04x is %v, want %v", bits, got, want)
		}
	}
}

// narrowed is a file of one tensor "x" of two elements of 16 bits each.
func narrowed(kind string, elements ...uint16) []byte {
	header := fmt.Sprintf(`{"x":{"dtype":%q,"shape":[%d],"data_offsets":[0,%d]}}`, kind, len(elements), 2*len(elements))
	file := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	for _, e := range elements {
		file = binary.LittleEndian.AppendUint16(file, e)
	}
	return file
}

func TestReadKinds(t *testing.T) {
	for kind, elements := range map[string][]uint16{"F16": {0x3c00, 0xc100}, "BF16": {0x3f80, 0xc020}} {
		file := narrowed(kind, elements...)
		f, err := openTensors(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.read("x")
		if err != nil || !slices.Equal(got, []float32{1, -2.5}) {
			t.Errorf("%s: %v with error %v, want 1 and -2.5", kind, got, err)
		}
	}
	file := narrowed("I16", 1, 2)
	f, err := openTensors(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.read("x"); err == nil || !strings.Contains(err.Error(), "must be F32, F16 or BF16") {
		t.Errorf("error %v", err)
	}
}
