package rollout_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/classic"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
)

func ExampleCollector_Fill() {
	maker := func() (env.Env, error) {
		return env.Limit(classic.NewPendulum(classic.DefaultPendulumOptions()), 200), nil
	}
	spec := classic.NewPendulum(classic.DefaultPendulumOptions()).Spec()
	p, err := policy.New(policy.DefaultConfig(), spec.Observation, spec.Action, seed.New(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	pool := parallel.New(2)
	defer pool.Close()
	c := rollout.DefaultConfig()
	c.Environments, c.Steps = 4, 250
	collector, err := rollout.NewCollector(maker, p, c, pool, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer collector.Close()
	buffer := collector.NewBuffer()
	if err := collector.Fill(buffer); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(buffer.Rows(), "rows,", len(collector.Episodes(nil)), "episodes ended")
	rows, count := 0, 0
	for mb := range rollout.NewMinibatcher(buffer, 64).Shuffle(seed.New(2)) {
		rows, count = rows+mb.Rows, count+1
	}
	fmt.Println(rows, "rows in", count, "minibatches")
	// Output:
	// 1000 rows, 4 episodes ended
	// 1000 rows in 16 minibatches
}
