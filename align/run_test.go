package align

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/record"
)

// makeTask returns a task by name with the given options.
func makeTask(t testing.TB, name string, options map[string]any) task.Task {
	t.Helper()
	made, err := task.Make(name, options)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// TestImitationTeaches: after some steps the demonstrations are likelier, on prompts
// that were not among them, and copies are made.
func TestImitationTeaches(t *testing.T) {
	var losses []float64
	r, err := Run(t.Context(), DefaultSFT(), makeTask(t, "copy", nil), Options{
		Seed: 1, Steps: 120, Threads: 2,
		Evaluation: Evaluation{Every: 60, Prompts: 32, FinalPrompts: 64, Samples: 4},
		Observe: func(p Progress) {
			loss, ok := p.Row.Value(record.SFTLoss)
			if !ok {
				t.Errorf("step %d has no loss", p.Step)
			}
			losses = append(losses, loss)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(losses) != 120 || losses[119] > losses[0]/2 {
		t.Errorf("losses from %v to %v in %d steps", losses[0], losses[len(losses)-1], len(losses))
	}
	if s := r.Scores; s.Prompts != 64 || s.Greedy < s.Sampled || s.Imitated > losses[0] || !(s.PassAt[4] >= s.PassAt[1]) || s.PassAt[1] != s.Sampled {
		t.Errorf("scores %+v", s)
	}
}

// TestRunsAreTheSameForAnyThreads, byte for byte, clocks aside.
func TestRunsAreTheSameForAnyThreads(t *testing.T) {
	var want map[string][]byte
	for _, threads := range []int{1, 2, 5} {
		dir := filepath.Join(t.TempDir(), "run")
		_, err := Run(t.Context(), DefaultSFT(), makeTask(t, "add", nil), Options{
			Seed: 3, Steps: 4, Threads: threads, Dir: dir,
			Evaluation: Evaluation{Every: 2, Prompts: 8, FinalPrompts: 8, Samples: 4},
		})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]byte{}
		for _, name := range []string{"last/model.safetensors", "last/optimizer.safetensors", "best/model.safetensors", "last/tokenizer.json"} {
			if got[name], err = os.ReadFile(filepath.Join(dir, record.CheckpointsDir, name)); err != nil {
				t.Fatal(err)
			}
			if want != nil && !bytes.Equal(got[name], want[name]) {
				t.Errorf("%s differs between 1 and %d threads", name, threads)
			}
		}
		want = got
	}
}

// TestRunFolder: what a run leaves behind is read back as it was.
func TestRunFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r, err := Run(t.Context(), DefaultSFT(), makeTask(t, "add", map[string]any{"digits": 1}), Options{
		Seed: 3, Steps: 2, Threads: 1, Dir: dir, TaskOptions: map[string]any{"digits": 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	m, tk, err := LoadModel(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(m.Parameters, r.Model.Parameters) || tk.Size() != r.Tokenizer.Size() {
		t.Error("the model that was loaded is not the one that was saved")
	}
	s, err := ReadSettings(filepath.Join(dir, record.ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	if s.Run != (RunSection{"sft", 3, 2}) || s.Task.Name != "add" || s.Task.Options["digits"] != int64(1) || s.Model.Start != "nano" {
		t.Errorf("settings %+v", s)
	}
	rows, _, err := record.ReadFile(filepath.Join(dir, record.MetricsFile))
	if err != nil || len(rows) != 2 || rows[1].Step != 2 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// TestInterruptedRunKeepsWhatItHas.
func TestInterruptedRunKeepsWhatItHas(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Run(ctx, DefaultSFT(), makeTask(t, "copy", nil), Options{
		Seed: 1, Steps: 50, Threads: 1,
		Observe: func(p Progress) {
			if p.Step == 3 {
				cancel()
			}
		},
	})
	if err != context.Canceled || r == nil || r.Steps != 3 {
		t.Errorf("result %+v, error %v", r, err)
	}
}

// TestUnusableRunsAreRefused, and nothing is written.
func TestUnusableRunsAreRefused(t *testing.T) {
	add := makeTask(t, "add", nil)
	c, err := lm.Sized("nano", 999, 64)
	if err != nil {
		t.Fatal(err)
	}
	other, err := lm.New(c)
	if err != nil {
		t.Fatal(err)
	}
	small := c
	small.Vocabulary, small.Context = 5, 64
	tiny, err := lm.New(small)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		options Options
		want    string
	}{
		{"no steps", Options{}, "run.steps = 0: must be at least 1"},
		{"size", Options{Steps: 1, Names: ModelSection{Start: "nono"}}, "unknown model \"nono\"; did you mean nano?"},
		{"reference", Options{Steps: 1, Reference: other}, "the reference has 999 tokens in its vocabulary"},
		{"reward", Options{Steps: 1, Reward: other}, "reward model: sft draws no completions that it could rate"},
		{"tokenizer", Options{Steps: 1, Model: tiny}, "do not belong together"},
	} {
		dir := filepath.Join(t.TempDir(), "run")
		c.options.Dir = dir
		_, err := Run(t.Context(), DefaultSFT(), add, c.options)
		if err == nil || !bytes.Contains([]byte(err.Error()), []byte(c.want)) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: the folder was made", c.name)
		}
	}
}

// TestMicroBatchesChangeNothing but the last bits.
func TestMicroBatchesChangeNothing(t *testing.T) {
	var want []float32
	for _, micro := range []int{0, 1, 5, 64} {
		c := DefaultSFT()
		c.Batch, c.Optim.MicroBatch = 12, micro
		r, err := Run(t.Context(), c, makeTask(t, "add", nil), Options{Seed: 1, Steps: 1, Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = r.Model.Parameters
		}
		differing := 0
		for i, p := range r.Model.Parameters {
			if d := p - want[i]; d > 1e-4 || d < -1e-4 {
				differing++
			}
		}
		if differing > len(want)/1000 {
			t.Errorf("micro-batches of %d: %d of %d parameters differ", micro, differing, len(want))
		}
	}
}
