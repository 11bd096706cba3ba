package box2d_test

import (
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/envtest"
)

var tasks = []string{"LunarLander-v3", "LunarLander-v3 windy", "LunarLanderContinuous-v3", "BipedalWalker-v3", "BipedalWalkerHardcore-v3", "CarRacing-v3"}

func TestContract(t *testing.T) {
	for _, task := range tasks {
		t.Run(task, func(t *testing.T) {
			envtest.Run(t, func() (env.Env, error) { return open(t, task), nil }, envtest.ZeroAllocation())
		})
	}
}
