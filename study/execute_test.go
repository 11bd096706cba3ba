package study

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/proximal-rl/proximal/train"
)

// put writes a file for a test.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// pretend leaves the folder of a run that need not be trained.
func pretend(_ context.Context, c *Cell, dir string) error {
	err := os.WriteFile(filepath.Join(dir, train.ConfigFile), c.Config, 0o666)
	return errors.Join(err, os.WriteFile(filepath.Join(dir, train.SummaryFile), []byte(`{"return_mean":1}`), 0o666))
}

// prepared is the warm sweep, ready to run in dir.
func prepared(t *testing.T, s Sweep, dir string) *Plan {
	t.Helper()
	p, err := s.Plan(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Prepare(); err != nil {
		t.Fatal(err)
	}
	return p
}

// entries lists what is in a folder and below, folders with a slash.
func entries(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && path != dir && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			all = append(all, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

func TestExecuteRunsEachOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sweep")
	p := prepared(t, warm(), dir)
	var calls atomic.Int32
	done := 0
	run := func(ctx context.Context, c *Cell, folder string) error {
		calls.Add(1)
		if c.From != nil && !has(c.From.Dir, train.SummaryFile) {
			t.Errorf("%v is run before the one it starts from", c)
		}
		return pretend(ctx, c, folder)
	}
	if err := p.Execute(context.Background(), 3, run, func(c *Cell) { done++ }); err != nil {
		t.Fatal(err)
	}
	if calls.Load() != 4 || done != 4 || p.Finished() != 4 {
		t.Errorf("%d calls, %d done, %d finished; want 4", calls.Load(), done, p.Finished())
	}
	want := "CartPole-v1/cold/seed-0/config.toml CartPole-v1/cold/seed-0/origin.json CartPole-v1/cold/seed-0/summary.json " +
		"CartPole-v1/cold/seed-1/config.toml CartPole-v1/cold/seed-1/origin.json CartPole-v1/cold/seed-1/summary.json " +
		"CartPole-v1/warm/seed-0/config.toml CartPole-v1/warm/seed-0/origin.json CartPole-v1/warm/seed-0/summary.json " +
		"CartPole-v1/warm/seed-1/config.toml CartPole-v1/warm/seed-1/origin.json CartPole-v1/warm/seed-1/summary.json sweep.toml"
	if got := entries(t, dir); got != want {
		t.Errorf("files\n%s\nwant\n%s", got, want)
	}

	// The same again, and then one seed more.
	p = prepared(t, warm(), dir)
	if err := p.Execute(context.Background(), 1, run, nil); err != nil || calls.Load() != 4 {
		t.Errorf("again: %d calls, %v; want none", calls.Load()-4, err)
	}
	s := warm()
	s.Seeds = 3
	p = prepared(t, s, dir)
	if err := p.Execute(context.Background(), 1, run, nil); err != nil || calls.Load() != 6 {
		t.Errorf("one seed more: %d calls, %v; want 2", calls.Load()-4, err)
	}
}

// TestExecuteGoesOn: a sweep that is interrupted waits for what is under way,
// keeps what has finished, and does the rest the next time, whatever the
// interrupted run has left.
func TestExecuteGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sweep")
	p := prepared(t, warm(), dir)
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	interrupted := func(ctx context.Context, c *Cell, folder string) error {
		if calls++; calls < 3 {
			return pretend(ctx, c, folder)
		}
		put(t, filepath.Join(folder, train.MetricsFile), "half a li")
		cancel()
		return ctx.Err()
	}
	if err := p.Execute(ctx, 1, interrupted, nil); !errors.Is(err, context.Canceled) || p.Finished() != 2 {
		t.Fatalf("%d finished, %v", p.Finished(), err)
	}
	if left := entries(t, dir); !strings.Contains(left, "seed-1.unfinished-") {
		t.Errorf("no unfinished run in %s", left)
	}
	p = prepared(t, warm(), dir)
	calls = 0
	count := func(ctx context.Context, c *Cell, folder string) error {
		calls++
		return pretend(ctx, c, folder)
	}
	if err := p.Execute(context.Background(), 1, count, nil); err != nil || calls != 2 || p.Finished() != 4 {
		t.Errorf("going on: %d calls, %d finished, %v", calls, p.Finished(), err)
	}
	if left := entries(t, dir); strings.Contains(left, "unfinished") || strings.Contains(left, lockFile) {
		t.Errorf("something is left behind: %s", left)
	}
}

// TestExecuteStopsAtErrors: no further run is started, the others end.
func TestExecuteStopsAtErrors(t *testing.T) {
	p := prepared(t, warm(), filepath.Join(t.TempDir(), "sweep"))
	broken := errors.New("the disk is full")
	var started sync.Map
	run := func(ctx context.Context, c *Cell, folder string) error {
		started.Store(c.String(), true)
		if c.Seed == 0 {
			return broken
		}
		return pretend(ctx, c, folder)
	}
	err := p.Execute(context.Background(), 1, run, nil)
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "CartPole-v1, cold, seed 0: ") {
		t.Errorf("error %v", err)
	}
	if _, any := started.Load("CartPole-v1, cold, seed 1"); any {
		t.Error("another run was started after the error")
	}
	silent := func(context.Context, *Cell, string) error { return nil }
	if err := p.Execute(context.Background(), 1, silent, nil); err == nil || !strings.Contains(err.Error(), "ended without a result") {
		t.Errorf("a runner that leaves nothing: %v", err)
	}
}

// TestFailedRunsAreResults: and what starts from one has failed with it.
func TestFailedRunsAreResults(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sweep")
	p := prepared(t, warm(), dir)
	run := func(ctx context.Context, c *Cell, folder string) error {
		if c.Seed == 1 {
			return pretend(ctx, c, folder)
		}
		put(t, filepath.Join(folder, train.ConfigFile), string(c.Config))
		put(t, filepath.Join(folder, train.MetricsFile), `{"step":256,"policy/kl":0.5}`+"\n")
		return SaveFailure(folder, fmt.Errorf("after 256 steps: %w", &train.NumericalError{What: "loss", Epoch: 1, Minibatch: 2}))
	}
	if err := p.Execute(context.Background(), 2, run, nil); err != nil || p.Finished() != 4 {
		t.Fatalf("%d finished, %v", p.Finished(), err)
	}
	cold, err := ReadOutcome(p.Cells[0].Dir)
	if err != nil || cold.Failure == nil || cold.Failure.Steps != 256 || !strings.Contains(cold.Failure.Error, "the loss became") || cold.Updates.Count != 1 {
		t.Errorf("the failed run: %+v, %v", cold, err)
	}
	after, err := ReadOutcome(p.Cells[1].Dir)
	if err != nil || after.Failure == nil || after.Failure.Steps != 0 || !strings.Contains(after.Failure.Error, `of variant "cold", has failed`) {
		t.Errorf("the one that was to start from it: %+v, %v", after, err)
	}
	if p = prepared(t, warm(), dir); p.Finished() != 4 {
		t.Errorf("%d are recognised, want 4", p.Finished())
	}
}

func TestPrepareRefusesWhatIsInTheWay(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "sweep")
	cell := filepath.Join(dir, "CartPole-v1", "cold", "seed-0")
	complete := func(t *testing.T) {
		p := prepared(t, warm(), dir)
		if err := p.Execute(context.Background(), 1, pretend, nil); err != nil {
			t.Fatal(err)
		}
	}
	for want, make := range map[string]func(t *testing.T){
		"is not empty and no sweep's: it has no sweep.toml": func(t *testing.T) { put(t, filepath.Join(dir, "notes.txt"), "mine") },
		"it is no run folder": func(t *testing.T) {
			put(t, filepath.Join(dir, SweepFile), "")
			put(t, filepath.Join(cell, "notes.txt"), "mine")
		},
		"a run that has not finished, and not this sweep's": func(t *testing.T) {
			put(t, filepath.Join(dir, SweepFile), "")
			put(t, filepath.Join(cell, train.ConfigFile), "")
		},
		"has a run of other settings: rollout.steps = 64 there, 32 here": func(t *testing.T) {
			complete(t)
			text, err := os.ReadFile(filepath.Join(cell, train.ConfigFile))
			if err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(cell, train.ConfigFile), strings.Replace(string(text), "steps = 32\n", "steps = 64\n", 1))
		},
		`started from the variant "hot", not from "cold"`: func(t *testing.T) {
			complete(t)
			put(t, filepath.Join(dir, "CartPole-v1", "warm", "seed-1", OriginFile), `{"variant":"warm","from":"hot"}`)
		},
	} {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		make(t)
		before := entries(t, dir)
		p, err := warm().Plan(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Prepare(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if after := entries(t, dir); after != before {
			t.Errorf("%s: files before %s, after %s", want, before, after)
		}
	}
}

// TestPrepareCountsProblems: a sweep whose settings have changed does not list
// each of its runs.
func TestPrepareCountsProblems(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sweep")
	if err := prepared(t, warm(), dir).Execute(context.Background(), 2, pretend, nil); err != nil {
		t.Fatal(err)
	}
	s := warm()
	s.Steps = 1024
	p, err := s.Plan(dir)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Prepare()
	if err == nil || strings.Count(err.Error(), "run.steps = 512 there, 1024 here") != 3 || !strings.HasSuffix(err.Error(), "\nand 1 more") {
		t.Errorf("error %v", err)
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, lockFile)
	put(t, path, fmt.Sprintln(os.Getppid()))
	if _, err := lock(path); err == nil || !strings.Contains(err.Error(), "is executing this sweep") {
		t.Errorf("a sweep of another process: %v", err)
	}
	for _, stale := range []string{"0\n", "2147483646\n", "not a number", fmt.Sprintln(os.Getpid())} {
		put(t, path, stale)
		release, err := lock(path)
		if err != nil {
			t.Errorf("after a killed process, %q: %v", stale, err)
			continue
		}
		if release(); has(dir, lockFile) {
			t.Error("the lock stays")
		}
	}
}
