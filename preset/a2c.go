package preset

import (
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/train"
)

// zooA2C is the source of the settings tuned for Stable-Baselines3's A2C.
const zooA2C = "rl-baselines3-zoo, hyperparams/a2c.yml"

// a2c are the presets of A2C.
var a2c = []Preset{
	{
		Environment: "Acrobot-v1", Algorithm: "a2c", Source: zooA2C, Steps: 500_000,
		Evaluation: train.Evaluation{Every: 50_000, Episodes: 10, FinalEpisodes: 100},
		make: a2cWith(16, func(c *train.A2C) {
			normalize(&c.Policy, &c.Rollout)
		}),
	},
	{
		Environment: "BipedalWalker-v3", Algorithm: "a2c", Source: zooA2C, Steps: 5_000_000,
		Evaluation: train.Evaluation{Every: 250_000, Episodes: 10, FinalEpisodes: 100},
		make: a2cWith(16, func(c *train.A2C) {
			continuous(c)
			c.Optim.LearningRate = optim.Linear(0.00096, 0)
		}),
	},
	{
		Environment: "BipedalWalkerHardcore-v3", Algorithm: "a2c", Source: zooA2C, Steps: 200_000_000,
		Evaluation: train.Evaluation{Every: 5_000_000, Episodes: 10, FinalEpisodes: 100},
		make: a2cWith(32, func(c *train.A2C) {
			continuous(c)
			c.Optim.LearningRate = optim.Linear(0.0008, 0)
			c.EntropyCoefficient = 0.001
		}),
	},
	{
		Environment: "CartPole-v1", Algorithm: "a2c", Source: zooA2C, Steps: 500_000,
		Evaluation: train.Evaluation{Every: 25_000, Episodes: 10, FinalEpisodes: 100},
		make:       a2cWith(8, func(*train.A2C) {}),
	},
	{
		Environment: "LunarLander-v3", Algorithm: "a2c", Source: zooA2C, Steps: 200_000,
		Evaluation: train.Evaluation{Every: 20_000, Episodes: 10, FinalEpisodes: 100},
		make: a2cWith(8, func(c *train.A2C) {
			c.Rollout.Gamma = 0.995
			c.Optim.LearningRate = optim.Linear(0.00083, 0)
			c.EntropyCoefficient = 0.00001
		}),
	},
	{
		Environment: "LunarLanderContinuous-v3", Algorithm: "a2c", Source: zooA2C, Steps: 5_000_000,
		Evaluation: train.Evaluation{Every: 250_000, Episodes: 10, FinalEpisodes: 100},
		make:       a2cWith(4, continuous),
	},
	{
		Environment: "MountainCar-v0", Algorithm: "a2c", Source: zooA2C, Steps: 1_000_000,
		Evaluation: train.Evaluation{Every: 50_000, Episodes: 10, FinalEpisodes: 100},
		make: a2cWith(16, func(c *train.A2C) {
			normalize(&c.Policy, &c.Rollout)
		}),
	},
	{
		Environment: "MountainCarContinuous-v0", Algorithm: "a2c", Source: zooA2C, Steps: 100_000,
		Evaluation: train.Evaluation{Every: 10_000, Episodes: 10, FinalEpisodes: 100},
		make: a2cWith(4, func(c *train.A2C) {
			normalize(&c.Policy, &c.Rollout)
			c.Policy.StateDependentNoise, c.Policy.NoiseInterval = true, 16
			c.Policy.Orthogonal = false
			c.Rollout.Steps = 100
		}),
	},
	{
		Environment: "Pendulum-v1", Algorithm: "a2c", Source: zooA2C, Steps: 1_000_000,
		Evaluation: train.Evaluation{Every: 50_000, Episodes: 10, FinalEpisodes: 100},
		make: a2cWith(8, func(c *train.A2C) {
			continuous(c)
			c.Rollout.Gamma = 0.9
		}),
	},
}

// continuous are the settings that the source has in common for tasks with
// continuous actions.
func continuous(c *train.A2C) {
	normalize(&c.Policy, &c.Rollout)
	c.Policy.StateDependentNoise, c.Policy.LogStd = true, -2
	c.Policy.Orthogonal = false
	c.Rollout.Steps, c.Rollout.Lambda = 8, 0.9
	c.Optim.LearningRate = optim.Linear(7e-4, 0)
	c.ValueCoefficient = 0.4
}

// a2cWith makes A2C's defaults for so many environments, with changes.
func a2cWith(environments int, change func(*train.A2C)) func() train.Editable {
	return with(train.DefaultA2C, func(c *train.A2C) {
		c.Rollout.Environments = environments
		change(c)
	})
}
