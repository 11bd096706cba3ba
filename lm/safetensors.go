package lm

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// A safetensors file is the length of a header in eight bytes, the header, a JSON
// object that says which bytes of the rest are which tensor, and the rest. The
// format is Hugging Face's; checkpoints of this program are such files too, but
// with rules of their own on top.

// maxHeader is the longest header that the format allows.
const maxHeader = 100_000_000

// metadataKey is the entry of the header that is no tensor.
const metadataKey = "__metadata__"

// stored is a tensor in a file.
type stored struct {
	Kind    string   `json:"dtype"`
	Shape   []int64  `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// elementSizes are the kinds of elements that the format knows, with their
// number of bytes. Kinds of less than a byte are not among them.
var elementSizes = map[string]int64{
	"BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1,
	"U16": 2, "I16": 2, "F16": 2, "BF16": 2,
	"U32": 4, "I32": 4, "F32": 4,
	"U64": 8, "I64": 8, "F64": 8, "C64": 8,
}

// tensorFile is a file whose header has been read.
type tensorFile struct {
	tensors map[string]stored
	data    io.ReaderAt
	begin   int64 // of the tensors' bytes
}

// openTensors reads the header of a file of so many bytes. It needs no more
// memory than the header takes in the file, whatever the header says.
func openTensors(file io.ReaderAt, size int64) (*tensorFile, error) {
	var prefix [8]byte
	if size < int64(len(prefix)) {
		return nil, fmt.Errorf("it has only %d bytes", size)
	}
	if _, err := file.ReadAt(prefix[:], 0); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if length > maxHeader || int64(length) > size-8 {
		return nil, fmt.Errorf("its header should have %d bytes and the whole file has %d", length, size)
	}
	header := make([]byte, length)
	if _, err := file.ReadAt(header, 8); err != nil {
		return nil, err
	}
	tensors, err := parseHeader(header)
	if err != nil {
		return nil, err
	}
	f := &tensorFile{tensors, file, 8 + int64(length)}
	return f, f.check(size - f.begin)
}

// parseHeader reads the header's entries. A name that comes twice is an error,
// which encoding/json alone would not notice.
func parseHeader(header []byte) (map[string]stored, error) {
	if !bytes.HasPrefix(header, []byte("{")) {
		return nil, errors.New("its header is no JSON object")
	}
	tensors := map[string]stored{}
	d := json.NewDecoder(bytes.NewReader(header))
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("its header: %w", err)
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("its header: %w", err)
		}
		name, ok := key.(string)
		if !ok || seen[name] {
			return nil, fmt.Errorf("its header has %v twice", key)
		}
		seen[name] = true
		if name == metadataKey {
			var text map[string]string
			if err := d.Decode(&text); err != nil {
				return nil, fmt.Errorf("its metadata: %w", err)
			}
			continue
		}
		var t stored
		if err := d.Decode(&t); err != nil {
			return nil, fmt.Errorf("its entry for tensor %q: %w", name, err)
		}
		tensors[name] = t
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("its header: %w", err)
	}
	if rest, err := io.ReadAll(d.Buffered()); err != nil || strings.TrimRight(string(rest), " ") != "" {
		return nil, errors.New("its header goes on after its end")
	}
	return tensors, nil
}

// check makes sure that the tensors fill the given number of bytes, without gaps
// and without overlap, and that each has the bytes that its shape needs.
func (f *tensorFile) check(size int64) error {
	names := f.names()
	slices.SortFunc(names, func(a, b string) int {
		x, y := f.tensors[a].Offsets, f.tensors[b].Offsets
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]), strings.Compare(a, b))
	})
	at := int64(0)
	for _, name := range names {
		t := f.tensors[name]
		begin, end := t.Offsets[0], t.Offsets[1]
		if begin != at || end < begin || end > size {
			return fmt.Errorf("tensor %q has the bytes %d to %d of %d, where byte %d is next", name, begin, end, size, at)
		}
		width, known := elementSizes[t.Kind]
		if !known {
			return fmt.Errorf("tensor %q has elements of an unknown kind, %q", name, t.Kind)
		}
		if n, ok := elements(t.Shape, size); !ok || n*width != end-begin {
			return fmt.Errorf("tensor %q has %d bytes, which is not what %s of shape %v takes", name, end-begin, t.Kind, t.Shape)
		}
		at = end
	}
	if at != size {
		return fmt.Errorf("it has %d bytes of tensors and its header speaks of %d", size, at)
	}
	return nil
}

// elements is the number of elements of a shape, if it is at most limit.
func elements(shape []int64, limit int64) (n int64, ok bool) {
	n = 1
	for _, d := range shape {
		if d < 0 || d > limit || n > 0 && d > limit/n {
			return 0, false
		}
		n *= d
	}
	return n, true
}

func (f *tensorFile) names() []string {
	names := make([]string, 0, len(f.tensors))
	for name := range f.tensors {
		names = append(names, name)
	}
	return names
}

// read returns the numbers of a tensor, which must be floats of 16 or 32 bits.
func (f *tensorFile) read(name string) ([]float32, error) {
	t := f.tensors[name]
	raw := make([]byte, t.Offsets[1]-t.Offsets[0])
	if _, err := f.data.ReadAt(raw, f.begin+t.Offsets[0]); err != nil {
		return nil, fmt.Errorf("tensor %q: %w", name, err)
	}
	switch t.Kind {
	case "F32":
		x := make([]float32, len(raw)/4)
		for i := range x {
			x[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
		return x, nil
	case "BF16":
		x := make([]float32, len(raw)/2)
		for i := range x {
			x[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(raw[2*i:])) << 16)
		}
		return x, nil
	case "F16":
		x := make([]float32, len(raw)/2)
		for i := range x {
			x[i] = fromHalf(binary.LittleEndian.Uint16(raw[2*i:]))
		}
		return x, nil
	}
	return nil, fmt.Errorf("tensor %q has elements of kind %s: must be F32, F16 or BF16", name, t.Kind)
}

// fromHalf converts IEEE 754's binary16, exactly.
func fromHalf(bits uint16) float32 {
	sign, exponent, fraction := uint32(bits>>15)<<31, uint32(bits>>10&31), uint32(bits&1023)
	switch exponent {
	case 0: // zero and subnormal: fraction · 2⁻²⁴
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 31: // infinity and NaN
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// named is a tensor to be written.
type named struct {
	name  string
	shape []int
	data  []float32
}

// writeTensors writes a file of float32 tensors, in the order given, which is
// also that of their names in the header.
func writeTensors(w io.Writer, tensors []named) error {
	var header bytes.Buffer
	header.WriteString(`{"` + metadataKey + `":{"format":"pt"}`)
	at := 0
	for _, t := range tensors {
		name, err := json.Marshal(t.name)
		if err != nil {
			return err
		}
		shape, err := json.Marshal(t.shape)
		if err != nil {
			return err
		}
		end := at + 4*len(t.data)
		fmt.Fprintf(&header, `,%s:{"dtype":"F32","shape":%s,"data_offsets":[%d,%d]}`, name, shape, at, end)
		at = end
	}
	header.WriteString("}")
	for header.Len()%8 != 0 {
		header.WriteByte(' ')
	}
	var prefix [8]byte
	binary.LittleEndian.PutUint64(prefix[:], uint64(header.Len()))
	if _, err := w.Write(append(prefix[:], header.Bytes()...)); err != nil {
		return err
	}
	var raw []byte
	for _, t := range tensors {
		raw = raw[:0]
		for _, x := range t.data {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
		}
		if _, err := w.Write(raw); err != nil {
			return err
		}
	}
	return nil
}
