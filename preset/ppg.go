package preset

import (
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/train"
)

// ppgSource is the source of the settings of PPG.
const ppgSource = "those of PPO on the same task, with the auxiliary phase of Cobbe et al. 2020; docs/algorithms/ppg.md"

// ppg are the presets of PPG.
var ppg = []Preset{
	{
		Environment: "Acrobot-v1", Algorithm: "ppg", Source: ppgSource, Steps: 1_000_000,
		Evaluation: train.Evaluation{Every: 50_000, Episodes: 10, FinalEpisodes: 100},
		make: ppgWith(func(c *train.PPG) {
			normalize(&c.Policy, &c.Rollout)
			c.Rollout.Environments, c.Rollout.Steps = 16, 256
			c.Rollout.Gamma, c.Rollout.Lambda = 0.99, 0.94
			c.Minibatch, c.CriticMinibatch = 64, 64
			c.PolicyEpochs, c.CriticEpochs = 4, 4
			c.Optim.LearningRate, c.AuxiliaryLearningRate = optim.Constant(3e-4), optim.Constant(3e-4)
		}),
	},
	{
		Environment: "CartPole-v1", Algorithm: "ppg", Source: ppgSource, Steps: 100_000,
		Evaluation: train.Evaluation{Every: 5_000, Episodes: 10, FinalEpisodes: 100},
		make: ppgWith(func(c *train.PPG) {
			c.Rollout.Environments, c.Rollout.Steps = 8, 32
			c.Rollout.Gamma, c.Rollout.Lambda = 0.98, 0.8
			c.PolicyEpochs, c.CriticEpochs = 20, 20
			c.Optim.LearningRate, c.AuxiliaryLearningRate = optim.Linear(1e-3, 0), optim.Linear(1e-3, 0)
			c.Clip.Low, c.Clip.High = optim.Linear(0.2, 0), optim.Linear(0.2, 0)
		}),
	},
}

// ppgWith makes PPG's defaults for small tasks, with changes.
func ppgWith(change func(*train.PPG)) func() train.Editable {
	return with(train.DefaultPPG, func(c *train.PPG) {
		c.PolicyIterations = 8
		c.EntropyCoefficient = 0
		c.Optim.Epsilon = 1e-5
		change(c)
	})
}
