// Command customenv trains a policy for an environment of its own, in this
// process, and then uses it from two goroutines at once.
package main

import (
	"context"
	"fmt"
	"log"
	"sync"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
	"github.com/proximal-rl/proximal/train"
)

// thermostat heats a room that cools by itself; 20 degrees is best.
type thermostat struct{ celsius float64 }

func (h *thermostat) Spec() env.Spec {
	return env.Spec{
		ID:              "Thermostat",
		Observation:     space.NewBox([]float32{-5}, []float32{5}), // tens of degrees from 20
		Action:          space.Discrete{N: 2},                      // heater off, on
		RewardThreshold: env.NoThreshold(),
	}
}

func (h *thermostat) Reset(rng *seed.Rand, obs []float32) {
	h.celsius = rng.Uniform(5, 35)
	obs[0] = float32((h.celsius - 20) / 10)
}

func (h *thermostat) Step(action, obs []float32) (float64, env.Status) {
	h.celsius += 1.5*float64(action[0]) - 0.05*(h.celsius-10)
	off := (h.celsius - 20) / 10
	obs[0] = float32(off)
	return -off * off, env.Running
}

func main() {
	maker := func() (env.Env, error) { return env.Limit(&thermostat{}, 100), nil }
	cfg := train.DefaultPPO()
	cfg.Rollout.Environments, cfg.Rollout.Steps = 8, 128
	result, err := train.Run(context.Background(), cfg, maker, train.Options{Seed: 1, Steps: 10_000})
	if err != nil {
		log.Fatal(err)
	}
	var rooms sync.WaitGroup
	for _, off := range []float32{-1, 1} { // 10 and 30 degrees
		rooms.Go(func() {
			action, actor := make([]float32, 1), result.Policy.NewActor() // one actor per goroutine
			actor.Act(action, []float32{off}, policy.Greedy)
			fmt.Printf("%2.0f °C: heater %v\n", 20+10*off, action[0] == 1)
		})
	}
	rooms.Wait()
}
