package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/seed"
)

// shownExamples is how many prompts of a task are shown.
const shownExamples = 5

// textTask is a text task, as tasks --json shows it.
type textTask struct {
	Task          string            `json:"task"`
	Summary       string            `json:"summary"`
	RewardWorst   float64           `json:"reward_worst"`
	RewardBest    float64           `json:"reward_best"`
	BayesAccuracy *float64          `json:"bayes_accuracy"` // of comparisons; null if the task makes none
	MaxPrompt     int               `json:"max_prompt"`     // tokens
	MaxCompletion int               `json:"max_completion"` // tokens
	HeldOut       float64           `json:"held_out"`
	Options       map[string]string `json:"options"`
	Examples      []example         `json:"examples"`
}

// example is a prompt with a completion that the task demonstrates.
type example struct {
	Prompt        string  `json:"prompt"`
	Demonstration string  `json:"demonstration"` // "" if the task writes none
	Reward        float64 `json:"reward"`        // of the demonstration
}

func newTasks() *cobra.Command {
	var (
		set    []string
		asJSON bool
	)
	c := &cobra.Command{
		Use:   "tasks [TASK]",
		Short: "List the text tasks and their options, or show one with examples",
		Example: `  proximal tasks
  proximal tasks add --set task.digits=3
  proximal tasks --json`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeTasks,
		RunE: func(c *cobra.Command, args []string) error {
			w := c.OutOrStdout()
			if len(args) == 0 {
				if len(set) > 0 {
					return unusable(fmt.Errorf("--set %s: of which task?", set[0]))
				}
				return listTasks(w, asJSON)
			}
			t, err := makeTask(args[0], set)
			if err != nil {
				return unusable(err)
			}
			d, err := describeTask(t)
			if err != nil {
				return unusable(err)
			}
			if asJSON {
				return printJSON(w, d)
			}
			d.print(w)
			d.printExamples(w)
			return nil
		},
	}
	addSet(c, &set, "task.digits=3")
	addJSON(c, &asJSON)
	return c
}

// makeTask makes a task by name, its options changed by assignments such as
// "task.digits=3".
func makeTask(name string, assignments []string) (task.Task, error) {
	var settings struct {
		Task struct {
			Options map[string]any `toml:",inline"`
		} `toml:"task"`
	}
	if _, err := task.Make(name, nil); err != nil {
		return nil, err
	}
	if err := config.Set(&settings, assignments); err != nil {
		return nil, err
	}
	return task.Make(name, settings.Task.Options)
}

// listTasks shows all tasks with their default options.
func listTasks(w io.Writer, asJSON bool) error {
	all := []*textTask{}
	for _, e := range task.List() {
		t, err := task.Make(e.Spec.Name, nil)
		if err != nil {
			return err
		}
		d, err := describeTask(t)
		if err != nil {
			return err
		}
		all = append(all, d)
	}
	if asJSON {
		return printJSON(w, all)
	}
	for i, d := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		d.print(w)
	}
	return nil
}

// describeTask describes a task and draws examples from it.
func describeTask(t task.Task) (*textTask, error) {
	spec := t.Spec()
	d := &textTask{
		Task: spec.Name, Summary: spec.Summary, RewardWorst: spec.Worst, RewardBest: spec.Best,
		MaxPrompt: spec.MaxPrompt, MaxCompletion: spec.MaxCompletion, HeldOut: spec.HeldOut,
		Options: map[string]string{}, Examples: []example{},
	}
	if c, ok := t.(task.Comparer); ok {
		accuracy := c.BayesAccuracy()
		d.BayesAccuracy = &accuracy
	}
	for _, o := range taskOptions(spec.Name) {
		d.Options[o.Name] = o.Default
	}
	rng := seed.Stream(0, "examples", 0)
	prompts, err := task.Distinct(t, task.Training, shownExamples, rng)
	if err != nil {
		return nil, err
	}
	for _, prompt := range prompts {
		e := example{Prompt: prompt}
		if demonstrator, ok := t.(task.Demonstrator); ok {
			e.Demonstration = demonstrator.Demonstrate(rng, prompt)
			e.Reward = t.Verify(prompt, task.Answer{Text: e.Demonstration, Ended: true})
		}
		d.Examples = append(d.Examples, e)
	}
	return d, nil
}

// taskOptions lists the options of a task with their defaults.
func taskOptions(name string) []task.Option {
	for _, e := range task.List() {
		if e.Spec.Name == name {
			return e.Options
		}
	}
	return nil
}

func (d *textTask) print(w io.Writer) {
	fmt.Fprintf(w, "%s  %s\n", d.Task, d.Summary)
	fmt.Fprintf(w, "  rewards   %g to %g\n", d.RewardWorst, d.RewardBest)
	fmt.Fprintf(w, "  prompts   up to %s, %s\n", plural(d.MaxPrompt, "token"), d.split())
	fmt.Fprintf(w, "  answers   up to %s\n", plural(d.MaxCompletion, "token"))
	if d.BayesAccuracy != nil {
		fmt.Fprintf(w, "  compared  nobody can predict more than %.1f %% of the labels\n", 100**d.BayesAccuracy)
	}
	for _, o := range taskOptions(d.Task) {
		fmt.Fprintf(w, "  --set task.%s=%s  %s\n", o.Name, o.Default, o.Meaning)
	}
}

// split is how many of the prompts are kept from training.
func (d *textTask) split() string {
	if d.HeldOut == 0 {
		return "none held out"
	}
	return fmt.Sprintf("%g %% of them held out", 100*d.HeldOut)
}

// printExamples shows prompts, demonstrations and what they earn.
func (d *textTask) printExamples(w io.Writer) {
	rows := [][]string{{"prompt", "demonstration", "reward"}}
	for _, e := range d.Examples {
		rows = append(rows, []string{fmt.Sprintf("%q", e.Prompt), fmt.Sprintf("%q", e.Demonstration), fmt.Sprintf("%g", e.Reward)})
	}
	fmt.Fprintln(w)
	printTable(w, rows)
}

// completeTasks completes the name of a task in a shell.
func completeTasks(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, e := range task.List() {
		names = append(names, e.Spec.Name+"\t"+e.Spec.Summary)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
