package align_test

import (
	"context"
	"fmt"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/optim"
)

// A new model finds out which arm of each machine pays, from rewards alone: Dr. GRPO, by
// two settings.
func ExampleGRPO() {
	machines, err := task.Make("bandit", nil)
	if err != nil {
		panic(err)
	}
	method := align.DefaultGRPO()
	method.Advantage, method.Normalizer = "mean", "constant"
	method.Prompts = 16
	method.Optim.LearningRate = optim.Linear(3e-3, 0)

	result, err := align.Run(context.Background(), method, machines, align.Options{
		Seed: 1, Steps: 80, Threads: 1,
		Evaluation: align.Evaluation{Prompts: 8, FinalPrompts: 8, Samples: 16},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println("right:", result.Scores.Sampled > 0.9)
	// Output: right: true
}
