package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"testing"
)

// framed makes a file that passes the first checks: rest stands behind the
// checksum in the header and, from the first line feed on, among the tensors.
func framed(rest []byte) []byte {
	header, data, _ := bytes.Cut(rest, []byte("\n"))
	var b bytes.Buffer
	b.Write(make([]byte, lengthSize))
	b.WriteString(beginning)
	b.Write(bytes.Repeat([]byte("0"), checksumSize))
	b.Write(header)
	for b.Len()%alignment != 0 {
		b.WriteByte(' ')
	}
	binary.LittleEndian.PutUint64(b.Bytes(), uint64(b.Len()-lengthSize))
	b.Write(data)
	file := b.Bytes()
	copy(file[checksumAt:], checksum(file))
	return file
}

// FuzzLoad reads arbitrary files, or arbitrary content behind a frame that is
// right. What is read must be written as the same bytes.
func FuzzLoad(f *testing.F) {
	golden, err := os.ReadFile("testdata/golden.safetensors")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden, false)
	for _, rest := range []string{
		`","format":"proximal-checkpoint","state":"{}","version":"1"},"x":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}}` + "\nabcde",
		`","format":"proximal-checkpoint","state":"{\"a\":[1,{\"b\":null}]}","version":"1"}}`,
	} {
		if _, err := parse(framed([]byte(rest))); err != nil {
			f.Fatal("the fuzzer would start from a file that is refused: ", err)
		}
		f.Add([]byte(rest), true)
	}
	f.Fuzz(func(t *testing.T, file []byte, inFrame bool) {
		if inFrame {
			file = framed(file)
		}
		c, err := parse(file)
		if err != nil {
			if c != nil || !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrVersion) {
				t.Fatalf("parse returns %v and %v", c, err)
			}
			return
		}
		var again bytes.Buffer
		if err := c.write(&again); err != nil || !bytes.Equal(again.Bytes(), file) {
			t.Fatalf("reads %q and writes %q", file, again.Bytes())
		}
	})
}
