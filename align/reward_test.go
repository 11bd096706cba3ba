package align

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
)

// smallReward are settings that learn the task preference within 80 steps.
func smallReward() Reward {
	c := DefaultReward()
	c.Pairs, c.Batch = 0, 32
	c.Optim.LearningRate = optim.Linear(3e-3, 3e-4)
	return c
}

// TestRewardModelIsNearBayes: within two points of the best accuracy on held-out pairs
// that anyone could have, from a new model, and it can be read back and judged again.
func TestRewardModelIsNearBayes(t *testing.T) {
	of, dir := makeTask(t, "preference", nil), filepath.Join(t.TempDir(), "run")
	r, err := Run(t.Context(), smallReward(), of, Options{
		Seed: 1, Steps: 80, Threads: 2, Dir: dir,
		Evaluation: Evaluation{Every: 40, Prompts: 16, FinalPrompts: 128, Samples: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := r.Scores
	t.Logf("accuracy %.4f, at best %.4f", s.Pairs, s.Bayes)
	if s.Pairs < s.Bayes-0.02 || s.Bayes != of.(task.Comparer).BayesAccuracy() || s.Prompts != 128 {
		t.Errorf("scores %+v", s)
	}
	m, tk, err := LoadModel(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := EvaluateReward(t.Context(), m, tk, of, Trial{Prompts: 128, Seed: 1, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	golden.Same(t, "accuracy of the model that was saved", []float64{again.Pairs, again.Bayes}, []float64{s.Pairs, s.Bayes})
	if !math.IsNaN(again.Sampled) {
		t.Errorf("scores %+v of a model that writes nothing", again)
	}
}

// TestRewardModelGrowsAHead: it begins with ratings of zero, of which every pair is a
// tie, and whatever it starts from keeps its parameters; a model that rates already
// goes on from there.
func TestRewardModelGrowsAHead(t *testing.T) {
	of := makeTask(t, "preference", nil)
	c := smallReward()
	c.Optim.LearningRate = optim.Constant(0)
	evaluation := Evaluation{Prompts: 8, FinalPrompts: 8, Samples: 1}
	plain := newComparison(t, of, Comparisons{Batch: 1}).model
	r, err := Run(t.Context(), c, of, Options{Seed: 1, Steps: 1, Threads: 1, Model: plain, Evaluation: evaluation})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Model.Config.Scalar || r.Scores.Pairs != 0.5 || plain.Config.Scalar {
		t.Errorf("scalar head: %v, scores %+v", r.Model.Config.Scalar, r.Scores)
	}
	if loss, _ := r.Last.Value(record.PairsLoss); math.Abs(loss-math.Ln2) > 1e-6 {
		t.Errorf("loss %v of ratings of zero", loss)
	}
	golden.Same(t, "parameters", r.Model.Parameters[:len(plain.Parameters)], plain.Parameters)
	taught := r.Model.Clone()
	for i := range taught.Parameters {
		taught.Parameters[i] += 0.01
	}
	r, err = Run(t.Context(), c, of, Options{Seed: 1, Steps: 1, Threads: 1, Model: taught})
	if err != nil {
		t.Fatal(err)
	}
	golden.Same(t, "parameters of a model with a head", r.Model.Parameters, taught.Parameters)
}

// TestAgreement: ratings agree with a label as often as labels fall that way.
func TestAgreement(t *testing.T) {
	for _, c := range []struct {
		a, b float32
		want float64
	}{{1, 0, 0.8}, {-3, -2, 0.2}, {2, 2, 0.5}} {
		if got, err := agreement(0.8, c.a, c.b); err != nil || math.Abs(got-c.want) > 1e-15 {
			t.Errorf("ratings %v and %v agree with %v, %v", c.a, c.b, got, err)
		}
	}
	for _, x := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
		if _, err := agreement(0.8, x, 0); err == nil {
			t.Errorf("rating %v is taken", x)
		}
	}
}

// TestUnusableRatersAreRefused.
func TestUnusableRatersAreRefused(t *testing.T) {
	of := makeTask(t, "preference", nil)
	plain := newComparison(t, of, Comparisons{Batch: 1}).model
	c := plain.Config
	c.Scalar = true
	rater, err := lm.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx   context.Context
		model *lm.Model
		task  task.Task
		trial Trial
		want  string
	}{
		{t.Context(), plain, of, Trial{Prompts: 1}, "no scalar head"},
		{t.Context(), rater, makeTask(t, "add", nil), Trial{Prompts: 1}, "task add prefers no completion"},
		{t.Context(), rater, of, Trial{}, "0 prompts"},
		{ended, rater, of, Trial{Prompts: 1}, "canceled"},
	} {
		if _, err := EvaluateReward(c.ctx, c.model, of.Spec().Tokenizer, c.task, c.trial); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}

// TestRatingsLieAroundZero with centring, and apart by more than the margin.
func TestRatingsLieAroundZero(t *testing.T) {
	of := makeTask(t, "tilt", nil)
	rate := func(margin, center float64) (apart float64, sum float64) {
		c := smallReward()
		c.Comparisons = Comparisons{Batch: 16, ExactLabels: true}
		c.Margin, c.Center = margin, center
		r, err := Run(t.Context(), c, of, Options{Seed: 1, Steps: 60, Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		apart, _ = r.Last.Value(record.PairsMargin)
		return apart, meanRating(t, r.Model, of.(*task.Tilt))
	}
	near, middle := rate(0, 1)
	far, _ := rate(3, 0.01)
	if math.Abs(middle) > 0.2 || far < near+0.5 {
		t.Errorf("ratings lie around %v, and are apart by %v with a margin, by %v without", middle, far, near)
	}
}

// meanRating is the mean rating of the texts of a language.
func meanRating(t *testing.T, m *lm.Model, l *task.Tilt) float64 {
	t.Helper()
	w := newComparison(t, l, Comparisons{Batch: 1}).workplace
	g := newGrader(&workplace{task: l, spec: l.Spec(), tokenizer: w.tokenizer, model: w.model, reward: m, pool: testPool(t)})
	e := &experience{}
	for _, y := range l.Language() {
		x, err := w.encode("", y)
		if err != nil {
			t.Fatal(err)
		}
		e.texts, e.prompts, e.answers = append(e.texts, x), append(e.prompts, ""), append(e.answers, task.Answer{Text: y, Ended: true})
	}
	if err := g.grade(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	return mean(e.score)
}
