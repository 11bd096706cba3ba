package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/study"
	"github.com/proximal-rl/proximal/train"
)

// order asks a process for one run of a sweep. Each run has a process of its
// own, so that its processor time is its own too and its end is nobody else's.
type order struct {
	Settings string // a complete config.toml
	Language bool   // of a run that aligns a language model
	Run      string // folder to run in, empty
	Name     string // the folder that it becomes
	From     string // run folder whose last policy to start from; empty: none, or the settings name it
	Threads  int
}

// runner returns what trains one run of the sweep.
func (s *sweeping) runner(d *sweepDisplay) study.Runner {
	return func(ctx context.Context, c *study.Cell, dir string) error {
		d.started(c, dir)
		defer d.ended(c)
		o := order{Settings: string(c.Config), Run: dir, Name: c.Dir, Threads: s.threads, Language: c.Alignment() != nil}
		if c.From != nil {
			o.From = c.From.Dir
		}
		return o.send(ctx)
	}
}

// send starts a process for the order and waits for it. If ctx ends, so does the
// process's standard input, which asks it for an orderly end. The same happens
// if this process is killed.
func (o order) send(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the program: %w", err)
	}
	var errs bytes.Buffer
	process := exec.Command(self, "sweep", "--cell")
	process.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", o.Threads))
	process.Stderr = &errs
	in, err := process.StdinPipe()
	if err != nil {
		return fmt.Errorf("start run: %w", err)
	}
	if err := process.Start(); err != nil {
		return fmt.Errorf("start run: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { in.Close() })
	defer stop()
	sending := json.NewEncoder(in).Encode(o)
	err = process.Wait()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case process.ProcessState.ExitCode() == exitInterrupted:
		return context.Canceled
	case err != nil:
		return fmt.Errorf("%w: %s", err, strings.TrimPrefix(strings.TrimSpace(errs.String()), "proximal: "))
	}
	return sending
}

// runCell is the other end of send: it trains the run that in asks for, as long
// as in stays open.
func runCell(ctx context.Context, in io.Reader) error {
	var o order
	if err := json.NewDecoder(in).Decode(&o); err != nil {
		return unusable(fmt.Errorf("read what to run: %w", err))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		io.Copy(io.Discard, in) // whatever ends it, nobody waits for the run any more
	}()
	run, err := o.job()
	if err != nil {
		return err
	}
	err = run(ctx, io.Discard, io.Discard)
	var ofPolicy *train.NumericalError
	var ofModel *align.NumericalError
	switch {
	case errors.As(err, &ofPolicy), errors.As(err, &ofModel):
		return study.SaveFailure(o.Run, err)
	case err != nil:
		return err
	}
	return o.rename()
}

// job is what the order asks for, as the train or the align command would do it.
func (o order) job() (run func(ctx context.Context, out, errs io.Writer) error, err error) {
	if o.Language {
		j := &alignJob{alignFlags: &alignFlags{run: o.Run, threads: o.Threads, quiet: true}}
		if j.settings, err = align.ParseSettings([]byte(o.Settings), o.Name); err != nil {
			return nil, err
		}
		return j.run, j.prepare()
	}
	j := &job{trainFlags: &trainFlags{run: o.Run, threads: o.Threads, from: o.From, quiet: true}}
	if j.settings, err = train.ParseSettings([]byte(o.Settings), o.Name); err != nil {
		return nil, err
	}
	if j.maker, err = catalog.Make(j.settings.Environment.ID, j.settings.Environment.Options); err != nil {
		return nil, err
	}
	if o.From != "" {
		j.from, err = policy.Load(filepath.Join(o.From, train.LastCheckpoint))
	}
	return j.run, err
}

// rename writes into summary.json where the run folder is going to be.
func (o order) rename() error {
	data, err := os.ReadFile(filepath.Join(o.Run, record.SummaryFile))
	if err != nil {
		return fmt.Errorf("read summary: %w", err)
	}
	if o.Language {
		var s alignSummary
		if err := json.Unmarshal(data, &s); err != nil {
			return fmt.Errorf("read summary: %w", err)
		}
		s.Run = o.Name
		return s.save(o.Run)
	}
	var s summary
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("read summary: %w", err)
	}
	s.Run = o.Name
	return s.save(o.Run)
}
