package lm

import (
	"context"
	"testing"

	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/seed"
)

// sized returns a model by name with random parameters.
func sized(b *testing.B, name string, vocabulary, context int) *Model {
	c, err := Sized(name, vocabulary, context)
	if err != nil {
		b.Fatal(err)
	}
	m, err := New(c)
	if err != nil {
		b.Fatal(err)
	}
	m.Initialize(seed.New(1))
	return m
}

// threaded runs a benchmark on one thread and on two.
func threaded(b *testing.B, run func(b *testing.B, pool *parallel.Pool)) {
	for _, t := range []struct {
		name    string
		threads int
	}{{"1thread", 1}, {"2threads", 2}} {
		b.Run(t.name, func(b *testing.B) {
			pool := parallel.New(t.threads)
			defer pool.Close()
			b.ReportAllocs()
			run(b, pool)
		})
	}
}

// BenchmarkTrain is whole training steps: forward, backward, AdamW.
func BenchmarkTrain(b *testing.B) {
	for _, c := range []struct {
		name, size                         string
		vocabulary, sequences, rows, given int
	}{
		{"micro_8x128", "micro", 256, 8, 128, 1},
		{"mini_8x128", "mini", 4096, 8, 128, 1},
		{"nano_64x10", "nano", 16, 64, 10, 6},
	} {
		m := sized(b, c.size, c.vocabulary, c.rows+1)
		batch := &Batch{}
		rng := seed.New(2)
		for range c.sequences {
			batch.Append(tokens(c.rows+1, c.vocabulary, rng), c.given)
		}
		b.Run(c.name, func(b *testing.B) {
			threaded(b, func(b *testing.B, pool *parallel.Pool) {
				p := NewPass(m, pool)
				adam := optim.NewAdamW(len(m.Parameters), optim.DefaultAdamConfig(), 0.01)
				gradient, dLogProb := make([]float32, len(m.Parameters)), make([]float32, batch.Results())
				for i := range dLogProb {
					dLogProb[i] = -1 / float32(len(dLogProb))
				}
				for b.Loop() {
					p.Forward(batch)
					clear(gradient)
					p.Backward(gradient, dLogProb, nil, nil)
					adam.Step(m.Parameters, gradient, 1e-4, 1)
				}
				seconds := b.Elapsed().Seconds()
				b.ReportMetric(float64(b.N*c.sequences*c.rows)/seconds, "tokens/s")
				b.ReportMetric(6*float64(b.N*c.sequences*c.rows*len(m.Parameters))/seconds/1e9, "GFLOP/s")
			})
		})
	}
}

// BenchmarkGenerate counts the tokens that are generated.
func BenchmarkGenerate(b *testing.B) {
	for _, c := range []struct {
		name, size                        string
		vocabulary, prompts, given, drawn int
	}{
		{"mini_64x(32+64)", "mini", 4096, 64, 32, 64},
		{"nano_512x(6+6)", "nano", 16, 512, 6, 6},
	} {
		m := sized(b, c.size, c.vocabulary, c.given+c.drawn)
		r := Request{Samples: 1, Sampling: DefaultSampling()}
		r.MaxTokens = c.drawn
		rng := seed.New(3)
		for range c.prompts {
			r.Prompts = append(r.Prompts, tokens(c.given, c.vocabulary, rng))
		}
		b.Run(c.name, func(b *testing.B) {
			threaded(b, func(b *testing.B, pool *parallel.Pool) {
				g := NewGenerator(m, pool)
				for b.Loop() {
					if _, err := g.Generate(context.Background(), r); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N*c.prompts*c.drawn)/b.Elapsed().Seconds(), "tokens/s")
			})
		})
	}
}

// BenchmarkPeak is what the processor does without memory, beside the others.
func BenchmarkPeak(b *testing.B) {
	operations := 0
	for b.Loop() {
		operations += kernel.Saturate(1000)
	}
	b.ReportMetric(float64(operations)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
