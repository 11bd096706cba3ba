package align

import (
	"context"
	"errors"
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
	x := newExamination(r.work)
	s, err := x.examine(ctx, Trial{Prompts: prompts, Samples: r.Evaluation.Samples, Seed: r.Seed, Threads: r.Threads})
	if err == nil {
		r.answers = x.sampled.show(r.steps)
	}
	return s, err
}

// keep saves the model as the last and, if no evaluation was better, as the best.
func (r *run) keep(s *Scores) error {
	if err := r.saveLast(); err != nil {
		return err
	}
	return r.saveBest(s)
}

func (r *run) saveLast() error {
	if r.folder == nil {
		return nil
	}
	return r.folder.save(LastCheckpoint, r.work, r.learner)
}

// saveBest saves the model as the best if no evaluation was better.
func (r *run) saveBest(s *Scores) error {
	if r.folder == nil || r.examined && s.worth() < r.best {
		return nil
	}
	r.best, r.examined = s.worth(), true
	return r.folder.save(BestCheckpoint, r.work, r.learner)
}

// rescue saves the model after an error that has left it as the step before had made
// it, so that what was learned until then is not lost with what broke.
func (r *run) rescue(err error) error {
	var broken *VerifierError
	if errors.As(err, &broken) {
		err = errors.Join(err, r.saveLast())
	}
	return err
}

// conclude keeps what the final evaluation has found.
func (r *run) conclude(s *Scores) error {
	if _, draws := r.learner.(shower); r.folder != nil && !draws {
		if err := r.folder.show(r.answers); err != nil {
			return err
		}
	}
	return r.saveBest(s)
}

// finish takes stock: the result, the last checkpoint, the final evaluation. The model
// is saved first: whatever breaks in the evaluation, it is there.
func (r *run) finish(ctx context.Context) error {
	result := &Result{
		Model: r.work.model, Tokenizer: r.work.tokenizer,
		Steps: r.steps, Tokens: r.tokens, TokensPerSecond: r.speed(), Last: r.row,
	}
	if err := r.saveLast(); err != nil {
		return err
	}
	if ctx.Err() == nil && r.Evaluation.FinalPrompts > 0 {
		scores, err := r.evaluate(ctx, r.Evaluation.FinalPrompts)
		switch {
		case err == nil:
			result.Scores, result.Samples = scores, r.answers
			if err := r.conclude(scores); err != nil {
				return err
			}
		case ctx.Err() == nil:
			return err
		}
	}
	result.Seconds = time.Since(r.began).Seconds()
	result.CPUSeconds = (clock.CPU() - r.beganCPU).Seconds()
	r.result = result
	return ctx.Err()
}
