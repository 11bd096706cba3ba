package align

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/seed"
)

// Reward trains a reward model: a model with a scalar head that rates completions so
// that what is preferred is rated higher, after Bradley and Terry.
// docs/algorithms/reward.md has the details. It is plain data: start from
// DefaultReward; zero means zero.
type Reward struct {
	Optim Optim

	Comparisons
	// Distance between the ratings of a pair that is asked for on top of their order, in nats. 0: none.
	Margin float64 `toml:"margin" range:"[0, 1000]"`
	// Coefficient of the squared sum of the two ratings, which keeps ratings around zero; the order of completions does not settle where they lie. 0: off.
	Center float64 `toml:"center" range:"[0, 1000]"`
}

// DefaultReward returns settings that bring a small model near the best accuracy
// there can be on a task such as preference, from a new model or from one that can
// imitate.
func DefaultReward() Reward {
	o := DefaultOptim()
	o.LearningRate = optim.Linear(1e-3, 1e-4)
	return Reward{Optim: o, Comparisons: Comparisons{Pairs: 8192, Batch: 64}, Center: 0.01}
}

// Name is "reward".
func (c Reward) Name() string { return "reward" }

func (c Reward) sections() sections { return c.edit() }

func (c *Reward) edit() sections { return sections{nil, &c.Optim, c.Name(), c} }

// reward is Reward at work.
type reward struct {
	Reward
	*workplace
	comparer *comparer
	tuner    *tuner
}

func (c Reward) fit(w *workplace) error { return w.compares(c.Name()) }

func (c Reward) start(w *workplace) (learner, error) {
	d, err := newComparer(w, c.Comparisons)
	if err != nil {
		return nil, err
	}
	w.model = w.model.WithScalar(0, seed.Stream(w.seed, "rating", 0)) // a new head begins with ratings of 0
	return &reward{Reward: c, workplace: w, comparer: d, tuner: newTuner(w.model, w.pool, c.Optim.inPairs(), askLast, 1)}, nil
}

// iterate is the whole of it, once around.
func (l *reward) iterate(_ context.Context, step int, progress float64, row *record.Row) error {
	// comparisons
	batch, err := l.comparer.next(step)
	if err != nil {
		return err
	}
	m := lay(batch)

	// objective → gradient
	var seen objective.PairStats
	loss, margin := 0.0, l.margins(len(m.weight))
	l.tuner.differentiate(m.texts, func(p *part) {
		weight := m.of(p)
		loss += objective.BradleyTerry(p.dValue, p.value, margin[:len(weight)], weight, l.Center, &seen)
	})

	// optim
	rate := l.Optim.LearningRate.At(progress)
	norm, err := l.tuner.step(rate)
	if err != nil {
		return err
	}
	reportPairs(row, loss, &seen)
	row.Add(record.OptimLearningRate, rate)
	row.Add(record.OptimGradientNorm, norm)
	row.Add(record.TextTokens, float64(rowsOf(m.texts)))
	return nil
}

// margins is the margin of each of n pairs.
func (l *reward) margins(n int) []float32 {
	margin := make([]float32, n)
	for i := range margin {
		margin[i] = float32(l.Margin)
	}
	return margin
}

func (l *reward) save(folder string) error { return l.tuner.save(folder) }

// examine measures how well held-out pairs are told apart.
func (l *reward) examine(ctx context.Context, s *Scores, prompts int) error {
	return l.rate(ctx, l.comparer.judge, s, prompts)
}

// pairsPerPrompt is how many held-out pairs are rated for each prompt that is asked for.
const pairsPerPrompt = 8

// rate measures the pair accuracy of a model with a scalar head:
//
//	mean of  P(a preferred)      where a is rated higher
//	         1 − P(a preferred)  where b is
//	         ½                   where both are rated the same
//
// over pairs a, b of held-out prompts. That is the share of drawn labels that the model
// would get right, without the chance in drawing them.
func (w *workplace) rate(ctx context.Context, judge task.Comparer, s *Scores, prompts int) error {
	pass, sum := lm.NewPass(w.model, w.pool), 0.0
	for first := 0; first < prompts; first += 32 { // as many go through the model at once
		last := min(first+32, prompts)
		hits, err := w.agreements(pass, judge, first*pairsPerPrompt, last*pairsPerPrompt)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		sum += hits
	}
	s.Prompts, s.Samples = prompts, pairsPerPrompt
	s.Pairs, s.Bayes = sum/float64(prompts*pairsPerPrompt), judge.BayesAccuracy()
	return nil
}

// agreements is how many labels of the held-out pairs lo to before hi the ratings agree
// with, in the mean.
func (w *workplace) agreements(pass *lm.Pass, judge task.Comparer, lo, hi int) (hits float64, err error) {
	var batch lm.Batch
	var pairs []*comparison
	for k := lo; k < hi; k++ {
		rng := seed.Stream(w.seed, "held-out pair", k)
		prompt, err := task.Draw(w.task, task.HeldOut, rng)
		if err != nil {
			return 0, err
		}
		c, err := w.weigh(judge, prompt, rng)
		if err != nil {
			return 0, err
		}
		askLast(&batch, c.chosen)
		askLast(&batch, c.rejected)
		pairs = append(pairs, c)
	}
	pass.Evaluate(&batch)
	for i, c := range pairs {
		hit, err := agreement(c.certainty, pass.Value[2*i], pass.Value[2*i+1])
		if err != nil {
			return 0, err
		}
		hits += hit
	}
	return hits, nil
}

// agreement is the probability that a label agrees with the ratings of a and b, when a
// is preferred with probability p.
func agreement(p float64, a, b float32) (float64, error) {
	switch difference := float64(a) - float64(b); {
	case math.IsNaN(difference) || math.IsInf(difference, 0):
		return 0, &NumericalError{What: "difference of two ratings", Value: difference}
	case difference > 0:
		return p, nil
	case difference < 0:
		return 1 - p, nil
	}
	return 0.5, nil
}

// EvaluateReward asks a reward model which of two completions of held-out prompts is
// the better one, for eight pairs a prompt, and sets Pairs and Bayes of the scores. Of
// the trial it reads Prompts, Seed and Threads. The error says that the model has no
// scalar head or the task prefers nothing, or it is that of ctx.
func EvaluateReward(ctx context.Context, m *lm.Model, tk *token.Tokenizer, t task.Task, trial Trial) (*Scores, error) {
	judge, ok := t.(task.Comparer)
	switch {
	case !m.Config.Scalar:
		return nil, errors.New("evaluate: the model has no scalar head: train one with the method reward")
	case !ok:
		return nil, fmt.Errorf("evaluate: task %s prefers no completion to another", t.Spec().Name)
	case trial.Prompts < 1 || trial.Threads < 0:
		return nil, fmt.Errorf("evaluate: %d prompts on %d threads: prompts must be at least 1, threads at least 0", trial.Prompts, trial.Threads)
	}
	if trial.Threads == 0 {
		trial.Threads = runtime.GOMAXPROCS(0)
	}
	pool := parallel.New(trial.Threads)
	defer pool.Close()
	w := &workplace{task: t, spec: t.Spec(), tokenizer: tk, model: m, pool: pool, seed: trial.Seed}
	if err := w.fits(); err != nil {
		return nil, err
	}
	s := newScores()
	return s, w.rate(ctx, judge, s, trial.Prompts)
}
