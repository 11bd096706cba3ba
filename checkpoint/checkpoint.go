// Package checkpoint keeps named tensors and state in one file: written whole
// or not at all, versioned, and protected by a checksum, so that a file that
// loads is the file that was saved.
//
// # Format
//
// A checkpoint is a safetensors file, which many tools can open: the length of
// the header as 8 bytes (little-endian), the header, and the tensors' raw
// little-endian bytes without gaps. The header is JSON without spaces, padded
// with spaces so that the tensors begin at a multiple of 64 bytes:
//
//	{"__metadata__":{"checksum":"…","format":"proximal-checkpoint","state":"…","version":"1"},
//	 "name":{"dtype":"F32","shape":[64,4],"data_offsets":[0,1024]},…}
//
// The checksum is the SHA-256, in hexadecimal, of the whole file with 64 zeros
// in the place of the checksum. Place and meaning of the checksum are the same
// in every version. The state is a JSON object, written as a string.
//
// Tensors with wide elements come first, so that all are aligned, and are
// sorted by name among themselves. A file holds no clock, host or path: equal
// content gives equal bytes.
package checkpoint

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Checkpoint is what a file holds: tensors and state, both by name. The zero
// value is empty and ready to use. It is safe for concurrent reading only.
type Checkpoint struct {
	tensors map[string]tensor
	state   map[string]json.RawMessage
}

// tensor is an array in the bytes of the file.
type tensor struct {
	kind  kind
	shape []int
	data  []byte
}

// kind is the type of a tensor's elements, by its name in safetensors.
type kind string

const (
	float64s kind = "F64"
	float32s kind = "F32"
	uint8s   kind = "U8"
)

// sizes has the bytes of an element of each kind.
var sizes = map[kind]int{float64s: 8, float32s: 4, uint8s: 1}

// New returns an empty checkpoint.
func New() *Checkpoint { return &Checkpoint{} }

// PutFloat32 adds a tensor: a copy of data, whose length is the product of shape.
//
// It panics if the length differs, or if name is empty, not valid UTF-8,
// "__metadata__" or taken.
func (c *Checkpoint) PutFloat32(name string, shape []int, data []float32) {
	raw := make([]byte, 0, 4*len(data))
	for _, x := range data {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	c.put(name, tensor{float32s, slices.Clone(shape), raw})
}

// PutFloat64 adds a tensor as [Checkpoint.PutFloat32] does.
func (c *Checkpoint) PutFloat64(name string, shape []int, data []float64) {
	raw := make([]byte, 0, 8*len(data))
	for _, x := range data {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(x))
	}
	c.put(name, tensor{float64s, slices.Clone(shape), raw})
}

// PutBytes adds a copy of data as a tensor of one dimension. It panics as
// [Checkpoint.PutFloat32] does.
func (c *Checkpoint) PutBytes(name string, data []byte) {
	c.put(name, tensor{uint8s, []int{len(data)}, slices.Clone(data)})
}

// put adds a tensor.
func (c *Checkpoint) put(name string, t tensor) {
	if n, ok := product(t.shape); !ok || n != len(t.data)/sizes[t.kind] {
		panic("checkpoint: length of data differs from its shape")
	}
	if !validName(name) {
		panic("checkpoint: name of a tensor is empty, reserved or not valid UTF-8")
	}
	if _, taken := c.tensors[name]; taken {
		panic("checkpoint: name of a tensor is taken")
	}
	if c.tensors == nil {
		c.tensors = map[string]tensor{}
	}
	c.tensors[name] = t
}

// Put adds v, as JSON, to the state. JSON has neither NaN nor infinity; values
// that may be either belong in tensors.
//
// It panics if key is taken.
func (c *Checkpoint) Put(key string, v any) error {
	text, err := marshal(v)
	if err != nil {
		return fmt.Errorf("store %q in checkpoint: %w", key, err)
	}
	if _, taken := c.state[key]; taken {
		panic("checkpoint: key of the state is taken")
	}
	if c.state == nil {
		c.state = map[string]json.RawMessage{}
	}
	c.state[key] = text
	return nil
}

// Get reads the state under key into v, strictly: fields that v does not have
// are errors.
func (c *Checkpoint) Get(key string, v any) error {
	text, ok := c.state[key]
	if !ok {
		return missing("state", key, slices.Sorted(maps.Keys(c.state)))
	}
	if err := unmarshal(text, v); err != nil {
		return fmt.Errorf("read state %q of checkpoint: %w", key, err)
	}
	return nil
}

// Float32 copies the tensor called name to dst. It is an error if there is no
// such tensor, or if it has other elements or another shape.
//
// It panics if the length of dst is not the product of shape.
func (c *Checkpoint) Float32(dst []float32, name string, shape ...int) error {
	raw, err := c.raw(name, float32s, len(dst), shape)
	if err != nil {
		return err
	}
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return nil
}

// CheckFloat32 reports whether [Checkpoint.Float32] would fail, before memory
// of a size that only the file vouches for is made.
func (c *Checkpoint) CheckFloat32(name string, shape ...int) error {
	_, err := c.matching(name, float32s, shape)
	return err
}

// Float64 copies the tensor called name to dst as [Checkpoint.Float32] does.
func (c *Checkpoint) Float64(dst []float64, name string, shape ...int) error {
	raw, err := c.raw(name, float64s, len(dst), shape)
	if err != nil {
		return err
	}
	for i := range dst {
		dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	return nil
}

// Bytes returns a copy of the bytes called name.
func (c *Checkpoint) Bytes(name string) ([]byte, error) {
	t, err := c.find(name, uint8s)
	return slices.Clone(t.data), err
}

// Names lists the tensors, sorted.
func (c *Checkpoint) Names() []string { return slices.Sorted(maps.Keys(c.tensors)) }

// raw returns the bytes of a tensor after a look at its kind and shape.
func (c *Checkpoint) raw(name string, kind kind, length int, shape []int) ([]byte, error) {
	if n, ok := product(shape); !ok || n != length {
		panic("checkpoint: length of dst differs from its shape")
	}
	t, err := c.matching(name, kind, shape)
	return t.data, err
}

// matching returns a tensor after a look at its kind and shape.
func (c *Checkpoint) matching(name string, kind kind, shape []int) (tensor, error) {
	t, err := c.find(name, kind)
	if err == nil && !slices.Equal(t.shape, shape) {
		err = fmt.Errorf("tensor %q has shape %v in the checkpoint and should have %v", name, t.shape, shape)
	}
	if err != nil {
		return tensor{}, err
	}
	return t, nil
}

// find returns a tensor after a look at its kind.
func (c *Checkpoint) find(name string, kind kind) (tensor, error) {
	t, ok := c.tensors[name]
	if !ok {
		return tensor{}, missing("tensor", name, c.Names())
	}
	if t.kind != kind {
		return tensor{}, fmt.Errorf("tensor %q has elements %s in the checkpoint and should have %s", name, t.kind, kind)
	}
	return t, nil
}

// missing says that a name is not there, and which ones begin most like it.
func missing(what, name string, have []string) error {
	if len(have) == 0 {
		return fmt.Errorf("the checkpoint has no %s %q, nor any other", what, name)
	}
	common := func(other string) (n int) {
		for n < len(name) && n < len(other) && name[n] == other[n] {
			n++
		}
		return n
	}
	slices.SortStableFunc(have, func(a, b string) int { return common(b) - common(a) })
	const most = 3
	return fmt.Errorf("the checkpoint has no %s %q; it has %s", what, name, strings.Join(have[:min(most, len(have))], ", "))
}

// product multiplies dimensions; ok is false for negative ones and for more
// elements than memory could hold.
func product(shape []int) (n int, ok bool) {
	n = 1
	for _, d := range shape {
		if d < 0 || d > 0 && n > math.MaxInt/16/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// validName reports whether a tensor may have this name.
func validName(name string) bool {
	return name != "" && name != metadataKey && utf8.ValidString(name)
}

// marshal writes v as JSON, leaving <, > and & as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// unmarshal reads one JSON value into v, and nothing else.
func unmarshal(text []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("there is more after the value")
	}
	return nil
}
