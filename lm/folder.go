package lm

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Names of the files in a model's folder.
const (
	configFile     = "config.json"
	generationFile = "generation_config.json"
	weightsFile    = "model.safetensors"
	indexFile      = "model.safetensors.index.json"
)

// Load reads a model from a folder in Hugging Face's layout: config.json,
// model.safetensors, or several files with model.safetensors.index.json, and
// generation_config.json, whose special tokens count if it is there. Numbers of
// 16 bits are widened. Tokens outside the vocabulary are forgotten.
//
// The error names the file and what is wrong in it: an architecture that is
// unknown or computes something that this room does not, a tensor that is
// missing, has no place or another shape, or a damaged file.
func Load(folder string) (*Model, error) {
	c, err := loadConfig(folder)
	if err != nil {
		return nil, err
	}
	weights, err := openWeights(folder)
	if err != nil {
		return nil, err
	}
	defer weights.close()
	if _, ok := weights.have["lm_head.weight"]; c.Scalar && ok {
		c.Tied = false // a classifier of ours, which keeps its output matrix
	}
	if err := weights.check(&c); err != nil {
		return nil, fmt.Errorf("load %s: %w", weights.name, err)
	}
	m, err := New(c)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", filepath.Join(folder, configFile), err)
	}
	return m, weights.fill(m)
}

// loadConfig reads config.json and the special tokens of generation_config.json.
func loadConfig(folder string) (Config, error) {
	path := filepath.Join(folder, configFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("load model: %w", err)
	}
	c, err := readConfig(text)
	if err != nil {
		return Config{}, fmt.Errorf("load %s: %w", path, err)
	}
	path = filepath.Join(folder, generationFile)
	text, err = os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return Config{}, fmt.Errorf("load model: %w", err)
	}
	if err := c.readTokens(text); err != nil {
		return Config{}, fmt.Errorf("load %s: %w", path, err)
	}
	return c, nil
}

// readTokens takes over the special tokens of generation_config.json.
func (c *Config) readTokens(text []byte) error {
	var d struct {
		Begin *int            `json:"bos_token_id"`
		End   json.RawMessage `json:"eos_token_id"`
		Pad   *int            `json:"pad_token_id"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return err
	}
	c.Begin, c.Pad = or(d.Begin, c.Begin), or(d.Pad, c.Pad)
	end, err := tokenList(d.End)
	if err != nil {
		return fmt.Errorf("eos_token_id: %w", err)
	}
	if len(end) > 0 {
		c.End = end
	}
	c.dropUnknownTokens()
	return nil
}

// weights are the open files with a model's tensors.
type weights struct {
	name  string // of the one file, or of the index
	files []*os.File
	have  map[string]stored
	from  map[string]*tensorFile
}

func (w *weights) close() {
	for _, f := range w.files {
		f.Close()
	}
}

// openWeights opens the one file, or those that the index names.
func openWeights(folder string) (*weights, error) {
	w := &weights{
		name: filepath.Join(folder, weightsFile),
		have: map[string]stored{}, from: map[string]*tensorFile{},
	}
	index := filepath.Join(folder, indexFile)
	text, err := os.ReadFile(index)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = w.open(w.name)
	case err == nil:
		w.name = index
		err = w.openAll(folder, text)
	}
	if err != nil {
		w.close()
		return nil, fmt.Errorf("load model: %w", err)
	}
	return w, nil
}

// openAll opens the files of an index, each tensor of which must be where the
// index says.
func (w *weights) openAll(folder string, text []byte) error {
	var index struct {
		Where map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return fmt.Errorf("%s: %w", w.name, err)
	}
	var files []string
	for name, file := range index.Where {
		if file != filepath.Base(file) || !filepath.IsLocal(file) {
			return fmt.Errorf("%s: tensor %q is in %q: must be a file of the folder", w.name, name, file)
		}
		if !slices.Contains(files, file) {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	for _, file := range files {
		if err := w.open(filepath.Join(folder, file)); err != nil {
			return err
		}
	}
	return nil
}

// open adds the tensors of one file.
func (w *weights) open(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	w.files = append(w.files, file)
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", path)
	}
	tensors, err := openTensors(file, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for name, t := range tensors.tensors {
		if _, twice := w.have[name]; twice {
			return fmt.Errorf("%s: tensor %q is in another file too", path, name)
		}
		w.have[name], w.from[name] = t, tensors
	}
	return nil
}

// check compares the tensors with those that a model of the config has, before
// memory is made for it.
func (w *weights) check(c *Config) error {
	m, err := outline(*c)
	if err != nil {
		return err
	}
	return fits(m.slots(), spelling(c.Family, w.have), w.have)
}

// fill reads all tensors into the model.
func (w *weights) fill(m *Model) error {
	spell := spelling(m.Config.Family, w.have)
	for _, s := range m.slots() {
		name := spell(s.name)
		data, err := w.from[name].read(name)
		if err != nil {
			return fmt.Errorf("load %s: %w", w.name, err)
		}
		s.take(m.Parameters, data)
	}
	return nil
}

// Save writes the model to a folder in Hugging Face's layout, which it makes if
// need be: config.json, generation_config.json and model.safetensors, in float32.
// Each file is replaced as a whole; another program may read it in between, but
// sees either the old or the new. A tokenizer's files are left alone.
func (m *Model) Save(folder string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return fmt.Errorf("save model: %w", err)
	}
	tokens := map[string]any{}
	m.Config.describeTokens(tokens)
	for _, f := range []struct {
		name    string
		content any
	}{{configFile, m.Config.describe()}, {generationFile, tokens}} {
		text, err := json.MarshalIndent(f.content, "", "  ")
		if err != nil {
			return fmt.Errorf("save model: %w", err)
		}
		if err := replace(filepath.Join(folder, f.name), func(w *bufio.Writer) error {
			_, err := w.Write(append(text, '\n'))
			return err
		}); err != nil {
			return fmt.Errorf("save model: %w", err)
		}
	}
	var tensors []named
	for _, s := range m.slots() {
		tensors = append(tensors, named{s.name, s.shape, s.give(m.Parameters)})
	}
	if err := replace(filepath.Join(folder, weightsFile), func(w *bufio.Writer) error {
		return writeTensors(w, tensors)
	}); err != nil {
		return fmt.Errorf("save model: %w", err)
	}
	return nil
}

// replace writes a file beside the old one and then puts it in its place.
func replace(path string, write func(w *bufio.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<16)
	err = errors.Join(write(w), w.Flush(), file.Chmod(0o644), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return err
}
