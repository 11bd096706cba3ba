package align_test

import (
	"context"
	"fmt"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
)

// A new model learns to write more of the letters that are liked, but may go no further
// from where it began than 2 nats: the price of that adapts.
func ExamplePPO() {
	letters, err := task.Make("preference", map[string]any{"length": 4, "enough": 4})
	if err != nil {
		panic(err)
	}
	method := align.DefaultPPO()
	method.Prompts, method.Samples = 16, 4
	method.Optim.LearningRate = optim.Constant(2e-3)
	method.Penalty.Coefficient, method.Penalty.Target, method.Penalty.Horizon = 1, 2, 256

	first, last := 0.0, 0.0
	_, err = align.Run(context.Background(), method, letters, align.Options{
		Seed: 1, Steps: 25, Threads: 1,
		Observe: func(p align.Progress) {
			last, _ = p.Row.Value(record.TextRewardMean)
			if p.Step == 1 {
				first = last
			}
		},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println("liked letters more often:", last > first+1)
	// Output: liked letters more often: true
}
