package envtest

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// probeSteps is the length of a recording. It is enough for several episodes of
// most tasks, and short enough for one that runs in another process.
const probeSteps = 300

// probe makes the environments that one rule is checked on.
type probe struct {
	maker  env.Maker
	opened []env.Env
}

// open makes one environment, which close closes. An environment that cannot be
// made is a panic, except for the rule about making them.
func (p *probe) open() env.Env {
	e, err := p.tryOpen()
	if err != nil {
		panic(err)
	}
	return e
}

func (p *probe) tryOpen() (env.Env, error) {
	e, err := p.maker()
	if err != nil {
		return nil, fmt.Errorf("the maker failed: %w", err)
	}
	if e == nil {
		return nil, errors.New("the maker returned neither an environment nor an error")
	}
	p.opened = append(p.opened, e)
	return e, nil
}

// close closes every environment that can be closed. What they answer is for
// the rule about that to judge.
func (p *probe) close() {
	for _, e := range p.opened {
		if c, ok := env.As[io.Closer](e); ok {
			_ = c.Close()
		}
	}
}

// event is what one Reset or Step did.
type event struct {
	reset  bool
	obs    []float32
	reward float64
	end    env.Status
}

// driver takes an environment from step to step, resetting it where an episode
// ends, always with the same generator and with actions of its own drawing.
type driver struct {
	env     env.Env
	rng     *seed.Rand
	actions *actor
	spec    env.Spec
	ended   bool      // a reset is due
	chosen  []float32 // copy of the latest action

	// Where the memory of the next row and action comes from, and what happens
	// to it after they were used.
	row    func() []float32
	action func() []float32
	after  func(action, obs []float32) error
}

// drive prepares to drive e, with the seed for the environment's generator.
func drive(e env.Env, envSeed uint64) *driver {
	spec := e.Spec()
	return &driver{
		env:     e,
		rng:     seed.New(envSeed),
		actions: newActor(e),
		spec:    spec,
		ended:   true,
		row:     func() []float32 { return make([]float32, spec.Observation.Size()) },
		action:  func() []float32 { return make([]float32, spec.Action.Size()) },
		after:   func(_, _ []float32) error { return nil },
	}
}

// advance lets one Reset or Step happen. The action of a Reset is nil.
func (d *driver) advance() (v event, action, obs []float32) {
	obs = d.row()
	if d.ended {
		d.env.Reset(d.rng, obs)
		d.ended = false
		return event{reset: true}, nil, obs
	}
	action = d.action()
	d.actions.choose(action)
	d.chosen = append(d.chosen[:0], action...)
	v.reward, v.end = d.env.Step(action, obs)
	d.ended = v.end.Ended()
	return v, action, obs
}

// record drives for n events.
func (d *driver) record(n int) ([]event, error) {
	events := make([]event, n)
	for i := range events {
		v, action, obs := d.advance()
		v.obs = slices.Clone(obs) // since after may change it
		events[i] = v
		if err := d.after(action, obs); err != nil {
			return nil, fmt.Errorf("%s: %w", place(i), err)
		}
	}
	return events, nil
}

// mustRecord is record for a driver whose after cannot fail.
func (d *driver) mustRecord(n int) []event {
	events, _ := d.record(n)
	return events
}

// place names an event by its number.
func place(i int) string { return fmt.Sprintf("event %d (resets and steps, from 0)", i) }

// difference describes the first bit in which got differs from want, or returns
// nil.
func difference(got, want []event) error {
	for i, w := range want {
		g := got[i]
		if g.reset != w.reset || g.end != w.end {
			return fmt.Errorf("%s is %s, not %s", place(i), g.kind(), w.kind())
		}
		for k := range w.obs {
			if math.Float32bits(g.obs[k]) != math.Float32bits(w.obs[k]) {
				return fmt.Errorf("%s: element %d of the observation is %v, not %v", place(i), k, g.obs[k], w.obs[k])
			}
		}
		if math.Float64bits(g.reward) != math.Float64bits(w.reward) {
			return fmt.Errorf("%s: reward is %v, not %v", place(i), g.reward, w.reward)
		}
	}
	return nil
}

// kind is what happened at an event, in words.
func (v event) kind() string {
	if v.reset {
		return "a reset"
	}
	return "a step that left the episode " + v.end.String()
}

// actor draws actions: most as the space samples them, some at its corners, and
// only those that the environment allows. It draws from a generator of its own.
type actor struct {
	space   space.Space
	rng     *seed.Rand
	masker  env.Masker
	allowed []bool
	count   int
}

func newActor(e env.Env) *actor {
	a := &actor{space: e.Spec().Action, rng: seed.New(1)}
	if d, ok := a.space.(space.Discrete); ok {
		if a.masker, ok = env.As[env.Masker](e); ok {
			a.allowed = make([]bool, d.N)
		}
	}
	return a
}

// choose writes the next action.
func (a *actor) choose(action []float32) {
	a.count++
	if a.masker != nil {
		a.chooseAllowed(action)
		return
	}
	a.space.Sample(action, a.rng)
	if box, ok := a.space.(space.Box); ok {
		switch a.count % 8 {
		case 0:
			corner(action, box.Low)
		case 4:
			corner(action, box.High)
		}
	}
}

// corner replaces the elements of action that have a bound by it.
func corner(action, bound []float32) {
	for i, b := range bound {
		if !math.IsInf(float64(b), 0) {
			action[i] = b
		}
	}
}

// chooseAllowed draws until the action is allowed.
func (a *actor) chooseAllowed(action []float32) {
	start := a.space.(space.Discrete).Start
	a.masker.Mask(a.allowed)
	for range 1000 * len(a.allowed) {
		a.space.Sample(action, a.rng)
		if a.allowed[int(action[0])-start] {
			return
		}
	}
	panic("no action is allowed")
}
