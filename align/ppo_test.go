package align

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/seed"
)

// small is a new model for a task, smaller than any that has a name.
func small(t *testing.T, task string) *lm.Model {
	t.Helper()
	spec := makeTask(t, task, nil).Spec()
	c, err := lm.Sized("nano", spec.Tokenizer.Size(), spec.MaxPrompt+spec.MaxCompletion)
	if err != nil {
		t.Fatal(err)
	}
	c.Width, c.Layers, c.Heads, c.KeyValueHeads, c.HeadWidth, c.Hidden, c.InitSpread = 16, 1, 2, 1, 8, 24, 0.1
	m, err := lm.New(c)
	if err != nil {
		t.Fatal(err)
	}
	m.Initialize(seed.New(1))
	return m
}

// quick are settings for a step that takes a moment.
func quick() PPO {
	c := DefaultPPO()
	c.Prompts, c.Samples, c.Minibatch, c.Critic.Minibatch = 4, 4, 0, 0
	return c
}

// TestFirstRatioOfPPOIsOne: what was drawn is, bit for bit, what training computes, so
// before its first step an update sees ratios of 1 and nothing else. So it is at any
// temperature and with fewer tokens to draw from.
func TestFirstRatioOfPPOIsOne(t *testing.T) {
	for _, change := range []func(*PPO){
		func(*PPO) {},
		func(c *PPO) { c.Generate.Temperature = 0.6 },
		func(c *PPO) { c.Generate.TopK, c.Generate.TopP = 5, 0.9 },
		func(c *PPO) { c.Optim.MicroBatch = 3 },
	} {
		c := quick()
		change(&c)
		_, err := Run(t.Context(), c, makeTask(t, "sort", nil), Options{
			Seed: 1, Steps: 3, Threads: 2, Model: small(t, "sort"),
			Observe: func(p Progress) {
				for name, want := range map[string]float64{
					record.PolicyRatioMin: 1, record.PolicyRatioMax: 1, record.PolicyKL: 0, record.PolicyClipFraction: 0,
					record.TextMismatch: 0, record.TextMismatchKL: 0,
				} {
					if got, ok := p.Row.Value(name); !ok || got != want {
						t.Errorf("step %d: %s is %v, want %v", p.Step, name, got, want)
					}
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestPPOIsTheSameForAnyThreads, byte for byte, the critic included.
func TestPPOIsTheSameForAnyThreads(t *testing.T) {
	c := quick()
	c.Minibatch, c.Critic.Minibatch, c.Epochs, c.Penalty.Coefficient, c.Penalty.Target = 5, 6, 2, 0.1, 1
	var want map[string][]byte
	for _, threads := range []int{1, 2, 5} {
		dir := filepath.Join(t.TempDir(), "run")
		if _, err := Run(t.Context(), c, makeTask(t, "add", nil), Options{Seed: 3, Steps: 3, Threads: threads, Dir: dir, Model: small(t, "add")}); err != nil {
			t.Fatal(err)
		}
		got := map[string][]byte{}
		for _, name := range []string{"model.safetensors", "optimizer.safetensors", learnerFile, "critic/model.safetensors", "critic/optimizer.safetensors"} {
			var err error
			if got[name], err = os.ReadFile(filepath.Join(dir, LastCheckpoint, name)); err != nil {
				t.Fatal(err)
			}
			if want != nil && !bytes.Equal(got[name], want[name]) {
				t.Errorf("%s differs between 1 and %d threads", name, threads)
			}
		}
		want = got
	}
}

// TestGradientOfPPOIsTheSameInAnyParts: the model sees a minibatch in parts of any size,
// and its gradient and the critic's stay what they are.
func TestGradientOfPPOIsTheSameInAnyParts(t *testing.T) {
	for _, normalizer := range []string{"token-mean", "sequence-mean", "sequence-sum", "constant"} {
		var actor, critic []float32
		for _, parts := range []int{0, 1, 2, 4} {
			var r recordedUpdate
			golden.Read(t, "testdata/ppo/reward.json", &r)
			r.Settings.Normalizer, r.Settings.Rate, r.Settings.CriticRate = normalizer, 0, 0
			l, e := r.learner(t, 2), recordedExperience(t)
			l.actor.tuner.MicroBatch, l.critic.tuner.MicroBatch = parts, parts
			l.actor.Minibatch, l.actor.Epochs, l.critic.Minibatch, l.critic.Epochs = 0, 1, 0, 1
			e.logProb, e.reference = l.source.scored(l.model, e), l.source.scored(l.reference, e)
			e.drawn = e.logProb
			l.rewards(e)
			l.value = l.critic.values(e)
			l.estimate(e)
			if err := l.critic.fit(e, l.value, l.target, 0); err != nil {
				t.Fatal(err)
			}
			if err := l.actor.improve(e, l.advantage, 0); err != nil {
				t.Fatal(err)
			}
			if parts == 0 {
				actor, critic = l.actor.tuner.gradient, l.critic.tuner.gradient
				continue
			}
			for what, d := range map[string]float64{
				"model":  golden.RelativeL2(l.actor.tuner.gradient, actor),
				"critic": golden.RelativeL2(l.critic.tuner.gradient, critic),
			} {
				if d > 1e-6 { // rounding
					t.Errorf("%s, %d texts at a time: the gradient of the %s is %.1e off", normalizer, parts, what, d)
				}
			}
		}
	}
}

// TestCriticWarmUp: while the critic learns alone the model keeps its bytes, and not one
// step longer.
func TestCriticWarmUp(t *testing.T) {
	start := small(t, "copy")
	for _, steps := range []int{2, 3} {
		c := quick()
		c.Critic.Warmup = 2
		dir := filepath.Join(t.TempDir(), "run")
		r, err := Run(t.Context(), c, makeTask(t, "copy", nil), Options{Seed: 1, Steps: steps, Threads: 1, Model: start, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if same := slices.Equal(r.Model.Parameters, start.Parameters); same != (steps == 2) {
			t.Errorf("after %d steps: the model is the same: %v", steps, same)
		}
		critic, err := lm.Load(filepath.Join(dir, LastCheckpoint, criticFolder))
		if err != nil {
			t.Fatal(err)
		}
		n := len(start.Parameters)
		if !critic.Config.Scalar || slices.Equal(critic.Parameters[:n], start.Parameters) || slices.Max(critic.Parameters[n:]) == 0 {
			t.Errorf("after %d steps: the critic has not learnt", steps)
		}
	}
}

// TestAdvantagesOfCompletions: each completion is a chain of its own, the end of which is
// the end, also where it was cut off. The numbers of the first are those of the textbook
// formula; the value of 100 that the third begins with must not be seen by the second.
func TestAdvantagesOfCompletions(t *testing.T) {
	l := &ppo{PPO: PPO{Gamma: 1, Lambda: 0.95}}
	e := &experience{segment: []int32{0, 4, 6, 7}, drawn: make([]float32, 7)}
	l.reward = []float32{0, 0, 0, 1, 0, 1, 0}
	l.value = []float32{0.5, 0.4, 0.3, 0.6, 0, 0, 100}
	l.estimate(e)
	rounding := golden.Tolerance{Absolute: 1e-6, Why: "float32"}
	golden.Close(t, "advantages", l.advantage[:6], []float64{0.4187, 0.546, 0.68, 0.4, 0.95, 1}, rounding)
	golden.Close(t, "returns", l.target, []float64{0.9187, 0.946, 0.98, 1, 0.95, 1, 0}, rounding)

	l.WhitenAdvantages, l.AdvantageClip = true, 0.5
	l.estimate(e)
	want := []float32{0.4187, 0.546, 0.68, 0.4, 0.95, 1, -100}
	advantage.Whiten(want, want, nil)
	for i, a := range want {
		want[i] = min(max(a, -0.5), 0.5)
	}
	golden.Close(t, "whitened advantages", l.advantage, want, rounding)
}

// TestShuffledRewards are the same rewards.
func TestShuffledRewards(t *testing.T) {
	dealt := []float64{1, 2, 3, 4, 5, 6, 7, 8}
	shuffleRewards(dealt, seed.New(1))
	if slices.IsSorted(dealt) {
		t.Error("nothing was shuffled")
	}
	slices.Sort(dealt)
	golden.Same(t, "rewards", dealt, []float64{1, 2, 3, 4, 5, 6, 7, 8})
}

// TestPPOLearnsFromARewardModel in the place of the verifier, whose reward is shown and
// not learned from.
func TestPPOLearnsFromARewardModel(t *testing.T) {
	judge := small(t, "copy").WithScalar(0.5, seed.New(5))
	_, err := Run(t.Context(), quick(), makeTask(t, "copy", nil), Options{
		Seed: 1, Steps: 1, Threads: 1, Model: small(t, "copy"), Reward: judge,
		Observe: func(p Progress) {
			reward, _ := p.Row.Value(record.TextRewardMean)
			gold, ok := p.Row.Value(record.TextGoldMean)
			if !ok || reward == gold || reward == math.Trunc(reward) {
				t.Errorf("reward %v, gold %v", reward, gold)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPPORefuses what cannot be computed, and says what.
func TestPPORefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*PPO)
		want   string
	}{
		{"rate", func(c *PPO) { c.Critic.LearningRate = optim.Constant(-1) }, "ppo.critic.learning_rate"},
		{"target", func(c *PPO) { c.Penalty.Target = 1 }, "ppo.penalty.coefficient = 0: must be above 0 where target is set"},
		{"weighted", func(c *PPO) { c.Penalty.Weighted = true }, "ppo.penalty.weighted = true: must be false where place is reward"},
		{"dual", func(c *PPO) { c.DualClip = 0.5 }, "dual_clip = 0.5: must be 0 (off) or above 1"},
		{"buffer", func(c *PPO) { c.Shape.OverlongBuffer = 999 }, "shape.overlong_buffer = 999"},
	} {
		settings := quick()
		c.change(&settings)
		_, err := Run(t.Context(), settings, makeTask(t, "add", nil), Options{Steps: 1})
		if err == nil || !bytes.Contains([]byte(err.Error()), []byte(c.want)) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

// TestPenaltyHoldsItsTarget: the coefficient that adapts keeps the divergence from the
// reference within 20 % of what was asked for, mean over the second half of a run, while
// the reward rises.
func TestPenaltyHoldsItsTarget(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole run")
	}
	c := DefaultPPO()
	c.Prompts, c.Samples, c.Minibatch, c.Critic.Minibatch = 32, 4, 64, 64
	c.Optim.LearningRate = optim.Constant(1e-3)
	c.Critic.LearningRate = optim.Constant(3e-3)
	c.Penalty.Coefficient, c.Penalty.Target, c.Penalty.Horizon = 0.5, 3, 500
	const steps = 120
	divergence, reward := 0.0, []float64{}
	_, err := Run(t.Context(), c, makeTask(t, "preference", nil), Options{
		Seed: 1, Steps: steps, Threads: 1, Model: small(t, "preference"),
		Observe: func(p Progress) {
			r, _ := p.Row.Value(record.TextRewardMean)
			kl, _ := p.Row.Value(record.PolicyKLReference)
			beta, _ := p.Row.Value(record.OptimKLReferenceCoefficient)
			if p.Step%10 == 0 {
				t.Logf("step %d: reward %.2f, divergence %.2f, β %.3f", p.Step, r, kl, beta)
			}
			reward = append(reward, r)
			if p.Step > steps/2 {
				divergence += kl / (steps / 2)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(divergence/3-1) > 0.2 || reward[steps-1] < reward[0]+1 {
		t.Errorf("divergence %.2f nats instead of 3; reward from %.2f to %.2f", divergence, reward[0], reward[steps-1])
	}
}

// TestGuardOfPPO: an update that goes further than the guard allows, however small, is
// taken back, and the critic has learnt all the same.
func TestGuardOfPPO(t *testing.T) {
	start := small(t, "copy")
	c := quick()
	c.Guard.KL, c.Guard.Retries = 1e-30, 2
	dir := filepath.Join(t.TempDir(), "run")
	r, err := Run(t.Context(), c, makeTask(t, "copy", nil), Options{Seed: 1, Steps: 2, Threads: 1, Model: start, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if undone, _ := r.Last.Value(record.GuardUndone); undone != 2 || !slices.Equal(r.Model.Parameters, start.Parameters) {
		t.Errorf("%v updates stayed undone, the model is the same: %v", undone, slices.Equal(r.Model.Parameters, start.Parameters))
	}
	critic, err := lm.Load(filepath.Join(dir, LastCheckpoint, criticFolder))
	if err != nil || slices.Equal(critic.Parameters[:len(start.Parameters)], start.Parameters) {
		t.Errorf("the critic has not learnt: %v", err)
	}
}

// TestEverySettingOfPPOCounts: none is read and forgotten. Each changes the model or the
// critic that two steps lead to.
func TestEverySettingOfPPOCounts(t *testing.T) {
	tk, start := makeTask(t, "copy", nil), small(t, "copy")
	train := func(change func(*PPO)) []float32 {
		c := DefaultPPO()
		c.Prompts, c.Samples, c.Minibatch, c.Epochs = 4, 2, 4, 2
		c.Clip, c.Critic.ValueClip, c.Critic.Epochs = region.Symmetric(0.01), 0.01, 2
		c.Optim.LearningRate, c.Critic.LearningRate = optim.Constant(0.01), optim.Constant(0.01)
		c.Generate.MaxTokens, c.Shape.OverlongBuffer, c.Penalty.Coefficient = 4, 1, 0.3
		change(&c)
		dir := filepath.Join(t.TempDir(), "run")
		r, err := Run(t.Context(), c, tk, Options{Seed: 1, Steps: 3, Threads: 1, Model: start, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		critic, err := lm.Load(filepath.Join(dir, LastCheckpoint, criticFolder))
		if err != nil {
			t.Fatal(err)
		}
		return append(r.Model.Parameters, critic.Parameters...)
	}
	plain := train(func(*PPO) {})
	inLoss := func(c *PPO) { c.Penalty.Place, c.Penalty.Estimator = "loss", "k3" }
	for name, change := range map[string]func(*PPO){
		"temperature":                   func(c *PPO) { c.Generate.Temperature = 0.9 },
		"prompts":                       func(c *PPO) { c.Prompts = 5 },
		"samples":                       func(c *PPO) { c.Samples = 3 },
		"shuffle_rewards":               func(c *PPO) { c.ShuffleRewards = true },
		"whiten_rewards":                func(c *PPO) { c.WhitenRewards = true },
		"gamma":                         func(c *PPO) { c.Gamma = 0.9 },
		"lambda":                        func(c *PPO) { c.Lambda = 0.5 },
		"whiten_advantages":             func(c *PPO) { c.WhitenAdvantages = false },
		"advantage_clip":                func(c *PPO) { c.AdvantageClip = 0.5 },
		"objective":                     func(c *PPO) { c.Objective = "unclipped" },
		"clip":                          func(c *PPO) { c.Clip = region.Symmetric(0.02) },
		"dual_clip":                     func(c *PPO) { c.DualClip = 1.001 },
		"normalizer":                    func(c *PPO) { c.Normalizer = "sequence-sum" },
		"epochs":                        func(c *PPO) { c.Epochs = 3 },
		"minibatch":                     func(c *PPO) { c.Minibatch = 3 },
		"entropy_coefficient":           func(c *PPO) { c.EntropyCoefficient = 0.1 },
		"target_kl":                     func(c *PPO) { c.TargetKL = 1e-9 },
		"skip_cut_off":                  func(c *PPO) { c.SkipCutOff = true },
		"surrogate.kl":                  func(c *PPO) { c.Objective, c.Surrogate.KL = "kl", 3 },
		"guard.kl":                      func(c *PPO) { c.Guard.KL = 1e-12 },
		"shape.cut_off":                 func(c *PPO) { c.Shape.CutOff = -1 },
		"shape.overlong_buffer":         func(c *PPO) { c.Shape.OverlongBuffer = 4 },
		"shape.overlong_penalty":        func(c *PPO) { c.Shape.OverlongPenalty = 2 },
		"shape.clip":                    func(c *PPO) { c.Shape.Clip = 0.1 },
		"penalty.coefficient":           func(c *PPO) { c.Penalty.Coefficient = 0.4 },
		"penalty.place":                 inLoss,
		"penalty.estimator":             func(c *PPO) { c.Penalty.Estimator = "abs" },
		"penalty.limit":                 func(c *PPO) { c.Penalty.Limit = 0.001 },
		"penalty.target":                func(c *PPO) { c.Penalty.Target = 5 },
		"penalty.law":                   func(c *PPO) { c.Penalty.Target, c.Penalty.Law = 5, "doubling" },
		"critic.warmup":                 func(c *PPO) { c.Critic.Warmup = 1 },
		"critic.learning_rate":          func(c *PPO) { c.Critic.LearningRate = optim.Constant(0.02) },
		"critic.epochs":                 func(c *PPO) { c.Critic.Epochs = 3 },
		"critic.minibatch":              func(c *PPO) { c.Critic.Minibatch = 3 },
		"critic.coefficient":            func(c *PPO) { c.Critic.Coefficient = 1e-3 },
		"critic.value_clip":             func(c *PPO) { c.Critic.ValueClip = 0 },
		"critic.value_clip_pessimistic": func(c *PPO) { c.Critic.ValueClipPessimistic = false },
	} {
		if slices.Equal(train(change), plain) {
			t.Errorf("%s changes nothing", name)
		}
	}
	weighted := func(c *PPO) { inLoss(c); c.Penalty.Weighted = true }
	if slices.Equal(train(weighted), train(inLoss)) {
		t.Error("penalty.weighted changes nothing")
	}
	horizon := func(c *PPO) { c.Penalty.Target, c.Penalty.Horizon = 5, 100 }
	if slices.Equal(train(horizon), train(func(c *PPO) { c.Penalty.Target = 5 })) {
		t.Error("penalty.horizon changes nothing")
	}
	perEpoch := func(c *PPO) { c.TargetKL, c.TargetKLPer = 1e-9, "epoch" }
	if slices.Equal(train(perEpoch), train(func(c *PPO) { c.TargetKL = 1e-9 })) {
		t.Error("target_kl_per changes nothing")
	}
}
