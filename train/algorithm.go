// Package train walks the circle of policy optimisation: let the policy act,
// value what it did, improve it, again. Each algorithm is a struct of settings
// and a short program; Run does what they share: evaluation, records,
// checkpoints, an orderly end.
//
//	cfg := train.DefaultPPO()
//	result, err := train.Run(ctx, cfg, maker, train.Options{Seed: 1, Steps: 200_000, Dir: "runs/lift"})
package train

import (
	"errors"
	"fmt"

	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
)

// Algorithm is a complete set of settings for one way to train a policy, such
// as PPO. It is plain data.
type Algorithm interface {
	// Name is the algorithm as commands and settings call it, such as "ppo".
	Name() string

	// sections returns copies of the settings, by section of config.toml.
	sections() sections

	// start makes the learner of a run.
	start(w *workplace) learner
}

// Editable is an algorithm whose settings can be changed through Settings; a
// pointer to an algorithm is.
type Editable interface {
	Algorithm
	edit() sections
}

// sections points to the parts of an algorithm's settings. Each is a struct.
type sections struct {
	Rollout *rollout.Config
	Policy  *policy.Config
	Optim   any // [optim]: what the optimiser needs to know
	name    string
	own     any // [name]: the algorithm itself
}

// algorithms are all there are: what makes the default settings of each.
var algorithms = []func() Editable{
	defaults(DefaultPPO),
	defaults(DefaultTRPO),
	defaults(DefaultNPG),
	defaults(DefaultA2C),
	defaults(DefaultREINFORCE),
	defaults(DefaultPPG),
}

// defaults turns a function that returns an algorithm's default settings into
// one that returns them as an Editable.
func defaults[A any, E interface {
	*A
	Editable
}](of func() A) func() Editable {
	return func() Editable {
		a := of()
		return E(&a)
	}
}

// NewAlgorithm returns the default settings of the algorithm with the given
// name. The error for an unknown one names those there are.
func NewAlgorithm(name string) (Editable, error) {
	for _, make := range algorithms {
		if a := make(); a.Name() == name {
			return a, nil
		}
	}
	return nil, config.Unknown("algorithm", name, Algorithms())
}

// Algorithms lists the names of all algorithms.
func Algorithms() (names []string) {
	for _, make := range algorithms {
		names = append(names, make().Name())
	}
	return names
}

// workplace is what a learner works with.
type workplace struct {
	policy    *policy.Policy
	collector *rollout.Collector
	pool      *parallel.Pool
	seed      uint64
}

// learner is an algorithm at work.
type learner interface {
	// iterate gathers experience once and improves the policy with it. It adds
	// what it saw to the row. After an error the policy is not to be used.
	iterate(progress float64, row *record.Row) error

	// save adds the learner's own state to a checkpoint.
	save(c *checkpoint.Checkpoint) error
}

// saveAdam stores the state of an optimiser in a checkpoint.
func saveAdam(c *checkpoint.Checkpoint, a *optim.Adam) error { return putAdam(c, "adam", a) }

// putAdam stores the state of an optimiser under a name of its own.
func putAdam(c *checkpoint.Checkpoint, name string, a *optim.Adam) error {
	mean, square := a.Moments()
	c.PutFloat32(name+".mean", []int{len(mean)}, mean)
	c.PutFloat32(name+".square", []int{len(square)}, square)
	return c.Put(name+".steps", a.Steps())
}

// NumericalError reports an update that would have made the policy unusable.
// The policy in the last checkpoint is from before it. It is plain data.
type NumericalError struct {
	What      string // what is not finite
	Value     float64
	Epoch     int // of the update, from 1
	Minibatch int // of the epoch, from 1
}

// Error says what happened and what usually helps.
func (e *NumericalError) Error() string {
	return fmt.Sprintf("the %s became %v in epoch %d, minibatch %d of the update; a smaller optim.learning_rate, "+
		"optim.max_gradient_norm or normalised rewards usually help", e.What, e.Value, e.Epoch, e.Minibatch)
}

// locate completes an error with the place where it happened.
func locate(err error, epoch, minibatch int) error {
	var numerical *NumericalError
	if errors.As(err, &numerical) {
		numerical.Epoch, numerical.Minibatch = epoch, minibatch
	}
	return err
}
