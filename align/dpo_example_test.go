package align_test

import (
	"context"
	"fmt"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
)

// A policy that learns which texts of two letters are preferred: those with more a's.
func ExampleDPO() {
	tilt, err := task.Make("tilt", nil)
	if err != nil {
		panic(err)
	}
	c := align.DefaultDPO()
	c.Pairs, c.Batch, c.Optim.LearningRate = 0, 16, optim.Constant(1e-3)
	_, err = align.Run(context.Background(), c, tilt, align.Options{
		Seed: 1, Steps: 31, Threads: 1,
		Observe: func(p align.Progress) {
			if p.Step%15 == 1 {
				margin, _ := p.Row.Value(record.PairsMargin)
				fmt.Printf("step %d: chosen above rejected by more than ½: %v\n", p.Step, margin > 0.5)
			}
		},
	})
	if err != nil {
		panic(err)
	}
	// Output:
	// step 1: chosen above rejected by more than ½: false
	// step 16: chosen above rejected by more than ½: false
	// step 31: chosen above rejected by more than ½: true
}

// A reward model of the same texts, as good as anyone can be who sees noisy labels.
func ExampleEvaluateReward() {
	tilt, err := task.Make("tilt", nil)
	if err != nil {
		panic(err)
	}
	c := align.DefaultReward()
	c.Pairs, c.Batch = 0, 16
	r, err := align.Run(context.Background(), c, tilt, align.Options{Seed: 1, Steps: 60, Threads: 1})
	if err != nil {
		panic(err)
	}
	s, err := align.EvaluateReward(context.Background(), r.Model, r.Tokenizer, tilt, align.Trial{Prompts: 64, Seed: 2, Threads: 1})
	if err != nil {
		panic(err)
	}
	fmt.Println("within two points of the best:", s.Pairs > s.Bayes-0.02)
	// Output: within two points of the best: true
}
