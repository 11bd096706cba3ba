package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/preset"
	"github.com/proximal-rl/proximal/study"
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

// presetRow is a preset, as presets --json shows it: for an environment, by its name
// too, for a text task, or by its name for any text task.
type presetRow struct {
	Env    string `json:"env,omitempty"`
	Task   string `json:"task,omitempty"`
	Name   string `json:"name,omitempty"`
	Algo   string `json:"algo"`
	Steps  int    `json:"steps"`
	Source string `json:"source"`
}

func newPresets() *cobra.Command {
	var asJSON bool
	var algorithm, name string
	c := &cobra.Command{
		Use:   "presets [ENV|TASK]",
		Short: "List the presets, or print one as a settings file",
		Example: `  proximal presets
  proximal presets CartPole-v1 > my.toml
  proximal presets add --algo grpo > my.toml`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeEnvironments,
		RunE: func(c *cobra.Command, args []string) error {
			w := c.OutOrStdout()
			if len(args) == 1 {
				return printPreset(w, args[0], algorithm, name)
			}
			rows := []presetRow{}
			for _, p := range preset.List() {
				rows = append(rows, presetRow{Env: p.Environment, Name: p.Name, Algo: p.Algorithm, Steps: p.Steps, Source: p.Source})
			}
			for _, p := range preset.Alignments() {
				rows = append(rows, presetRow{Task: p.Task, Algo: p.Method, Steps: p.Steps, Source: p.Source})
			}
			for _, name := range preset.NamedAlignments() {
				p, _ := preset.NamedAlignment(name, "")
				rows = append(rows, presetRow{Name: name, Algo: p.Method, Steps: p.Steps, Source: p.Source})
			}
			if asJSON {
				return printJSON(w, rows)
			}
			t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "ENV OR TASK\tALGO\tSTEPS\tSOURCE")
			for _, r := range rows {
				where := r.Env + r.Task
				switch {
				case r.Name != "" && r.Env != "":
					where += " --preset " + r.Name
				case r.Name != "":
					where = "any task: --preset " + r.Name
				}
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", where, r.Algo, thousands(r.Steps), r.Source)
			}
			return t.Flush()
		},
	}
	c.Flags().StringVar(&algorithm, "algo", "ppo", "algorithm, or method of alignment")
	c.Flags().StringVar(&name, "preset", "", "name of one of several presets for the environment, or of one for any text task")
	addJSON(c, &asJSON)
	return c
}

// printPreset prints the complete settings of a preset as TOML.
func printPreset(w io.Writer, id, algorithm, name string) error {
	source, settings, err := findPreset(id, algorithm, name)
	if err != nil {
		return unusable(err)
	}
	text, err := settings.Encode()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "# Source: %s.\n\n%s", source, text)
	return err
}

// findPreset returns the preset for an environment or a text task, the one to begin
// with if name is empty.
func findPreset(id, algorithm, name string) (source string, settings interface{ Encode() ([]byte, error) }, err error) {
	switch {
	case name == "":
		if p, ok := preset.Find(id, algorithm); ok {
			return p.Source, p.Settings(), nil
		}
		if p, ok := preset.FindAlignment(id, algorithm); ok {
			return p.Source, p.Settings(), nil
		}
		return "", nil, noPreset(id, algorithm)
	case study.IsTask(id):
		if p, ok := preset.NamedAlignment(name, id); ok {
			return p.Source, p.Settings(), nil
		}
		return "", nil, config.Unknown("preset", name, preset.NamedAlignments())
	}
	p, err := preset.Named(id, algorithm, name)
	if err != nil {
		return "", nil, fmt.Errorf("--preset: %w", err)
	}
	return p.Source, p.Settings(), nil
}

// noPreset says what is wrong with the name of a preset that there is not.
func noPreset(id, algorithm string) error {
	var names, methods []string
	for _, p := range preset.List() {
		if p.Algorithm == algorithm {
			names = append(names, p.Environment)
		}
		if p.Environment == id {
			methods = append(methods, p.Algorithm)
		}
	}
	for _, p := range preset.Alignments() {
		if p.Method == algorithm {
			names = append(names, p.Task)
		}
		if p.Task == id {
			methods = append(methods, p.Method)
		}
	}
	switch {
	case len(methods) > 0:
		return fmt.Errorf("no preset for %s with %s; there are: %s", id, algorithm, strings.Join(methods, ", "))
	case len(names) == 0:
		return config.Unknown("algorithm", algorithm, slices.Concat(train.Algorithms(), align.Methods()))
	}
	return config.Unknown("preset", id, names)
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
