package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/preset"
	"github.com/proximal-rl/proximal/train"
)

// environment is an environment, as envs --json shows it.
type environment struct {
	ID              string            `json:"id"`
	Summary         string            `json:"summary"`
	Observation     string            `json:"observation"`
	Action          string            `json:"action"`
	MaxSteps        int               `json:"max_steps"`
	RewardThreshold *float64          `json:"reward_threshold"`
	Options         map[string]string `json:"options"`
}

func newEnvs() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "envs",
		Short:   "List the environments and their options",
		Example: "  proximal envs\n  proximal envs --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !asJSON {
				printEnvironments(c.OutOrStdout())
				return nil
			}
			list := []environment{}
			for _, e := range catalog.List() {
				list = append(list, describe(e))
			}
			return printJSON(c.OutOrStdout(), list)
		},
	}
	addJSON(c, &asJSON)
	return c
}

func describe(e catalog.Entry) environment {
	d := environment{
		ID: e.ID, Summary: e.Summary,
		Observation: e.Spec.Observation.String(), Action: e.Spec.Action.String(),
		MaxSteps: e.Spec.MaxSteps, Options: map[string]string{},
	}
	if t := e.Spec.RewardThreshold; t == t {
		d.RewardThreshold = &t
	}
	for _, o := range e.Options {
		d.Options[o.Name] = o.Default
	}
	return d
}

func printEnvironments(w io.Writer) {
	for i, e := range catalog.List() {
		if i > 0 {
			fmt.Fprintln(w)
		}
		d := describe(e)
		fmt.Fprintf(w, "%s  %s\n", d.ID, d.Summary)
		fmt.Fprintf(w, "  observes  %s\n  acts in   %s\n", d.Observation, d.Action)
		if d.RewardThreshold != nil {
			fmt.Fprintf(w, "  solved    at a mean return of %g\n", *d.RewardThreshold)
		}
		for _, o := range e.Options {
			fmt.Fprintf(w, "  --set env.%s=%s  %s\n", o.Name, o.Default, o.Meaning)
		}
	}
}

// presetRow is a preset, as presets --json shows it.
type presetRow struct {
	Env    string `json:"env"`
	Algo   string `json:"algo"`
	Steps  int    `json:"steps"`
	Source string `json:"source"`
}

func newPresets() *cobra.Command {
	var asJSON bool
	var algorithm string
	c := &cobra.Command{
		Use:   "presets [ENV]",
		Short: "List the presets, or print one as a settings file",
		Example: `  proximal presets
  proximal presets CartPole-v1 > my.toml`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeEnvironments,
		RunE: func(c *cobra.Command, args []string) error {
			w := c.OutOrStdout()
			if len(args) == 1 {
				return printPreset(w, args[0], algorithm)
			}
			rows := []presetRow{}
			for _, p := range preset.List() {
				rows = append(rows, presetRow{p.Environment, p.Algorithm, p.Steps, p.Source})
			}
			if asJSON {
				return printJSON(w, rows)
			}
			t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "ENV\tALGO\tSTEPS\tSOURCE")
			for _, r := range rows {
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", r.Env, r.Algo, thousands(r.Steps), r.Source)
			}
			return t.Flush()
		},
	}
	c.Flags().StringVar(&algorithm, "algo", "ppo", "algorithm: "+strings.Join(train.Algorithms(), ", "))
	addJSON(c, &asJSON)
	return c
}

// printPreset prints the complete settings of a preset as TOML.
func printPreset(w io.Writer, id, algorithm string) error {
	p, ok := preset.Find(id, algorithm)
	if !ok {
		var names []string
		for _, p := range preset.List() {
			if p.Algorithm == algorithm {
				names = append(names, p.Environment)
			}
		}
		if len(names) == 0 {
			return unusable(config.Unknown("algorithm", algorithm, train.Algorithms()))
		}
		return unusable(config.Unknown("preset", id, names))
	}
	text, err := p.Settings().Encode()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "# Source: %s.\n\n%s", p.Source, text)
	return err
}

// completeEnvironments completes the id of an environment in a shell.
func completeEnvironments(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var ids []string
	for _, e := range catalog.List() {
		ids = append(ids, e.ID+"\t"+e.Summary)
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// version is set by whoever builds a release.
var version = "development"

// build is what this binary is, as version --json shows it.
type build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	System  string `json:"system"`
	Kernel  string `json:"kernel"`
}

func newVersion() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version, and which kernels this machine runs",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			b := build{version, commit(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, kernel.Level()}
			if asJSON {
				return printJSON(c.OutOrStdout(), b)
			}
			fmt.Fprintf(c.OutOrStdout(), "proximal %s (commit %s, %s, %s, kernel %s)\n", b.Version, b.Commit, b.Go, b.System, b.Kernel)
			return nil
		},
	}
	addJSON(c, &asJSON)
	return c
}

// commit is the revision that the binary was built from, as far as it knows.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}
