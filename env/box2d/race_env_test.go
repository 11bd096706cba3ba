package box2d_test

import (
	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/box2d"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// dynamics is a race as an environment whose observations are its dynamics.
type dynamics struct{ race *box2d.Race }

const dynamicsSize = 6 + 4*4 + 1

func newDynamics() dynamics { return dynamics{box2d.NewRace(0.95)} }

func (d dynamics) Spec() env.Spec {
	return env.Spec{
		ID:              "CarRacing-v3",
		Observation:     space.Bounded(-1e4, 1e4, dynamicsSize),
		Action:          space.NewBox([]float32{-1, 0, 0}, []float32{1, 1, 1}),
		RewardThreshold: 900,
	}
}

func (d dynamics) Reset(rng *seed.Rand, obs []float32) {
	d.race.Start(rng)
	d.race.Dynamics(obs)
}

func (d dynamics) Step(action, obs []float32) (float64, env.Status) {
	reward, over := d.race.Drive(float64(action[0]), float64(action[1]), float64(action[2]))
	d.race.Dynamics(obs)
	if over {
		return reward, env.Terminated
	}
	return reward, env.Running
}

func (d dynamics) Snapshot() ([]byte, error) { return d.race.Snapshot() }

func (d dynamics) Restore(snapshot []byte, _ *seed.Rand) error { return d.race.Restore(snapshot) }
