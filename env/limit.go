package env

import "github.com/proximal-rl/proximal/seed"

// Limit returns e with its episodes cut after the given number of steps: that
// step sets Truncated, also if it terminated, so that both flags can be set. It
// is a [Snapshotter] if e is one.
//
// Spec().MaxSteps becomes steps, unless e has a shorter limit of its own. Limit
// panics if steps is not positive.
func Limit(e Env, steps int) Env {
	if steps <= 0 {
		panic("env: limit must be positive")
	}
	l := &limit{Env: e, spec: e.Spec(), steps: steps}
	if own := l.spec.MaxSteps; own == 0 || own > steps {
		l.spec.MaxSteps = steps
	}
	if inner, ok := As[Snapshotter](e); ok {
		return &snapshotLimit{limit: l, inner: inner}
	}
	return l
}

// limit counts the steps of an episode and cuts it.
type limit struct {
	Env
	spec    Spec
	steps   int
	elapsed elapsed
}

func (l *limit) Unwrap() Env { return l.Env }
func (l *limit) Spec() Spec  { return l.spec }

func (l *limit) Reset(rng *seed.Rand, obs []float32) {
	l.elapsed = 0
	l.Env.Reset(rng, obs)
}

func (l *limit) Step(action, obs []float32) (float64, Status) {
	reward, end := l.Env.Step(action, obs)
	l.elapsed++
	if int(l.elapsed) >= l.steps {
		end |= Truncated
	}
	return reward, end
}

// snapshotLimit is a limit around a Snapshotter.
type snapshotLimit struct {
	*limit
	inner Snapshotter
}

func (l *snapshotLimit) Snapshot() ([]byte, error) { return l.elapsed.snapshot(l.inner) }

func (l *snapshotLimit) Restore(snapshot []byte, rng *seed.Rand) error {
	return l.elapsed.restore(snapshot, l.steps, l.inner, rng)
}
