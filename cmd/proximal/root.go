package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/internal/kernel"
)

// usageError is an error in what the user asked for, not in doing it.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// unusable marks an error as the user's; nil stays nil.
func unusable(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{err}
}

// newRoot makes the command tree. *started is set once arguments and flags have
// been understood; errors before that are about them.
func newRoot(started *bool) *cobra.Command {
	root := &cobra.Command{
		Use:   "proximal",
		Short: "Trust-region policy optimisation, with the clip made visible",
		Long: `proximal trains agents and aligns language models with PPO and its family on
ordinary CPUs, and shows what the clip does: what was clipped, which samples had
no gradient, how far the policy moved.`,
		Example: `  proximal train CartPole-v1
  proximal align sft add
  proximal train Pendulum-v1 --seed 3 --set ppo.clip=0.1 --run runs/small-clip
  proximal plot runs/* --out curves.png`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		PersistentPreRunE: func(*cobra.Command, []string) error {
			*started = true
			return unusable(kernel.Err())
		},
	}
	root.AddCommand(
		newTrain(), newAlign(), newEvaluate(), newPlot(), newCompare(), newTrace(), newRender(), newBench(), newSweep(), newClip(),
		newGenerate(), newScore(), newPipeline(),
		newEnvs(), newTasks(), newPresets(), newRuns(), newVersion(),
	)
	return root
}

// knownCommand refuses a first argument that names no command.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	return config.Unknown("command", args[0], names)
}

// printJSON writes one JSON value and a newline.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// addJSON adds the --json flag.
func addJSON(c *cobra.Command, asJSON *bool) {
	c.Flags().BoolVar(asJSON, "json", false, "print one JSON value on standard output, everything else on standard error")
}

// addSet adds the --set flag.
func addSet(c *cobra.Command, assignments *[]string, example string) {
	c.Flags().StringArrayVar(assignments, "set", nil, "change a setting, such as "+example+" (repeatable)")
}

// exists reports whether there is anything at a path.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// plural returns "1 step" or "2 steps".
func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%s %ss", thousands(n), noun)
}

// thousands writes a number with its digits in groups of three.
func thousands(n int) string {
	if n < 0 {
		return "-" + thousands(-n)
	}
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

// successor returns the id that has taken the place of an environment's old one,
// and tells the user; other ids it returns as they are.
func successor(c *cobra.Command, id string) string {
	current, ok := catalog.Successor(id)
	if !ok {
		return id
	}
	fmt.Fprintf(c.ErrOrStderr(), "warning: %s has been replaced by %s, which is used\n", id, current)
	return current
}
