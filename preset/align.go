package preset

import (
	"cmp"
	"slices"

	"github.com/proximal-rl/proximal/align"
)

// Alignment is tuned settings for a method on a text task. It is immutable.
type Alignment struct {
	Task, Method string // names
	Source       string // where the settings come from
	Steps        int    // updates that they are meant for
	Model        string // size of the model that they are meant for
	Evaluation   align.Evaluation
	make         func() align.Editable
}

// Settings returns the preset as complete settings of a run with seed 1. They are
// the caller's own.
func (a Alignment) Settings() *align.Settings {
	return alignment(a.Task, a.Method, a.Model, a.Steps, a.Evaluation, a.make())
}

func alignment(task, method, model string, steps int, e align.Evaluation, m align.Editable) *align.Settings {
	return &align.Settings{
		Run:        align.RunSection{Method: method, Seed: 1, Steps: steps},
		Task:       align.TaskSection{Name: task},
		Model:      align.ModelSection{Start: model},
		Method:     m,
		Evaluation: e,
	}
}

// alignments are all there are.
var alignments = slices.Concat(sft, grpo, languagePPO, preferences)

// method makes a method's defaults with changes.
func method[M any, E interface {
	*M
	align.Editable
}](defaults func() M, change func(*M)) func() align.Editable {
	return func() align.Editable {
		m := defaults()
		change(&m)
		return E(&m)
	}
}

// Alignments returns all presets of language models, by task and then by method.
func Alignments() []Alignment {
	all := slices.Clone(alignments)
	slices.SortFunc(all, func(a, b Alignment) int {
		return cmp.Or(cmp.Compare(a.Task, b.Task), cmp.Compare(a.Method, b.Method))
	})
	return all
}

// FindAlignment returns the preset for a task and a method, if there is one.
func FindAlignment(task, method string) (a Alignment, ok bool) {
	for _, a := range alignments {
		if a.Method == method && a.Task == task {
			return a, true
		}
	}
	return Alignment{}, false
}

// DefaultAlignment returns a method's own defaults as complete settings, for tasks
// without a preset. It fails if there is no such method.
func DefaultAlignment(task, method string) (*align.Settings, error) {
	m, err := align.NewMethod(method)
	if err != nil {
		return nil, err
	}
	return alignment(task, method, "nano", 500, align.DefaultEvaluation(), m), nil
}
