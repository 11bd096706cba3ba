package lm

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/seed"
)

// sequence is what Append takes.
type sequence struct {
	tokens []int32
	prompt int
}

// sequences returns sequences of many lengths, the longest as long as the
// context allows.
func sequences(m *Model) (all []sequence) {
	rng := seed.New(11)
	for _, n := range []int{2, 7, 33, 34, 1 + m.Config.Context, 12, 64, 3, 65, 20} {
		all = append(all, sequence{tokens(n, m.Config.Vocabulary, rng), 1 + int(rng.Integers(0, int64(n-1)))})
	}
	return all
}

func packed(all []sequence) *Batch {
	b := &Batch{}
	for _, s := range all {
		b.Append(s.tokens, s.prompt)
	}
	return b
}

// outcome is what a pass gives for a batch, and the gradient for seeds that are a
// function of the token alone.
type outcome struct{ logProb, entropy, value, gradient []float32 }

// walk takes a batch forward and back, adding to gradient.
func walk(t testing.TB, p *Pass, b *Batch, gradient []float32) outcome {
	t.Helper()
	p.Temperature, p.WithEntropy = 0.9, true
	p.Forward(b)
	var dLogProb, dEntropy, dValue []float32
	for i, next := range b.Next {
		dLogProb = append(dLogProb, float32(0.01*float32(next-5))+float32(0.001*p.LogProb[i]))
		dEntropy = append(dEntropy, 0.003*float32(next%7))
		dValue = append(dValue, 0.02*float32(next%3-1))
	}
	if p.Value == nil {
		dValue = nil
	}
	o := outcome{slices.Clone(p.LogProb), slices.Clone(p.Entropy), slices.Clone(p.Value), gradient}
	p.Backward(gradient, dLogProb, dEntropy, dValue)
	return o
}

func (m *Model) zero() []float32 { return make([]float32, len(m.Parameters)) }

// Alone, in any company and in any order a sequence has the same results.
func TestSequenceAloneEqualsSequenceInBatch(t *testing.T) {
	eachShape(t, func(t *testing.T, m *Model) {
		all := sequences(m)
		p := NewPass(m, pool(t, 2))
		b := packed(all)
		whole := walk(t, p, b, m.zero())
		for i, s := range all {
			alone := walk(t, p, packed(all[i:i+1]), m.zero())
			lo, hi := b.Segment[i], b.Segment[i+1]
			what := fmt.Sprintf("sequence %d of %d tokens", i, len(s.tokens))
			golden.Same(t, what+": log-probabilities", alone.logProb, whole.logProb[lo:hi])
			golden.Same(t, what+": entropies", alone.entropy, whole.entropy[lo:hi])
			if m.Config.Scalar {
				golden.Same(t, what+": values", alone.value, whole.value[lo:hi])
			}
		}
		slices.Reverse(all)
		backward := walk(t, p, packed(all), m.zero())
		first := all[len(all)-1]
		n := len(first.tokens) - first.prompt
		golden.Same(t, "the first sequence as the last", backward.logProb[len(backward.logProb)-n:], whole.logProb[:n])
	})
}

// A result does not depend on how many others its sequence asks for: rows that
// are not kept are not missed.
func TestResultsDoNotDependOnThePrompt(t *testing.T) {
	eachShape(t, func(t *testing.T, m *Model) {
		x := tokens(70, m.Config.Vocabulary, seed.New(12))
		p := NewPass(m, pool(t, 1))
		all := walk(t, p, packed([]sequence{{x, 1}}), m.zero())
		for _, prompt := range []int{2, 31, 32, 33, 69} {
			some := walk(t, p, packed([]sequence{{x, prompt}}), m.zero())
			golden.Same(t, fmt.Sprint("after ", prompt), some.logProb, all.logProb[prompt-1:])
		}
		if m.Config.Scalar {
			b := &Batch{}
			b.AppendLast(x[:69])
			p.Evaluate(b)
			golden.Same(t, "value of the last row", p.Value, all.value[68:])
		}
	})
}

func TestThreadsDoNotMatter(t *testing.T) {
	eachShape(t, func(t *testing.T, m *Model) {
		b := packed(sequences(m))
		want := walk(t, NewPass(m, pool(t, 1)), b, m.zero())
		for _, threads := range []int{2, 3, 7} {
			got := walk(t, NewPass(m, pool(t, threads)), b, m.zero())
			golden.Same(t, "log-probabilities", got.logProb, want.logProb)
			golden.Same(t, "gradient", got.gradient, want.gradient)
		}
	})
}

// Logits that there is no room for are computed again, with the same results.
func TestRoomForLogitsDoesNotMatter(t *testing.T) {
	eachShape(t, func(t *testing.T, m *Model) {
		b := packed(sequences(m))
		p := NewPass(m, pool(t, 2))
		all := walk(t, p, b, m.zero())
		for _, rows := range []int{0, 1, 70} {
			p.most = rows * m.Config.Vocabulary
			few := walk(t, p, b, m.zero())
			if p.kept {
				t.Fatalf("room for %d rows: all are kept", rows)
			}
			golden.Same(t, fmt.Sprintf("room for %d rows: log-probabilities", rows), few.logProb, all.logProb)
			golden.Same(t, fmt.Sprintf("room for %d rows: gradient", rows), few.gradient, all.gradient)
		}
	})
}

// A batch in two parts gives the gradient of the whole: to the last bit but where
// the embedding is the output matrix too.
func TestMicroBatchesAddUp(t *testing.T) {
	eachShape(t, func(t *testing.T, m *Model) {
		all := sequences(m)
		p := NewPass(m, pool(t, 2))
		want := walk(t, p, packed(all), m.zero()).gradient
		for _, cut := range []int{1, 4, 9} {
			got := m.zero()
			walk(t, p, packed(all[:cut]), got)
			walk(t, p, packed(all[cut:]), got)
			for _, tensor := range m.Layout().Tensors() {
				if m.Config.Tied && tensor.Name == "embedding" {
					wantNear(t, tensor.Name, tensor.Of(got), tensor.Of(want), 1e-6)
					continue
				}
				golden.Same(t, tensor.Name, tensor.Of(got), tensor.Of(want))
			}
		}
	})
}

func TestLevelsAgree(t *testing.T) {
	eachShape(t, func(t *testing.T, m *Model) {
		all := sequences(m)
		if testing.Short() {
			all = all[:3]
		}
		p, b, r := NewPass(m, pool(t, 2)), packed(all), request(m, sampling())
		r.Prompts, r.MaxTokens = r.Prompts[:2], 20
		g := NewGenerator(m, pool(t, 2))
		want, drawn := walk(t, p, b, m.zero()), generate(t, g, r)
		for _, level := range kernel.Levels() {
			restore, err := kernel.Use(level)
			if err != nil {
				t.Fatal(err)
			}
			got := walk(t, p, b, m.zero())
			golden.Same(t, level+": log-probabilities", got.logProb, want.logProb)
			golden.Same(t, level+": gradient", got.gradient, want.gradient)
			wantSame(t, level, generate(t, g, r), drawn)
			restore()
		}
	})
}

// Results have these bits on every system and processor: the first half of the
// SHA-256 of log-probabilities, entropies, values, gradient and tokens. Only a
// change of a formula, its order or the seeds may change them.
func TestBitsAreTheSameEverywhere(t *testing.T) {
	want := map[string]string{
		"llama":         "5b1484b51261745fc23913c149d365e8",
		"llama grouped": "ce10af547d5297cce76134c54b25acac",
		"gpt2":          "4a6dd2f27c5ee0a90f2e0bb167bc2de1",
	}
	for name, c := range shapes {
		m := random(t, c)
		h := sha256.New()
		o := walk(t, NewPass(m, pool(t, 2)), packed(sequences(m)[:3]), m.zero())
		for _, x := range [][]float32{o.logProb, o.entropy, o.value, o.gradient} {
			h.Write(bits(x))
		}
		r := request(m, sampling())
		r.Prompts, r.MaxTokens = r.Prompts[:2], 20
		for _, completion := range generate(t, NewGenerator(m, pool(t, 2)), r) {
			fmt.Fprint(h, completion.Tokens)
		}
		if got := hex.EncodeToString(h.Sum(nil)[:16]); got != want[name] {
			t.Errorf("%s: %s, want %s", name, got, want[name])
		}
	}
}

// Nothing of a sequence reaches its neighbours, and nothing of a token the rows
// before it.
func TestNothingLeaks(t *testing.T) {
	eachShape(t, func(t *testing.T, m *Model) {
		const changed, at = 4, 60
		all := sequences(m)
		all[changed].prompt = 1
		p, b := NewPass(m, pool(t, 2)), packed(all)
		want := walk(t, p, b, m.zero()).entropy
		x := slices.Clone(all[changed].tokens)
		x[at] = (x[at] + 1) % int32(m.Config.Vocabulary)
		all[changed].tokens = x
		got := walk(t, p, packed(all), m.zero()).entropy
		// Result i of the sequence comes from row i, which has seen the tokens up to i.
		lo, hi := b.Segment[changed]+at, b.Segment[changed+1]
		golden.Same(t, "entropies before the change", got[:lo], want[:lo])
		golden.Same(t, "entropies of later sequences", got[hi:], want[hi:])
		if slices.Equal(got[lo:hi], want[lo:hi]) {
			t.Error("a changed token changes nothing")
		}
	})
}

func TestPassAllocatesNothing(t *testing.T) {
	eachShape(t, func(t *testing.T, m *Model) {
		p, b := NewPass(m, pool(t, 1)), packed(sequences(m))
		p.WithEntropy = true
		gradient, d := m.zero(), make([]float32, b.Results())
		if n := testing.AllocsPerRun(3, func() {
			p.Forward(b)
			p.Backward(gradient, d, d, nil)
			p.Evaluate(b)
		}); n != 0 {
			t.Errorf("a forward, a backward and an evaluation allocate %v times", n)
		}
	})
}

// Per completion there is what is returned and its generator; per token nothing.
func TestStepsAllocateNothing(t *testing.T) {
	m := random(t, shapes["llama"])
	g := NewGenerator(m, pool(t, 1))
	r := request(m, sampling())
	r.Stop, r.TopK = nil, 5
	count := func(tokens int) float64 {
		r.MaxTokens = tokens
		return testing.AllocsPerRun(3, func() { generate(t, g, r) })
	}
	if long, short := count(40), count(20); long != short {
		t.Errorf("40 tokens allocate %v times and 20 tokens %v times", long, short)
	}
}
