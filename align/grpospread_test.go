package align

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
)

// spreadOf are the advantages of all tokens of the recorded completions.
func spreadOf(t *testing.T, change func(*GRPO)) []float32 {
	t.Helper()
	w := bench(t, 1)
	c := DefaultGRPO()
	change(&c)
	l, e := begun(t, c, w), recorded(t, w, 4)
	l.shape(e)
	l.compare(e)
	l.spread(e)
	return l.tokens
}

// TestAdvantagesOfTokens: what comes later counts less with a discount, and nothing
// counts more than is allowed. The first completion has two tokens and the advantage ½,
// the second four and −½.
func TestAdvantagesOfTokens(t *testing.T) {
	exact := golden.Tolerance{Absolute: 1e-7, Why: "float32"}
	for _, test := range []struct {
		name   string
		change func(*GRPO)
		want   []float64
	}{
		{"plain", func(*GRPO) {}, []float64{0.5, 0.5, -0.5, -0.5, -0.5, -0.5}},
		{"discounted", func(c *GRPO) { c.Gamma = 0.5 }, []float64{0.25, 0.5, -0.0625, -0.125, -0.25, -0.5}},
		{"clipped", func(c *GRPO) { c.AdvantageClip = 0.3 }, []float64{0.3, 0.3, -0.3, -0.3, -0.3, -0.3}},
	} {
		got := spreadOf(t, func(c *GRPO) { c.Advantage = "mean"; test.change(c) })
		golden.Close(t, test.name, got[:6], test.want, exact)
	}
	white := spreadOf(t, func(c *GRPO) { c.WhitenAdvantages, c.AdvantageClip = true, 1.2 })
	for _, a := range white {
		if math.Abs(float64(a)) > 1.2000001 {
			t.Errorf("a whitened advantage is %v, clipped at 1.2", a)
		}
	}
}

// TestMismatchIsSeen where there is one: half of the tokens were drawn with 0.8 times the
// probability that training computes.
func TestMismatchIsSeen(t *testing.T) {
	logProb, drawn := make([]float32, 4), make([]float32, 4)
	for i := range drawn {
		logProb[i] = float32(math.Log(0.5))
		drawn[i] = logProb[i]
		if i%2 == 0 {
			drawn[i] = float32(math.Log(0.4))
		}
	}
	var s seen
	s.compare(logProb, drawn)
	k3 := 1/0.8 - 1 + math.Log(0.8)
	golden.Close(t, "mean |Δp| and k3", []float64{s.mismatch / float64(s.compared), s.mismatchKL / float64(s.compared)},
		[]float64{0.05, k3 / 2}, golden.Tolerance{Absolute: 1e-7, Why: "the log-probabilities are float32"})
}

// TestTheObjectivesPenaltyIsAdapted, and recorded.
func TestTheObjectivesPenaltyIsAdapted(t *testing.T) {
	c := fewGRPO()
	c.Objective, c.Epochs = "kl", 3
	c.Surrogate.KL, c.Surrogate.KLTarget = 1, 1e-6
	c.Optim.LearningRate = optim.Constant(1e-3)
	var seen []float64
	_, err := Run(t.Context(), c, coins(t), Options{Seed: 1, Steps: 3, Threads: 1, Observe: func(p Progress) {
		beta, _ := p.Row.Value(record.OptimKLCoefficient)
		seen = append(seen, beta)
	}})
	if err != nil {
		t.Fatal(err)
	}
	golden.Close(t, "coefficients", seen, []float64{1, 2, 4}, golden.Tolerance{})
}

// TestEarlyStopByK1: the estimator that may be negative counts as well.
func TestEarlyStopByK1(t *testing.T) {
	w := bench(t, 1)
	c := DefaultGRPO()
	c.TargetKL, c.TargetKLEstimator = 0.1, estimatorK1
	a := begun(t, c, w).actor
	stats := func(logProb float32) *objective.Stats {
		var s objective.Stats
		one := []float32{1}
		objective.Clip(0.2, 0.2, 0)([]float32{0}, &objective.Batch{LogProb: []float32{logProb}, OldLogProb: []float32{-1}, Advantage: one, Weight: one}, &s)
		return &s
	}
	for logProb, want := range map[float32]bool{-1.2: true, -1.05: false, -0.2: false} {
		if got := a.strayed(stats(logProb), c.TargetKL); got != want {
			t.Errorf("from −1 to %v: strayed is %v", logProb, got)
		}
	}
}

// TestHugeRewardsEndTheRun before the model is touched: a verifier's 1e300
// is finite, and its advantage is not.
func TestHugeRewardsEndTheRun(t *testing.T) {
	huge := coins(t)
	coin := huge.verify
	huge.verify = func(prompt string, a task.Answer) float64 { return 1e300 * coin(prompt, a) }
	for _, retries := range []float64{0, 1e-3} {
		c := fewGRPO()
		c.Guard.KL = retries
		w := bench(t, 1)
		_, err := Run(t.Context(), c, huge, Options{Seed: 1, Steps: 1, Threads: 1, Model: w.model})
		var numerical *NumericalError
		if !errors.As(err, &numerical) {
			t.Errorf("error %v", err)
		}
	}
}

// TestLearnerIsSaved with what the next step depends on.
func TestLearnerIsSaved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	c := fewGRPO()
	c.Penalty.Coefficient, c.Penalty.Target = 0.1, 0.05
	if _, err := Run(t.Context(), c, coins(t), Options{Seed: 1, Steps: 2, Threads: 1, Dir: dir}); err != nil {
		t.Fatal(err)
	}
	saved, err := checkpoint.Load(filepath.Join(dir, LastCheckpoint, learnerFile))
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Source        sourceState `json:"source"`
		Order         []byte      `json:"order"`
		KLCoefficient float64     `json:"kl_coefficient"`
	}
	if err := saved.Get("learner", &state); err != nil {
		t.Fatal(err)
	}
	if state.Source.Drawn != 2*6*4 || len(state.Source.Prompts) == 0 || len(state.Order) == 0 || !(state.KLCoefficient > 0) {
		t.Errorf("saved %+v", state)
	}
}
