package env

import (
	"encoding/binary"
	"fmt"

	"github.com/proximal-rl/proximal/seed"
)

// elapsed counts the steps of an episode, for wrappers that need to know. Their
// snapshot is this number, 8 bytes little-endian, and then that of the inner
// environment.
type elapsed int

// elapsedBytes is the size of the number of steps in a snapshot.
const elapsedBytes = 8

// snapshot puts the number in front of the snapshot of the inner environment.
func (n elapsed) snapshot(inner Snapshotter) ([]byte, error) {
	state, err := inner.Snapshot()
	if err != nil {
		return nil, err
	}
	return append(binary.LittleEndian.AppendUint64(nil, uint64(n)), state...), nil
}

// restore reads such a snapshot. There are no episodes with more steps than
// most.
func (n *elapsed) restore(snapshot []byte, most int, inner Snapshotter, rng *seed.Rand) error {
	if len(snapshot) < elapsedBytes {
		return fmt.Errorf("snapshot of an environment ends after %d bytes, within the number of its step", len(snapshot))
	}
	steps := binary.LittleEndian.Uint64(snapshot)
	if steps > uint64(most) {
		return fmt.Errorf("snapshot of an environment is of step %d, but episodes end after %d", steps, most)
	}
	if err := inner.Restore(snapshot[elapsedBytes:], rng); err != nil {
		return err
	}
	*n = elapsed(steps)
	return nil
}
