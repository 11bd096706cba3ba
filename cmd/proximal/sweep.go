package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/study"
)

// sweepFlags is what the user asks of the sweep command.
type sweepFlags struct {
	file      string
	set       []string
	seeds     int
	firstSeed uint64
	algorithm string
	steps     int
	out       string
	plot      string
	jobs      int
	threads   int
	scores    bool
	format    sweepFormat
	quiet     bool
	cell      bool
}

// sweepFormat is what goes to standard output besides the talk: at most one.
type sweepFormat struct{ json, csv, markdown bool }

func newSweep() *cobra.Command {
	f := &sweepFlags{}
	c := &cobra.Command{
		Use:   "sweep [ENV…|TASK…]",
		Short: "Train a grid of settings and compare them",
		Long: `Train every combination of some settings under several seeds, on environments or on
text tasks, side by side, and compare what came out: final returns with intervals, steps to the threshold, the
worst drop after the peak, how far the updates went, what they cost.

A value of --set that is several, separated by commas, is one axis of the grid;
commas within brackets, parentheses and quotes belong to a value. --file names a
TOML file that describes the grid, and variants that change several settings at
once; flags and environments beside it replace what it says, --set adds to it.

Each run is a run folder of its own below --out. A sweep that was cut short goes
on when the same command is given again: finished runs are recognised by their
settings and kept. A run that fails numerically is a result, and is counted.
docs/sweep.md explains the file and every column.`,
		Example: `  proximal sweep CartPole-v1 --set ppo.clip=0.05,0.1,0.2,0.3,0.5
  proximal sweep CartPole-v1 Pendulum-v1 --set ppo.epochs=4,10 --set ppo.clip=0.1,0.2 --seeds 10
  proximal sweep --file sweeps/epsilon.toml --markdown
  proximal sweep --file sweeps/family.toml --scores
  proximal sweep add --algo sft --steps 200 --set sft.batch=16,64 --seeds 3`,
		ValidArgsFunction: completeEnvironments,
		RunE: func(c *cobra.Command, args []string) error {
			if f.cell {
				return runCell(c.Context(), c.InOrStdin())
			}
			s, err := f.sweeping(c, args)
			if err != nil {
				return unusable(err)
			}
			return s.run(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f.register(c)
	return c
}

// register declares the flags.
func (f *sweepFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.file, "file", "", "TOML file that describes the sweep")
	flags.StringArrayVar(&f.set, "set", nil, "change a setting of all runs, or compare values: ppo.clip=0.1,0.2 (repeatable)")
	flags.IntVar(&f.seeds, "seeds", study.DefaultSweep().Seeds, "runs of each variant, under consecutive seeds")
	flags.Uint64Var(&f.firstSeed, "first-seed", 0, "the first of the seeds")
	flags.StringVar(&f.algorithm, "algo", study.DefaultSweep().Algorithm, "algorithm, or method of a text task")
	flags.IntVar(&f.steps, "steps", 0, "environment steps, or updates of a language model, of a run (default: the preset's)")
	flags.StringVar(&f.out, "out", "", "folder of the sweep: new, empty or an earlier sweep's (default runs/ and the name of the file or the environments)")
	flags.StringVar(&f.plot, "plot", "", "file for the figure, .png or .svg; replaced if it exists (default sweep.png in the folder)")
	flags.IntVar(&f.jobs, "jobs", 0, "runs at a time (default: as many as keep all cores busy)")
	flags.IntVar(&f.threads, "threads", 1, "threads of a run; does not change the results")
	flags.BoolVar(&f.scores, "scores", false, "add scores: final returns on a scale from a policy that acts at random, 0, to the best variant, 1")
	flags.BoolVar(&f.format.csv, "csv", false, "print all figures as CSV on standard output, everything else on standard error")
	flags.BoolVar(&f.format.markdown, "markdown", false, "print the tables as Markdown on standard output, everything else on standard error")
	flags.BoolVar(&f.quiet, "quiet", false, "print no progress")
	addJSON(c, &f.format.json)
	flags.BoolVar(&f.cell, "cell", false, "train the one run that standard input describes")
	if err := flags.MarkHidden("cell"); err != nil {
		panic(err)
	}
}

// sweeping is a sweep that has been found to be possible.
type sweeping struct {
	*sweepFlags
	plan *study.Plan
}

// sweeping checks everything that was asked for, and what is in the folder.
func (f *sweepFlags) sweeping(c *cobra.Command, args []string) (*sweeping, error) {
	description, err := f.describe(c, args)
	if err != nil {
		return nil, err
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	if err := checkEnvironments(description); err != nil {
		return nil, err
	}
	if f.out == "" {
		f.out = filepath.Join("runs", f.name(description))
	}
	plan, err := description.Plan(f.out)
	if err != nil {
		return nil, err
	}
	for _, c := range plan.Cells {
		if err := checkOptions(c); err != nil {
			return nil, fmt.Errorf("variant %q: %w", c.Variant.Name, err)
		}
		if f.scores && c.Alignment() != nil {
			return nil, fmt.Errorf("--scores: a text task has no policy that acts at random to compare with")
		}
	}
	if f.plot == "" {
		f.plot = filepath.Join(f.out, "sweep.png")
	}
	return &sweeping{f, plan}, plan.Prepare()
}

// describe reads the file and applies arguments and flags to it.
func (f *sweepFlags) describe(c *cobra.Command, args []string) (study.Sweep, error) {
	s := study.DefaultSweep()
	if f.file != "" {
		data, err := os.ReadFile(f.file)
		if err != nil {
			return s, fmt.Errorf("--file: %w", err)
		}
		if s, err = study.ParseSweep(data, f.file); err != nil {
			return s, err
		}
	}
	if len(args) > 0 {
		s.Environments = args
	}
	changed := c.Flags().Changed
	if changed("algo") {
		s.Algorithm = f.algorithm
	}
	if changed("seeds") {
		s.Seeds = f.seeds
	}
	if changed("first-seed") {
		s.FirstSeed = f.firstSeed
	}
	if changed("steps") {
		if f.steps < 1 {
			return s, fmt.Errorf("--steps %d: must be at least 1", f.steps)
		}
		s.Steps = f.steps
		for i := range s.Variants {
			s.Variants[i].Steps = 0
		}
	}
	s.Set = append(s.Set, f.set...)
	return s, nil
}

// check refuses flags that cannot be, and settles how many jobs there are.
func (f *sweepFlags) check() error {
	if o := f.format; o.json && (o.csv || o.markdown) || o.csv && o.markdown {
		return fmt.Errorf("--json, --csv and --markdown exclude each other")
	}
	if e := strings.ToLower(filepath.Ext(f.plot)); f.plot != "" && e != ".png" && e != ".svg" {
		return fmt.Errorf("--plot %s: must end in .png or .svg", f.plot)
	}
	if f.threads < 1 {
		return fmt.Errorf("--threads %d: must be at least 1", f.threads)
	}
	if f.jobs < 0 {
		return fmt.Errorf("--jobs %d: must be at least 1", f.jobs)
	}
	if f.jobs == 0 {
		f.jobs = max(1, runtime.GOMAXPROCS(0)/f.threads)
	}
	return nil
}

// checkOptions refuses options that the environment or the task of a run does not
// have.
func checkOptions(c *study.Cell) (err error) {
	if s := c.Alignment(); s != nil {
		_, err = task.Make(s.Task.Name, s.Task.Options)
		return err
	}
	_, err = catalog.Make(c.Environment, c.Training().Environment.Options)
	return err
}

// checkEnvironments refuses environments and tasks that do not exist.
func checkEnvironments(s study.Sweep) error {
	all := s.Environments
	for _, v := range s.Variants {
		all = append(all[:len(all):len(all)], v.Environments...)
	}
	if len(all) == 0 {
		return fmt.Errorf("which environment or text task? \"proximal envs\" and \"proximal tasks\" list them")
	}
	for _, id := range all {
		if study.IsTask(id) != study.IsTask(all[0]) {
			return fmt.Errorf("%s and %s: a sweep has either environments or text tasks", all[0], id)
		}
		if study.IsTask(id) {
			continue
		}
		if _, err := catalog.Make(id, nil); err != nil {
			return err
		}
	}
	return nil
}

// name is what the folder of the sweep is called unless the user says.
func (f *sweepFlags) name(s study.Sweep) string {
	if f.file != "" {
		return strings.TrimSuffix(filepath.Base(f.file), filepath.Ext(f.file))
	}
	return "sweep-" + strings.Join(s.Environments, "-") + "-" + s.Algorithm
}

// run trains what is missing and shows what all of it gave.
func (s *sweeping) run(ctx context.Context, out, errs io.Writer) error {
	talk := out
	if s.format != (sweepFormat{}) {
		talk = errs
	}
	if s.quiet {
		talk = io.Discard
	}
	d := newSweepDisplay(talk, s.plan, s.jobs)
	d.announce(ctx, s.threads)
	stop := d.begin()
	err := s.plan.Execute(ctx, s.jobs, s.runner(d), d.done)
	stop()
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(errs, "interrupted: %d of %s finished. To go on:\n  proximal sweep --file %s --out %s\n",
			s.plan.Finished(), plural(len(s.plan.Cells), "run"), filepath.Join(s.out, study.SweepFile), s.out)
		return err
	}
	if err != nil {
		return err
	}
	r, err := assess(s.plan, study.DefaultBootstrap())
	if err != nil {
		return err
	}
	if s.scores {
		if err := r.score(s.plan, study.DefaultBootstrap()); err != nil {
			return err
		}
	}
	drawn, err := r.draw(s.sweepFlags.plot)
	if err != nil {
		return err
	}
	for _, warning := range r.warnings() {
		fmt.Fprintln(errs, "note:", warning)
	}
	if drawn {
		fmt.Fprintf(talk, "figure    %s\n\n", s.sweepFlags.plot)
	}
	return r.write(out, s.format)
}
