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

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/preset"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/train"
)

// trainFlags is what the user asks of the train command.
type trainFlags struct {
	algorithm string
	steps     int
	seed      uint64
	run       string
	preset    string
	config    string
	set       []string
	threads   int
	from      string
	profile   string
	json      bool
	quiet     bool
}

func newTrain() *cobra.Command {
	f := &trainFlags{}
	c := &cobra.Command{
		Use:   "train ENV",
		Short: "Train a policy",
		Long: `Train a policy for an environment, evaluate it, and keep everything in a run
folder: settings, metrics, checkpoints, the learning curve.

Settings come from the preset for the environment, then --config, then --set.
"proximal presets ENV" prints them all with their meaning.`,
		Example: `  proximal train CartPole-v1
  proximal train Pendulum-v1 --steps 200000 --seed 7 --run runs/pendulum-7
  proximal train CartPole-v1 --set ppo.clip=0.1 --set 'optim.learning_rate="linear(3e-4, 0)"'
  proximal train --config runs/pendulum-7/config.toml --run runs/again
  proximal train CartPole-v1 --from runs/CartPole-v1-ppo-1 --seed 2`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeEnvironments,
		RunE: func(c *cobra.Command, args []string) error {
			j, err := f.job(c, args)
			if err != nil {
				return unusable(err)
			}
			return profiled(f.profile, func() error {
				return j.run(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
			})
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.algorithm, "algo", "ppo", "algorithm: "+strings.Join(train.Algorithms(), ", "))
	flags.IntVar(&f.steps, "steps", 0, "environment steps to train for (default: the preset's)")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of everything random in the run")
	flags.StringVar(&f.run, "run", "", "run folder, new or empty (default runs/ENV-ALGO-SEED)")
	flags.StringVar(&f.preset, "preset", "", "preset of that name for the environment, in place of the usual one; \"proximal presets\" lists them")
	flags.StringVar(&f.config, "config", "", "TOML file with settings")
	addSet(c, &f.set, "ppo.clip=0.1 or env.g=9.81")
	flags.IntVar(&f.threads, "threads", runtime.GOMAXPROCS(0), "threads to use; does not change the result")
	flags.StringVar(&f.from, "from", "", "run folder whose last policy to start from")
	flags.StringVar(&f.profile, "cpuprofile", "", "file for a CPU profile, to look at with \"go tool pprof\"; replaced if it exists")
	flags.BoolVar(&f.quiet, "quiet", false, "print no progress")
	addJSON(c, &f.json)
	return c
}

// job is a training run that has been found to be possible.
type job struct {
	*trainFlags
	settings *train.Settings
	source   string // of the settings
	maker    env.Maker
	from     *policy.Policy
}

// job checks everything that was asked for.
func (f *trainFlags) job(c *cobra.Command, args []string) (*job, error) {
	j := &job{trainFlags: f}
	if f.threads < 1 {
		return nil, fmt.Errorf("--threads %d: must be at least 1", f.threads)
	}
	if err := j.choose(c, args); err != nil {
		return nil, err
	}
	if err := j.adjust(c); err != nil {
		return nil, err
	}
	var err error
	if j.maker, err = catalog.Make(j.settings.Environment.ID, j.settings.Environment.Options); err != nil {
		return nil, err
	}
	if f.from != "" {
		if j.from, err = f.startingPolicy(); err != nil {
			return nil, fmt.Errorf("--from: %w", err)
		}
	}
	if f.run == "" {
		f.run = freeFolder(filepath.Join("runs", fmt.Sprintf("%s-%s-%d",
			j.settings.Environment.ID, j.settings.Run.Algorithm, j.settings.Run.Seed)))
	}
	return j, record.CheckFolder(f.run)
}

// startingPolicy loads the last policy of the run to start from. Its network is
// what it is, so it cannot be set as well.
func (f *trainFlags) startingPolicy() (*policy.Policy, error) {
	for _, assignment := range f.set {
		if strings.HasPrefix(assignment, "policy.") {
			return nil, fmt.Errorf("the policy is the one in %s, so --set %s cannot change it", f.from, assignment)
		}
	}
	return policy.Load(filepath.Join(f.from, train.LastCheckpoint))
}

// choose finds the settings to begin with: a complete file, or the preset.
func (j *job) choose(c *cobra.Command, args []string) error {
	var file []byte
	named := &train.Settings{}
	if j.config != "" {
		var err error
		if file, err = os.ReadFile(j.config); err != nil {
			return fmt.Errorf("--config: %w", err)
		}
		if named, err = train.PeekSettings(file, j.config); err != nil {
			return err
		}
	}
	id, err := agree("environment", args, named.Environment.ID, j.config)
	if err != nil {
		return err
	}
	id = successor(c, id)
	if id == "" {
		return fmt.Errorf("which environment? \"proximal envs\" lists them")
	}
	var asked []string
	if c.Flags().Changed("algo") || named.Run.Algorithm == "" {
		asked = []string{j.algorithm}
	}
	algorithm, err := agree("algorithm", asked, named.Run.Algorithm, j.config)
	if err != nil {
		return err
	}
	if _, err := catalog.Make(id, nil); err != nil {
		return err
	}
	if file != nil && j.preset != "" {
		return errors.New("--preset and --config are both complete settings: give one of them")
	}
	if err := j.begin(id, algorithm); err != nil || file == nil {
		return err
	}
	j.source = j.config
	return j.settings.Decode(file, j.config)
}

// begin takes the settings of the preset that is asked for, or of the usual one, or the
// algorithm's defaults.
func (j *job) begin(id, algorithm string) error {
	if j.preset != "" {
		p, err := preset.Named(id, algorithm, j.preset)
		if err != nil {
			return fmt.Errorf("--preset: %w", err)
		}
		j.settings, j.source = p.Settings(), p.Source
		return nil
	}
	if p, ok := preset.Find(id, algorithm); ok {
		j.settings, j.source = p.Settings(), p.Source
		return nil
	}
	s, err := preset.Default(id, algorithm)
	j.settings, j.source = s, fmt.Sprintf("no preset for %s with %s: the algorithm's defaults", id, algorithm)
	return err
}

// agree settles a name that may be given on the command line, in a file, or in
// both alike.
func agree(what string, asked []string, inFile, file string) (string, error) {
	switch {
	case len(asked) == 0:
		return inFile, nil
	case inFile == "" || inFile == asked[0]:
		return asked[0], nil
	}
	return "", fmt.Errorf("the %s is %s on the command line but %s in %s", what, asked[0], inFile, file)
}

// adjust applies --set and the flags that are settings, and checks the result.
func (j *job) adjust(c *cobra.Command) error {
	id := j.settings.Environment.ID
	if err := j.settings.Set(j.set); err != nil {
		return err
	}
	if c.Flags().Changed("steps") {
		j.settings.Run.Steps = j.steps
	}
	if c.Flags().Changed("seed") {
		j.settings.Run.Seed = j.seed
	}
	if s := j.settings; s.Run.Algorithm != s.Algorithm.Name() || s.Environment.ID != id {
		return fmt.Errorf("--set cannot change the environment or the algorithm: name them as argument and with --algo")
	}
	return j.settings.Check()
}

// freeFolder returns the path, or the path with the first number from 2 on
// behind it at which there is nothing.
func freeFolder(path string) string {
	for free, n := path, 2; ; n++ {
		if !exists(free) {
			return free
		}
		free = fmt.Sprintf("%s-%d", path, n)
	}
}

// run trains, and tells the user on the way and at the end.
func (j *job) run(ctx context.Context, out, errs io.Writer) error {
	talk := out // to the user
	if j.json {
		talk = errs
	}
	if j.quiet {
		talk = io.Discard
	}
	j.announce(talk)
	display := newDisplay(talk, policyView)
	result, err := train.Run(ctx, j.settings.Algorithm, j.maker, train.Options{
		Seed: j.settings.Run.Seed, Steps: j.settings.Run.Steps,
		Dir: j.trainFlags.run, Threads: j.threads, Evaluation: j.settings.Evaluation, From: j.from,
		EnvironmentOptions: j.settings.Environment.Options,
		Observe: func(p train.Progress) {
			display.show(advance{steps: p.Steps, total: p.Total, seconds: p.Seconds, row: p.Row})
		},
	})
	display.end()
	var unsuitable *train.SettingsError
	if errors.As(err, &unsuitable) {
		return unusable(err)
	}
	if result == nil {
		return err
	}
	s := j.summarize(result)
	if err := s.save(j.trainFlags.run); err != nil {
		return err
	}
	if err := saveCurve(j.trainFlags.run); err != nil {
		return err
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(errs, "interrupted after %s; the policy is saved. To go on from it:\n  proximal train %s --from %s\n",
			plural(result.Steps, "step"), result.Environment.ID, j.trainFlags.run)
		return err
	}
	s.print(talk, result)
	if j.json {
		return printJSON(out, s)
	}
	return err
}

// announce says what is about to be done.
func (j *job) announce(w io.Writer) {
	s := j.settings
	fmt.Fprintf(w, "%s with %s, seed %d, %s\n", s.Environment.ID, s.Run.Algorithm, s.Run.Seed, plural(s.Run.Steps, "step"))
	fmt.Fprintf(w, "settings  %s\n", j.source)
	if j.from != nil {
		fmt.Fprintf(w, "starts    from the policy in %s\n", j.trainFlags.from)
	}
	fmt.Fprintf(w, "folder    %s\n\n", j.trainFlags.run)
}
