package study

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/proximal-rl/proximal/train"
)

// Runner trains one run of a sweep in dir, an empty folder, and leaves a
// complete run folder there: one with summary.json, or after an update that
// could not be made, one with failure.json. Such a failure is a result and no
// error. After an error, ctx.Err() included, the run counts as not run. Execute
// calls a Runner from several goroutines.
type Runner func(ctx context.Context, c *Cell, dir string) error

// Execute runs what Prepare found missing, at most jobs at a time; a run that
// starts from another's policy waits for it. done, which may be nil, is called
// after each, one call at a time.
//
// A run appears in its folder when it is complete, in one step, so a sweep that
// is cut short can be executed again. If ctx ends, or a Runner returns an error,
// no further run is started, Execute waits for those under way and returns the
// error. It is also an error if another process executes the sweep. It panics
// if jobs is not positive.
func (p *Plan) Execute(ctx context.Context, jobs int, run Runner, done func(c *Cell)) error {
	if jobs < 1 {
		panic("study: no job to run a sweep with")
	}
	release, err := lock(filepath.Join(p.Dir, lockFile))
	if err != nil {
		return err
	}
	defer release()
	type ending struct {
		cell *Cell
		err  error
	}
	endings := make(chan ending)
	waiting := slices.DeleteFunc(slices.Clone(p.Cells), (*Cell).Finished)
	running := 0
	var failed error
	for {
		for running < jobs && failed == nil && ctx.Err() == nil {
			next := slices.IndexFunc(waiting, (*Cell).ready)
			if next < 0 {
				break
			}
			c := waiting[next]
			waiting = slices.Delete(waiting, next, next+1)
			running++
			go func() { endings <- ending{c, c.run(ctx, run)} }()
		}
		if running == 0 {
			break
		}
		e := <-endings
		running--
		switch {
		case e.err == nil:
			e.cell.finished = true
			if done != nil {
				done(e.cell)
			}
		case ctx.Err() == nil && failed == nil:
			failed = fmt.Errorf("%v: %w", e.cell, e.err)
		}
	}
	if failed != nil {
		return failed
	}
	if p.Finished() < len(p.Cells) {
		return ctx.Err()
	}
	return nil
}

// ready says whether the run has what it starts from.
func (c *Cell) ready() bool { return c.From == nil || c.From.finished }

// run runs a cell in a folder of its own, which becomes the finished one.
func (c *Cell) run(ctx context.Context, run Runner) error {
	dir, err := c.begin()
	if err != nil {
		return err
	}
	if c.From != nil && has(c.From.Dir, FailureFile) {
		err = c.orphan(dir)
	} else {
		err = run(ctx, c, dir)
	}
	if err != nil {
		return err
	}
	return c.finish(dir)
}

// orphan notes that there is no policy to start from.
func (c *Cell) orphan(dir string) error {
	if err := os.WriteFile(filepath.Join(dir, train.ConfigFile), c.Config, 0o666); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return SaveFailure(dir, fmt.Errorf("the run to start from, of variant %q, has failed", c.Variant.From))
}
