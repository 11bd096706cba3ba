package box2d

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/proximal-rl/proximal/internal/physics"
)

// A snapshot is the task's name, a newline, the CRC-32 of all that follows, the
// state of the task field by field, and its world; numbers are little-endian.

// encode makes the snapshot of a task whose state consists of parts that are plain
// data.
func encode(id string, w *physics.World, state ...any) ([]byte, error) {
	var body []byte
	for _, part := range state {
		var err error
		if body, err = binary.Append(body, binary.LittleEndian, part); err != nil {
			return nil, fmt.Errorf("snapshot %s: %w", id, err)
		}
	}
	body, err := w.AppendBinary(body)
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: %w", id, err)
	}
	snapshot := binary.LittleEndian.AppendUint32(append([]byte(id), '\n'), crc32.ChecksumIEEE(body))
	return append(snapshot, body...), nil
}

// contents returns what a snapshot of the task holds after its checksum.
func contents(snapshot []byte, id string) ([]byte, error) {
	body, ok := bytes.CutPrefix(snapshot, append([]byte(id), '\n'))
	if !ok {
		return nil, fmt.Errorf("restore %s: this is not a snapshot of it", id)
	}
	if len(body) < 4 || crc32.ChecksumIEEE(body[4:]) != binary.LittleEndian.Uint32(body) {
		return nil, fmt.Errorf("restore %s: snapshot is damaged", id)
	}
	return body[4:], nil
}

// decode reads a snapshot of the task into w and state, which points to the parts of
// the state; or it says what is wrong with the snapshot and leaves w as it was. So
// state must be a copy.
func decode(snapshot []byte, id string, w *physics.World, state ...any) error {
	body, err := contents(snapshot, id)
	if err != nil {
		return err
	}
	for _, part := range state {
		n, err := binary.Decode(body, binary.LittleEndian, part)
		if err != nil {
			return fmt.Errorf("restore %s: %w", id, err)
		}
		body = body[n:]
	}
	if err := w.UnmarshalBinary(body); err != nil {
		return fmt.Errorf("restore %s: %w", id, err)
	}
	return nil
}
