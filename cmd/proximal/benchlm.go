package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/internal/clock"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/seed"
)

// languageWork is something to measure on a random model with random tokens. It
// trains, or generates, or both, as a method that learns from its own samples
// does.
type languageWork struct {
	name, about string
	model       func(context int) (lm.Config, error)
	prompts     int
	samples     int // of each prompt
	given       int // tokens of a prompt
	drawn       int // tokens that follow
	generates   bool
	trains      bool
}

// languageWorks are what bench lm measures, in this order.
var languageWorks = []languageWork{
	{"train-gpt2", "training step, GPT-2 of 0.84 M parameters, 8 × 128 tokens", smallGPT2, 8, 1, 1, 128, false, true},
	{"train-micro", "training step, micro with a vocabulary of 256, 8 × 128 tokens", sizedModel("micro", 256), 8, 1, 1, 128, false, true},
	{"train-mini", "training step, mini with a vocabulary of 4,096, 8 × 128 tokens", sizedModel("mini", 4096), 8, 1, 1, 128, false, true},
	{"generate-mini", "64 completions, mini with a vocabulary of 4,096, 32 + 64 tokens", sizedModel("mini", 4096), 64, 1, 32, 64, true, false},
	{"generate-nano", "512 completions, nano with a vocabulary of 16, 6 + 6 tokens", sizedModel("nano", 16), 512, 1, 6, 6, true, false},
	{"sft-nano", "training step, nano with a vocabulary of 16, 64 × (6 + 4) tokens", sizedModel("nano", 16), 64, 1, 6, 4, false, true},
	{"grpo-nano", "8 completions of 64 prompts, 6 + 5 tokens, and a training step on all", sizedModel("nano", 16), 64, 8, 6, 5, true, true},
}

func sizedModel(name string, vocabulary int) func(context int) (lm.Config, error) {
	return func(context int) (lm.Config, error) { return lm.Sized(name, vocabulary, context) }
}

// smallGPT2 is the shape of the character models of nanoGPT and its like.
func smallGPT2(context int) (lm.Config, error) {
	c := lm.Config{
		Family: lm.GPT2, Vocabulary: 256, Context: context, Width: 128, Layers: 4, Heads: 4, KeyValueHeads: 4,
		HeadWidth: 32, Hidden: 512, Epsilon: 1e-5, InitSpread: 0.02, Tied: true, Begin: lm.None, Pad: lm.None,
	}
	return c, c.Validate()
}

func languageNames() (names []string) {
	for _, w := range languageWorks {
		names = append(names, w.name)
	}
	return names
}

func newBenchLM() *cobra.Command {
	var (
		threads int
		seconds float64
		asJSON  bool
	)
	var about strings.Builder
	for _, w := range languageWorks {
		fmt.Fprintf(&about, "  %-14s %s\n", w.name, w.about)
	}
	c := &cobra.Command{
		Use:   "lm [WORK…]",
		Short: "Speed of language models: training steps and generation",
		Long: `Train and sample language models with random parameters on random tokens. A step
of the figures is a token: in training each that is trained on, in generation each
that is drawn. An update is a training step, forward, backward and AdamW, or one
call that generates everything. Without a name all are measured:

` + about.String(),
		Example:   "  proximal bench lm\n  proximal bench lm generate-nano sft-nano --threads 2 --json",
		ValidArgs: languageNames(),
		RunE: func(c *cobra.Command, args []string) error {
			if !(seconds > 0 && seconds <= 3600) {
				return unusable(fmt.Errorf("--seconds %v: must be above 0 and at most 3600", seconds))
			}
			works, err := chosenWorks(args)
			if err != nil {
				return unusable(err)
			}
			return benchLanguages(c.Context(), c.OutOrStdout(), works, threads, seconds, asJSON)
		},
	}
	addThreads(c, &threads, runtime.GOMAXPROCS(0))
	c.Flags().Float64Var(&seconds, "seconds", 2, "how long to measure each")
	addJSON(c, &asJSON)
	return c
}

// chosenWorks are those of the given names, or all.
func chosenWorks(names []string) ([]languageWork, error) {
	if len(names) == 0 {
		return languageWorks, nil
	}
	var works []languageWork
	for _, name := range names {
		i := slices.IndexFunc(languageWorks, func(w languageWork) bool { return w.name == name })
		if i < 0 {
			return nil, config.Unknown("work", name, languageNames())
		}
		works = append(works, languageWorks[i])
	}
	return works, nil
}

func benchLanguages(ctx context.Context, out io.Writer, works []languageWork, threads int, seconds float64, asJSON bool) error {
	found := []*measurement{}
	for i := range works {
		m, err := works[i].measure(ctx, threads, seconds)
		if err != nil {
			return err
		}
		if !asJSON {
			m.print(out)
		}
		found = append(found, m)
	}
	if asJSON {
		return printJSON(out, found)
	}
	return nil
}

// measure repeats the work for some seconds.
func (w *languageWork) measure(ctx context.Context, threads int, seconds float64) (*measurement, error) {
	pool := parallel.New(threads)
	defer pool.Close()
	once, model, err := w.prepare(ctx, pool)
	if err != nil {
		return nil, err
	}
	for range 2 { // all memory is there then
		if err := once(); err != nil {
			return nil, err
		}
	}
	m := &measurement{Name: w.name, Threads: threads, PeakGFLOPs: peakSpeed(threads)}
	runtime.GC()
	objects, used, start := mallocs(), clock.CPU(), time.Now()
	for m.Updates == 0 || time.Since(start).Seconds() < seconds {
		if err := once(); err != nil {
			return nil, err
		}
		m.Updates++
	}
	m.Seconds, m.CPUSeconds = time.Since(start).Seconds(), (clock.CPU() - used).Seconds()
	m.Allocations = float64(mallocs()-objects) / float64(m.Updates)
	m.Steps = m.Updates * w.prompts * w.samples * w.drawn
	m.GFLOPs = float64(m.Updates) * w.operations(&model.Config) / m.Seconds / 1e9
	m.PeakGFLOPs = max(m.PeakGFLOPs, peakSpeed(threads))
	m.complete()
	return m, nil
}

// prepare returns what does the work once.
func (w *languageWork) prepare(ctx context.Context, pool *parallel.Pool) (once func() error, model *lm.Model, err error) {
	c, err := w.model(w.given + w.drawn)
	if err != nil {
		return nil, nil, err
	}
	if model, err = lm.New(c); err != nil {
		return nil, nil, err
	}
	model.Initialize(seed.New(1))
	request, batch := w.request(&c), &lm.Batch{}
	generator, step := lm.NewGenerator(model, pool), newLanguageStep(model, pool)
	rng := seed.New(3)
	for _, prompt := range request.Prompts {
		batch.Append(append(slices.Clone(prompt), randomTokens(w.drawn, &c, rng)...), w.given)
	}
	return func() error {
		if w.generates {
			completions, err := generator.Generate(ctx, request)
			if err != nil {
				return err
			}
			request.First += len(completions)
			if w.trains {
				batch.Reset()
				for i := range completions {
					prompt := request.Prompts[i/w.samples]
					batch.Append(append(prompt[:w.given:w.given], completions[i].Tokens...), w.given)
				}
			}
		}
		if w.trains {
			return step.take(batch)
		}
		return nil
	}, model, nil
}

// request asks for the completions of random prompts.
func (w *languageWork) request(c *lm.Config) lm.Request {
	r := lm.Request{Samples: w.samples, Sampling: lm.DefaultSampling(), Seed: 1}
	r.MaxTokens = w.drawn
	rng := seed.New(2)
	for range w.prompts {
		r.Prompts = append(r.Prompts, randomTokens(w.given, c, rng))
	}
	return r
}

func randomTokens(n int, c *lm.Config, rng *seed.Rand) []int32 {
	tokens := make([]int32, n)
	for i := range tokens {
		tokens[i] = int32(rng.Integers(0, int64(c.Vocabulary)))
	}
	return tokens
}

// languageStep takes training steps: the mean log-probability, its gradient
// clipped to a norm of 1, AdamW.
type languageStep struct {
	model              *lm.Model
	pass               *lm.Pass
	follower           *optim.Follower
	gradient, dLogProb []float32
}

func newLanguageStep(m *lm.Model, pool *parallel.Pool) *languageStep {
	n := len(m.Parameters)
	return &languageStep{
		model: m, pass: lm.NewPass(m, pool), gradient: make([]float32, n),
		follower: optim.NewFollower(optim.NewAdamW(n, optim.DefaultAdamConfig(), 0.01), pool),
	}
}

func (s *languageStep) take(b *lm.Batch) error {
	s.pass.Forward(b)
	s.dLogProb = s.dLogProb[:0]
	for range b.Next {
		s.dLogProb = append(s.dLogProb, -1/float32(b.Results()))
	}
	clear(s.gradient)
	s.pass.Backward(s.gradient, s.dLogProb, nil, nil)
	_, err := s.follower.Follow(s.model.Parameters, s.gradient, 1e-4, 1)
	return err
}

// operations counts the floating-point operations of the products, two for each
// multiply-add: those of the model's definition, with each prompt once, and three
// times as many in training. What is computed again to save memory does not count.
func (w *languageWork) operations(c *lm.Config) float64 {
	sum := 0.0
	if w.generates {
		prompt := forwardOperations(c, w.given, 1)
		rest := forwardOperations(c, w.given+w.drawn-1, w.given+w.drawn-1) - forwardOperations(c, w.given, w.given)
		sum += float64(w.prompts) * (prompt + float64(w.samples)*rest)
	}
	if w.trains {
		sum += float64(w.prompts*w.samples) * 3 * forwardOperations(c, w.given+w.drawn-1, w.drawn)
	}
	return sum
}

// forwardOperations are those of one sequence of which the last keep rows are
// asked for.
func forwardOperations(c *lm.Config, rows, keep int) float64 {
	queries, keys := c.Heads*c.HeadWidth, c.KeyValueHeads*c.HeadWidth
	matrices := 2 // of the hidden layer
	if c.Family == lm.Llama {
		matrices = 3
	}
	sum := 0
	for layer := range c.Layers {
		n := rows
		if layer == c.Layers-1 {
			n = keep
		}
		seen := n*(rows-n) + n*(n+1)/2 // keys of all queries together
		sum += rows*c.Width*(queries+2*keys) + 2*queries*seen + n*c.Width*(queries+matrices*c.Hidden)
	}
	return 2 * float64(sum+keep*c.Width*c.Vocabulary)
}
