package env

import (
	"encoding/binary"
	"fmt"

	"github.com/proximal-rl/proximal/seed"
)

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
	elapsed int
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
	if l.elapsed >= l.steps {
		end |= Truncated
	}
	return reward, end
}

// snapshotLimit is a limit around a Snapshotter. Its snapshot is the number of
// elapsed steps, 8 bytes little-endian, and then that of the inner environment.
type snapshotLimit struct {
	*limit
	inner Snapshotter
}

// elapsedBytes is the size of the number of steps in a snapshot.
const elapsedBytes = 8

func (l *snapshotLimit) Snapshot() ([]byte, error) {
	inner, err := l.inner.Snapshot()
	if err != nil {
		return nil, err
	}
	head := binary.LittleEndian.AppendUint64(nil, uint64(l.elapsed))
	return append(head, inner...), nil
}

func (l *snapshotLimit) Restore(snapshot []byte, rng *seed.Rand) error {
	if len(snapshot) < elapsedBytes {
		return fmt.Errorf("snapshot of an environment ends after %d bytes, within the number of its step", len(snapshot))
	}
	elapsed := binary.LittleEndian.Uint64(snapshot)
	if elapsed > uint64(l.steps) {
		return fmt.Errorf("snapshot of an environment is of step %d, but episodes end after %d", elapsed, l.steps)
	}
	if err := l.inner.Restore(snapshot[elapsedBytes:], rng); err != nil {
		return err
	}
	l.elapsed = int(elapsed)
	return nil
}
