package align

import (
	"context"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/record"
)

// Method is a complete set of settings for one way to align a language model, such
// as GRPO. It is plain data.
type Method interface {
	// Name is the method as commands and settings call it, such as "grpo".
	Name() string

	// sections returns copies of the settings, by section of config.toml.
	sections() sections

	// fit reports what the task or the models lack. The pool is not there yet, and the
	// model may be one that nobody has initialised.
	fit(w *workplace) error

	// start makes the learner of a run that fits.
	start(w *workplace) (learner, error)
}

// Editable is a method whose settings can be changed through Settings; a pointer to
// a method is.
type Editable interface {
	Method
	edit() sections
}

// sections points to the parts of a method's settings. Each is a struct.
type sections struct {
	Generate *lm.Sampling // how completions are drawn; nil: none are
	Optim    *Optim
	name     string
	own      any // [name]: the method itself
}

// learner is a method at work.
type learner interface {
	// iterate makes step number step, from 0. It adds what it saw to the row. After
	// an error the model is not to be used.
	iterate(ctx context.Context, step int, progress float64, row *record.Row) error

	// save writes the learner's own state into the folder of a checkpoint.
	save(folder string) error
}

// shower is a learner that has completions to show.
type shower interface {
	// samples returns some completions of the latest step.
	samples() []Sample
}

// examiner is a learner whose model is not examined by what it writes.
type examiner interface {
	// examine adds to the scores what it finds on held-out prompts.
	examine(ctx context.Context, s *Scores, prompts int) error
}

// methods are all there are: what makes the default settings of each.
var methods = []func() Editable{
	defaults(DefaultSFT),
	defaults(DefaultGRPO),
	defaults(DefaultPPO),
	defaults(DefaultReward),
	defaults(DefaultDPO),
}

// defaults turns a function that returns a method's default settings into one that
// returns them as an Editable.
func defaults[M any, E interface {
	*M
	Editable
}](of func() M) func() Editable {
	return func() Editable {
		m := of()
		return E(&m)
	}
}

// NewMethod returns the default settings of the method with the given name. The
// error for an unknown one names those there are.
func NewMethod(name string) (Editable, error) {
	for _, make := range methods {
		if m := make(); m.Name() == name {
			return m, nil
		}
	}
	return nil, config.Unknown("method", name, Methods())
}

// Methods lists the names of all methods.
func Methods() (names []string) {
	for _, make := range methods {
		names = append(names, make().Name())
	}
	return names
}
