package align

import (
	"context"
	"fmt"
	"math"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/seed"
)

// source draws experience: prompts, what the model makes of them, and what that is
// worth. Every prompt and every completion has a number of its own and is drawn by
// it, so experience does not depend on how much of it is drawn at a time.
type source struct {
	*workplace
	generator *lm.Generator
	order     *seed.Rand // of the prompts
	drawn     int        // completions so far
	grade     *grader
	ask       lm.Batch
	passes    map[*lm.Model]*lm.Pass
}

// newSource makes the source of a run.
func newSource(w *workplace) *source {
	return &source{
		workplace: w,
		generator: lm.NewGenerator(w.model, w.pool),
		order:     seed.Stream(w.seed, "prompt", 0),
		grade:     newGrader(w),
		passes:    map[*lm.Model]*lm.Pass{},
	}
}

// draw draws prompts of the training side and completions of each, and grades them.
func (s *source) draw(ctx context.Context, prompts, samples int) (*experience, error) {
	asked, err := s.workplace.draw(task.Training, prompts, s.order)
	if err != nil {
		return nil, err
	}
	e, err := s.complete(ctx, asked, samples, s.sampling, s.seed, s.drawn)
	if err != nil {
		return nil, err
	}
	s.drawn += prompts * samples
	return e, s.grade.grade(ctx, e)
}

// complete lets the model answer prompts. The completions are numbered from first.
func (s *source) complete(ctx context.Context, prompts []string, samples int, how lm.Sampling, seed uint64, first int) (*experience, error) {
	how.MaxTokens = s.most()
	r := lm.Request{Prompts: make([][]int32, len(prompts)), Samples: samples, Sampling: how, Stop: s.stops(), Seed: seed, First: first}
	for i, p := range prompts {
		var err error
		if r.Prompts[i], err = s.encodePrompt(p); err != nil {
			return nil, err
		}
	}
	completions, err := s.generator.Generate(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("draw completions: %w", err)
	}
	e := &experience{samples: samples}
	for i, c := range completions {
		if l := c.LogProb[len(c.LogProb)-1]; math.IsNaN(float64(l)) {
			return nil, fmt.Errorf("draw completions: after the prompt %.60q the model gives a token the log-probability %v: its parameters are broken", prompts[i/samples], l)
		}
		e.add(prompts[i/samples], r.Prompts[i/samples], c, task.ReadAnswer(s.tokenizer, c.Tokens))
	}
	return e, nil
}

// scored writes the log-probability that a model gives each token of the experience.
func (s *source) scored(m *lm.Model, e *experience) []float32 {
	pass := s.passes[m]
	if pass == nil {
		pass = lm.NewPass(m, s.pool)
		pass.Temperature = s.sampling.Temperature
		s.passes[m] = pass
	}
	s.ask.Reset()
	for _, t := range e.texts {
		s.ask.Append(t.tokens, t.prompt)
	}
	pass.Evaluate(&s.ask)
	return append([]float32(nil), pass.LogProb...)
}

// sourceState is what a checkpoint keeps of a source.
type sourceState struct {
	Drawn   int    `json:"drawn"` // completions
	Prompts []byte `json:"prompts"`
}

// state is where the source stands.
func (s *source) state() sourceState { return sourceState{s.drawn, stateOf(s.order)} }

// stateOf is where a generator stands.
func stateOf(r *seed.Rand) []byte {
	state, _ := r.MarshalBinary() // never fails
	return state
}
