package env

import (
	"slices"

	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// Clock says how an environment that is aware of time shows it.
type Clock uint8

const (
	// ClockSteps: the number of steps of the episode so far.
	ClockSteps Clock = iota
	// ClockFraction: that number divided by the largest, from 0 to 1.
	ClockFraction
)

// TimeAware returns e with the time as one more element at the end of its
// observation, so that a policy can know how much of the episode is left. It is a
// [Snapshotter] if e is one.
//
// It is Gymnasium's TimeAwareObservation with flatten: ClockSteps without
// normalize_time, where its observation is float64 but has the same values, and
// ClockFraction with it.
//
// The observation becomes a vector. TimeAware panics if the observation space of
// e is not a space.Box or Spec().MaxSteps is 0: the time limit goes inside.
func TimeAware(e Env, clock Clock) Env {
	t := &timeAware{Env: e, spec: e.Spec(), clock: clock}
	box, ok := t.spec.Observation.(space.Box)
	if !ok {
		panic("env: observations with the time must be a space.Box")
	}
	if t.spec.MaxSteps == 0 {
		panic("env: time needs an environment with a limit")
	}
	t.size = box.Size()
	t.spec.Observation = space.NewBox(
		append(slices.Clone(box.Low), 0),
		append(slices.Clone(box.High), t.time(elapsed(t.spec.MaxSteps))))
	if inner, ok := As[Snapshotter](e); ok {
		return &snapshotTimeAware{timeAware: t, inner: inner}
	}
	return t
}

// timeAware counts the steps of an episode and shows their number.
type timeAware struct {
	Env
	spec    Spec
	clock   Clock
	size    int // of the inner observation
	elapsed elapsed
}

func (t *timeAware) Unwrap() Env { return t.Env }
func (t *timeAware) Spec() Spec  { return t.spec }

func (t *timeAware) Reset(rng *seed.Rand, obs []float32) {
	t.elapsed = 0
	t.Env.Reset(rng, obs[:t.size:t.size])
	obs[t.size] = t.time(t.elapsed)
}

func (t *timeAware) Step(action, obs []float32) (float64, Status) {
	t.elapsed++
	reward, end := t.Env.Step(action, obs[:t.size:t.size])
	obs[t.size] = t.time(t.elapsed)
	return reward, end
}

// time is what the clock shows after n steps.
func (t *timeAware) time(n elapsed) float32 {
	if t.clock == ClockFraction {
		return float32(float64(n) / float64(t.spec.MaxSteps))
	}
	return float32(n)
}

// snapshotTimeAware is a timeAware around a Snapshotter.
type snapshotTimeAware struct {
	*timeAware
	inner Snapshotter
}

func (t *snapshotTimeAware) Snapshot() ([]byte, error) { return t.elapsed.snapshot(t.inner) }

func (t *snapshotTimeAware) Restore(snapshot []byte, rng *seed.Rand) error {
	return t.elapsed.restore(snapshot, t.spec.MaxSteps, t.inner, rng)
}
