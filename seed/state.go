package seed

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A state is written as
//
//	stateTag | state 16 bytes | increment 16 bytes | hasHalf 1 byte | half 4 bytes
//
// with all numbers big-endian. The same state is always the same bytes.
const (
	stateTag    = "pcg64.1:"
	stateLength = len(stateTag) + 16 + 16 + 1 + 4
)

// Clone returns a generator that gives the same draws as r from here on.
func (r *Rand) Clone() *Rand {
	c := *r
	return &c
}

// AppendBinary implements [encoding.BinaryAppender]: it appends the complete
// state to b. The error is always nil.
func (r *Rand) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, stateTag...)
	for _, word := range [...]uint64{r.stateHigh, r.stateLow, r.incrementHigh, r.incrementLow} {
		b = binary.BigEndian.AppendUint64(b, word)
	}
	var hasHalf byte
	if r.hasHalf {
		hasHalf = 1
	}
	b = append(b, hasHalf)
	return binary.BigEndian.AppendUint32(b, r.half), nil
}

// MarshalBinary implements [encoding.BinaryMarshaler]: it returns the complete
// state. The error is always nil.
func (r *Rand) MarshalBinary() ([]byte, error) {
	return r.AppendBinary(make([]byte, 0, stateLength))
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler]: r continues where the
// generator stood that wrote b. If b is not such a state, r is left as it was
// and the error says why.
func (r *Rand) UnmarshalBinary(b []byte) error {
	if len(b) != stateLength {
		return fmt.Errorf("seed: generator state has %d bytes, must be %d", len(b), stateLength)
	}
	if string(b[:len(stateTag)]) != stateTag {
		return fmt.Errorf("seed: generator state begins with %q, must be %q", b[:len(stateTag)], stateTag)
	}
	body := b[len(stateTag):]
	read := Rand{
		stateHigh:     binary.BigEndian.Uint64(body),
		stateLow:      binary.BigEndian.Uint64(body[8:]),
		incrementHigh: binary.BigEndian.Uint64(body[16:]),
		incrementLow:  binary.BigEndian.Uint64(body[24:]),
		hasHalf:       body[32] == 1,
		half:          binary.BigEndian.Uint32(body[33:]),
	}
	switch {
	case read.incrementLow&1 == 0:
		return errors.New("seed: generator state has an even increment, must be odd")
	case body[32] > 1:
		return fmt.Errorf("seed: generator state has flag %d for a kept half, must be 0 or 1", body[32])
	case !read.hasHalf && read.half != 0:
		return fmt.Errorf("seed: generator state has kept half %#x without its flag, must be 0", read.half)
	}
	*r = read
	return nil
}
