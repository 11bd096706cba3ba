package align

import (
	"context"
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
)

// newPairLoss is one of the losses over pairs.
func newPairLoss(name string, beta, smoothing float64) objective.PairLoss {
	p, ok := objective.FindPreference(name)
	if !ok {
		panic("there is no preference " + name)
	}
	return p.New(beta, smoothing)
}

// TestEveryPairLossIsASetting.
func TestEveryPairLossIsASetting(t *testing.T) {
	for _, p := range objective.Preferences() {
		c := DefaultDPO()
		c.Loss, c.Pairs, c.Batch = p.Name, 0, 2
		if p.Smooths {
			c.LabelSmoothing = 0.1
		}
		if _, err := Run(t.Context(), c, makeTask(t, "tilt", nil), Options{Steps: 1, Threads: 1}); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
}

// TestPreferencesStartAtTheReference: before the first step the model is its
// reference, bit for bit, so there is no margin at all.
func TestPreferencesStartAtTheReference(t *testing.T) {
	for _, threads := range []int{1, 2} {
		r, err := Run(t.Context(), DefaultDPO(), makeTask(t, "preference", nil), Options{Seed: 1, Steps: 1, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		margin, _ := r.Last.Value(record.PairsMargin)
		accuracy, _ := r.Last.Value(record.PairsAccuracy)
		loss, _ := r.Last.Value(record.PairsLoss)
		if margin != 0 || accuracy != 0.5 || math.Abs(loss-math.Ln2) > 1e-6 {
			t.Errorf("margin %v, accuracy %v, loss %v", margin, accuracy, loss)
		}
	}
}

// TestReferenceIsAskedOnce about each pair: once it has been, what it would say is not
// heard any more. And it stays as it is.
func TestReferenceIsAskedOnce(t *testing.T) {
	c := DefaultDPO()
	c.Pairs, c.Batch = 8, 4
	l, w := startDPO(t, c)
	before := append([]float32(nil), w.reference.Parameters...)
	for step := range 6 {
		if step == 2 { // all pairs have been gone through
			golden.Same(t, "the reference", w.reference.Parameters, before)
			for i := range w.reference.Parameters {
				w.reference.Parameters[i] = float32(math.NaN())
			}
		}
		var row record.Row
		if err := l.iterate(t.Context(), step, 0, &row); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		if loss, _ := row.Value(record.PairsLoss); math.IsNaN(loss) {
			t.Errorf("step %d has asked the reference again", step)
		}
	}
	var row record.Row
	l, w = startDPO(t, c)
	w.reference.Parameters[0] = float32(math.NaN())
	if err := l.iterate(t.Context(), 0, 0, &row); err == nil {
		t.Error("the reference was not asked at all")
	}
}

// startDPO returns a learner on the task preference, with a new model.
func startDPO(t *testing.T, c DPO) (learner, *workplace) {
	t.Helper()
	r, err := prepare(c, makeTask(t, "preference", nil), Options{Seed: 2, Steps: 6, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.close() })
	return r.learner, r.work
}

// taughtWell is the language with a model that hardly ever writes what is outside it.
func taughtWell(t *testing.T) *language {
	t.Helper()
	l, sft := tilted(t), DefaultSFT()
	sft.Optim.LearningRate = optim.Constant(1e-3)
	r, err := Run(t.Context(), sft, l.Tilt, Options{Seed: 2, Steps: 100, Threads: 1, Model: l.model})
	if err != nil {
		t.Fatal(err)
	}
	return &language{l.Tilt, r.Model, l.policy(r.Model)}
}

// outside is the probability of everything but the texts.
func outside(policy []float64) float64 {
	rest := 1.0
	for _, p := range policy {
		rest -= p
	}
	return rest
}

// TestDPOIsTheTilt: on pairs with exact labels, DPO comes to the policy in closed form,
// ρ·e^{R/β}, and IPO to its own, ρ·e^{P/β} with P the mean probability of being
// preferred to a text of the language.
//
// What lies outside the language is in no pair, so nothing says how likely it is to be.
// The distance counts it.
func TestDPOIsTheTilt(t *testing.T) {
	l := taughtWell(t)
	for _, c := range []struct {
		loss string
		beta float64
		want []float64
	}{{"sigmoid", 1, l.Optimum(l.reference, 1)}, {"sigmoid", 0.5, l.Optimum(l.reference, 0.5)}, {"ipo-sum", 0.25, l.identity(0.25)}} {
		m := DefaultDPO()
		m.Comparisons = Comparisons{Batch: 8, ExactLabels: true}
		m.Loss, m.Beta, m.Optim.LearningRate = c.loss, c.beta, optim.Linear(5e-4, 0)
		r, err := Run(t.Context(), m, l.Tilt, Options{Seed: 1, Steps: 150, Threads: 1, Model: l.model})
		if err != nil {
			t.Fatal(err)
		}
		got := l.policy(r.Model)
		distance := total(got, c.want) + outside(got)/2
		t.Logf("%s, beta %v: total variation %.4f, outside %.4f, before %.4f", c.loss, c.beta, distance, outside(got), outside(l.reference))
		if distance > 0.01 {
			t.Errorf("%s, beta %v: %.4f, want %.4f: total variation %.4f", c.loss, c.beta, got, c.want, distance)
		}
		if from := total(l.reference, c.want); from < 0.2 {
			t.Errorf("the model was within %v of the optimum before", from)
		}
	}
}

// identity is what IPO comes to.
//
// Source: Azar et al. 2023, https://arxiv.org/abs/2310.12036, equation 7 with the
// identity for Ψ and uniform completions to compare with.
func (l *language) identity(beta float64) []float64 {
	policy, sum := make([]float64, len(l.reference)), 0.0
	for i, a := range l.Language() {
		preferred := 0.0
		for _, b := range l.Language() {
			preferred += l.Prefer("", a, b) / float64(len(policy))
		}
		policy[i] = l.reference[i] * math.Exp(preferred/beta)
		sum += policy[i]
	}
	for i := range policy {
		policy[i] /= sum
	}
	return policy
}

// TestDPOFollowsWhatIsPreferred: on drawn labels the gold reward rises, though nobody
// has seen it.
func TestDPOFollowsWhatIsPreferred(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	of := makeTask(t, "preference", nil)
	sft := DefaultSFT()
	start, err := Run(t.Context(), sft, of, Options{Seed: 1, Steps: 60})
	if err != nil {
		t.Fatal(err)
	}
	evaluation := Evaluation{Prompts: 64, FinalPrompts: 64, Samples: 4}
	r, err := Run(t.Context(), DefaultDPO(), of, Options{Seed: 1, Steps: 100, Model: start.Model, Evaluation: evaluation})
	if err != nil {
		t.Fatal(err)
	}
	before, err := Evaluate(context.Background(), start.Model, of.Spec().Tokenizer, of, Trial{Prompts: 64, Samples: 4, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("gold %.2f, before %.2f, KL %.2f", r.Scores.Reward, before.Reward, r.Scores.KL)
	if r.Scores.Reward < before.Reward+1 || r.Scores.KL < 0.1 {
		t.Errorf("gold reward %.2f, before %.2f; divergence %.2f", r.Scores.Reward, before.Reward, r.Scores.KL)
	}
}
