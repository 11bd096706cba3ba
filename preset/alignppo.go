package preset

import (
	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/optim"
)

// languagePPO are the presets of PPO by a verifier. The critic explains little of
// whether an answer will be right, so its estimates are not trusted in between: λ is 1.
var languagePPO = []Alignment{
	{
		Task: "add", Method: "ppo", Source: ownRuns, Steps: 800, Model: "nano",
		Evaluation: align.DefaultEvaluation(),
		make: method(align.DefaultPPO, func(c *align.PPO) {
			c.Optim.LearningRate = optim.Linear(3e-4, 3e-5)
			c.Lambda, c.Minibatch = 1, 64
			c.Critic.LearningRate, c.Critic.Minibatch = optim.Constant(5e-4), 64
		}),
	},
}
