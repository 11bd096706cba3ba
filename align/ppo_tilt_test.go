package align

import (
	"testing"

	"github.com/proximal-rl/proximal/optim"
)

// tiltPPO are settings for the enumerable language, with a price of 1 on the divergence
// from the reference: exact advantages matter here, not speed.
func tiltPPO() PPO {
	c := DefaultPPO()
	c.Prompts, c.Samples, c.Minibatch, c.Critic.Minibatch = 64, 8, 0, 0
	c.WhitenAdvantages = false
	c.Optim.LearningRate = optim.Linear(4e-3, 0)
	c.Penalty.Coefficient = 1
	return c
}

// TestPPOTilts: with the penalty in the reward, or in the loss where its gradient is that
// of the divergence, PPO comes to the policy that the closed form says is the best one.
// Without a penalty it comes to the best text.
func TestPPOTilts(t *testing.T) {
	l := tilted(t)
	for _, c := range []struct {
		name   string
		change func(*PPO)
	}{
		{"in the reward", func(*PPO) {}},
		{"k2 in the loss", func(c *PPO) { c.Penalty.Place, c.Penalty.Estimator = "loss", "k2" }},
		{"weighted k3 in the loss, two steps", func(c *PPO) {
			c.Penalty.Place, c.Penalty.Estimator, c.Penalty.Weighted, c.Minibatch = "loss", "k3", true, 256
		}},
		{"no penalty", func(c *PPO) { c.Penalty.Coefficient = 0 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := tiltPPO()
			c.change(&settings)
			r, err := Run(t.Context(), settings, l.Tilt, Options{Seed: 1, Steps: 50, Threads: 1, Model: l.model})
			if err != nil {
				t.Fatal(err)
			}
			got := l.policy(r.Model)
			if settings.Penalty.Coefficient == 0 {
				if got[0] < 0.98 {
					t.Errorf("the best text has the probability %v", got[0])
				}
				return
			}
			want := l.Optimum(l.reference, settings.Penalty.Coefficient)
			distance := total(got, want)
			t.Logf("total variation %.4f", distance)
			if distance > 0.02 {
				t.Errorf("probabilities %.4v, want %.4v: %v apart", got, want, distance)
			}
		})
	}
}
