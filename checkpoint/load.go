package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
)

// Errors that Load wraps; compare with [errors.Is].
var (
	// ErrDamaged: the file is not, or no longer, what was saved.
	ErrDamaged = errors.New("damaged checkpoint")
	// ErrVersion: the file is whole, but a later program wrote it.
	ErrVersion = errors.New("checkpoint of a newer version")
)

// Load reads the file at path. It needs memory for the size of the file and no
// more, whatever the file says.
func Load(path string) (*Checkpoint, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		return nil, fmt.Errorf("load checkpoint: %w", err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load checkpoint: %w", err)
	}
	c, err := parse(file)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", path, err)
	}
	return c, nil
}

// damaged is [ErrDamaged] with the reason.
func damaged(reason string, values ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(reason, values...))
}

// parse reads a file, whose bytes the checkpoint keeps. First it makes sure
// that they are the ones that were saved, which also holds for versions that it
// cannot read, and then it interprets them.
func parse(file []byte) (*Checkpoint, error) {
	header, data, err := split(file)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(file[checksumAt:checksumAt+checksumSize], checksum(file)) {
		return nil, damaged("its checksum does not match, so it was cut short or changed")
	}
	var entries map[string]json.RawMessage
	if err := unmarshal(header, &entries); err != nil {
		return nil, damaged("its header cannot be read: %v", err)
	}
	c := New()
	if err := c.readMetadata(entries[metadataKey]); err != nil {
		return nil, err
	}
	delete(entries, metadataKey)
	for name, text := range entries {
		if err := c.readTensor(name, text, data); err != nil {
			return nil, err
		}
	}
	if err := c.confirm(file, len(data)); err != nil {
		return nil, err
	}
	return c, nil
}

// split parts a file into its header and its tensors.
func split(file []byte) (header, data []byte, err error) {
	if len(file) < checksumAt+checksumSize {
		return nil, nil, damaged("it has only %d bytes", len(file))
	}
	length, rest := binary.LittleEndian.Uint64(file), file[lengthSize:]
	if !bytes.HasPrefix(rest, []byte(beginning)) {
		return nil, nil, damaged("it does not begin as a checkpoint does")
	}
	if length > uint64(len(rest)) || length < uint64(len(beginning)+checksumSize) {
		return nil, nil, damaged("its header should have %d bytes and the whole file has %d", length, len(file))
	}
	return rest[:length], rest[length:], nil
}

// checksum computes what stands in the file's header.
func checksum(file []byte) []byte {
	sum := sha256.New()
	sum.Write(file[:checksumAt])
	sum.Write(bytes.Repeat([]byte("0"), checksumSize))
	sum.Write(file[checksumAt+checksumSize:])
	return hex.AppendEncode(nil, sum.Sum(nil))
}

// readMetadata looks at the version and reads the state.
func (c *Checkpoint) readMetadata(text json.RawMessage) error {
	var about map[string]string
	if err := json.Unmarshal(text, &about); err != nil {
		return damaged("its metadata cannot be read: %v", err)
	}
	if about["format"] != format {
		return damaged("it has the format %q and not %q", about["format"], format)
	}
	switch n, err := strconv.Atoi(about["version"]); {
	case err == nil && n > version:
		return fmt.Errorf("%w: it has version %d, and this program reads up to %d", ErrVersion, n, version)
	case err != nil || n != version:
		return damaged("there is no version %q", about["version"])
	}
	if err := unmarshal([]byte(about["state"]), &c.state); err != nil {
		return damaged("its state cannot be read: %v", err)
	}
	return nil
}

// readTensor adds the tensor that an entry of the header describes.
func (c *Checkpoint) readTensor(name string, text json.RawMessage, data []byte) error {
	var e entry
	if err := unmarshal(text, &e); err != nil {
		return damaged("the header's entry for tensor %q cannot be read: %v", name, err)
	}
	begin, end := e.Offsets[0], e.Offsets[1]
	if begin < 0 || begin > end || end > len(data) {
		return damaged("tensor %q lies outside the file", name)
	}
	n, ok := product(e.Shape)
	if size := sizes[e.Kind]; size == 0 || !ok || n*size != end-begin {
		return damaged("tensor %q has %d bytes, which is not what %s of shape %v take", name, end-begin, e.Kind, e.Shape)
	}
	if !validName(name) {
		return damaged("a tensor is called %q", name)
	}
	c.put(name, tensor{e.Kind, e.Shape, data[begin:end:end]})
	return nil
}

// confirm compares the file with the one that Save would write, for content has
// exactly one form: what overlaps, leaves gaps, repeats a name or says more than
// it should is not it.
func (c *Checkpoint) confirm(file []byte, dataSize int) error {
	head, names := c.head()
	used := 0
	for _, name := range names {
		used += len(c.tensors[name].data)
	}
	copy(head[checksumAt:], file[checksumAt:checksumAt+checksumSize])
	if used != dataSize || !bytes.HasPrefix(file, head) {
		return damaged("its header is not the one for its content: tensors overlap, leave gaps or are out of order")
	}
	return nil
}
