package preset

import (
	"slices"

	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/train"
)

// zooTRPO is the source of the settings tuned for sb3-contrib.
const zooTRPO = "rl-baselines3-zoo, hyperparams/trpo.yml"

// trpo are the presets of TRPO.
var trpo = []Preset{
	{
		Environment: "Acrobot-v1", Algorithm: "trpo", Source: zooTRPO, Steps: 100_000,
		Evaluation: train.Evaluation{Every: 10_000, Episodes: 10, FinalEpisodes: 100},
		make: trpoWith(1024, func(c *train.TRPO) {
			normalize(&c.Policy, &c.Rollout)
		}),
	},
	{
		Environment: "BipedalWalker-v3", Algorithm: "trpo", Source: zooTRPO, Steps: 1_000_000,
		Evaluation: train.Evaluation{Every: 50_000, Episodes: 10, FinalEpisodes: 100},
		make:       trpoWith(1024, walk),
	},
	{
		Environment: "BipedalWalkerHardcore-v3", Algorithm: "trpo", Source: zooTRPO, Steps: 10_000_000,
		Evaluation: train.Evaluation{Every: 500_000, Episodes: 10, FinalEpisodes: 100},
		make:       trpoWith(1024, walk),
	},
	{
		Environment: "CartPole-v1", Algorithm: "trpo", Source: zooTRPO, Steps: 100_000,
		Evaluation: train.Evaluation{Every: 5_000, Episodes: 10, FinalEpisodes: 100},
		make: trpoWith(512, func(c *train.TRPO) {
			c.Rollout.Gamma, c.Rollout.Lambda = 0.99, 0.98
			c.Damping = 1e-3
			c.CriticEpochs, c.CriticMinibatch = 20, 512
			c.Optim.LearningRate = optim.Constant(1e-3)
		}),
	},
	{
		Environment: "LunarLander-v3", Algorithm: "trpo", Source: zooTRPO, Steps: 200_000,
		Evaluation: train.Evaluation{Every: 20_000, Episodes: 10, FinalEpisodes: 100},
		make: trpoWith(512, func(c *train.TRPO) {
			c.Rollout.Gamma, c.Rollout.Lambda = 0.99, 0.98
			c.Damping = 0.01
			c.CriticEpochs = 15
			c.Optim.LearningRate = optim.Constant(1e-3)
		}),
	},
	{
		Environment: "LunarLanderContinuous-v3", Algorithm: "trpo", Source: zooTRPO, Steps: 100_000,
		Evaluation: train.Evaluation{Every: 10_000, Episodes: 10, FinalEpisodes: 100},
		make: trpoWith(1024, func(c *train.TRPO) {
			normalize(&c.Policy, &c.Rollout)
			c.CriticEpochs = 20
		}),
	},
	{
		Environment: "MountainCar-v0", Algorithm: "trpo", Source: zooTRPO, Steps: 100_000,
		Evaluation: train.Evaluation{Every: 10_000, Episodes: 10, FinalEpisodes: 100},
		make: trpoWith(1024, func(c *train.TRPO) {
			normalize(&c.Policy, &c.Rollout)
			c.CriticEpochs = 20
		}),
	},
	{
		Environment: "MountainCarContinuous-v0", Algorithm: "trpo", Source: zooTRPO, Steps: 50_000,
		Evaluation: train.Evaluation{Every: 5_000, Episodes: 10, FinalEpisodes: 100},
		make: trpoWith(2048, func(c *train.TRPO) {
			normalize(&c.Policy, &c.Rollout)
			c.Policy.StateDependentNoise, c.Policy.NoiseInterval = true, 4
		}),
	},
	{
		Environment: "Pendulum-v1", Algorithm: "trpo", Source: zooTRPO, Steps: 100_000,
		Evaluation: train.Evaluation{Every: 10_000, Episodes: 10, FinalEpisodes: 100},
		make: trpoWith(1024, func(c *train.TRPO) {
			c.Policy.StateDependentNoise, c.Policy.NoiseInterval = true, 4
			c.Rollout.Gamma = 0.9
			c.CriticEpochs = 15
		}),
	},
}

// npg are the presets of NPG: TRPO's, without what concerns the line search.
var npg = withoutSearch(trpo)

// withoutSearch makes presets of NPG from those of TRPO.
func withoutSearch(trpo []Preset) []Preset {
	all := slices.Clone(trpo)
	for i := range all {
		search := all[i].make
		all[i].Algorithm, all[i].Source = "npg", "TRPO's: "+all[i].Source
		all[i].make = func() train.Editable {
			c := search().(*train.TRPO)
			return &train.NPG{Rollout: c.Rollout, Policy: c.Policy, Optim: c.Optim, NaturalStep: c.NaturalStep, CriticFit: c.CriticFit}
		}
	}
	return all
}

// walk is what the source has for robots that learn to walk.
func walk(c *train.TRPO) {
	normalize(&c.Policy, &c.Rollout)
	c.Rollout.Gamma, c.Rollout.Lambda = 0.99, 0.95
	c.ConjugateSteps, c.Damping = 25, 0.1
	c.CriticEpochs, c.CriticMinibatch = 20, 128
	c.Optim.LearningRate = optim.Constant(1e-3)
}

// trpoWith makes TRPO's defaults in two environments, as all of the source's are,
// of so many steps, with further changes.
func trpoWith(steps int, change func(*train.TRPO)) func() train.Editable {
	return with(train.DefaultTRPO, func(c *train.TRPO) {
		c.Rollout.Environments, c.Rollout.Steps = 2, steps
		change(c)
	})
}
