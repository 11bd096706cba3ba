package box2d_test

import (
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/box2d"
	"github.com/proximal-rl/proximal/env/envtest"
	"github.com/proximal-rl/proximal/seed"
)

func TestCarRacingKeepsTheContract(t *testing.T) {
	discrete := box2d.CarRacingOptions{LapCompletePercent: 0.95, DomainRandomize: true}
	for name, o := range map[string]box2d.CarRacingOptions{"continuous": box2d.DefaultCarRacingOptions(), "discrete": discrete} {
		t.Run(name, func(t *testing.T) {
			envtest.Run(t, func() (env.Env, error) { return box2d.NewCarRacing(o), nil }, envtest.ZeroAllocation())
		})
	}
}

// The task is the race, whose dynamics are compared with Gymnasium's, with a
// picture for observation.
func TestCarRacingIsTheRace(t *testing.T) {
	car, race := box2d.NewCarRacing(box2d.DefaultCarRacingOptions()), newDynamics()
	obs, state := make([]float32, 96*96*3), make([]float32, dynamicsSize)
	car.Reset(seed.New(3), obs)
	race.Reset(seed.New(3), state)
	for step := range 120 {
		action := []float32{0.1, float32(step%3) / 4, 0}
		reward, end := car.Step(action, obs)
		if want, wantEnd := race.Step(action, state); reward != want || end != wantEnd {
			t.Fatalf("step %d: reward %v, want %v", step, reward, want)
		}
	}
}

// Five actions are five positions of steering, gas and brake.
func TestCarRacingDiscreteActions(t *testing.T) {
	o := box2d.DefaultCarRacingOptions()
	continuous := box2d.NewCarRacing(o)
	o.Continuous = false
	discrete := box2d.NewCarRacing(o)
	a, b := make([]float32, 96*96*3), make([]float32, 96*96*3)
	continuous.Reset(seed.New(5), a)
	discrete.Reset(seed.New(5), b)
	// Halves and zeros are the same in float32 and float64: gas and brake are not
	// compared exactly, steering ahead is.
	for range 30 {
		continuous.Step([]float32{0, 0, 0}, a)
		discrete.Step([]float32{0}, b)
	}
	if !slices.Equal(a, b) {
		t.Error("doing nothing is not the same")
	}
	for action, moved := range []bool{1: true, 2: true, 3: true} {
		discrete.Reset(seed.New(5), b)
		continuous.Reset(seed.New(5), a)
		for range 60 {
			continuous.Step([]float32{0, 0, 0}, a)
			discrete.Step([]float32{float32(action)}, b)
		}
		if slices.Equal(a, b) == moved {
			t.Errorf("action %d: the picture is another one: %t, want %t", action, !moved, moved)
		}
	}
}

// The ground of a race has its own colours in each episode if asked for, and the
// generator then is further on when the track is drawn.
func TestCarRacingDomainRandomize(t *testing.T) {
	o := box2d.DefaultCarRacingOptions()
	o.DomainRandomize = true
	car, obs := box2d.NewCarRacing(o), make([]float32, 96*96*3)
	rng := seed.New(1)
	car.Reset(rng, obs)
	first := slices.Clone(obs)
	car.Reset(rng, obs)
	if slices.Equal(first, obs) {
		t.Error("two episodes look the same")
	}
	snapshot, err := car.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	other, again := box2d.NewCarRacing(o), make([]float32, 96*96*3)
	if err := other.Restore(snapshot, rng); err != nil {
		t.Fatal(err)
	}
	car.Step([]float32{0, 1, 0}, obs)
	other.Step([]float32{0, 1, 0}, again)
	if !slices.Equal(obs, again) {
		t.Error("the picture after a snapshot has other colours")
	}
}
