package preset

import (
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/train"
)

// ppoBox2D are the presets of PPO for the Box2D tasks.
var ppoBox2D = []Preset{
	{
		Environment: "BipedalWalker-v3", Algorithm: "ppo", Source: zoo, Steps: 5_000_000,
		Evaluation: train.Evaluation{Every: 500_000, Episodes: 10, FinalEpisodes: 100},
		make: ppoWith(func(c *train.PPO) {
			normalize(&c.Policy, &c.Rollout)
			c.Rollout.Environments, c.Rollout.Steps = 32, 2048
			c.Rollout.Gamma, c.Rollout.Lambda = 0.999, 0.95
			c.Minibatch, c.Epochs = 64, 10
			c.Clip = region.Symmetric(0.18)
		}),
	},
	{
		Environment: "BipedalWalker-v3", Algorithm: "ppo", Name: "smooth", Source: "this project; docs/results/box2d.md", Steps: 5_000_000,
		Evaluation: train.Evaluation{Every: 500_000, Episodes: 10, FinalEpisodes: 100},
		make: ppoWith(func(c *train.PPO) {
			normalize(&c.Policy, &c.Rollout)
			c.Policy.StateDependentNoise, c.Policy.NoiseInterval, c.Policy.LogStd = true, 4, -2
			c.Rollout.Environments, c.Rollout.Steps = 32, 512
			c.Rollout.Gamma, c.Rollout.Lambda = 0.99, 0.95
			c.Rollout.RewardClip = 50 // a fall is −100
			c.Minibatch, c.Epochs = 128, 10
			c.Optim.LearningRate = optim.Linear(3e-4, 0)
			c.EntropyCoefficient = 0.002 // or the noise is gone too soon
		}),
	},
	{
		Environment: "BipedalWalkerHardcore-v3", Algorithm: "ppo", Source: zoo, Steps: 100_000_000,
		Evaluation: train.Evaluation{Every: 5_000_000, Episodes: 10, FinalEpisodes: 100},
		make:       ppoWith(hardcore),
	},
	{
		Environment: "BipedalWalkerHardcore-v3", Algorithm: "ppo", Name: "short", Source: "this project; docs/results/box2d.md", Steps: 10_000_000,
		Evaluation: train.Evaluation{Every: 1_000_000, Episodes: 10, FinalEpisodes: 100},
		make: ppoWith(func(c *train.PPO) {
			hardcore(c)
			c.Clip.Low, c.Clip.High = optim.Linear(0.2, 0.1), optim.Linear(0.2, 0.1)
		}),
	},
	lunarLander("LunarLander-v3"),
	lunarLander("LunarLanderContinuous-v3"),
}

// hardcore is the zoo's settings for the walker among obstacles. Their schedules end
// where the run does.
func hardcore(c *train.PPO) {
	normalize(&c.Policy, &c.Rollout)
	c.Rollout.Environments, c.Rollout.Steps = 16, 2048
	c.Rollout.Gamma, c.Rollout.Lambda = 0.99, 0.95
	c.Minibatch, c.Epochs = 64, 10
	c.Optim.LearningRate = optim.Linear(2.5e-4, 0)
	c.Clip.Low, c.Clip.High = optim.Linear(0.2, 0), optim.Linear(0.2, 0)
	c.EntropyCoefficient = 0.001
}

func lunarLander(id string) Preset {
	return Preset{
		Environment: id, Algorithm: "ppo", Source: zoo, Steps: 1_000_000,
		Evaluation: train.Evaluation{Every: 100_000, Episodes: 10, FinalEpisodes: 100},
		make: ppoWith(func(c *train.PPO) {
			c.Rollout.Environments, c.Rollout.Steps = 16, 1024
			c.Rollout.Gamma, c.Rollout.Lambda = 0.999, 0.98
			c.Minibatch, c.Epochs = 64, 4
			c.EntropyCoefficient = 0.01
		}),
	}
}
