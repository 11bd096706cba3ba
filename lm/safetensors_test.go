package lm

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// framed puts a header and bytes of tensors together.
func framed(header string, data string) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), data...)
}

func TestHostileFilesAreRefused(t *testing.T) {
	for _, c := range []struct {
		file []byte
		want string
	}{
		{nil, "only 0 bytes"},
		{[]byte("1234567"), "only 7 bytes"},
		{binary.LittleEndian.AppendUint64(nil, 1<<63), "should have 9223372036854775808 bytes"},
		{binary.LittleEndian.AppendUint64(nil, maxHeader+1), "should have 100000001 bytes"},
		{binary.LittleEndian.AppendUint64(nil, 5), "should have 5 bytes and the whole file has 8"},
		{framed(`[]`, ""), "no JSON object"},
		{framed(`{"x":`, ""), `entry for tensor "x"`},
		{framed(`{} {}`, ""), "goes on"},
		{framed(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`, "abcd"), "header"},
		{framed(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "ab"), `x twice`},
		{framed(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, "abcd"), "not what F32 of shape [2] takes"},
		{framed(`{"x":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}`, "abcd"), `unknown kind, "F31"`},
		{framed(`{"x":{"dtype":"U8","shape":[-1,-4],"data_offsets":[0,4]}}`, "abcd"), "shape [-1 -4]"},
		{framed(`{"x":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, ""), "shape"},
		{framed(`{"x":{"dtype":"U8","shape":[9223372036854775807,2,0],"data_offsets":[0,0]}}`, ""), "shape"},
		{framed(`{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}`, "abc"), "0 to 4 of 3"},
		{framed(`{"x":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}`, "abcd"), "4 to 0 of 4"},
		{framed(`{"x":{"dtype":"U8","shape":[4],"data_offsets":[-4,0]}}`, "abcd"), "-4 to 0 of 4"},
		{framed(`{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"y":{"dtype":"U8","shape":[3],"data_offsets":[2,5]}}`, "abcde"), "where byte 3 is next"},
		{framed(`{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}`, "abcde"), "where byte 2 is next"},
		{framed(`{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, "abc"), "3 bytes of tensors and its header speaks of 2"},
		{framed(`{"__metadata__":{"a":1}}`, ""), "metadata"},
		{framed(`{"x":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}`, "a"), `entry for tensor "x"`},
	} {
		_, err := openTensors(bytes.NewReader(c.file), int64(len(c.file)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.file, err, c.want)
		}
	}
}

// A file that was cut short anywhere is refused, by name.
func TestTruncatedFilesAreRefused(t *testing.T) {
	m := random(t, shapes["gpt2"])
	folder := t.TempDir()
	if err := m.Save(folder); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, weightsFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 7, 8, 100, 2000, len(whole) / 2, len(whole) - 1} {
		write(t, path, whole[:n])
		if _, err := Load(folder); err == nil || !strings.Contains(err.Error(), weightsFile) {
			t.Errorf("%d of %d bytes: error %v", n, len(whole), err)
		}
	}
}

// FuzzTensors reads arbitrary files. What is read is written again, in float32,
// and read as the same.
func FuzzTensors(f *testing.F) {
	f.Add(narrowed("F16", 0x3c00, 0xc100))
	f.Add(framed(`{"__metadata__":{"format":"pt"},"x":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"y":{"dtype":"BF16","shape":[],"data_offsets":[4,6]}}`, "abcdef"))
	f.Add(framed(`{"x":{"dtype":"U8","shape":[0,3],"data_offsets":[0,0]}}   `, ""))
	f.Fuzz(func(t *testing.T, file []byte) {
		have, err := openTensors(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		var all []named
		names := have.names()
		slices.Sort(names)
		for _, name := range names {
			data, err := have.read(name)
			if err != nil {
				continue
			}
			shape := make([]int, len(have.tensors[name].Shape))
			for i, d := range have.tensors[name].Shape {
				shape[i] = int(d)
			}
			all = append(all, named{name, shape, data})
		}
		again := encoded(t, all)
		have, err = openTensors(bytes.NewReader(again), int64(len(again)))
		if err != nil {
			t.Fatalf("what was written of %q cannot be read: %v", file, err)
		}
		for _, n := range all {
			got, err := have.read(n.name)
			if err != nil || !bytes.Equal(bits(got), bits(n.data)) {
				t.Fatalf("tensor %q is %v with error %v, want %v", n.name, got, err, n.data)
			}
		}
	})
}

func bits(x []float32) []byte {
	b, _ := binary.Append(nil, binary.LittleEndian, x)
	return b
}
