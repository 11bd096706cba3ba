package train_test

import (
	"context"
	"fmt"

	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/train"
)

// Every step keeps the bound of the divergence and raises the surrogate.
func ExampleTRPO() {
	cfg := train.DefaultTRPO()
	cfg.Rollout.Environments, cfg.Rollout.Steps = 2, 256
	cfg.TargetKL = 0.02
	_, err := train.Run(context.Background(), cfg, cartPole, train.Options{Seed: 1, Steps: 1024, Observe: func(p train.Progress) {
		kl, _ := p.Row.Value(record.PolicyKLExact)
		gain, _ := p.Row.Value(record.NaturalGain)
		fmt.Println(p.Steps, kl < cfg.TargetKL, gain > 0)
	}})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// 512 true true
	// 1024 true true
}
