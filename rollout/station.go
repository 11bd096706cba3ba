package rollout

import (
	"errors"
	"fmt"
	"io"
	"math"
	"runtime/debug"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
)

// Episode is one that has ended. It is plain data.
type Episode struct {
	Return float64 // sum of the rewards as the environment gave them
	Length int     // steps
}

// station is one environment with the episode it is in.
type station struct {
	env      env.Env
	failer   env.Failer       // nil if the environment cannot break
	run      uint64           // seed of the run, for messages
	index    int              // number of the environment
	world    *seed.Rand       // what the environment draws from
	choices  *seed.Rand       // what actions are drawn from
	action   []float32        // what the environment is given
	explorer *policy.Explorer // draws the actions of rollouts; a Player's are its actor's

	current  Episode
	started  int // episodes begun
	finished []Episode

	cutAt []int     // steps t of this rollout that truncated the episode
	cut   []float32 // the real final observations there, one row each
}

func newStation(e env.Env, run uint64, index int) *station {
	s := &station{
		env: e, run: run, index: index,
		world:   seed.Stream(run, "environment", index),
		choices: seed.Stream(run, "action", index),
		action:  make([]float32, e.Spec().Action.Size()),
	}
	s.failer, _ = env.As[env.Failer](e)
	return s
}

// reset starts an episode and writes its first observation.
func (s *station) reset(obs []float32) error {
	s.current = Episode{}
	s.started++
	poison(obs)
	s.env.Reset(s.world, obs)
	return s.check(obs, 0)
}

// step acts and writes the next observation. If the episode ends, that is the
// real final one.
func (s *station) step(obs []float32) (reward float64, end env.Status, err error) {
	poison(obs)
	s.current.Length++
	reward, end = s.env.Step(s.action, obs)
	s.current.Return += reward
	return reward, end, s.check(obs, reward)
}

// check reports observations and rewards that are not finite, elements that
// were never written, and environments that say that they are broken.
func (s *station) check(obs []float32, reward float64) error {
	if s.failer != nil {
		if err := s.failer.Err(); err != nil {
			return s.failure(err)
		}
	}
	if math.IsNaN(reward) || math.IsInf(reward, 0) {
		return s.failure(fmt.Errorf("the reward is %v", reward))
	}
	for i, x := range obs {
		if x-x != 0 { // NaN or infinite
			if math.Float32bits(x) == poisoned {
				return s.failure(fmt.Errorf("element %d of the observation was not written", i))
			}
			return s.failure(fmt.Errorf("element %d of the observation is %v", i, x))
		}
	}
	return nil
}

// poisoned is a NaN that no computation produces. Observations are filled with
// it before the environment writes them.
const poisoned = 0x7fc5a5a5

func poison(obs []float32) {
	nan := math.Float32frombits(poisoned)
	for i := range obs {
		obs[i] = nan
	}
}

// Failure says which environment broke, when, and why. It is plain data.
type Failure struct {
	Environment string // id
	Index       int    // number of the environment, from 0
	Seed        uint64 // of the run
	Episode     int    // of this environment, from 1
	Step        int    // of the episode, from 1; 0: its reset
	Err         error  // what is wrong
	Stack       []byte // of the goroutine, if the environment panicked
}

// Error names everything needed to come back to the same place.
func (f *Failure) Error() string {
	when := fmt.Sprintf("step %d", f.Step)
	if f.Step == 0 {
		when = "the reset"
	}
	return fmt.Sprintf("environment %s (number %d, seed %d) failed at %s of its episode %d: %v",
		f.Environment, f.Index, f.Seed, when, f.Episode, f.Err)
}

// Unwrap returns what is wrong.
func (f *Failure) Unwrap() error { return f.Err }

func (s *station) failure(err error) *Failure {
	return &Failure{
		Environment: s.env.Spec().ID,
		Index:       s.index,
		Seed:        s.run,
		Episode:     s.started,
		Step:        s.current.Length,
		Err:         err,
	}
}

// guard turns a panic of the environment at work into a Failure. It is deferred
// by whoever steps stations; *working is nil while none is at work.
func guard(working **station, err *error) {
	s := *working
	if s == nil {
		return
	}
	if reason := recover(); reason != nil {
		f := s.failure(fmt.Errorf("panic: %v", reason))
		f.Stack = debug.Stack()
		*err = f
	}
}

// close releases the environment if it holds anything.
func (s *station) close() error {
	if c, ok := env.As[io.Closer](s.env); ok {
		return c.Close()
	}
	return nil
}

// closeAll closes every station and joins the errors.
func closeAll(stations []*station) error {
	var errs []error
	for _, s := range stations {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}
