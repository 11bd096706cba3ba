package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/record"
)

func newPipeline() *cobra.Command {
	c := &cobra.Command{
		Use:     "pipeline",
		Short:   "Run the stages of an alignment one after the other",
		Example: "  proximal pipeline rlhf preference",
		Args:    knownCommand,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newRLHF())
	return c
}

// rlhfFlags is what the user asks of the pipeline of reinforcement learning from
// human feedback.
type rlhfFlags struct {
	model   string
	seed    uint64
	run     string
	set     []string
	threads int
	json    bool
	quiet   bool
}

func newRLHF() *cobra.Command {
	f := &rlhfFlags{}
	c := &cobra.Command{
		Use:   "rlhf TASK",
		Short: "Imitate, learn a reward from comparisons, then optimise it, held back and not",
		Long: `Reinforcement learning from human feedback, with the human computed, in one
command: supervised fine-tuning, a reward model from comparisons of completions,
PPO against that reward model with a penalty on the divergence from the first
model, and the same PPO without the penalty. The figure shows what the reward
model says and what the task says, the gold reward, over the divergence: where the
one rises and the other falls, the reward model is being exploited.

Each stage is a run folder below --run. Settings come from the presets of the
task. --set changes those of all stages if they are the task's or the
evaluation's, those of one if they are in its own section or follow its name and
a colon.`,
		Example: `  proximal pipeline rlhf preference
  proximal pipeline rlhf preference --set ppo.penalty.target=3 --set reward:optim.learning_rate=1e-3`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeTasks,
		RunE: func(c *cobra.Command, args []string) error {
			p, err := f.pipeline(args[0])
			if err != nil {
				return unusable(err)
			}
			return p.run(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.model, "model", "", "size of the models, "+strings.Join(lm.Sizes(), ", ")+" (default: the preset's)")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of everything random in all stages")
	flags.StringVar(&f.run, "run", "", "folder for the runs, new or empty (default runs/TASK-rlhf-SEED)")
	addSet(c, &f.set, "ppo.clip=0.1 or reward:optim.learning_rate=1e-3")
	flags.IntVar(&f.threads, "threads", runtime.GOMAXPROCS(0), "threads to use; does not change the result")
	flags.BoolVar(&f.quiet, "quiet", false, "print no progress")
	addJSON(c, &f.json)
	return c
}

// The stages of the pipeline, by the names of their folders.
const (
	imitationStage = "sft"
	rewardStage    = "reward"
	heldBackStage  = "ppo"
	freeStage      = "unpenalized"
)

// rlhf is a pipeline that has been found to be possible.
type rlhf struct {
	*rlhfFlags
	task   string
	stages []*stage
}

// stage is one run of it.
type stage struct {
	*alignJob
	name    string
	summary *alignSummary // once it has run
}

// pipeline checks everything that was asked for.
func (f *rlhfFlags) pipeline(name string) (*rlhf, error) {
	if f.threads < 1 {
		return nil, fmt.Errorf("--threads %d: must be at least 1", f.threads)
	}
	if f.model != "" && !slices.Contains(lm.Sizes(), f.model) {
		_, err := lm.Sized(f.model, 2, 1)
		return nil, err
	}
	if f.run == "" {
		f.run = freeFolder(filepath.Join("runs", fmt.Sprintf("%s-rlhf-%d", name, f.seed)))
	}
	if err := record.CheckFolder(f.run); err != nil {
		return nil, err
	}
	p := &rlhf{rlhfFlags: f, task: name}
	for _, s := range []struct{ name, method string }{
		{imitationStage, "sft"}, {rewardStage, "reward"}, {heldBackStage, "ppo"}, {freeStage, "ppo"},
	} {
		one, err := p.stage(s.name, s.method)
		if err != nil {
			return nil, err
		}
		p.stages = append(p.stages, one)
	}
	t, err := task.Make(name, p.stages[0].settings.Task.Options)
	if err != nil {
		return nil, err
	}
	if _, ok := t.(task.Comparer); !ok {
		return nil, fmt.Errorf("task %s prefers no completion to another, so there is no reward to learn: preference and tilt do", name)
	}
	return p, p.check(t)
}

// check finds what a later stage would refuse, before the first one has cost anything.
// The models that stages leave to others have the size of the first one.
func (p *rlhf) check(t task.Task) error {
	size := p.stages[0].settings.Model.Start
	if !slices.Contains(lm.Sizes(), size) {
		return nil // a folder of the user's: the first stage will see
	}
	for _, s := range p.stages {
		if err := align.Check(s.settings.Method, t, align.Options{Steps: 1, Names: align.ModelSection{Start: size}}); err != nil {
			return fmt.Errorf("stage %s: %w", s.name, err)
		}
	}
	return nil
}

// stage settles the settings of a stage.
func (p *rlhf) stage(name, method string) (*stage, error) {
	if _, err := task.Make(p.task, nil); err != nil {
		return nil, err
	}
	s := &stage{name: name, alignJob: &alignJob{alignFlags: &alignFlags{
		run: filepath.Join(p.rlhfFlags.run, name), threads: p.threads,
	}}}
	var err error
	if s.settings, s.source, err = alignmentSettings(p.task, method); err != nil {
		return nil, err
	}
	set, err := p.assignments(method)
	if err != nil {
		return nil, err
	}
	if err := s.settings.Set(set); err != nil {
		return nil, err
	}
	if name == freeStage {
		if err := s.settings.Set([]string{"ppo.penalty.coefficient=0", "ppo.penalty.target=0"}); err != nil {
			return nil, err
		}
	}
	s.settings.Run.Seed = p.seed
	p.connect(s)
	return s, s.settings.Check()
}

// connect says what a stage starts from, and what rewards it.
func (p *rlhf) connect(s *stage) {
	m := &s.settings.Model
	if s.name == imitationStage {
		if p.model != "" {
			m.Start = p.model
		}
		return
	}
	m.Start = filepath.Join(p.rlhfFlags.run, imitationStage)
	if s.name != rewardStage {
		m.Reward = filepath.Join(p.rlhfFlags.run, rewardStage)
	}
}

// assignments are those of --set that are about stages of a method.
func (p *rlhf) assignments(method string) (set []string, err error) {
	methods := []string{"sft", "reward", "ppo"}
	for _, assignment := range p.set {
		name, rest, named := strings.Cut(assignment, ":")
		if !named || !slices.Contains(methods, name) {
			name, _, _ = strings.Cut(assignment, ".")
			rest = assignment
		}
		switch {
		case name == method, name == "task" || name == "eval":
			set = append(set, rest)
		case !slices.Contains(methods, name):
			return nil, fmt.Errorf("--set %s: of which stage? As in --set %s:%s", assignment, heldBackStage, assignment)
		}
	}
	return set, nil
}

// run runs the stages and draws the figure.
func (p *rlhf) run(ctx context.Context, out, errs io.Writer) error {
	talk := out
	if p.json {
		talk = errs
	}
	if p.quiet {
		talk = io.Discard
	}
	for i, s := range p.stages {
		fmt.Fprintf(talk, "stage %d of %d, %s: ", i+1, len(p.stages), s.name)
		if err := s.prepare(); err != nil {
			return fmt.Errorf("stage %s: %w", s.name, err)
		}
		var err error
		if s.summary, err = s.train(ctx, talk, errs); err != nil {
			fmt.Fprintf(errs, "the pipeline ended in stage %d of %d; the stages before it are complete in %s, and no later one has begun\n",
				i+1, len(p.stages), p.rlhfFlags.run)
			return fmt.Errorf("stage %s: %w", s.name, err)
		}
		fmt.Fprintln(talk)
	}
	r, err := p.report()
	if err != nil {
		return err
	}
	if err := r.draw(); err != nil {
		return err
	}
	r.print(talk)
	if p.json {
		return printJSON(out, r)
	}
	return nil
}
