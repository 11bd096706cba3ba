package envtest

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/seed"
)

func checkMaker(p *probe) error {
	a, errA := p.tryOpen()
	b, errB := p.tryOpen()
	if err := errors.Join(errA, errB); err != nil {
		return err
	}
	if va, vb := reflect.ValueOf(a), reflect.ValueOf(b); va.Kind() == reflect.Pointer && vb.Kind() == reflect.Pointer &&
		va.Type().Elem().Size() > 0 && va.Pointer() == vb.Pointer() {
		return errors.New("the maker returned the same instance twice")
	}
	return nil
}

func checkSpec(p *probe) error {
	e := p.open()
	spec := e.Spec()
	switch {
	case spec.ID == "":
		return errors.New("the spec has no ID")
	case spec.Observation == nil || spec.Action == nil:
		return errors.New("the spec lacks a space")
	case spec.Observation.Validate() != nil:
		return fmt.Errorf("the observation space: %w", spec.Observation.Validate())
	case spec.Action.Validate() != nil:
		return fmt.Errorf("the action space: %w", spec.Action.Validate())
	case spec.MaxSteps < 0:
		return fmt.Errorf("MaxSteps is %d", spec.MaxSteps)
	case math.IsInf(spec.RewardThreshold, 0):
		return fmt.Errorf("RewardThreshold is %v; none is NaN", spec.RewardThreshold)
	}
	if other := p.open().Spec(); !sameSpec(spec, other) {
		return fmt.Errorf("one instance has %+v, another %+v", spec, other)
	}
	attempt(func() { drive(e, 1).mustRecord(10) })
	if later := e.Spec(); !sameSpec(spec, later) {
		return fmt.Errorf("at first it is %+v, after some steps %+v", spec, later)
	}
	return nil
}

// sameSpec compares two specs; no threshold equals no threshold.
func sameSpec(a, b env.Spec) bool {
	if math.IsNaN(a.RewardThreshold) && math.IsNaN(b.RewardThreshold) {
		a.RewardThreshold, b.RewardThreshold = 0, 0
	}
	return reflect.DeepEqual(a, b)
}

// attempt runs f and reports whether it came to its end. It is for steps whose
// panic another rule complains about.
func attempt(f func()) (done bool) {
	defer func() {
		if !done {
			_ = recover()
		}
	}()
	f()
	return true
}

func checkSteps(p *probe) error {
	e := p.open()
	drive(e, 1).mustRecord(probeSteps)
	drive(e, 2).mustRecord(probeSteps)
	return nil
}

func checkStatus(p *probe) error {
	return p.each(func(v event) error {
		if extra := v.end &^ (env.Terminated | env.Truncated); extra != 0 {
			return fmt.Errorf("status is %#b", v.end)
		}
		return nil
	})
}

// each lets check see every event of a recording.
func (p *probe) each(check func(event) error) error {
	for i, v := range drive(p.open(), 1).mustRecord(probeSteps) {
		if err := check(v); err != nil {
			return fmt.Errorf("%s: %w", place(i), err)
		}
	}
	return nil
}

func checkObservation(p *probe) error {
	space := p.open().Spec().Observation
	return p.each(func(v event) error {
		for i, x := range v.obs {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return fmt.Errorf("element %d of the observation is %v", i, x)
			}
		}
		if !space.Contains(v.obs) {
			return fmt.Errorf("observation %v is not in %v", v.obs, space)
		}
		return nil
	})
}

func checkReward(p *probe) error {
	return p.each(func(v event) error {
		if math.IsNaN(v.reward) || math.IsInf(v.reward, 0) {
			return fmt.Errorf("reward is %v", v.reward)
		}
		return nil
	})
}

// reference is what a new environment does, driven with memory that is left
// alone.
func (p *probe) reference(seed uint64) []event {
	return drive(p.open(), seed).mustRecord(probeSteps)
}

func checkRepeatable(p *probe) error {
	return difference(p.reference(1), p.reference(1))
}

func checkSeeds(p *probe) error {
	const seeds = 8
	first := p.reference(0)
	for s := uint64(1); s < seeds; s++ {
		if difference(p.reference(s), first) != nil {
			return nil
		}
	}
	d := drive(p.open(), 0)
	before := state(d.rng)
	d.mustRecord(probeSteps)
	if bytes.Equal(before, state(d.rng)) {
		return notApplicable("the task does not draw")
	}
	return fmt.Errorf("the generator was drawn from, but seeds 0 to %d went all the same; if nothing that is drawn matters, leave this rule out with Skip", seeds-1)
}

// state is the complete state of a generator.
func state(rng *seed.Rand) []byte {
	b, err := rng.MarshalBinary()
	if err != nil {
		panic(err)
	}
	return b
}

func checkReset(p *probe) error {
	want := p.reference(1)
	used := p.open()
	for _, steps := range []int{1, 7, probeSteps} {
		drive(used, 2).mustRecord(steps)
		if err := difference(drive(used, 1).mustRecord(probeSteps), want); err != nil {
			return fmt.Errorf("reset after %d events on a used instance; against a new one: %w", steps, err)
		}
	}
	return nil
}

func checkInstances(p *probe) error {
	wantA, wantB := p.reference(1), p.reference(2)
	a, b := drive(p.open(), 1), drive(p.open(), 2)
	var gotA, gotB []event
	for range probeSteps {
		gotA = append(gotA, a.mustRecord(1)...)
		gotB = append(gotB, b.mustRecord(1)...)
	}
	if err := errors.Join(difference(gotA, wantA), difference(gotB, wantB)); err != nil {
		return fmt.Errorf("two instances in turn, against each alone: %w", err)
	}
	return nil
}

func checkLimit(p *probe) error {
	const longest, episodes = 10_000, 3
	e := p.open()
	limit := e.Spec().MaxSteps
	if limit == 0 || limit > longest {
		return notApplicable(fmt.Sprintf("MaxSteps is %d", limit))
	}
	d := drive(e, 1)
	for range episodes {
		for step := range limit + 1 {
			switch v, _, _ := d.advance(); {
			case step == limit && !v.end.Ended():
				return fmt.Errorf("the episode goes on after step %d", limit)
			case step == limit && !v.end.Is(env.Truncated):
				return fmt.Errorf("step %d is %v", limit, v.end)
			}
			if d.ended {
				break
			}
		}
	}
	return nil
}

func checkAllocation(p *probe) error {
	d := drive(p.open(), 1)
	obs := make([]float32, d.spec.Observation.Size())
	action := make([]float32, d.spec.Action.Size())
	d.row = func() []float32 { return obs }
	d.action = func() []float32 { return action }
	// What others allocate meanwhile, such as the runtime, is counted too, but not
	// every time.
	allocations := math.Inf(1)
	for try := 0; try < 3 && allocations > 0; try++ {
		allocations = min(allocations, testing.AllocsPerRun(1, func() {
			for range probeSteps {
				d.advance()
			}
		}))
	}
	if allocations > 0 {
		return fmt.Errorf("%v allocations in %d events", allocations, probeSteps)
	}
	return nil
}
