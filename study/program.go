package study

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/preset"
	"github.com/proximal-rl/proximal/train"
)

// program is what a run of a sweep does: its settings, as far as a sweep needs to
// know them.
type program interface {
	Set(assignments []string) error
	Check() error
	Encode() ([]byte, error)

	// budget settles seed and steps, 0 being the preset's, and returns the steps.
	budget(seed uint64, steps int) int
	// measured fails if there is nothing to compare in the end.
	measured() error
	// reserved says whether an assignment is one that the sweep decides on.
	reserved(assignment string) bool
	// after makes config.toml that of a run which starts from what another ended with.
	after(config []byte, from *Cell) ([]byte, error)
}

// programOf is the preset for an algorithm on an environment, or for a method on a
// text task; otherwise the defaults of either.
func programOf(id, algorithm string) (program, error) {
	if IsTask(id) {
		if p, ok := preset.FindAlignment(id, algorithm); ok {
			return language{p.Settings()}, nil
		}
		s, err := preset.DefaultAlignment(id, algorithm)
		return language{s}, err
	}
	if p, ok := preset.Find(id, algorithm); ok {
		return control{p.Settings()}, nil
	}
	s, err := preset.Default(id, algorithm)
	return control{s}, err
}

// IsTask reports whether an id is that of a text task; otherwise it is an
// environment's.
func IsTask(id string) bool {
	return slices.ContainsFunc(task.List(), func(e task.Entry) bool { return e.Spec.Name == id })
}

// control is the training of a policy.
type control struct{ *train.Settings }

func (c control) budget(seed uint64, steps int) int {
	c.Run.Seed = seed
	if steps > 0 {
		c.Run.Steps = steps
	}
	return c.Run.Steps
}

func (c control) measured() error {
	if c.Evaluation.FinalEpisodes == 0 {
		return fmt.Errorf("eval.final_episodes = 0: must be at least 1, because final evaluations are compared")
	}
	return nil
}

// after gives the run the settings of the policy that it starts from.
func (c control) after(config []byte, from *Cell) ([]byte, error) {
	return withSection(config, from.Config, "policy"), nil
}

func (c control) reserved(assignment string) bool {
	return strings.HasPrefix(assignment, "env.id=") || strings.HasPrefix(assignment, "run.")
}

// language is the alignment of a language model.
type language struct{ *align.Settings }

func (l language) budget(seed uint64, steps int) int {
	l.Run.Seed = seed
	if steps > 0 {
		l.Run.Steps = steps
	}
	return l.Run.Steps
}

func (l language) measured() error {
	if l.Evaluation.FinalPrompts == 0 {
		return fmt.Errorf("eval.final_prompts = 0: must be at least 1, because final evaluations are compared")
	}
	return nil
}

func (l language) after(_ []byte, from *Cell) ([]byte, error) {
	l.Model.Start = from.Dir
	return l.Encode()
}

func (l language) reserved(assignment string) bool {
	return strings.HasPrefix(assignment, "task.name=") || strings.HasPrefix(assignment, "run.")
}
