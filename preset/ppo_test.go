package preset_test

import (
	"context"
	"testing"

	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/preset"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/train"
)

// Every preset gets through a rollout and an update of its task.
func TestEveryPresetTrains(t *testing.T) {
	for _, p := range preset.List() {
		t.Run(p.Environment+"/"+p.Algorithm, func(t *testing.T) {
			t.Parallel()
			maker, err := catalog.Make(p.Environment, nil)
			if err != nil {
				t.Fatal(err)
			}
			r, err := train.Run(context.Background(), p.Settings().Algorithm, maker, train.Options{Seed: 1, Steps: 1})
			if err != nil {
				t.Fatal(err)
			}
			if r.Updates != 1 {
				t.Errorf("%d updates, want 1", r.Updates)
			}
		})
	}
}

// A minibatch larger than a rollout is the whole rollout: as many steps in an
// update as epochs.
func TestMountainCarContinuousLearnsFromEightRowsAtATime(t *testing.T) {
	p, ok := preset.Find("MountainCarContinuous-v0", "ppo")
	if !ok {
		t.Fatal("there is no preset")
	}
	maker, err := catalog.Make(p.Environment, nil)
	if err != nil {
		t.Fatal(err)
	}
	var minibatches float64
	r, err := train.Run(context.Background(), p.Settings().Algorithm, maker, train.Options{Seed: 1, Steps: 1,
		Observe: func(p train.Progress) { minibatches, _ = p.Row.Value(record.OptimMinibatches) }})
	if err != nil {
		t.Fatal(err)
	}
	if r.Steps != 8 || minibatches != 10 {
		t.Errorf("%v minibatches from %d steps, want 10 from 8", minibatches, r.Steps)
	}
}
