package train

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/policy"
)

// TestKernelLevelsGiveTheSameBytes: a checkpoint does not tell which kernels
// trained it.
func TestKernelLevelsGiveTheSameBytes(t *testing.T) {
	c := quick()
	c.Policy.NormalizeObservation = true
	var first []byte
	for _, level := range kernel.Levels() {
		restore, err := kernel.Use(level)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "run")
		mustRun(t, c, pendulum, Options{Seed: 5, Steps: 2048, Dir: dir})
		restore()
		data := read(t, dir, LastCheckpoint+policy.Extension)
		if first == nil {
			first = data
		}
		if !bytes.Equal(data, first) {
			t.Errorf("level %s gives another checkpoint than %s", level, kernel.Levels()[0])
		}
	}
	t.Logf("levels: %v", kernel.Levels())
}
