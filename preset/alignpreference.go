package preset

import (
	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/optim"
)

// preferences are the presets of the methods that learn from comparisons, and of
// PPO against a reward model that was learned from them.
var preferences = []Alignment{
	{
		Task: "preference", Method: "reward", Source: ownRuns, Steps: 300, Model: "nano",
		Evaluation: align.DefaultEvaluation(),
		make:       method(align.DefaultReward, func(*align.Reward) {}),
	},
	{
		Task: "preference", Method: "ppo", Source: ownRuns, Steps: 150, Model: "nano",
		Evaluation: align.DefaultEvaluation(),
		make: method(align.DefaultPPO, func(c *align.PPO) {
			c.Optim.LearningRate = optim.Constant(5e-4)
			c.Penalty.Coefficient, c.Penalty.Target = 0.1, 4
		}),
	},
}
