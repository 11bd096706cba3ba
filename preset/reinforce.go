package preset

import (
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/train"
)

// reinforceSource is the source of the settings of REINFORCE, for which none are
// published.
const reinforceSource = "this project; docs/algorithms/reinforce.md"

// reinforce are the presets of REINFORCE.
var reinforce = []Preset{
	{
		Environment: "Acrobot-v1", Algorithm: "reinforce", Source: reinforceSource, Steps: 500_000,
		Evaluation: train.Evaluation{Every: 50_000, Episodes: 10, FinalEpisodes: 100},
		make:       reinforceWith(2048),
	},
	{
		Environment: "CartPole-v1", Algorithm: "reinforce", Source: reinforceSource, Steps: 500_000,
		Evaluation: train.Evaluation{Every: 25_000, Episodes: 10, FinalEpisodes: 100},
		make:       reinforceWith(1024),
	},
}

// reinforceWith makes REINFORCE's defaults for rollouts of so many steps.
func reinforceWith(steps int) func() train.Editable {
	return with(train.DefaultREINFORCE, func(c *train.REINFORCE) {
		c.Rollout.Steps = steps
		c.Optim.LearningRate = optim.Linear(5e-3, 0)
	})
}
