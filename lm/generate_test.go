package lm

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/seed"
)

// shapes are small models that between them have everything.
var shapes = map[string]Config{
	"llama": {
		Family: Llama, Vocabulary: 23, Context: 90, Width: 24, Layers: 2, Heads: 3, KeyValueHeads: 3, HeadWidth: 8, Hidden: 40,
		Epsilon: 1e-5, RotaryBase: 10_000, InitSpread: 0.3, Tied: true, Begin: None, Pad: None,
	},
	"llama grouped": {
		Family: Llama, Vocabulary: 130, Context: 90, Width: 20, Layers: 3, Heads: 4, KeyValueHeads: 2, HeadWidth: 6, Hidden: 70,
		Epsilon: 1e-5, RotaryBase: 10_000, InitSpread: 0.3, Scalar: true, Begin: None, Pad: None,
	},
	"gpt2": {
		Family: GPT2, Vocabulary: 23, Context: 90, Width: 24, Layers: 2, Heads: 2, KeyValueHeads: 2, HeadWidth: 12, Hidden: 96,
		Epsilon: 1e-5, InitSpread: 0.3, Tied: true, Scalar: true, Begin: None, Pad: None,
	},
}

// eachShape runs a test for every shape, with a random model.
func eachShape(t *testing.T, test func(t *testing.T, m *Model)) {
	for name, c := range shapes {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) { test(t, random(t, c)) })
	}
}

// random returns a model none of whose parameters is special.
func random(t testing.TB, c Config) *Model {
	t.Helper()
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	rng := seed.New(4)
	m.Initialize(rng)
	for i := range m.Parameters {
		m.Parameters[i] += float32(0.1 * rng.Normal())
	}
	return m
}

func tokens(n, vocabulary int, rng *seed.Rand) []int32 {
	x := make([]int32, n)
	for i := range x {
		x[i] = int32(rng.Integers(0, int64(vocabulary)))
	}
	return x
}

func pool(t testing.TB, threads int) *parallel.Pool {
	p := parallel.New(threads)
	t.Cleanup(p.Close)
	return p
}

// request asks for completions of prompts of lengths 1 to 41.
func request(m *Model, s Sampling) Request {
	rng := seed.New(5)
	r := Request{Samples: 3, Sampling: s, Seed: 6, Stop: []int32{19}}
	for _, n := range []int{1, 9, 41, 2, 30, 5, 5} {
		r.Prompts = append(r.Prompts, tokens(n, m.Config.Vocabulary, rng))
	}
	return r
}

func sampling() Sampling {
	s := DefaultSampling()
	s.Temperature, s.MaxTokens = 0.8, 55
	return s
}

func generate(t testing.TB, g *Generator, r Request) []Completion {
	t.Helper()
	all, err := g.Generate(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The log-probability that comes with a token has the bits that a pass computes
// for it: cached against full attention, alone and packed, for any number of
// threads.
func TestGeneratedLogProbIsThePasses(t *testing.T) {
	for what, change := range map[string]func(s *Sampling){
		"plain":  func(*Sampling) {},
		"greedy": func(s *Sampling) { s.Greedy = true },
		"top":    func(s *Sampling) { s.TopK, s.TopP, s.MinP = 9, 0.8, 0.05 },
	} {
		if testing.Short() && what != "top" {
			continue
		}
		s := sampling()
		change(&s)
		t.Run(what, func(t *testing.T) {
			eachShape(t, func(t *testing.T, m *Model) {
				r := request(m, s)
				completions := generate(t, NewGenerator(m, pool(t, 2)), r)
				b, want := &Batch{}, []float32(nil)
				for i, c := range completions {
					prompt := r.Prompts[i/r.Samples]
					b.Append(append(slices.Clone(prompt), c.Tokens...), len(prompt))
					want = append(want, c.LogProb...)
				}
				p := NewPass(m, pool(t, 3))
				p.Temperature = s.Temperature
				p.Forward(b)
				golden.Same(t, "log-probabilities of a Forward", p.LogProb, want)
				p.Evaluate(b)
				golden.Same(t, "log-probabilities of an Evaluate", p.LogProb, want)
				for i := range completions {
					sequence := append(slices.Clone(r.Prompts[i/r.Samples]), completions[i].Tokens...)
					b.Reset()
					b.Append(sequence, len(sequence)-len(completions[i].Tokens))
					p.Evaluate(b)
					golden.Same(t, fmt.Sprintf("log-probabilities of completion %d alone", i), p.LogProb, completions[i].LogProb)
				}
			})
		})
	}
}

// A completion depends on its prompt, its number and the seed: not on what else
// is asked for, in how many waves, or on the threads.
func TestCompletionDoesNotDependOnTheBatch(t *testing.T) {
	eachShape(t, func(t *testing.T, m *Model) {
		r := request(m, sampling())
		g := NewGenerator(m, pool(t, 1))
		want := generate(t, g, r)
		for _, threads := range []int{2, 5} {
			wantSame(t, fmt.Sprint(threads, " threads"), generate(t, NewGenerator(m, pool(t, threads)), r), want)
		}
		for _, limit := range []int{1, 4, 8} {
			g.limit = limit
			wantSame(t, fmt.Sprint("waves of ", limit), generate(t, g, r), want)
		}
		g.limit = 0
		wantSame(t, "again, after other work", generate(t, g, r), want)
		for i := range r.Prompts {
			alone := r
			alone.Prompts, alone.First = r.Prompts[i:i+1], i*r.Samples
			wantSame(t, fmt.Sprint("prompt ", i, " alone"), generate(t, g, alone), want[i*r.Samples:(i+1)*r.Samples])
		}
	})
}

// Step is told every token of every completion once, in the same order for any number
// of threads, and listening changes no completion.
func TestStepTellsTokensAsTheyAreDrawn(t *testing.T) {
	type told struct {
		completion int
		token      int32
		last       bool
	}
	eachShape(t, func(t *testing.T, m *Model) {
		r := request(m, sampling())
		want := generate(t, NewGenerator(m, pool(t, 1)), r)
		for _, limit := range []int{0, 4} {
			var order []told
			for _, threads := range []int{1, 3} {
				var heard []told
				r.Step = func(completion int, token int32, last bool) {
					heard = append(heard, told{completion, token, last})
				}
				g := NewGenerator(m, pool(t, threads))
				g.limit = limit
				wantSame(t, "listened to", generate(t, g, r), want)
				if order == nil {
					order = heard
				}
				if !slices.Equal(heard, order) {
					t.Errorf("in waves of %d, %d threads tell tokens in another order than one", limit, threads)
				}
			}
			spelled, ended := make([][]int32, len(want)), make([]bool, len(want))
			for i, s := range order {
				if ended[s.completion] {
					t.Fatalf("completion %d goes on after its last token", s.completion)
				}
				spelled[s.completion], ended[s.completion] = append(spelled[s.completion], s.token), s.last
				if limit == 0 && i > 0 && len(spelled[s.completion]) == len(spelled[order[i-1].completion]) && s.completion <= order[i-1].completion {
					t.Fatalf("completion %d comes after %d in a step", s.completion, order[i-1].completion)
				}
			}
			for i, c := range want {
				if !slices.Equal(spelled[i], c.Tokens) || !ended[i] {
					t.Errorf("of completion %d it tells %v, last %v; it is %v", i, spelled[i], ended[i], c.Tokens)
				}
			}
		}
	})
}

// Nothing computed with old parameters is left when they change.
func TestNewParametersCountAtOnce(t *testing.T) {
	eachShape(t, func(t *testing.T, m *Model) {
		g, p, r, b := NewGenerator(m, pool(t, 1)), NewPass(m, pool(t, 1)), request(m, sampling()), packed(sequences(m))
		before := generate(t, g, r)
		p.Evaluate(b)
		for i := range m.Parameters {
			m.Parameters[i] *= 1.25
		}
		after := generate(t, g, r)
		wantSame(t, "after an update", after, generate(t, NewGenerator(m, pool(t, 1)), r))
		if slices.Equal(before[0].LogProb, after[0].LogProb) {
			t.Error("an update changes nothing")
		}
		p.Evaluate(b)
		fresh := NewPass(m, pool(t, 1))
		fresh.Evaluate(b)
		golden.Same(t, "log-probabilities after an update", p.LogProb, fresh.LogProb)
	})
}

func wantSame(t *testing.T, what string, got, want []Completion) {
	t.Helper()
	for i := range want {
		if !slices.Equal(got[i].Tokens, want[i].Tokens) || got[i].Stopped != want[i].Stopped {
			t.Fatalf("%s: completion %d is %v, want %v", what, i, got[i].Tokens, want[i].Tokens)
		}
		golden.Same(t, what, got[i].LogProb, want[i].LogProb)
	}
}
