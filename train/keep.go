package train

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/internal/clock"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
)

// examine evaluates the policy on the way and saves it, also as the best if it
// is.
func (r *run) examine(ctx context.Context) error {
	scores, err := r.evaluate(ctx, r.Evaluation.Episodes)
	if err != nil {
		if ctx.Err() != nil { // interrupted: finish will save
			return nil
		}
		return err
	}
	r.row.Add(record.EvalReturnMean, scores.Mean())
	r.row.Add(record.EvalReturnStd, scores.Std())
	r.row.Add(record.EvalReturnMin, scores.Min())
	r.row.Add(record.EvalReturnMax, scores.Max())
	r.row.Add(record.EvalLengthMean, scores.LengthMean())
	r.row.Add(record.EvalEpisodes, float64(len(scores.Returns)))
	return r.keep(scores)
}

// keep saves the last checkpoint and, if no evaluation was better, the best.
func (r *run) keep(s *Scores) error {
	if r.Dir == "" {
		return nil
	}
	c, err := r.checkpoint()
	if err != nil {
		return err
	}
	if s != nil && (!r.examined || s.Mean() >= r.best) {
		r.best, r.examined = s.Mean(), true
		if err := c.Save(filepath.Join(r.Dir, BestCheckpoint+policy.Extension)); err != nil {
			return fmt.Errorf("save checkpoint: %w", err)
		}
	}
	if err := c.Save(filepath.Join(r.Dir, LastCheckpoint+policy.Extension)); err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	return nil
}

// checkpoint gathers what a later process needs: the policy, and where training
// stood.
func (r *run) checkpoint() (*checkpoint.Checkpoint, error) {
	c := checkpoint.New()
	if err := r.work.policy.Put(c); err != nil {
		return nil, err
	}
	state := struct {
		Environment string `json:"environment"`
		Algorithm   string `json:"algorithm"`
		Seed        uint64 `json:"seed"`
		Steps       int    `json:"steps"`
		Updates     int    `json:"updates"`
	}{r.spec.ID, r.algorithm.Name(), r.Seed, r.steps, r.updates}
	if err := c.Put("run", state); err != nil {
		return nil, err
	}
	return c, r.learner.save(c)
}

func (r *run) evaluate(ctx context.Context, episodes int) (*Scores, error) {
	start := time.Now()
	defer func() { r.examining += time.Since(start) }()
	return Evaluate(ctx, r.work.policy, r.maker, Trial{Episodes: episodes, Seed: r.Seed, Threads: r.Threads})
}

// finish takes stock: the result, the final evaluation, the last checkpoint.
func (r *run) finish(ctx context.Context) error {
	r.result = &Result{
		Policy: r.work.policy, Environment: r.spec,
		Steps: r.steps, Updates: r.updates,
		StepsPerSecond: r.speed(),
	}
	if ctx.Err() == nil && r.Evaluation.FinalEpisodes > 0 {
		scores, err := r.evaluate(ctx, r.Evaluation.FinalEpisodes)
		if err != nil && ctx.Err() == nil {
			return err
		}
		r.result.Scores = scores
	}
	if err := r.keep(r.result.Scores); err != nil {
		return err
	}
	r.result.Seconds = time.Since(r.began).Seconds()
	r.result.CPUSeconds = (clock.CPU() - r.beganCPU).Seconds()
	return ctx.Err()
}
