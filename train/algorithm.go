// Package train walks the circle of policy optimisation: let the policy act,
// value what it did, improve it, again. Each algorithm is a struct of settings
// and a short program; Run does what they share: evaluation, records,
// checkpoints, an orderly end.
//
//	cfg := train.DefaultPPO()
//	result, err := train.Run(ctx, cfg, maker, train.Options{Seed: 1, Steps: 200_000, Dir: "runs/lift"})
package train

import (
	"fmt"

	"github.com/proximal-rl/proximal/checkpoint"
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

// sections points to the parts of an algorithm's settings. The one of the
// algorithm itself is the only one of those at the end that is not nil.
type sections struct {
	Rollout *rollout.Config
	Policy  *policy.Config
	Optim   *optim.Config
	PPO     *PPO
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
