package preset

import (
	"maps"
	"slices"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/lm"
)

// named are the presets of alignment that are for any task and have a name of
// their own.
var named = map[string]Alignment{
	"roll": {
		Method: "ppo", Source: "alibaba/ROLL at 8eb27cc, roll/configs; docs/algorithms/ppo-lm.md", Steps: 500, Model: lm.Sizes()[0],
		Evaluation: align.DefaultEvaluation(),
		make:       method(align.DefaultROLL, func(*align.PPO) {}),
	},
}

// NamedAlignment returns a preset that is for any task, by its name, for the given
// one, if there is one of that name.
func NamedAlignment(name, task string) (a Alignment, ok bool) {
	a, ok = named[name]
	a.Task = task
	return a, ok
}

// NamedAlignments lists the names of the presets that are for any task.
func NamedAlignments() []string { return slices.Sorted(maps.Keys(named)) }
