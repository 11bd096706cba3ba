package align

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/seed"
)

// Trial says how a model is evaluated. It is plain data.
type Trial struct {
	Prompts   int       // held-out ones, all different; fewer if the task has no more; at least 1
	Samples   int       // completions drawn of each; at least 1
	Seed      uint64    // of everything random
	MaxTokens int       // of a completion; 0: what the task takes
	Reference *lm.Model // to measure the divergence from; nil: not measured
	Threads   int       // 0: as many as there are cores; does not change the result
}

// Scores is what an evaluation found. Sampled completions are drawn from the model's
// own distribution, at temperature 1 and without any truncation. What was not
// measured is NaN. It is plain data.
type Scores struct {
	Prompts, Samples int

	Sampled  float64         // accuracy: share of sampled completions that get the task's best reward
	Greedy   float64         // the same of the most likely completion of each prompt, token by token
	PassAt   map[int]float64 // by k: probability that at least one of k sampled completions is right
	Reward   float64         // mean reward of sampled completions
	Length   float64         // mean number of their tokens
	KL       float64         // KL(model‖reference) of whole completions, from the sampled ones, in nats
	Imitated float64         // mean negative log-probability of a token of held-out demonstrations
	Pairs    float64         // accuracy of a reward model on held-out pairs
	Bayes    float64         // the largest there can be
}

// passAt are the numbers of tries of which pass@k is reported.
var passAt = [...]int{1, 4, 16, 64}

// Evaluate asks a model the held-out prompts of a task. The result depends on the
// trial's seed, not on the number of threads. The error is that of ctx if it ends
// first, or names the prompt that does not fit the model.
func Evaluate(ctx context.Context, m *lm.Model, tk *token.Tokenizer, t task.Task, trial Trial) (*Scores, error) {
	if trial.Prompts < 1 || trial.Samples < 1 || trial.Threads < 0 {
		return nil, fmt.Errorf("evaluate: %d prompts with %d samples on %d threads: prompts and samples must be at least 1, threads at least 0",
			trial.Prompts, trial.Samples, trial.Threads)
	}
	if trial.Threads == 0 {
		trial.Threads = runtime.GOMAXPROCS(0)
	}
	pool := parallel.New(trial.Threads)
	defer pool.Close()
	w := &workplace{task: t, spec: t.Spec(), tokenizer: tk, model: m, reference: trial.Reference, sampling: lm.DefaultSampling(), pool: pool, seed: trial.Seed}
	if n := trial.MaxTokens; n > 0 {
		w.sampling.MaxTokens = n
	} else if n := w.spec.MaxCompletion; n > 0 {
		w.sampling.MaxTokens = n
	}
	if err := w.fits(); err != nil {
		return nil, err
	}
	return newExamination(w).examine(ctx, trial)
}

// examination asks a model held-out prompts.
type examination struct {
	*source
	sampled *experience // what was drawn last
}

// newExamination makes an examination of the model at a workplace, by the task alone:
// whatever a run draws its completions with, and is rewarded by.
func newExamination(w *workplace) *examination {
	own := *w
	own.sampling, own.reward = lm.DefaultSampling(), nil
	own.sampling.MaxTokens = w.sampling.MaxTokens
	return &examination{source: newSource(&own)}
}

// examine asks everything there is to ask.
func (x *examination) examine(ctx context.Context, trial Trial) (*Scores, error) {
	s := newScores()
	prompts, err := task.Distinct(x.task, task.HeldOut, trial.Prompts, seed.Stream(trial.Seed, "held-out", 0))
	if err != nil {
		return nil, err
	}
	s.Prompts, s.Samples = len(prompts), trial.Samples
	greedy := x.sampling
	greedy.Greedy = true
	e, err := x.answer(ctx, prompts, 1, greedy, trial.Seed)
	if err != nil {
		return nil, err
	}
	s.Greedy = mean(right(x.spec, e))
	if x.sampled, err = x.answer(ctx, prompts, trial.Samples, x.sampling, trial.Seed); err != nil {
		return nil, err
	}
	x.sum(s, x.sampled)
	if x.reference != nil {
		s.KL = x.divergence(x.sampled)
	}
	return s, x.imitate(s, trial)
}

func newScores() *Scores {
	nan := math.NaN()
	return &Scores{Sampled: nan, Greedy: nan, Reward: nan, Length: nan, KL: nan, Imitated: nan, Pairs: nan, Bayes: nan}
}

// answer draws completions and grades them.
func (x *examination) answer(ctx context.Context, prompts []string, samples int, how lm.Sampling, run uint64) (*experience, error) {
	e, err := x.complete(ctx, prompts, samples, how, seed.Stream(run, "evaluation", 0).Uint64(), 0)
	if err != nil {
		return nil, err
	}
	return e, x.grade.grade(ctx, e)
}

// right says which completions get the best reward there is, as ones and zeros.
func right(spec task.Spec, e *experience) []float64 {
	hits := make([]float64, e.size())
	for i, reward := range e.gold {
		if reward >= spec.Best {
			hits[i] = 1
		}
	}
	return hits
}

// sum fills in what sampled completions show.
func (x *examination) sum(s *Scores, e *experience) {
	hits := right(x.spec, e)
	s.Sampled, s.Reward = mean(hits), mean(e.gold)
	s.Length = float64(e.rows()) / float64(e.size())
	s.PassAt = map[int]float64{}
	for _, k := range passAt {
		if k > e.samples {
			break
		}
		for g := range e.groups() {
			s.PassAt[k] += tried(hits[g*e.samples:][:e.samples], k) / float64(e.groups())
		}
	}
}

// tried is the probability that k of the tries, picked at random, have a hit among
// them, the unbiased estimate of pass@k:
//
//	1 − C(n−c, k) / C(n, k)    c hits of n
//
// Source: Chen et al. 2021, https://arxiv.org/abs/2107.03374, equation 1.
func tried(hits []float64, k int) float64 {
	n, c := len(hits), 0
	for _, h := range hits {
		c += int(h)
	}
	miss := 1.0
	for i := range k {
		miss *= float64(max(0, n-c-i)) / float64(n-i)
	}
	return 1 - miss
}

// divergence is the mean over completions of the log-ratio of model and reference.
func (x *examination) divergence(e *experience) float64 {
	sum := 0.0
	reference := x.scored(x.reference, e)
	for i, logProb := range x.scored(x.model, e) {
		sum += float64(logProb) - float64(reference[i])
	}
	return sum / float64(e.size())
}

// imitate measures what the model thinks of held-out demonstrations, if there are
// any: what training has cost of what imitation had taught.
func (x *examination) imitate(s *Scores, trial Trial) error {
	teacher, ok := x.task.(task.Demonstrator)
	if !ok {
		return nil
	}
	texts, err := x.demonstrations(teacher, task.HeldOut, trial.Prompts, seed.Stream(trial.Seed, "held-out demonstration", 0))
	if err != nil {
		return err
	}
	e := &experience{texts: texts}
	sum, rows := 0.0, 0
	for _, logProb := range x.scored(x.model, e) {
		sum -= float64(logProb)
		rows++
	}
	s.Imitated = sum / float64(rows)
	return nil
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
