package classic

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// A snapshot is the task's name, a newline, and the numbers of its state as
// little-endian float64.

// encode makes the snapshot of a task.
func encode(id string, state ...float64) []byte {
	snapshot := append([]byte(id), '\n')
	for _, x := range state {
		snapshot = binary.LittleEndian.AppendUint64(snapshot, math.Float64bits(x))
	}
	return snapshot
}

// decode reads a snapshot of the task into state, or says what is wrong with it.
func decode(snapshot []byte, id string, state ...*float64) error {
	body, ok := bytes.CutPrefix(snapshot, append([]byte(id), '\n'))
	if !ok {
		return fmt.Errorf("restore %s: this is not a snapshot of it", id)
	}
	if len(body) != 8*len(state) {
		return fmt.Errorf("restore %s: snapshot has %d bytes of state, not %d", id, len(body), 8*len(state))
	}
	for i := range state {
		*state[i] = math.Float64frombits(binary.LittleEndian.Uint64(body[8*i:]))
	}
	for i, x := range state {
		if math.IsNaN(*x) || math.IsInf(*x, 0) {
			return fmt.Errorf("restore %s: number %d of the snapshot is %v", id, i, *x)
		}
	}
	return nil
}
