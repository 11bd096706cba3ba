package checkpoint_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/checkpoint"
)

// load reads a file with the given bytes.
func load(t testing.TB, file []byte) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := checkpoint.Load(path)
	if (c == nil) == (err == nil) {
		t.Fatalf("Load returns %v and error %v", c, err)
	}
	return err
}

func TestEveryFlippedBitIsDetected(t *testing.T) {
	file := read(t, golden)
	path := filepath.Join(t.TempDir(), "checkpoint")
	for i := range file {
		bit := byte(1) << (i % 8)
		for _, flip := range []byte{bit, 0xff} {
			file[i] ^= flip
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := checkpoint.Load(path); !errors.Is(err, checkpoint.ErrDamaged) {
				t.Errorf("byte %d flipped by %#02x gives error %v", i, flip, err)
			}
			file[i] ^= flip
		}
	}
}

func TestEveryTruncationIsDetected(t *testing.T) {
	file := read(t, golden)
	path := filepath.Join(t.TempDir(), "checkpoint")
	for n := range len(file) {
		if err := os.WriteFile(path, file[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := checkpoint.Load(path); !errors.Is(err, checkpoint.ErrDamaged) {
			t.Errorf("the first %d bytes give error %v", n, err)
		}
	}
	for _, more := range [][]byte{{0}, {' '}, make([]byte, 64), file} {
		if err := load(t, append(bytes.Clone(file), more...)); !errors.Is(err, checkpoint.ErrDamaged) {
			t.Errorf("%d bytes more give error %v", len(more), err)
		}
	}
}

const (
	zeros = "0000000000000000000000000000000000000000000000000000000000000000"
	plain = `"format":"proximal-checkpoint","state":"{}","version":"1"`
)

// seal makes a file of a header and data, with a checksum that is right.
func seal(header, data string) []byte {
	header = strings.Replace(header, "CHECKSUM", zeros, 1)
	header += strings.Repeat(" ", (64-(8+len(header))%64)%64)
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	file = append(append(file, header...), data...)
	reseal(file)
	return file
}

// reseal makes the checksum of a file right, if there is room for one.
func reseal(file []byte) {
	at := bytes.Index(file, []byte(`"checksum":"`)) + len(`"checksum":"`)
	if at < len(`"checksum":"`) || at+len(zeros) > len(file) {
		return
	}
	copy(file[at:], zeros)
	sum := sha256.Sum256(file)
	hex.Encode(file[at:], sum[:])
}

func TestLoadRefusesWhatNoSaveWrote(t *testing.T) {
	header := func(metadata, tensors string) string {
		return `{"__metadata__":{"checksum":"CHECKSUM",` + metadata + `}` + tensors + `}`
	}
	tensor := func(dtype, shape, offsets string) string {
		return fmt.Sprintf(`,"x":{"dtype":"%s","shape":%s,"data_offsets":%s}`, dtype, shape, offsets)
	}
	whole := seal(header(plain, tensor("F32", "[1]", "[0,4]")), "abcd")
	if err := load(t, whole); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		why    string
		file   []byte
		reason string
	}{
		{"empty", nil, "it has only 0 bytes"},
		{"text", []byte(strings.Repeat("hello ", 100)), "it does not begin as a checkpoint does"},
		{"huge header", append(bytes.Repeat([]byte{0xff}, 8), whole[8:]...), "its header should have 18446744073709551615 bytes and the whole file has 260"},
		{"tiny header", append(make([]byte, 8), whole[8:]...), "its header should have 0 bytes"},
		{"no header", make([]byte, 200), "it does not begin as a checkpoint does"},
		{"another program's", seal(`{"__metadata__":{"format":"pt"},"x":{"dtype":"F32","shape":[32],"data_offsets":[0,128]}}`, strings.Repeat("x", 128)), "it does not begin as a checkpoint does"},
		{"not JSON", seal(`{"__metadata__":{"checksum":"CHECKSUM",`+plain+`}`, ""), "its header cannot be read"},
		{"two values", seal(header(plain, "")+"{}", ""), "its header cannot be read: there is more after the value"},
		{"metadata of numbers", seal(header(`"version":1`, ""), ""), "its metadata cannot be read"},
		{"another format", seal(header(`"format":"x","state":"{}","version":"1"`, ""), ""), `it has the format "x"`},
		{"no version", seal(header(`"format":"proximal-checkpoint","state":"{}"`, ""), ""), `there is no version ""`},
		{"an old version", seal(header(`"format":"proximal-checkpoint","state":"{}","version":"0"`, ""), ""), `there is no version "0"`},
		{"state that is not JSON", seal(header(`"format":"proximal-checkpoint","state":"{","version":"1"`, ""), ""), "its state cannot be read"},
		{"state that is no object", seal(header(`"format":"proximal-checkpoint","state":"[]","version":"1"`, ""), ""), "its state cannot be read"},
		{"state null", seal(header(`"format":"proximal-checkpoint","state":"null","version":"1"`, ""), ""), "its header is not the one for its content"},
		{"another metadata entry", seal(header(plain+`,"x":"y"`, ""), ""), "its header is not the one for its content"},
		{"beyond the end", seal(header(plain, tensor("F32", "[1]", "[0,8]")), "abcd"), `tensor "x" lies outside the file`},
		{"before the beginning", seal(header(plain, tensor("F32", "[1]", "[-4,0]")), "abcd"), `tensor "x" lies outside the file`},
		{"backwards", seal(header(plain, tensor("F32", "[1]", "[4,0]")), "abcd"), `tensor "x" lies outside the file`},
		{"too long for its shape", seal(header(plain, tensor("F32", "[2]", "[0,4]")), "abcd"), `tensor "x" has 4 bytes, which is not what F32 of shape [2] take`},
		{"negative dimensions", seal(header(plain, tensor("F32", "[-1,-1]", "[0,4]")), "abcd"), `tensor "x" has 4 bytes`},
		{"dimensions that overflow", seal(header(plain, tensor("F32", "[4294967296,4294967296,1]", "[0,4]")), "abcd"), `tensor "x" has 4 bytes`},
		{"unknown elements", seal(header(plain, tensor("F16", "[2]", "[0,4]")), "abcd"), `tensor "x" has 4 bytes, which is not what F16`},
		{"an unknown field", seal(header(plain, `,"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"y":0}`), "abcd"), `entry for tensor "x" cannot be read`},
		{"no name", seal(header(plain, `,"":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`), "abcd"), `a tensor is called ""`},
		{"a gap", seal(header(plain, tensor("F32", "[1]", "[4,8]")), "abcdefgh"), "tensors overlap, leave gaps"},
		{"bytes of no tensor", seal(header(plain, tensor("F32", "[1]", "[0,4]")), "abcdefgh"), "tensors overlap, leave gaps"},
		{"overlap", seal(header(plain, tensor("F32", "[1]", "[0,4]")+`,"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`), "abcd"), "tensors overlap"},
		{"the wrong order", seal(header(plain, `,"y":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"z":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"x":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}`), "abc"), "out of order"},
		{"a name twice", seal(header(plain, tensor("F32", "[1]", "[0,4]")+tensor("F32", "[1]", "[0,4]")), "abcd"), "its header is not the one"},
		{"null for a shape", seal(header(plain, tensor("F32", "null", "[0,4]")), "abcd"), "its header is not the one"},
		{"a space", seal(header(plain, " "+tensor("F32", "[1]", "[0,4]")), "abcd"), "its header is not the one"},
	} {
		err := load(t, c.file)
		if !errors.Is(err, checkpoint.ErrDamaged) || !strings.Contains(err.Error(), "damaged checkpoint: ") || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: error is\n\t%v\nand should mention\n\t%s", c.why, err, c.reason)
		}
	}
}

func TestLoadRefusesNewerVersions(t *testing.T) {
	file := seal(`{"__metadata__":{"checksum":"CHECKSUM","format":"proximal-checkpoint","state":"{}","version":"2"},"new":{"what":1}}`, "")
	err := load(t, file)
	if !errors.Is(err, checkpoint.ErrVersion) || errors.Is(err, checkpoint.ErrDamaged) {
		t.Errorf("error is %v", err)
	}
	if !strings.HasSuffix(err.Error(), "checkpoint of a newer version: it has version 2, and this program reads up to 1") {
		t.Errorf("error is %v", err)
	}
	file[len(file)-1] = 'x'
	if err := load(t, file); !errors.Is(err, checkpoint.ErrDamaged) {
		t.Errorf("a damaged file of a newer version gives %v", err)
	}
}

func TestLoadNamesThePath(t *testing.T) {
	folder := t.TempDir()
	missing := filepath.Join(folder, "missing")
	if _, err := checkpoint.Load(missing); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("error is %v", err)
	}
	if _, err := checkpoint.Load(folder); err == nil || err.Error() != "load checkpoint: "+folder+" is not a regular file" {
		t.Errorf("error is %v", err)
	}
	if runtime.GOOS != "windows" {
		if _, err := checkpoint.Load(os.DevNull); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
			t.Errorf("error is %v", err)
		}
	}
}
