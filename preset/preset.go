// Package preset holds tuned settings, by environment and algorithm, each with
// its source. It is an explicit table: a preset is one entry in the file of its
// algorithm.
package preset

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/train"
)

// Preset is tuned settings for an algorithm on an environment. It is immutable.
type Preset struct {
	Environment string // id
	Algorithm   string // name
	Name        string // of one that is taken only by its name; "" is the one to begin with
	Source      string // where the settings come from
	Steps       int    // environment steps that they are meant for
	Evaluation  train.Evaluation
	make        func() train.Editable
}

// Settings returns the preset as complete settings of a run with seed 1. They
// are the caller's own.
func (p Preset) Settings() *train.Settings {
	return settings(p.Environment, p.Algorithm, p.Steps, p.Evaluation, p.make())
}

func settings(environment, algorithm string, steps int, e train.Evaluation, a train.Editable) *train.Settings {
	return &train.Settings{
		Run:         train.RunSection{Algorithm: algorithm, Seed: 1, Steps: steps},
		Environment: train.EnvironmentSection{ID: environment},
		Algorithm:   a,
		Evaluation:  e,
	}
}

// presets are all there are.
var presets = slices.Concat(ppo, ppoBox2D, trpo, npg, a2c, reinforce, ppg)

// with makes an algorithm's defaults with changes.
func with[A any, E interface {
	*A
	train.Editable
}](defaults func() A, change func(*A)) func() train.Editable {
	return func() train.Editable {
		c := defaults()
		change(&c)
		return E(&c)
	}
}

// normalize turns on the normalisation of observations and rewards, which the
// sources do with a wrapper that has the agent's own γ.
func normalize(p *policy.Config, r *rollout.Config) {
	p.NormalizeObservation, r.NormalizeReward = true, true
}

// List returns all presets, by environment and then by algorithm.
func List() []Preset {
	all := slices.Clone(presets)
	slices.SortFunc(all, func(a, b Preset) int {
		return cmp.Or(cmp.Compare(a.Environment, b.Environment), cmp.Compare(a.Algorithm, b.Algorithm), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// Find returns the preset to begin with for an environment and an algorithm, if there
// is one.
func Find(environment, algorithm string) (p Preset, ok bool) {
	p, err := Named(environment, algorithm, "")
	return p, err == nil
}

// Named returns the preset for an environment and an algorithm that has a name. The
// error says which names there are.
func Named(environment, algorithm, name string) (Preset, error) {
	var names []string
	for _, p := range presets {
		if p.Environment != environment || p.Algorithm != algorithm {
			continue
		}
		if p.Name == name {
			return p, nil
		}
		if p.Name != "" {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return Preset{}, fmt.Errorf("%s with %s has no presets with names", environment, algorithm)
	}
	return Preset{}, config.Unknown("preset", name, names)
}

// Default returns an algorithm's own defaults as complete settings, for tasks
// without a preset. It fails if there is no such algorithm.
func Default(environment, algorithm string) (*train.Settings, error) {
	a, err := train.NewAlgorithm(algorithm)
	if err != nil {
		return nil, err
	}
	return settings(environment, algorithm, 1_000_000, train.DefaultEvaluation(), a), nil
}
