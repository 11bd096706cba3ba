package align

import (
	"context"
	"math"

	"github.com/proximal-rl/proximal/lm"
)

// grader says what completions are worth: by the task's verifier, or by a reward
// model in its place.
type grader struct {
	*workplace
	verifier *verifier
	pass     *lm.Pass // of the reward model; nil: none
	batch    lm.Batch
}

func newGrader(w *workplace) *grader {
	g := &grader{workplace: w, verifier: newVerifier(w.task, w.pool)}
	if w.reward != nil {
		g.pass = lm.NewPass(w.reward, w.pool)
	}
	return g
}

// grade fills in what the completions are worth. The error names the prompt whose
// answer could not be judged, or is that of ctx.
func (g *grader) grade(ctx context.Context, e *experience) error {
	e.gold = make([]float64, e.size())
	if err := g.verifier.verify(ctx, e.gold, e.prompts, e.answers); err != nil {
		return err
	}
	e.score = e.gold
	if g.pass == nil {
		return nil
	}
	g.batch.Reset()
	for _, t := range e.texts {
		g.batch.AppendLast(t.tokens)
	}
	g.pass.Evaluate(&g.batch)
	e.score = make([]float64, e.size())
	for i, v := range g.pass.Value {
		e.score[i] = float64(v)
		if math.IsNaN(e.score[i]) || math.IsInf(e.score[i], 0) {
			return &NumericalError{What: "reward model's value of an answer", Value: e.score[i]}
		}
	}
	return nil
}
