package preset

import (
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/train"
)

// zoo is the source of the settings tuned for Stable-Baselines3.
const zoo = "rl-baselines3-zoo, hyperparams/ppo.yml"

// ppo are the presets of PPO.
var ppo = []Preset{
	{
		Environment: "CartPole-v1", Algorithm: "ppo", Source: zoo, Steps: 100_000,
		Evaluation: train.Evaluation{Every: 5_000, Episodes: 10, FinalEpisodes: 100},
		make: ppoWith(func(c *train.PPO) {
			c.Rollout.Environments, c.Rollout.Steps = 8, 32
			c.Rollout.Gamma, c.Rollout.Lambda = 0.98, 0.8
			c.Minibatch, c.Epochs = 256, 20
			c.Optim.LearningRate = optim.Linear(1e-3, 0)
			c.Clip.Low, c.Clip.High = optim.Linear(0.2, 0), optim.Linear(0.2, 0)
		}),
	},
	{
		Environment: "Pendulum-v1", Algorithm: "ppo", Steps: 100_000,
		Source:     zoo + ", with a Gaussian policy in place of state-dependent exploration and a learning rate that falls to 0",
		Evaluation: train.Evaluation{Every: 10_000, Episodes: 10, FinalEpisodes: 100},
		make: ppoWith(func(c *train.PPO) {
			c.Rollout.Environments, c.Rollout.Steps = 4, 1024
			c.Rollout.Gamma, c.Rollout.Lambda = 0.9, 0.95
			c.Minibatch, c.Epochs = 64, 10
			c.Optim.LearningRate = optim.Linear(1e-3, 0)
		}),
	},
}

// ppoWith makes PPO's defaults with changes.
func ppoWith(change func(*train.PPO)) func() train.Editable {
	return func() train.Editable {
		c := train.DefaultPPO()
		change(&c)
		return &c
	}
}
