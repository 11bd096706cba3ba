package align

import (
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/seed"
)

// TestEqualRewardsTeachNothing, without dynamic sampling: the gradient is exactly zero.
func TestEqualRewardsTeachNothing(t *testing.T) {
	same := coins(t)
	same.verify = func(string, task.Answer) float64 { return 0.1 }
	for _, advantage := range []string{"std", "mean", "batch-std", "leave-one-out", "leave-one-out-std", "length", "maxrl", "gpg"} {
		c := fewGRPO()
		c.Advantage = advantage
		w := bench(t, 1)
		r, err := Run(t.Context(), c, same, Options{Seed: 1, Steps: 2, Threads: 1, Model: w.model})
		if err != nil {
			t.Fatal(err)
		}
		golden.Same(t, advantage, r.Model.Parameters, w.model.Parameters)
		expect(t, &r.Last, record.OptimGradientNorm, 0)
		expect(t, &r.Last, record.TextWithoutSignal, 1)
	}
}

// TestNoSignalLeavesTheMomentum: once the optimiser remembers a direction, a step whose
// rewards are all equal has no gradient and still moves on along it; with dynamic
// sampling there is no step, and not a bit of model and optimiser changes.
func TestNoSignalLeavesTheMomentum(t *testing.T) {
	for _, draws := range []int{1, 2} {
		informed := true
		fading := coins(t)
		coin := fading.verify
		fading.verify = func(prompt string, a task.Answer) float64 {
			if informed {
				return coin(prompt, a)
			}
			return 0.5
		}
		c := fewGRPO()
		c.Draws = draws
		w := bench(t, 1)
		w.task = fading
		l := begun(t, c, w)
		step := func(n int) *record.Row {
			var row record.Row
			if err := l.iterate(t.Context(), n, 0, &row); err != nil {
				t.Fatal(err)
			}
			return &row
		}
		step(0)
		informed = false
		before, made := slices.Clone(w.model.Parameters), l.actor.tuner.adam.Steps()
		row := step(1)
		moved, further := !slices.Equal(w.model.Parameters, before), l.actor.tuner.adam.Steps() > made
		if moved != (draws == 1) || further != (draws == 1) {
			t.Errorf("%d draws: the model has moved: %v, the optimiser has made a step: %v", draws, moved, further)
		}
		if draws == 1 {
			expect(t, row, record.OptimGradientNorm, 0)
			expect(t, row, record.PolicyZeroGradient, 1)
		} else if _, ok := row.Value(record.OptimGradientNorm); ok {
			t.Errorf("%d draws: a gradient is recorded of an update that was not made", draws)
		}
	}
}

// TestBadSettings are refused with the setting, its value and what it has to be.
func TestBadSettings(t *testing.T) {
	for _, test := range []struct {
		want   string
		change func(*GRPO)
	}{
		{"grpo.group = 1: must be at least 2 where advantage is std, which compares completions with each other; reward does not",
			func(c *GRPO) { c.Group = 1 }},
		{"grpo.dual_clip = 0.5: must be 0 (off) or above 1", func(c *GRPO) { c.DualClip = 0.5 }},
		{"grpo.surrogate.kl_target = 0.1: must be 0 (off) for the objective clip", func(c *GRPO) { c.Surrogate.KLTarget = 0.1 }},
		{`grpo.advantage = "media"`, func(c *GRPO) { c.Advantage = "media" }},
		{"grpo.clip", func(c *GRPO) { c.Clip = region.Symmetric(0) }},
		{"grpo.draws = 0", func(c *GRPO) { c.Draws = 0 }},
	} {
		c := DefaultGRPO()
		test.change(&c)
		if _, err := Run(t.Context(), c, coins(t), Options{Steps: 1, Threads: 1}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
	c := fewGRPO()
	c.Group, c.Advantage = 1, "reward"
	if _, err := Run(t.Context(), c, coins(t), Options{Steps: 1, Threads: 1}); err != nil {
		t.Errorf("a group of one is refused where it may be: %v", err)
	}
}

// TestPromptLongerThanTheContext names the prompt.
func TestPromptLongerThanTheContext(t *testing.T) {
	w := bench(t, 1)
	shape := w.model.Config
	shape.Context = 7 // as many tokens as a prompt has
	model, err := lm.New(shape)
	if err != nil {
		t.Fatal(err)
	}
	model.Initialize(seed.New(1))
	_, err = Run(t.Context(), fewGRPO(), coins(t), Options{Steps: 1, Threads: 1, Model: model})
	if err == nil || !strings.Contains(err.Error(), `has 7 tokens: the model's context of 7 leaves no room for an answer`) {
		t.Errorf("error %v", err)
	}
}

// TestEmptyCompletionsCanBeLearnt: the token that ends a text is learned from like any
// other, and a completion without another one is still a completion.
func TestEmptyCompletionsCanBeLearnt(t *testing.T) {
	brief := coins(t)
	brief.verify = func(_ string, a task.Answer) float64 {
		if a.Text == "" && a.Ended {
			return 1
		}
		return 0
	}
	c := DefaultGRPO()
	c.Prompts, c.Minibatch = 8, 0
	c.Optim.LearningRate = optim.Constant(3e-3)
	r, err := Run(t.Context(), c, brief, Options{Seed: 1, Steps: 40, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	length, _ := r.Last.Value(record.TextLengthMean)
	reward, _ := r.Last.Value(record.TextRewardMean)
	if length > 1.2 || reward < 0.9 {
		t.Errorf("after all completions have %v tokens and the reward %v", length, reward)
	}
}
