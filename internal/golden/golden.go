// Package golden compares results with recorded ones, in tests only: numbers
// from fixtures that somebody else's program made, and files of our own that
// must not change unnoticed.
package golden

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files of our own formats instead of comparing with them")

// Read decodes the JSON fixture at path, unpacked first if its name ends in
// .gz, into v. The test stops if the fixture has a field that v has not, so
// that no misspelt field silently stays zero.
func Read(t testing.TB, path string, v any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil && strings.HasSuffix(path, ".gz") {
		text, err = unpack(text)
	}
	if err == nil {
		err = decode(text, v)
	}
	if err != nil {
		t.Fatalf("read fixture %s: %v", path, err)
	}
}

// unpack undoes gzip.
func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// decode reads one JSON value and nothing else.
func decode(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more after the value")
	}
	return nil
}

// Bytes compares got with the file at path. With the flag -update the file is
// written instead: for formats of our own, once a change has been looked at.
func Bytes(t testing.TB, path string, got []byte) {
	t.Helper()
	if *update {
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, got, 0o666))
		if err != nil {
			t.Fatalf("update golden file: %v", err)
		}
		t.Logf("wrote %s", path)
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read golden file (go test -update writes it): %v", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs %s", path, firstDifference(got, want))
	}
}

// firstDifference shows where two byte strings part.
func firstDifference(got, want []byte) string {
	const shown = 40
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	line := 1 + bytes.Count(want[:at], []byte("\n"))
	return fmt.Sprintf("at byte %d (line %d): %q of %d bytes and should be %q of %d",
		at, line, got[at:min(at+shown, len(got))], len(got), want[at:min(at+shown, len(want))], len(want))
}
