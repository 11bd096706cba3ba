package lm

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/seed"
)

func TestTruncationEqualsTransformers(t *testing.T) {
	var cases []struct {
		Prob golden.Float32s `json:"prob"`
		TopK int             `json:"top_k"`
		TopP float64         `json:"top_p"`
		MinP float64         `json:"min_p"`
		Kept []int32         `json:"kept"`
	}
	golden.Read(t, "testdata/truncation.json", &cases)
	var order []int32
	for i, c := range cases {
		s := Sampling{TopK: c.TopK, TopP: c.TopP, MinP: c.MinP}
		if got := s.truncate(c.Prob, &order); !slices.Equal(got, c.Kept) {
			t.Errorf("case %d: %+v leaves %v, want %v", i, s, got, c.Kept)
		}
	}
}

// Draws have the frequencies of the distribution, renormalised over what is left
// of it.
func TestDrawFrequencies(t *testing.T) {
	const draws = 200_000
	prob := []float32{0.3, 0, 0.1, 0.2, 0.05, 0.35}
	var order []int32
	for _, c := range []struct {
		what string
		s    Sampling
		want []float64
	}{
		{"all", Sampling{TopP: 1}, []float64{0.3, 0, 0.1, 0.2, 0.05, 0.35}},
		{"the top three", Sampling{TopP: 1, TopK: 3}, []float64{0.3 / 0.85, 0, 0, 0.2 / 0.85, 0, 0.35 / 0.85}},
		{"three fifths", Sampling{TopP: 0.6}, []float64{0.3 / 0.65, 0, 0, 0, 0, 0.35 / 0.65}},
		{"half as likely", Sampling{TopP: 1, MinP: 0.5}, []float64{0.3 / 0.85, 0, 0, 0.2 / 0.85, 0, 0.35 / 0.85}},
		{"greedy", Sampling{TopP: 1, Greedy: true}, []float64{0, 0, 0, 0, 0, 1}},
	} {
		rng, counts := seed.New(8), make([]float64, len(prob))
		for range draws {
			counts[c.s.draw(prob, rng, &order)]++
		}
		for token, n := range counts {
			p := c.want[token]
			if bound := 5 * math.Sqrt(p*(1-p)/draws); math.Abs(n/draws-p) > bound {
				t.Errorf("%s: token %d comes in %.4f of all draws, want %.4f ± %.4f", c.what, token, n/draws, p, bound)
			}
		}
	}
}

// Where probabilities add up to less than a draw, the last possible token is it.
func TestDrawBeyondTheSum(t *testing.T) {
	if got := invert([]float32{0.25, 0.5, 0}, 0.9); got != 1 {
		t.Errorf("token %d, want 1", got)
	}
}

func TestGreedyTakesTheFirstOfEquals(t *testing.T) {
	if got := mostLikely([]float32{0.1, 0.4, 0.1, 0.4}); got != 1 {
		t.Errorf("token %d, want 1", got)
	}
}

// The first tokens that are drawn have the frequencies of the model.
func TestGenerateDrawsFromTheModel(t *testing.T) {
	m := random(t, shapes["llama"])
	const n = 20_000
	r := Request{Prompts: [][]int32{{4, 2, 9}}, Samples: n, Sampling: DefaultSampling(), Seed: 1}
	r.MaxTokens, r.Temperature = 1, 1.5
	counts := make([]float64, m.Config.Vocabulary)
	for _, c := range generate(t, NewGenerator(m, pool(t, 2)), r) {
		counts[c.Tokens[0]]++
	}
	z := logits(m, r.Prompts[0])
	z = z[len(z)-len(counts):]
	kernel.Scale(z, 1/1.5)
	kernel.LogSoftmax(z, z, 1, len(z))
	for token, count := range counts {
		p := math.Exp(float64(z[token]))
		if bound := 5 * math.Sqrt(p*(1-p)/n); math.Abs(count/n-p) > bound {
			t.Errorf("token %d comes in %.4f of all draws, want %.4f ± %.4f", token, count/n, p, bound)
		}
	}
}

func TestCompletionsEnd(t *testing.T) {
	m := random(t, shapes["llama"])
	r := request(m, sampling())
	stopped, full := 0, 0
	for i, c := range generate(t, NewGenerator(m, pool(t, 2)), r) {
		prompt := r.Prompts[i/r.Samples]
		most := min(r.MaxTokens, m.Config.Context-len(prompt)+1)
		last := c.Tokens[len(c.Tokens)-1]
		switch {
		case len(c.LogProb) != len(c.Tokens):
			t.Errorf("%d log-probabilities of %d tokens", len(c.LogProb), len(c.Tokens))
		case c.Stopped != slices.Contains(r.Stop, last):
			t.Errorf("completion %v: stopped is %t", c.Tokens, c.Stopped)
		case !c.Stopped && len(c.Tokens) != most:
			t.Errorf("completion of %d tokens after %d: neither stopped nor full", len(c.Tokens), len(prompt))
		}
		if slices.ContainsFunc(c.Tokens[:len(c.Tokens)-1], func(token int32) bool { return slices.Contains(r.Stop, token) }) {
			t.Errorf("completion %v goes on after a stop token", c.Tokens)
		}
		if c.Stopped {
			stopped++
		} else {
			full++
		}
	}
	if stopped == 0 || full == 0 {
		t.Errorf("%d completions stopped and %d are full: the test needs both", stopped, full)
	}
}

// A prompt as long as the context leaves room for one token, which needs no
// position.
func TestPromptThatFillsTheContext(t *testing.T) {
	m := random(t, shapes["gpt2"])
	r := Request{Prompts: [][]int32{tokens(m.Config.Context, 23, seed.New(2))}, Samples: 2, Sampling: sampling()}
	for _, c := range generate(t, NewGenerator(m, pool(t, 1)), r) {
		if len(c.Tokens) != 1 || c.Stopped {
			t.Errorf("completion %v, want one token", c.Tokens)
		}
	}
}

func TestGenerateRefuses(t *testing.T) {
	m := random(t, shapes["llama"])
	for want, change := range map[string]func(r *Request){
		"prompt 1 has 0 tokens: must be 1 to 90":  func(r *Request) { r.Prompts[1] = nil },
		"prompt 2 has 91 tokens: must be 1 to 90": func(r *Request) { r.Prompts[2] = make([]int32, 91) },
		"prompt 0 has token 23: must be 0 to 22":  func(r *Request) { r.Prompts[0] = []int32{23} },
		"prompt 0 has token -1: must be 0 to 22":  func(r *Request) { r.Prompts[0] = []int32{-1} },
		"stop token 40: must be 0 to 22":          func(r *Request) { r.Stop = []int32{40} },
		"samples = 0: must be 1 or more":          func(r *Request) { r.Samples = 0 },
		"first = -1: must be 0 or more":           func(r *Request) { r.First = -1 },
		"temperature = 0: must be above 0":        func(r *Request) { r.Temperature = 0 },
		"temperature = NaN: must be above 0":      func(r *Request) { r.Temperature = math.NaN() },
		"top_k = -1: must be 0 or more":           func(r *Request) { r.TopK = -1 },
		"top_p = 0: must be above 0":              func(r *Request) { r.TopP = 0 },
		"min_p = 2: must be 0 to 1":               func(r *Request) { r.MinP = 2 },
		"max_tokens = 0: must be 1 or more":       func(r *Request) { r.MaxTokens = 0 },
	} {
		r := request(m, sampling())
		change(&r)
		if _, err := NewGenerator(m, pool(t, 1)).Generate(context.Background(), r); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestGenerateCanBeCancelled(t *testing.T) {
	m := random(t, shapes["llama"])
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	g := NewGenerator(m, pool(t, 1))
	if _, err := g.Generate(ctx, request(m, sampling())); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("error %v", err)
	}
	if got := generate(t, g, request(m, sampling())); len(got) != 21 {
		t.Errorf("%d completions after a cancelled call", len(got))
	}
}

// Without prompts there is nothing to do.
func TestNoPrompts(t *testing.T) {
	m := random(t, shapes["llama"])
	r := Request{Samples: 4, Sampling: DefaultSampling()}
	if got := generate(t, NewGenerator(m, pool(t, 1)), r); len(got) != 0 {
		t.Errorf("completions %v", got)
	}
}
