package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The names of what every run folder has.
const (
	ConfigFile     = "config.toml"   // settings, complete
	MetricsFile    = "metrics.jsonl" // one line for each update
	TensorBoardDir = "tensorboard"   // the same for TensorBoard, as TensorBoardFile
	SummaryFile    = "summary.json"  // the outcome
	CheckpointsDir = "checkpoints"   // what was trained
)

// CheckFolder reports why a folder cannot become the folder of a run: it exists
// and is not empty, or cannot be looked into. It changes nothing.
func CheckFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case err == nil && len(entries) > 0:
		return fmt.Errorf("run folder %s is not empty: name another, or remove it first", dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("look into run folder: %w", err)
	}
	return nil
}

// CreateFolder makes the folder of a run, with its settings, and opens the files
// that metrics are written to. The folder must be one that CheckFolder allows.
func CreateFolder(dir string, settings []byte) (Recorder, error) {
	if err := CheckFolder(dir); err != nil {
		return nil, err
	}
	for _, below := range []string{CheckpointsDir, TensorBoardDir} {
		if err := os.MkdirAll(filepath.Join(dir, below), 0o777); err != nil {
			return nil, fmt.Errorf("make run folder: %w", err)
		}
	}
	if err := writeNew(filepath.Join(dir, ConfigFile), settings); err != nil {
		return nil, fmt.Errorf("write settings: %w", err)
	}
	return openFolder(dir)
}

// openFolder opens the files that metrics are written to.
func openFolder(dir string) (Recorder, error) {
	lines, err := NewJSONLines(filepath.Join(dir, MetricsFile))
	if err != nil {
		return nil, err
	}
	board, err := NewTensorBoard(filepath.Join(dir, TensorBoardDir, TensorBoardFile), time.Now)
	if err != nil {
		return nil, errors.Join(err, lines.Close())
	}
	return NewMulti(lines, board), nil
}

// writeNew writes a file that must not exist yet.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
