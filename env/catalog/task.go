package catalog

import (
	"strings"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/env"
)

// task is a row of the table.
type task struct {
	summary   string
	defaults  any // settings of the task's options
	configure func(options map[string]any) (env.Maker, error)
}

// settings are a task's own options O and those that every task has.
type settings[O any] struct {
	Own             O   `toml:",inline"`
	MaxEpisodeSteps int `toml:"max_episode_steps" range:"[-1, 1e9]"`
}

// newTask makes a row from the task's usual limit, its default options and its
// constructor.
func newTask[O any](summary string, limit int, defaults O, create func(O) env.Env) task {
	usual := settings[O]{Own: defaults, MaxEpisodeSteps: limit}
	return task{
		summary:  summary,
		defaults: usual,
		configure: func(options map[string]any) (env.Maker, error) {
			set := usual
			if err := config.SetMap(&set, "env", options); err != nil {
				return nil, err
			}
			return func() (env.Env, error) { return limited(create(set.Own), set.MaxEpisodeSteps), nil }, nil
		},
	}
}

// limited returns e with a time limit if there is to be one.
func limited(e env.Env, steps int) env.Env {
	if steps <= 0 {
		return e
	}
	return env.Limit(e, steps)
}

// spec is the task's spec with default options.
func (t task) spec() env.Spec {
	maker, err := t.configure(nil)
	if err != nil {
		panic("catalog: default options are not valid")
	}
	e, err := maker()
	if err != nil {
		panic("catalog: task does not start with default options")
	}
	return e.Spec()
}

// options lists the task's options.
func (t task) options() []Option {
	text, err := config.Encode(t.defaults, nil)
	if err != nil {
		panic("catalog: default options have no TOML")
	}
	var list []Option
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		list = append(list, Option{Name: name, Default: value, Meaning: meanings[name]})
	}
	return list
}
