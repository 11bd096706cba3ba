// Package env defines what an environment is: the contract that a task fulfils
// and a trainer relies on, the optional abilities a task may have, and what can be
// put around a task: a time limit, a stack of observations, a clock, and other
// bounds of actions.
//
// An environment is written once, by implementing three methods:
//
//	type Lift struct{ … }
//
//	func (l *Lift) Spec() env.Spec                                               { … }
//	func (l *Lift) Reset(rng *seed.Rand, obs []float32)                          { … }
//	func (l *Lift) Step(action, obs []float32) (reward float64, end env.Status)  { … }
//
// Package envtest checks that an implementation keeps the contract.
package env

import (
	"math"

	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// Env is one instance of a task. It is used by one goroutine at a time; two
// instances from the same Maker must not share state.
type Env interface {
	// Spec describes the task. It is constant over the life of the instance.
	Spec() Spec

	// Reset starts an episode and writes its first observation to obs, whose
	// length is Spec().Observation.Size(). All randomness of the episode comes
	// from rng: the environment keeps it until the next Reset and may draw from
	// it in Step. Every element of obs must be written.
	Reset(rng *seed.Rand, obs []float32)

	// Step applies action (length Spec().Action.Size(); a discrete action is
	// its number as a float32) and writes the next observation to obs. At the
	// end of an episode obs is the real final observation. The caller resets
	// before it steps again. action and obs belong to the caller and must not
	// be kept; every element of obs must be written.
	Step(action, obs []float32) (reward float64, end Status)
}

// Maker makes one more, independent instance of a task.
type Maker func() (Env, error)

// Status says whether, and how, a step ended the episode. It is a set of
// flags: a step can terminate and reach the time limit at once.
type Status uint8

const (
	// Running: the episode goes on.
	Running Status = 0
	// Terminated: the task itself is over; nothing follows, so the value of
	// the final observation is zero.
	Terminated Status = 1 << (iota - 1)
	// Truncated: the episode was cut from outside, as by a time limit; what
	// would have followed is estimated by the value of the final observation.
	Truncated
)

// Ended reports whether the episode is over, for whatever reason.
func (s Status) Ended() bool { return s != Running }

// Is reports whether all flags of want are set.
func (s Status) Is(want Status) bool { return s&want == want }

// String names the flags, for messages.
func (s Status) String() string {
	switch s {
	case Running:
		return "running"
	case Terminated:
		return "terminated"
	case Truncated:
		return "truncated"
	case Terminated | Truncated:
		return "terminated and truncated"
	}
	return "invalid status"
}

// Spec describes a task. It is plain data.
type Spec struct {
	ID          string      // for example "CartPole-v1"
	Observation space.Space // what Reset and Step write
	Action      space.Space // what Step accepts
	MaxSteps    int         // episodes are truncated after this many steps; 0: never
	// RewardThreshold is the mean return at which the task counts as solved;
	// NaN where none is defined.
	RewardThreshold float64
}

// NoThreshold is the RewardThreshold of a task that has none.
func NoThreshold() float64 { return math.NaN() }
