package main

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/nn"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/preset"
	"github.com/proximal-rl/proximal/train"
)

// rltools names the benchmark that RLtools (C++) publishes for PPO.
const rltools = "rltools-pendulum"

func newBenchPPO() *cobra.Command {
	var (
		threads, steps, episodes int
		seed                     uint64
		set                      []string
		asJSON                   bool
	)
	c := &cobra.Command{
		Use:   "ppo ENV|" + rltools,
		Short: "Training speed of PPO, and how near it comes to the processor's peak",
		Long: `Train with the preset of an environment and measure training alone: no evaluation,
no files. Afterwards the policy plays evaluation episodes.

` + rltools + ` is the benchmark that RLtools (C++) publishes: Pendulum-v1, 307,200
steps, 4 environments of 1,024 steps, minibatches of 256, 2 epochs, actor and
critic of [64, 64] ReLU.`,
		Example:           "  proximal bench ppo CartPole-v1\n  proximal bench ppo " + rltools + " --threads 1 --json",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeEnvironments,
		RunE: func(c *cobra.Command, args []string) error {
			if episodes < 0 {
				return unusable(fmt.Errorf("--episodes %d: must be at least 0", episodes))
			}
			name := successor(c, args[0])
			settings, err := benchSettings(name)
			if err != nil {
				return unusable(err)
			}
			if err := settings.Set(set); err != nil {
				return unusable(err)
			}
			if c.Flags().Changed("steps") {
				settings.Run.Steps = steps
			}
			settings.Run.Seed = seed
			if err := settings.Check(); err != nil {
				return unusable(err)
			}
			maker, err := catalog.Make(settings.Environment.ID, settings.Environment.Options)
			if err != nil {
				return unusable(err)
			}
			m, err := benchPPO(c.Context(), name, settings, maker, threads, episodes)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), m)
			}
			m.print(c.OutOrStdout())
			return nil
		},
	}
	addThreads(c, &threads, runtime.GOMAXPROCS(0))
	c.Flags().IntVar(&steps, "steps", 0, "environment steps (default: the preset's)")
	c.Flags().IntVar(&episodes, "episodes", 1000, "evaluation episodes afterwards; 0: none")
	c.Flags().Uint64Var(&seed, "seed", 1, "seed of everything random")
	addSet(c, &set, "ppo.epochs=4")
	addJSON(c, &asJSON)
	return c
}

// benchSettings are the settings of the named work.
func benchSettings(name string) (*train.Settings, error) {
	if name == rltools {
		return rltoolsPendulum(), nil
	}
	if p, ok := preset.Find(name, "ppo"); ok {
		return p.Settings(), nil
	}
	if _, err := catalog.Make(name, nil); err != nil {
		return nil, err
	}
	s, err := preset.Default(name, "ppo")
	if err == nil {
		s.Run.Steps = 100_000
	}
	return s, err
}

// rltoolsPendulum is the work of RLtools' benchmark for PPO, setting by setting.
//
// Source: rl-tools, src/rl/environments/pendulum/ppo/cpu/training.cpp.
func rltoolsPendulum() *train.Settings {
	c := train.DefaultPPO()
	c.Rollout.Environments, c.Rollout.Steps = 4, 1024
	c.Rollout.Gamma, c.Rollout.Lambda = 0.9, 0.95
	c.Policy.Activation = nn.ReLU
	c.Policy.Orthogonal = false
	c.Policy.LogStd = math.Ln2 // a standard deviation of 2
	c.Policy.NormalizeObservation = true
	c.Minibatch, c.Epochs = 256, 2
	c.Optim = optim.Config{LearningRate: optim.Constant(1e-3), AdamConfig: optim.DefaultAdamConfig()}
	c.Optim.Epsilon = 1e-8
	return &train.Settings{
		Run:         train.RunSection{Algorithm: "ppo", Seed: 1, Steps: 75 * 4 * 1024},
		Environment: train.EnvironmentSection{ID: "Pendulum-v1"},
		Algorithm:   &c,
		Evaluation:  train.Evaluation{Episodes: 1},
	}
}

// benchPPO trains and measures.
func benchPPO(ctx context.Context, name string, s *train.Settings, maker env.Maker, threads, episodes int) (*measurement, error) {
	c, ok := s.Algorithm.(*train.PPO)
	if !ok {
		return nil, fmt.Errorf("bench ppo measures ppo, not %s", s.Algorithm.Name())
	}
	const warm = 3 // updates after which nothing is made any more
	var objects uint64
	updates := 0
	m := &measurement{Name: name, Threads: threads}
	before := peakSpeed(threads)
	result, err := train.Run(ctx, s.Algorithm, maker, train.Options{
		Seed: s.Run.Seed, Steps: s.Run.Steps, Threads: threads,
		Observe: func(p train.Progress) {
			updates++
			switch {
			case updates == warm:
				objects = mallocs()
			case p.Steps >= p.Total && updates > warm:
				m.Allocations = float64(mallocs()-objects) / float64(updates-warm)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	m.Seconds, m.CPUSeconds, m.Steps, m.Updates = result.Seconds, result.CPUSeconds, result.Steps, result.Updates
	m.PeakGFLOPs = max(before, peakSpeed(threads))
	m.GFLOPs = operations(result.Policy, c, result.Steps) / m.Seconds / 1e9
	m.complete()
	if episodes > 0 {
		scores, err := train.Evaluate(ctx, result.Policy, maker, train.Trial{Episodes: episodes, Seed: s.Run.Seed, Threads: threads})
		if err != nil {
			return nil, err
		}
		mean := scores.Mean()
		m.ReturnMean = &mean
	}
	return m, nil
}

// operations counts the floating-point operations of the linear layers alone,
// two for each weight and row: one forward pass to act, and for every pass over
// the experience a forward pass, the gradient of the weights, and the gradient
// of the inputs except those of the first layers.
func operations(p *policy.Policy, c *train.PPO, steps int) float64 {
	var weights, first float64
	for _, t := range p.Layout().Tensors() {
		if len(t.Shape) != 2 || !strings.HasSuffix(t.Name, ".weight") {
			continue
		}
		weights += float64(t.Size())
		if t.Shape[0] == p.Observation().Size() {
			first += float64(t.Size())
		}
	}
	forward := 2 * weights
	update := 2 * (3*weights - first)
	return float64(steps) * (forward + float64(c.Epochs)*update)
}
