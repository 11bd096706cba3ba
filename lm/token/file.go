package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Names of the files in a model's folder, and their largest size.
const (
	tokenizerFile = "tokenizer.json"
	settingsFile  = "tokenizer_config.json"
	maxFileSize   = 1 << 28
)

// Load reads a tokenizer from a model's folder: tokenizer.json, and the special
// tokens of tokenizer_config.json if it is there. The error names the file and
// the field that is wrong, or that this package does not support.
func Load(folder string) (*Tokenizer, error) {
	file, err := readFile(filepath.Join(folder, tokenizerFile))
	if err != nil {
		return nil, fmt.Errorf("load tokenizer: %w", err)
	}
	settings, err := readFile(filepath.Join(folder, settingsFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("load tokenizer: %w", err)
	}
	t, err := Read(file, settings)
	if err != nil {
		return nil, fmt.Errorf("load tokenizer from %s: %w", folder, err)
	}
	return t, nil
}

// readFile reads a file that is not too large.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err == nil && len(text) > maxFileSize {
		err = fmt.Errorf("%s has more than %d bytes", path, maxFileSize)
	}
	return text, err
}

// Read makes a tokenizer of the contents of tokenizer.json and
// tokenizer_config.json; settings may be nil. It keeps both slices, which must
// not be changed afterwards. The error names the file and the field that is
// wrong, or that this package does not support.
func Read(file, settings []byte) (*Tokenizer, error) {
	var d description
	if err := json.Unmarshal(file, &d); err != nil {
		return nil, fmt.Errorf("%s: %w", tokenizerFile, err)
	}
	if settings == nil {
		settings = []byte("{}\n")
	}
	var r roles
	if err := json.Unmarshal(settings, &r); err != nil {
		return nil, fmt.Errorf("%s: %w", settingsFile, err)
	}
	if err := r.claim(&d); err != nil {
		return nil, fmt.Errorf("%s: %w", settingsFile, err)
	}
	t, err := d.tokenizer()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tokenizerFile, err)
	}
	r.assign(t)
	t.file, t.settings = file, settings
	return t, nil
}

// Save writes tokenizer.json and tokenizer_config.json to a folder, which it
// makes if need be. What was read is written as it was, with the settings that
// this package does not use, chat templates among them. Each file is replaced as
// a whole.
func (t *Tokenizer) Save(folder string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return fmt.Errorf("save tokenizer: %w", err)
	}
	for _, f := range []struct {
		name string
		text []byte
	}{{tokenizerFile, t.file}, {settingsFile, t.settings}} {
		if err := replace(filepath.Join(folder, f.name), f.text); err != nil {
			return fmt.Errorf("save tokenizer: %w", err)
		}
	}
	return nil
}

// replace writes a file beside the old one and then puts it in its place.
func replace(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return err
}
