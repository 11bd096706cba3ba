package lm

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/seed"
)

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		name       string
		vocabulary int
		parameters int
	}{{"nano", 16, 56_304}, {"micro", 256, 836_736}, {"mini", 4096, 8_749_120}} {
		shape, err := Sized(c.name, c.vocabulary, 128)
		if err != nil {
			t.Fatal(err)
		}
		m, err := New(shape)
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Parameters) != c.parameters {
			t.Errorf("%s has %d parameters, want %d", c.name, len(m.Parameters), c.parameters)
		}
	}
	if err := errors.Join(config.Check(shapes["llama"]), config.Check(DefaultSampling())); err != nil {
		t.Error(err)
	}
	if _, err := Sized("mirco", 256, 128); err == nil || !strings.Contains(err.Error(), "mean micro") {
		t.Errorf("error %v does not name the nearest size", err)
	}
}

func TestValidate(t *testing.T) {
	for want, change := range map[string]func(c *Config){
		"vocabulary = 1":              func(c *Config) { c.Vocabulary = 1 },
		"context = 0":                 func(c *Config) { c.Context = 0 },
		"key_value_heads = 2: must d": func(c *Config) { c.KeyValueHeads = 2 },
		"head_width = 7: must be ev":  func(c *Config) { c.HeadWidth = 7 },
		"epsilon = NaN":               func(c *Config) { c.Epsilon = math.NaN() },
		"epsilon = 0":                 func(c *Config) { c.Epsilon = 0 },
		"rotary_base = 0":             func(c *Config) { c.RotaryBase = 0 },
		"init_spread = -1":            func(c *Config) { c.InitSpread = -1 },
		"begin = 23":                  func(c *Config) { c.Begin = 23 },
		"end = -1":                    func(c *Config) { c.End = []int{2, -1} },
		`family "gtp2"`:               func(c *Config) { c.Family = "gtp2" },
		"parameters: must be at most": func(c *Config) { c.Vocabulary, c.Width = 1<<24, 1<<16 },
		"width/heads":                 func(c *Config) { c.Family, c.HeadWidth = GPT2, 6 },
		"in a gpt2":                   func(c *Config) { c.Family, c.KeyValueHeads = GPT2, 1 },
	} {
		c := shapes["llama"]
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}

// A critic's batch gives the values and nothing else.
func TestAppendValues(t *testing.T) {
	m := random(t, shapes["gpt2"])
	x := tokens(20, 23, seed.New(5))
	both, values := &Batch{}, &Batch{}
	both.Append(x, 4)
	values.AppendValues(x, 4)
	p := NewPass(m, pool(t, 1))
	p.Forward(both)
	want := slices.Clone(p.Value)
	dValue, gradients := make([]float32, len(want)), [2][]float32{m.zero(), m.zero()}
	for i := range dValue {
		dValue[i] = float32(i) - 5
	}
	p.Backward(gradients[0], make([]float32, len(want)), nil, dValue)
	p.WithEntropy = true
	p.Forward(values)
	p.Backward(gradients[1], dValue, dValue, dValue)
	golden.Same(t, "values", p.Value, want)
	if slices.Max(p.LogProb) != 0 || slices.Min(p.Entropy) != 0 {
		t.Error("log-probabilities or entropies that nobody asked for")
	}
	wantNear(t, "gradient", gradients[1], gradients[0], 1e-7)
}

// Weights have the spread that the family gives them.
func TestInitialize(t *testing.T) {
	for _, family := range []Family{Llama, GPT2} {
		c, _ := Sized("micro", 256, 64)
		c.Family, c.Tied, c.Scalar = family, false, true
		m, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		m.Initialize(seed.New(1))
		for _, tensor := range m.Layout().Tensors() {
			w := tensor.Of(m.Parameters)
			want := 0.02
			switch {
			case strings.HasSuffix(tensor.Name, "gain"):
				if slices.Min(w) != 1 || slices.Max(w) != 1 {
					t.Errorf("%s is not 1", tensor.Name)
				}
				continue
			case strings.HasSuffix(tensor.Name, "bias"):
				want = 0
			case family == GPT2 && (strings.HasSuffix(tensor.Name, "out.weight") || strings.HasSuffix(tensor.Name, "lower.weight")):
				want = 0.02 / math.Sqrt(8)
			}
			squares := 0.0
			for _, x := range w {
				squares += float64(x) * float64(x)
			}
			// Five standard errors of a spread.
			if got := math.Sqrt(squares / float64(len(w))); math.Abs(got-want) > 5*want/math.Sqrt(2*float64(len(w))) {
				t.Errorf("%s: spread of %s is %.5f, want %.5f", family, tensor.Name, got, want)
			}
		}
	}
}

func TestCloneIsApart(t *testing.T) {
	m := random(t, shapes["gpt2"])
	before := slices.Clone(m.Parameters)
	c := m.Clone()
	for i := range m.Parameters {
		m.Parameters[i]++
	}
	if !slices.Equal(c.Parameters, before) {
		t.Error("a clone changes with its original")
	}
}

func TestWithScalar(t *testing.T) {
	m := random(t, shapes["llama"])
	s := m.WithScalar(0.5, seed.New(3))
	if m.Config.Scalar || !s.Config.Scalar || len(s.Parameters) != len(m.Parameters)+24 {
		t.Fatalf("%d parameters and after %d", len(m.Parameters), len(s.Parameters))
	}
	b := packed(sequences(m))
	p, q := NewPass(m, pool(t, 1)), NewPass(s, pool(t, 1))
	p.Evaluate(b)
	q.Evaluate(b)
	if !slices.Equal(p.LogProb, q.LogProb) || p.Value != nil || slices.Max(q.Value) <= 0 {
		t.Error("a scalar head changes the log-probabilities or gives nothing")
	}
	if again := s.WithScalar(0.1, seed.New(4)); !slices.Equal(again.Parameters, s.Parameters) {
		t.Error("a scalar head that is there was replaced")
	}
}

// A model of which everything but embedding and head is zero is a table of
// bigrams: its log-probabilities can be looked up, and an offset by one would
// show.
func TestBigrams(t *testing.T) {
	m, err := New(Config{
		Family: Llama, Vocabulary: 4, Context: 8, Width: 4, Layers: 1, Heads: 1, KeyValueHeads: 1, HeadWidth: 2, Hidden: 2,
		Epsilon: 1e-5, RotaryBase: 10_000, Begin: None, Pad: None,
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		m.embedding.Of(m.Parameters)[i*4+i] = 1 // one number per token, 2 after the normalisation
		m.norm.gain.Of(m.Parameters)[i] = 0.5   // and 1 after its gain
	}
	z := [4][4]float64{{0, 1, 2, 3}, {-1, 0, 4, 1}, {2, 2, -2, 0}, {1, 0, 0, 0}} // after token i, of token j
	for i := range 4 {
		for j := range 4 {
			m.head.Of(m.Parameters)[j*4+i] = float32(z[i][j])
		}
	}
	x := []int32{2, 0, 1, 3, 3}
	b := &Batch{}
	b.Append(x, 1)
	p := NewPass(m, pool(t, 1))
	p.Evaluate(b)
	for i := range 4 {
		sum := 0.0
		for j := range 4 {
			sum += math.Exp(z[x[i]][j])
		}
		want := z[x[i]][x[i+1]] - math.Log(sum)
		if math.Abs(float64(p.LogProb[i])-want) > 1e-4 { // ε in the normalisation
			t.Errorf("log-probability of %d after %d is %v, want %v", x[i+1], x[i], p.LogProb[i], want)
		}
	}
}

func TestMisusePanics(t *testing.T) {
	m := random(t, shapes["llama"])
	p := NewPass(m, pool(t, 1))
	b := packed([]sequence{{[]int32{1, 2, 3}, 1}})
	two, g := make([]float32, 2), m.zero()
	forward := func() { p.Forward(b) }
	for want, call := range map[string]func(){
		"before or nothing":        func() { b.Append([]int32{1, 2}, 0) },
		"nothing after":            func() { b.Append([]int32{1, 2}, 2) },
		"no tokens":                func() { b.AppendLast(nil) },
		"token 23 is not in":       func() { p.Forward(packed([]sequence{{[]int32{23, 2, 3}, 1}})) },
		"next token 23 is not in":  func() { p.Forward(packed([]sequence{{[]int32{1, 23}, 1}})) },
		"has 91 rows and the cont": func() { p.Forward(packed([]sequence{{make([]int32, 92), 1}})) },
		"temperature":              func() { q := NewPass(m, pool(t, 1)); q.Temperature = 0; q.Forward(b) },
		"without Forward":          func() { p.Evaluate(b); p.Backward(g, two, nil, nil) },
		"length of the gradient":   func() { forward(); p.Backward(g[1:], two, nil, nil) },
		"number of results":        func() { forward(); p.Backward(g, two[1:], nil, nil) },
		"was not computed":         func() { forward(); p.Backward(g, two, two, nil) },
	} {
		func() {
			defer func() {
				if got, _ := recover().(string); !strings.HasPrefix(got, "lm: ") || !strings.Contains(got, want) {
					t.Errorf("panic %q, want %q in it", got, want)
				}
			}()
			call()
		}()
	}
}

func TestEmptyBatch(t *testing.T) {
	m := random(t, shapes["llama"])
	p := NewPass(m, pool(t, 2))
	p.Forward(&Batch{})
	g := m.zero()
	p.Backward(g, nil, nil, nil)
	if len(p.LogProb) != 0 || slices.Max(g) != 0 {
		t.Error("an empty batch has results")
	}
}
