package align

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/record"
)

// The names of what is in the folder of a run, besides what every run folder has.
const (
	LastCheckpoint  = record.CheckpointsDir + "/last" // a model folder
	BestCheckpoint  = record.CheckpointsDir + "/best" // likewise
	CompletionsFile = "completions.jsonl"             // a few completions of each step that was looked at
)

// folder is the folder of a run, open for writing.
type folder struct {
	dir         string
	recorder    record.Recorder
	completions *os.File
	lines       *bufio.Writer
}

// newFolder makes the folder of a run.
func newFolder(dir string, d config.Document) (*folder, error) {
	settings, err := d.Encode(help)
	if err != nil {
		return nil, err
	}
	f := &folder{dir: dir}
	if f.recorder, err = record.CreateFolder(dir, settings); err != nil {
		return nil, err
	}
	f.completions, err = os.OpenFile(filepath.Join(dir, CompletionsFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, errors.Join(err, f.recorder.Close())
	}
	f.lines = bufio.NewWriter(f.completions)
	return f, nil
}

// show writes completions.
func (f *folder) show(samples []Sample) error {
	e := json.NewEncoder(f.lines)
	for _, s := range samples {
		if err := e.Encode(s); err != nil {
			return fmt.Errorf("write %s: %w", CompletionsFile, err)
		}
	}
	return f.lines.Flush()
}

// save writes a checkpoint: a model folder, with the learner's own state beside it.
func (f *folder) save(name string, w *workplace, l learner) error {
	dir := filepath.Join(f.dir, name)
	err := w.model.Save(dir)
	if err == nil {
		err = w.tokenizer.Save(dir)
	}
	if err == nil {
		err = l.save(dir)
	}
	if err != nil {
		return fmt.Errorf("save checkpoint: %w", err)
	}
	return nil
}

func (f *folder) close() error {
	return errors.Join(f.recorder.Close(), f.lines.Flush(), f.completions.Close())
}

// LoadModel reads a model with its tokenizer: from the folder of a run, whose last
// checkpoint it is, or from a model folder in Hugging Face's layout. The error names
// the file that is wrong, or what in the folder does not go together.
func LoadModel(dir string) (*lm.Model, *token.Tokenizer, error) {
	if _, err := os.Stat(filepath.Join(dir, record.ConfigFile)); err == nil {
		dir = filepath.Join(dir, LastCheckpoint)
	}
	m, err := lm.Load(dir)
	if err != nil {
		return nil, nil, err
	}
	t, err := token.Load(dir)
	if err != nil {
		return nil, nil, err
	}
	if n := t.Size(); n > m.Config.Vocabulary {
		return nil, nil, fmt.Errorf("the tokenizer in %s has %d tokens, but config.json a vocabulary of %d: they do not belong together",
			dir, n, m.Config.Vocabulary)
	}
	return m, t, sound("model in "+dir, m)
}
