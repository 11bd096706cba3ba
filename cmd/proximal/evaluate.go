package main

import (
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/train"
)

// evaluation is the outcome of an evaluation, as --json shows it.
type evaluation struct {
	Episodes   int     `json:"episodes"`
	ReturnMean float64 `json:"return_mean"`
	ReturnStd  float64 `json:"return_std"`
	ReturnMin  float64 `json:"return_min"`
	ReturnMax  float64 `json:"return_max"`
	LengthMean float64 `json:"length_mean"`
}

// evaluateFlags is what the user asks of the evaluate command.
type evaluateFlags struct {
	trial            train.Trial
	prompts, samples int
	checkpoint       string
	set              []string
	json             bool
}

func newEvaluate() *cobra.Command {
	f := &evaluateFlags{}
	c := &cobra.Command{
		Use:   "evaluate RUN",
		Short: "Examine what a run has trained",
		Long: `Play whole episodes with the policy of a run and report their returns. The most
likely action is taken unless --stochastic asks to draw as in training.

The language model of a run of align is asked held-out prompts of its task: how
many of its completions are right, drawn and greedily, and how many prompts are
answered rightly by one of k tries; and how far it is from its reference, unless
that was a new model, which no run keeps. Prompts and draws come from --seed, so
they are others than those of the run's own evaluation.`,
		Example: `  proximal evaluate runs/CartPole-v1-ppo-1
  proximal evaluate runs/CartPole-v1-ppo-1 --checkpoint best --episodes 1000 --json
  proximal evaluate runs/Pendulum-v1-ppo-1 --set env.g=9.81
  proximal evaluate runs/add-grpo-1 --samples 64`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			language, err := isLanguageRun(args[0])
			if err != nil {
				return unusable(err)
			}
			if err := f.refuse(c, language); err != nil {
				return unusable(err)
			}
			if !language {
				return f.evaluate(c, args[0])
			}
			scores, err := evaluateLanguage(c.Context(), args[0], f.checkpoint, f.set, align.Trial{
				Prompts: f.prompts, Samples: f.samples, Seed: f.trial.Seed, Threads: f.trial.Threads,
			})
			if err != nil {
				return err
			}
			return showLanguage(c.OutOrStdout(), args[0], scores, f.json)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.checkpoint, "checkpoint", "last", "which one: last, best, or the path of a checkpoint")
	flags.IntVar(&f.trial.Episodes, "episodes", 100, "episodes to play")
	flags.IntVar(&f.prompts, "prompts", 512, "held-out prompts to ask a language model")
	flags.IntVar(&f.samples, "samples", 16, "completions of each to draw")
	flags.Uint64Var(&f.trial.Seed, "seed", 0, "seed of everything random in the evaluation")
	flags.BoolVar(&f.trial.Stochastic, "stochastic", false, "draw actions instead of taking the most likely")
	flags.IntVar(&f.trial.Threads, "threads", runtime.GOMAXPROCS(0), "threads to use; does not change the result")
	addSet(c, &f.set, "env.g=9.81 or task.digits=3")
	addJSON(c, &f.json)
	return c
}

// refuse refuses flags that are about the other kind of run.
func (f *evaluateFlags) refuse(c *cobra.Command, language bool) error {
	others, kind := []string{"prompts", "samples"}, "language models"
	if language {
		others, kind = []string{"episodes", "stochastic"}, "policies for an environment"
	}
	for _, flag := range others {
		if c.Flags().Changed(flag) {
			return fmt.Errorf("--%s is about %s, and this run trained none", flag, kind)
		}
	}
	return nil
}

// evaluate plays episodes with the policy of a run.
func (f *evaluateFlags) evaluate(c *cobra.Command, dir string) error {
	if f.trial.Episodes < 1 || f.trial.Threads < 1 {
		return unusable(fmt.Errorf("--episodes %d, --threads %d: both must be at least 1", f.trial.Episodes, f.trial.Threads))
	}
	settings, err := readRun(dir)
	if err != nil {
		return unusable(err)
	}
	if err := settings.Set(f.set); err != nil {
		return unusable(err)
	}
	maker, err := catalog.Make(settings.Environment.ID, settings.Environment.Options)
	if err != nil {
		return unusable(err)
	}
	path, err := checkpointPath(dir, f.checkpoint)
	if err != nil {
		return unusable(err)
	}
	p, err := policy.Load(path)
	if err != nil {
		return err
	}
	scores, err := train.Evaluate(c.Context(), p, maker, f.trial)
	if err != nil {
		return err
	}
	e := evaluation{
		len(scores.Returns), scores.Mean(), scores.Std(), scores.Min(), scores.Max(), scores.LengthMean(),
	}
	if f.json {
		return printJSON(c.OutOrStdout(), e)
	}
	fmt.Fprintf(c.OutOrStdout(), "%s: return %.1f ± %.1f over %s (lowest %.1f, highest %.1f), mean length %.1f\n",
		settings.Environment.ID, e.ReturnMean, e.ReturnStd, plural(e.Episodes, "episode"), e.ReturnMin, e.ReturnMax, e.LengthMean)
	return nil
}

// checkpointPath finds a checkpoint of a run by name, or any by its path.
func checkpointPath(dir, name string) (string, error) {
	switch name {
	case "last":
		return filepath.Join(dir, train.LastCheckpoint), nil
	case "best":
		return filepath.Join(dir, train.BestCheckpoint), nil
	}
	if exists(name) || exists(name+policy.Extension) {
		return name, nil
	}
	return "", config.Unknown("checkpoint", name, []string{"last", "best"})
}
