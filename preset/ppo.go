package preset

import (
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/train"
)

// zoo is the source of the settings tuned for Stable-Baselines3.
const zoo = "rl-baselines3-zoo, hyperparams/ppo.yml"

// ppo are the presets of PPO.
var ppo = []Preset{
	{
		Environment: "Acrobot-v1", Algorithm: "ppo", Source: zoo, Steps: 1_000_000,
		Evaluation: train.Evaluation{Every: 50_000, Episodes: 10, FinalEpisodes: 100},
		make: ppoWith(func(c *train.PPO) {
			normalize(&c.Policy, &c.Rollout)
			c.Rollout.Environments, c.Rollout.Steps = 16, 256
			c.Rollout.Gamma, c.Rollout.Lambda = 0.99, 0.94
			c.Minibatch, c.Epochs = 64, 4
		}),
	},
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
		Environment: "MountainCar-v0", Algorithm: "ppo", Source: zoo, Steps: 1_000_000,
		Evaluation: train.Evaluation{Every: 50_000, Episodes: 10, FinalEpisodes: 100},
		make: ppoWith(func(c *train.PPO) {
			normalize(&c.Policy, &c.Rollout)
			c.Rollout.Environments, c.Rollout.Steps = 16, 16
			c.Rollout.Gamma, c.Rollout.Lambda = 0.99, 0.98
			c.Minibatch, c.Epochs = 64, 4
		}),
	},
	{
		Environment: "MountainCarContinuous-v0", Algorithm: "ppo", Source: zoo, Steps: 20_000,
		Evaluation: train.Evaluation{Every: 2_000, Episodes: 10, FinalEpisodes: 100},
		make: ppoWith(func(c *train.PPO) {
			normalize(&c.Policy, &c.Rollout)
			c.Policy.StateDependentNoise, c.Policy.LogStd = true, -3.29
			c.Policy.Orthogonal = false
			c.Rollout.Environments, c.Rollout.Steps = 1, 8
			c.Rollout.Gamma, c.Rollout.Lambda = 0.9999, 0.9
			c.Minibatch, c.Epochs = 256, 10 // the source's: more than a rollout has, so each minibatch is all 8 rows
			c.Optim.LearningRate, c.Optim.MaxGradientNorm = optim.Constant(7.77e-5), 5
			c.Clip = region.Symmetric(0.1)
			c.ValueCoefficient, c.EntropyCoefficient = 0.19, 0.00429
		}),
	},
	{
		Environment: "Pendulum-v1", Algorithm: "ppo", Source: zoo, Steps: 100_000,
		Evaluation: train.Evaluation{Every: 10_000, Episodes: 10, FinalEpisodes: 100},
		make: ppoWith(func(c *train.PPO) {
			c.Policy.StateDependentNoise, c.Policy.NoiseInterval = true, 4
			c.Rollout.Environments, c.Rollout.Steps = 4, 1024
			c.Rollout.Gamma, c.Rollout.Lambda = 0.9, 0.95
			c.Minibatch, c.Epochs = 64, 10
			c.Optim.LearningRate = optim.Constant(1e-3)
		}),
	},
}

// ppoWith makes PPO's defaults with changes.
func ppoWith(change func(*train.PPO)) func() train.Editable { return with(train.DefaultPPO, change) }
