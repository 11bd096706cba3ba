package main

import (
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

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

func newEvaluate() *cobra.Command {
	var (
		trial      train.Trial
		checkpoint string
		set        []string
		asJSON     bool
	)
	c := &cobra.Command{
		Use:   "evaluate RUN",
		Short: "Play episodes with a trained policy and report the returns",
		Long: `Play whole episodes with the policy of a run and report their returns. The most
likely action is taken unless --stochastic asks to draw as in training.`,
		Example: `  proximal evaluate runs/CartPole-v1-ppo-1
  proximal evaluate runs/CartPole-v1-ppo-1 --checkpoint best --episodes 1000 --json
  proximal evaluate runs/Pendulum-v1-ppo-1 --set env.g=9.81`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if trial.Episodes < 1 || trial.Threads < 1 {
				return unusable(fmt.Errorf("--episodes %d, --threads %d: both must be at least 1", trial.Episodes, trial.Threads))
			}
			dir := args[0]
			settings, err := readRun(dir)
			if err != nil {
				return unusable(err)
			}
			if err := settings.Set(set); err != nil {
				return unusable(err)
			}
			maker, err := catalog.Make(settings.Environment.ID, settings.Environment.Options)
			if err != nil {
				return unusable(err)
			}
			path, err := checkpointPath(dir, checkpoint)
			if err != nil {
				return unusable(err)
			}
			p, err := policy.Load(path)
			if err != nil {
				return err
			}
			scores, err := train.Evaluate(c.Context(), p, maker, trial)
			if err != nil {
				return err
			}
			e := evaluation{
				len(scores.Returns), scores.Mean(), scores.Std(), scores.Min(), scores.Max(), scores.LengthMean(),
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), e)
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: return %.1f ± %.1f over %s (lowest %.1f, highest %.1f), mean length %.1f\n",
				settings.Environment.ID, e.ReturnMean, e.ReturnStd, plural(e.Episodes, "episode"), e.ReturnMin, e.ReturnMax, e.LengthMean)
			return nil
		},
	}
	flags := c.Flags()
	flags.StringVar(&checkpoint, "checkpoint", "last", "which policy: last, best, or the path of a checkpoint file")
	flags.IntVar(&trial.Episodes, "episodes", 100, "episodes to play")
	flags.Uint64Var(&trial.Seed, "seed", 0, "seed of everything random in the episodes")
	flags.BoolVar(&trial.Stochastic, "stochastic", false, "draw actions instead of taking the most likely")
	flags.IntVar(&trial.Threads, "threads", runtime.GOMAXPROCS(0), "threads to use; does not change the result")
	addSet(c, &set, "env.g=9.81")
	addJSON(c, &asJSON)
	return c
}

// readRun reads the settings of a run folder.
func readRun(dir string) (*train.Settings, error) {
	if !exists(dir) {
		return nil, fmt.Errorf("there is no run folder %s", dir)
	}
	if !exists(filepath.Join(dir, train.ConfigFile)) {
		return nil, fmt.Errorf("%s is no run folder: it has no %s", dir, train.ConfigFile)
	}
	return train.ReadSettings(filepath.Join(dir, train.ConfigFile))
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
