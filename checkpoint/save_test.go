package checkpoint_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/proximal-rl/proximal/checkpoint"
)

// numbered is a checkpoint that shows whether its parts belong together.
func numbered(n float64) *checkpoint.Checkpoint {
	c := checkpoint.New()
	for _, name := range []string{"a", "b", "c"} {
		data := make([]float64, 20_000)
		for i := range data {
			data[i] = n
		}
		c.PutFloat64(name, []int{100, 200}, data)
	}
	return c
}

// number loads a numbered checkpoint.
func number(t testing.TB, path string) float64 {
	t.Helper()
	c, err := checkpoint.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	data := make([]float64, 20_000)
	seen := map[float64]bool{}
	for _, name := range c.Names() {
		if err := c.Float64(data, name, 100, 200); err != nil {
			t.Fatal(err)
		}
		seen[data[0]], seen[data[len(data)-1]] = true, true
	}
	if len(seen) != 1 {
		t.Fatalf("parts of several checkpoints: %v", seen)
	}
	return data[0]
}

// entries lists a folder.
func entries(t testing.TB, folder string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

func TestSaveReplaces(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "best")
	for n := range 3 {
		if err := numbered(float64(n)).Save(path); err != nil {
			t.Fatal(err)
		}
		if got := number(t, path); got != float64(n) {
			t.Errorf("checkpoint %d has number %v", n, got)
		}
	}
	if names := entries(t, folder); len(names) != 1 {
		t.Errorf("folder has %q", names)
	}
	t.Chdir(folder)
	if err := numbered(7).Save("best"); err != nil || number(t, path) != 7 {
		t.Errorf("saving to a name without a folder gives error %v", err)
	}
}

func TestFailedSaveLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	inTheWay := filepath.Join(folder, "best")
	if err := os.MkdirAll(filepath.Join(inTheWay, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := numbered(1).Save(inTheWay); err == nil || !strings.HasPrefix(err.Error(), "save checkpoint: ") {
		t.Errorf("saving over a folder gives error %v", err)
	}
	if err := numbered(1).Save(filepath.Join(folder, "missing", "best")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("saving in a missing folder gives error %v", err)
	}
	if names := entries(t, folder); len(names) != 1 {
		t.Errorf("folder has %q", names)
	}
}

func TestConcurrentSavesAndLoadsSeeWholeFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not replace a file while it is read: Save returns its error")
	}
	path := filepath.Join(t.TempDir(), "best")
	if err := numbered(0).Save(path); err != nil {
		t.Fatal(err)
	}
	var savers sync.WaitGroup
	for n := range 3 {
		savers.Go(func() {
			c := numbered(float64(n))
			for range 10 {
				if err := c.Save(path); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { savers.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		number(t, path)
	}
	if names := entries(t, filepath.Dir(path)); len(names) != 1 {
		t.Errorf("folder has %q", names)
	}
}

const saverVariable = "CHECKPOINT_TEST_SAVE_TO"

func TestMain(m *testing.M) {
	if path := os.Getenv(saverVariable); path != "" {
		for n := 1.0; ; n++ {
			if err := numbered(n).Save(path); err != nil {
				panic(err)
			}
		}
	}
	os.Exit(m.Run())
}

// A process that does nothing but save is killed at random moments.
func TestKillLeavesAWholeFile(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "best")
	if err := numbered(0).Save(path); err != nil {
		t.Fatal(err)
	}
	saves := 0.0
	for range 20 {
		saver := exec.Command(program)
		saver.Env = append(os.Environ(), saverVariable+"="+path)
		err := saver.Start()
		if errors.Is(err, syscall.ENOEXEC) {
			t.Skip("runs under an emulator, which the program cannot start for itself")
		}
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(10+rand.IntN(30)) * time.Millisecond)
		if err := saver.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = saver.Wait() // it was killed, which is an error
		saves = max(saves, number(t, path))
	}
	if saves == 0 {
		t.Error("no process lived long enough to save; the test shows nothing")
	}
	for _, name := range entries(t, folder) {
		if name != "best" && !(strings.HasPrefix(name, ".best.") && strings.HasSuffix(name, ".partial")) {
			t.Errorf("folder has %q", name)
		}
	}
}
