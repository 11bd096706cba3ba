package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/proximal-rl/proximal/record"
)

// The names of what is in the folder of a run.
const (
	ConfigFile      = "config.toml"                              // settings, complete
	MetricsFile     = "metrics.jsonl"                            // one line for each update
	TensorBoardFile = "tensorboard/events.out.tfevents.proximal" // the same for TensorBoard
	SummaryFile     = "summary.json"                             // the outcome
	LastCheckpoint  = "checkpoints/last"                         // without the extension
	BestCheckpoint  = "checkpoints/best"                         // likewise
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

// createFolder makes the folder of a run.
func createFolder(dir string) error {
	if err := CheckFolder(dir); err != nil {
		return err
	}
	for _, below := range []string{filepath.Dir(LastCheckpoint), filepath.Dir(TensorBoardFile)} {
		if err := os.MkdirAll(filepath.Join(dir, below), 0o777); err != nil {
			return fmt.Errorf("make run folder: %w", err)
		}
	}
	return nil
}

// openRecorders opens the files that metrics are written to.
func openRecorders(dir string) (record.Recorder, error) {
	lines, err := record.NewJSONLines(filepath.Join(dir, MetricsFile))
	if err != nil {
		return nil, err
	}
	board, err := record.NewTensorBoard(filepath.Join(dir, TensorBoardFile), time.Now)
	if err != nil {
		return nil, errors.Join(err, lines.Close())
	}
	return record.NewMulti(lines, board), nil
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
