package envtest_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/envtest"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// Coin is a task of one step: what does the coin show? Its author forgot that
// there is a generator to draw from.
type Coin struct{ thrown int }

// Spec describes the task.
func (c *Coin) Spec() env.Spec {
	return env.Spec{
		ID:              "Coin",
		Observation:     space.Bounded(0, 1, 1),
		Action:          space.NewDiscrete(2),
		RewardThreshold: 1,
	}
}

// Reset throws the coin.
func (c *Coin) Reset(_ *seed.Rand, obs []float32) {
	c.thrown = c.thrown*5 + 3
	obs[0] = float32(c.thrown >> 2 & 1)
}

// Step compares.
func (c *Coin) Step(action, obs []float32) (float64, env.Status) {
	side := float32(c.thrown >> 2 & 1)
	obs[0] = side
	if action[0] == side {
		return 1, env.Terminated
	}
	return 0, env.Terminated
}

// In a test, envtest.Run(t, maker) makes a subtest of each rule. Outside of
// tests, Check returns what is broken.
func ExampleCheck() {
	maker := func() (env.Env, error) { return &Coin{}, nil }
	for _, v := range envtest.Check(maker) {
		fmt.Println(v)
	}
	// Output:
	// reset: Reset leaves nothing of what was before, in the middle of an episode too: the episode depends only on the generator and the actions.
	// found: reset after 1 events on a used instance; against a new one: event 2 (resets and steps, from 0): element 0 of the observation is 1, not 0
}

func ExampleSkip() {
	maker := func() (env.Env, error) { return &Coin{}, nil }
	fmt.Println(len(envtest.Check(maker, envtest.Skip("reset"))))
	// Output: 0
}

func ExampleRules() {
	for _, r := range envtest.Rules()[:2] {
		fmt.Println(r.Rule)
	}
	// Output:
	// maker
	// spec
}
