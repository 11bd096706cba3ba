package train_test

import (
	"context"
	"fmt"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/classic"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/train"
)

// cartPole makes one more CartPole with its usual time limit.
func cartPole() (env.Env, error) {
	return env.Limit(classic.NewCartPole(classic.CartPoleOptions{}), 500), nil
}

func ExampleRun() {
	cfg := train.DefaultPPO()
	cfg.Rollout.Environments, cfg.Rollout.Steps = 4, 64
	cfg.Clip = region.Symmetric(0.1)
	result, err := train.Run(context.Background(), cfg, cartPole, train.Options{
		Seed:       1,
		Steps:      1000, // rounded up to whole rollouts of 4·64
		Evaluation: train.Evaluation{Episodes: 1, FinalEpisodes: 10},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Steps, "steps,", result.Updates, "updates,", len(result.Scores.Returns), "episodes played")
	// Output: 1024 steps, 4 updates, 10 episodes played
}

func ExampleEvaluate() {
	result, err := train.Run(context.Background(), train.DefaultPPO(), cartPole, train.Options{Seed: 1, Steps: 2048})
	if err != nil {
		fmt.Println(err)
		return
	}
	scores, err := train.Evaluate(context.Background(), result.Policy, cartPole, train.Trial{Episodes: 5, Seed: 3, Threads: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(scores.Returns), scores.Min() <= scores.Mean() && scores.Mean() <= scores.Max())
	// Output: 5 true
}

func ExampleSettings_Set() {
	s, err := train.ParseSettings([]byte("[run]\nalgorithm = \"ppo\"\n"), "example.toml")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Set([]string{"ppo.clip={low=0.2, high=0.28}", "optim.learning_rate=linear(1e-3, 0)"}))
	fmt.Println(s.Set([]string{"ppo.clip=1.5", "ppo.epoch=3"}))
	// Output:
	// <nil>
	// ppo.clip = 1.5: low = 1.5: must be in (0, 1), because 1 - low bounds a ratio from below
	// ppo.epoch: unknown key; did you mean ppo.epochs?
}
