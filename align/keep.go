package align

import (
	"context"
	"math"
	"time"

	"github.com/proximal-rl/proximal/internal/clock"
	"github.com/proximal-rl/proximal/record"
)

// examine evaluates the model on the way and saves it, also as the best if it is.
func (r *run) examine(ctx context.Context) error {
	s, err := r.evaluate(ctx, r.Evaluation.Prompts)
	if err != nil {
		if ctx.Err() != nil { // interrupted: finish will save
			return nil
		}
		return err
	}
	s.report(&r.row)
	return r.keep(s)
}

// report adds what was measured to a row.
func (s *Scores) report(row *record.Row) {
	for _, m := range []struct {
		name  string
		value float64
	}{
		{record.EvalAccuracySampled, s.Sampled}, {record.EvalAccuracyGreedy, s.Greedy},
		{record.EvalRewardMean, s.Reward}, {record.EvalTextLength, s.Length},
		{record.EvalKLReference, s.KL}, {record.EvalImitationLoss, s.Imitated},
		{record.EvalPairAccuracy, s.Pairs},
	} {
		if !math.IsNaN(m.value) {
			row.Add(m.name, m.value)
		}
	}
}

// worth is the number by which the best model is found: the mean reward, or the
// accuracy of a reward model.
func (s *Scores) worth() float64 {
	if !math.IsNaN(s.Pairs) {
		return s.Pairs
	}
	return s.Reward
}

// evaluate examines the model on held-out prompts.
func (r *run) evaluate(ctx context.Context, prompts int) (*Scores, error) {
	start := time.Now()
	defer func() { r.examining += time.Since(start) }()
	if x, ok := r.learner.(examiner); ok {
		s := newScores()
		s.Prompts = prompts
		return s, x.examine(ctx, s, prompts)
	}
	w := *r.work
	w.reward = nil // the task judges
	return newExamination(&w).examine(ctx, Trial{Prompts: prompts, Samples: r.Evaluation.Samples, Seed: r.Seed, Threads: r.Threads})
}

// keep saves the last checkpoint and, if no evaluation was better, the best.
func (r *run) keep(s *Scores) error {
	if r.folder == nil {
		return nil
	}
	if s != nil && (!r.examined || s.worth() >= r.best) {
		r.best, r.examined = s.worth(), true
		if err := r.folder.save(BestCheckpoint, r.work, r.learner); err != nil {
			return err
		}
	}
	return r.folder.save(LastCheckpoint, r.work, r.learner)
}

// finish takes stock: the result, the final evaluation, the last checkpoint.
func (r *run) finish(ctx context.Context) error {
	r.result = &Result{
		Model: r.work.model, Tokenizer: r.work.tokenizer,
		Steps: r.steps, Tokens: r.tokens, TokensPerSecond: r.speed(), Last: r.row,
	}
	if ctx.Err() == nil && r.Evaluation.FinalPrompts > 0 {
		scores, err := r.evaluate(ctx, r.Evaluation.FinalPrompts)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if err == nil {
			r.result.Scores = scores
		}
	}
	if err := r.keep(r.result.Scores); err != nil {
		return err
	}
	r.result.Seconds = time.Since(r.began).Seconds()
	r.result.CPUSeconds = (clock.CPU() - r.beganCPU).Seconds()
	return ctx.Err()
}
