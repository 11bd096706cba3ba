package policy

import (
	"fmt"

	"github.com/proximal-rl/proximal/nn"
)

// Config is the [policy] section: the shape of the network and how it starts.
// It is plain data; start from DefaultConfig.
type Config struct {
	// Widths of hidden layers that actor and critic share; empty: none.
	Trunk []int `toml:"trunk" json:"trunk" range:"[1, 65536]"`
	// Widths of the actor's own hidden layers.
	Actor []int `toml:"actor" json:"actor" range:"[1, 65536]"`
	// Widths of the critic's own hidden layers.
	Critic []int `toml:"critic" json:"critic" range:"[1, 65536]"`
	// Non-linearity after each hidden layer: tanh or relu.
	Activation nn.Activation `toml:"activation" json:"activation" oneof:"tanh relu"`
	// Orthogonal initial weights (gain √2 hidden, 0.01 actor head, 1 critic head) and zero biases; false: uniform within ±1/√(fan in).
	Orthogonal bool `toml:"orthogonal" json:"orthogonal"`
	// Initial logarithm of the standard deviation of continuous actions, or of each weight of state-dependent noise.
	LogStd float64 `toml:"log_std" json:"log_std" range:"[-20, 5]"`
	// The noise of continuous actions is a random linear function of the actor's last features (gSDE) in place of independent draws.
	StateDependentNoise bool `toml:"state_dependent_noise" json:"state_dependent_noise"`
	// Steps after which that function is drawn anew. 0: only at the start of a rollout or of an episode of an evaluation.
	NoiseInterval int `toml:"noise_interval" json:"noise_interval" range:"[0, 1000000]"`
	// Observations are shifted and scaled to mean 0 and variance 1 by running statistics, which are saved with the policy.
	NormalizeObservation bool `toml:"normalize_observation" json:"normalize_observation"`
	// Normalised observations are clipped to ± this many standard deviations.
	ObservationClip float64 `toml:"observation_clip" json:"observation_clip" range:"(0, 1e6]"`
}

// DefaultConfig is two separate networks of two hidden layers of 64 tanh
// units, the usual choice for observations that are vectors (Stable-Baselines3's
// MlpPolicy).
func DefaultConfig() Config {
	return Config{
		Actor:           []int{64, 64},
		Critic:          []int{64, 64},
		Activation:      nn.Tanh,
		Orthogonal:      true,
		ObservationClip: 10,
	}
}

// Validate reports what New cannot build from.
func (c Config) Validate() error {
	for _, widths := range [][]int{c.Trunk, c.Actor, c.Critic} {
		for _, w := range widths {
			if w < 1 || w > 65536 {
				return fmt.Errorf("hidden layer of width %d: must be 1 to 65536", w)
			}
		}
	}
	if !c.Activation.Valid() {
		return fmt.Errorf("activation %q: must be %q or %q", c.Activation, nn.Tanh, nn.ReLU)
	}
	if !(c.LogStd >= -20 && c.LogStd <= 5) {
		return fmt.Errorf("log_std %v: must be -20 to 5", c.LogStd)
	}
	if c.NoiseInterval < 0 || c.NoiseInterval > 1_000_000 {
		return fmt.Errorf("noise_interval %d: must be 0 to 1000000", c.NoiseInterval)
	}
	if !(c.ObservationClip > 0 && c.ObservationClip <= 1e6) {
		return fmt.Errorf("observation_clip %v: must be above 0 and at most 1e6", c.ObservationClip)
	}
	return nil
}
