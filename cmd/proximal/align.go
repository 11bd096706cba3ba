package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/preset"
	"github.com/proximal-rl/proximal/record"
)

// alignFlags is what the user asks of the align command.
type alignFlags struct {
	model     string
	from      string
	reference string
	reward    string
	steps     int
	seed      uint64
	run       string
	preset    string
	config    string
	set       []string
	threads   int
	profile   string
	json      bool
	quiet     bool
}

func newAlign() *cobra.Command {
	f := &alignFlags{}
	c := &cobra.Command{
		Use:   "align METHOD TASK",
		Short: "Train a language model on a text task",
		Long: `Train a language model on a text task, evaluate it on held-out prompts, and keep
everything in a run folder: settings, metrics, sampled completions, the models of
the last and of the best evaluation, the learning curve.

The methods are ` + strings.Join(align.Methods(), ", ") + `. Settings come from the preset for task
and method, then --config, then --set. "proximal presets TASK --algo METHOD" prints
them all with their meaning, "proximal tasks" lists the tasks.`,
		Example: `  proximal align sft add
  proximal align grpo add --from runs/add-sft-1
  proximal align grpo add --from runs/add-sft-1 --seed 2 --set grpo.clip=0.1 --run runs/small-clip
  proximal align sft reverse --model micro --set task.length=8`,
		Args:              cobra.MaximumNArgs(2),
		ValidArgsFunction: completeAlignment,
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
	flags.StringVar(&f.model, "model", "", "size of a new model, "+strings.Join(lm.Sizes(), ", ")+", or the folder of a model to start from (default: the preset's)")
	flags.StringVar(&f.from, "from", "", "run folder whose last model to start from")
	flags.StringVar(&f.reference, "reference", "", "run or model folder of the reference (default: the model as it is at the start)")
	flags.StringVar(&f.reward, "reward", "", "run folder of the reward model that takes the place of the task's verifier")
	flags.IntVar(&f.steps, "steps", 0, "updates to make (default: the preset's)")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of everything random in the run")
	flags.StringVar(&f.run, "run", "", "run folder, new or empty (default runs/TASK-METHOD-SEED)")
	flags.StringVar(&f.preset, "preset", "", "preset for any task, in place of the task's own: "+strings.Join(preset.NamedAlignments(), ", "))
	flags.StringVar(&f.config, "config", "", "TOML file with settings")
	addSet(c, &f.set, "grpo.clip=0.1 or task.digits=3")
	flags.IntVar(&f.threads, "threads", runtime.GOMAXPROCS(0), "threads to use; does not change the result")
	flags.StringVar(&f.profile, "cpuprofile", "", "file for a CPU profile, to look at with \"go tool pprof\"; replaced if it exists")
	flags.BoolVar(&f.quiet, "quiet", false, "print no progress")
	addJSON(c, &f.json)
	return c
}

// alignJob is a run of align that has been found to be possible.
type alignJob struct {
	*alignFlags
	settings *align.Settings
	source   string // of the settings
	task     task.Task
	options  align.Options
}

// job checks everything that was asked for.
func (f *alignFlags) job(c *cobra.Command, args []string) (*alignJob, error) {
	j := &alignJob{alignFlags: f}
	if f.threads < 1 {
		return nil, fmt.Errorf("--threads %d: must be at least 1", f.threads)
	}
	if err := j.choose(c, args); err != nil {
		return nil, err
	}
	if err := j.adjust(c); err != nil {
		return nil, err
	}
	if err := j.prepare(); err != nil {
		return nil, err
	}
	if f.run == "" {
		f.run = freeFolder(filepath.Join("runs", fmt.Sprintf("%s-%s-%d",
			j.settings.Task.Name, j.settings.Run.Method, j.settings.Run.Seed)))
	}
	return j, record.CheckFolder(f.run)
}

// choose finds the settings to begin with: a complete file, or the preset.
func (j *alignJob) choose(c *cobra.Command, args []string) error {
	var file []byte
	named := &align.Settings{}
	if j.config != "" {
		var err error
		if file, err = os.ReadFile(j.config); err != nil {
			return fmt.Errorf("--config: %w", err)
		}
		if named, err = align.PeekSettings(file, j.config); err != nil {
			return err
		}
	}
	method, err := agree("method", args[:min(1, len(args))], named.Run.Method, j.config)
	if err != nil {
		return err
	}
	if method == "" {
		return fmt.Errorf("which method? There are: %s", strings.Join(align.Methods(), ", "))
	}
	name, err := agree("task", args[min(1, len(args)):], named.Task.Name, j.config)
	if err != nil {
		return err
	}
	if name == "" {
		return fmt.Errorf("which task? \"proximal tasks\" lists them")
	}
	if _, err := task.Make(name, nil); err != nil {
		return err
	}
	if err := j.begin(name, method); err != nil {
		return err
	}
	if file != nil {
		j.source = j.config
		return j.settings.Decode(file, j.config)
	}
	return nil
}

// begin takes the settings of the preset that is asked for, or the task's.
func (j *alignJob) begin(name, method string) (err error) {
	if j.preset == "" {
		j.settings, j.source, err = alignmentSettings(name, method)
		return err
	}
	p, ok := preset.NamedAlignment(j.preset, name)
	if !ok {
		return config.Unknown("preset", j.preset, preset.NamedAlignments())
	}
	if p.Method != method {
		return fmt.Errorf("--preset %s: is for %s, not for %s", j.preset, p.Method, method)
	}
	j.settings, j.source = p.Settings(), p.Source
	return nil
}

// alignmentSettings returns the preset for a task and a method or, if there is
// none, the method's defaults, and says which.
func alignmentSettings(name, method string) (s *align.Settings, source string, err error) {
	if p, ok := preset.FindAlignment(name, method); ok {
		return p.Settings(), p.Source, nil
	}
	s, err = preset.DefaultAlignment(name, method)
	return s, fmt.Sprintf("no preset for %s with %s: the method's defaults", name, method), err
}

// adjust applies --set and the flags that are settings, and checks the result.
func (j *alignJob) adjust(c *cobra.Command) error {
	name, changed := j.settings.Task.Name, c.Flags().Changed
	if err := j.settings.Set(j.set); err != nil {
		return err
	}
	if changed("steps") {
		j.settings.Run.Steps = j.steps
	}
	if changed("seed") {
		j.settings.Run.Seed = j.seed
	}
	if changed("model") && changed("from") {
		return fmt.Errorf("--model and --from both say what to start from: one of them")
	}
	m := &j.settings.Model
	for _, f := range []struct {
		name, value string
		setting     *string
	}{
		{"model", j.model, &m.Start}, {"from", j.from, &m.Start},
		{"reference", j.reference, &m.Reference}, {"reward", j.reward, &m.Reward},
	} {
		if changed(f.name) {
			*f.setting = f.value
		}
	}
	if s := j.settings; s.Run.Method != s.Method.Name() || s.Task.Name != name {
		return fmt.Errorf("--set cannot change the task or the method: name them as arguments")
	}
	return j.settings.Check()
}

// prepare makes the task and loads the models.
func (j *alignJob) prepare() error {
	s := j.settings
	var err error
	if j.task, err = task.Make(s.Task.Name, s.Task.Options); err != nil {
		return err
	}
	o := &j.options
	*o = align.Options{
		Seed: s.Run.Seed, Steps: s.Run.Steps, Threads: j.threads,
		Names: s.Model, TaskOptions: s.Task.Options, Evaluation: s.Evaluation,
	}
	if !slices.Contains(lm.Sizes(), s.Model.Start) {
		folder, err := startingFolder(s.Model.Start)
		if err != nil {
			return fmt.Errorf("model to start from: %w", err)
		}
		if o.Model, o.Tokenizer, err = align.LoadModel(folder); err != nil {
			return fmt.Errorf("model to start from: %w", err)
		}
	}
	if o.Reference, err = loadCompanion("reference", s.Model.Reference); err != nil {
		return err
	}
	if o.Reward, err = loadCompanion("reward model", s.Model.Reward); err != nil {
		return err
	}
	return align.Check(s.Method, j.task, *o)
}

// startingFolder is the folder of the model to start from. What is no folder may
// be a size that was misspelled.
func startingFolder(start string) (string, error) {
	if !exists(start) && !strings.ContainsAny(start, `/\`) {
		return "", fmt.Errorf("there is no such folder; %w", config.Unknown("model", start, lm.Sizes()))
	}
	return modelFolder(start)
}

// loadCompanion loads a model that stands beside the one that learns; nil if none
// is named.
func loadCompanion(role, path string) (*lm.Model, error) {
	if path == "" {
		return nil, nil
	}
	folder, err := modelFolder(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", role, err)
	}
	m, err := lm.Load(folder)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", role, err)
	}
	return m, nil
}

// completeAlignment completes the name of a method, and then that of a task, in a
// shell.
func completeAlignment(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return align.Methods(), cobra.ShellCompDirectiveNoFileComp
	case 1:
		return completeTasks(c, nil, begun)
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}
