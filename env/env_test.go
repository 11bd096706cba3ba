package env_test

import (
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/envtest"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// counter counts its steps and terminates after the given number of them.
type counter struct {
	steps, last int
	own         int // limit of its own
	rng         *seed.Rand
}

func (c *counter) Spec() env.Spec {
	return env.Spec{
		ID:              "Counter",
		Observation:     space.NewBox([]float32{0}, []float32{1e6}),
		Action:          space.NewDiscrete(2),
		MaxSteps:        c.own,
		RewardThreshold: env.NoThreshold(),
	}
}

func (c *counter) Reset(rng *seed.Rand, obs []float32) {
	c.steps, c.rng = 0, rng
	obs[0] = 0
}

func (c *counter) Step(_, obs []float32) (float64, env.Status) {
	c.steps++
	obs[0] = float32(c.steps)
	if c.steps == c.last {
		return c.rng.Float64(), env.Terminated
	}
	return c.rng.Float64(), env.Running
}

// saved is a counter with snapshots.
type saved struct{ counter }

func (s *saved) Snapshot() ([]byte, error) { return []byte{byte(s.steps)}, nil }

func (s *saved) Restore(snapshot []byte, rng *seed.Rand) error {
	if len(snapshot) != 1 {
		return errors.New("snapshot of a counter is one byte")
	}
	s.steps, s.rng = int(snapshot[0]), rng
	return nil
}

// episode returns the status of each step up to the end.
func episode(e env.Env) (all []env.Status) {
	obs := make([]float32, 1)
	e.Reset(seed.New(0), obs)
	for len(all) == 0 || !all[len(all)-1].Ended() {
		_, end := e.Step([]float32{0}, obs)
		all = append(all, end)
	}
	return all
}

func TestStatus(t *testing.T) {
	for status, want := range map[env.Status]string{
		env.Running:                    "running",
		env.Terminated:                 "terminated",
		env.Truncated:                  "truncated",
		env.Terminated | env.Truncated: "terminated and truncated",
		4:                              "invalid status",
	} {
		if got := status.String(); got != want {
			t.Errorf("status %d is %q, want %q", status, got, want)
		}
		if status.Ended() != (status != 0) {
			t.Errorf("status %d: Ended is %v", status, status.Ended())
		}
	}
	if both := env.Terminated | env.Truncated; !both.Is(env.Truncated) || env.Terminated.Is(both) {
		t.Error("Is must hold for the flags that are set and only for them")
	}
}

func TestLimit(t *testing.T) {
	const r, te, tr = env.Running, env.Terminated, env.Truncated
	for _, c := range []struct {
		name        string
		last, limit int
		want        []env.Status
	}{
		{"reaches the limit", 9, 3, []env.Status{r, r, tr}},
		{"terminates before", 2, 3, []env.Status{r, te}},
		{"terminates at the limit", 3, 3, []env.Status{r, r, te | tr}},
		{"one step", 9, 1, []env.Status{tr}},
	} {
		e := env.Limit(&counter{last: c.last}, c.limit)
		for range 2 { // the count starts again with each episode
			if got := episode(e); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
	}
}

func TestLimitKeepsTheShorterLimit(t *testing.T) {
	for _, c := range []struct{ own, limit, want int }{{0, 7, 7}, {5, 7, 5}, {9, 7, 7}} {
		spec := env.Limit(&counter{own: c.own}, c.limit).Spec()
		if spec.MaxSteps != c.want || spec.ID != "Counter" {
			t.Errorf("limit %d around %d: spec is %+v, want MaxSteps %d", c.limit, c.own, spec, c.want)
		}
	}
}

func TestLimitKeepsTheContract(t *testing.T) {
	for name, maker := range map[string]env.Maker{
		"plain":    func() (env.Env, error) { return env.Limit(&counter{last: 13}, 5), nil },
		"snapshot": func() (env.Env, error) { return env.Limit(&saved{counter{last: 13}}, 7), nil },
		"twice":    func() (env.Env, error) { return env.Limit(env.Limit(&saved{counter{last: 4}}, 9), 4), nil },
	} {
		t.Run(name, func(t *testing.T) { envtest.Run(t, maker, envtest.ZeroAllocation()) })
	}
}

func TestLimitIsSnapshotterOnlyIfItsInnerOneIs(t *testing.T) {
	if _, ok := env.As[env.Snapshotter](env.Limit(&counter{}, 5)); ok {
		t.Error("a limit around an environment without snapshots has them")
	}
	limited := env.Limit(&saved{}, 5)
	if s, ok := env.As[env.Snapshotter](limited); !ok || any(s) != any(limited) {
		t.Error("a limit around an environment with snapshots must save its own count too")
	}
}

func TestLimitRefusesSnapshots(t *testing.T) {
	e := env.Limit(&saved{counter{last: 99}}, 5)
	episode(e)
	s, _ := env.As[env.Snapshotter](e)
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	shorter, _ := env.As[env.Snapshotter](env.Limit(&saved{}, 4))
	for _, c := range []struct {
		by       env.Snapshotter
		snapshot []byte
		want     string
	}{
		{s, snapshot[:7], "7 bytes"},
		{s, snapshot[:8], "one byte"},
		{shorter, snapshot, "step 5, but episodes end after 4"},
	} {
		if err := c.by.Restore(c.snapshot, seed.New(0)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want one with %q", err, c.want)
		}
	}
}

// numbered is a counter whose actions are numbers, with an ability.
type numbered struct {
	counter
	taken  []int
	closed bool
}

func (n *numbered) Step(action int, obs []float32) (float64, env.Status) {
	n.taken = append(n.taken, action)
	return n.counter.Step(nil, obs)
}

func (n *numbered) Close() error {
	n.closed = true
	return nil
}

func TestFromDiscrete(t *testing.T) {
	inner := &numbered{}
	e := env.FromDiscrete(inner)
	obs := make([]float32, 1)
	e.Reset(seed.New(0), obs)
	e.Step([]float32{1}, obs)
	e.Step([]float32{0}, obs)
	if !slices.Equal(inner.taken, []int{1, 0}) || obs[0] != 2 {
		t.Errorf("actions %v and observation %v, want [1 0] and [2]", inner.taken, obs)
	}
	if e.Spec().ID != "Counter" {
		t.Errorf("spec is %+v", e.Spec())
	}
}

func TestAsLooksThroughWrappers(t *testing.T) {
	inner := &numbered{}
	e := env.Limit(env.Limit(env.FromDiscrete(inner), 5), 3)
	c, ok := env.As[io.Closer](e)
	if !ok {
		t.Fatal("the innermost environment can be closed, but As does not find that")
	}
	if err := c.Close(); err != nil || !inner.closed {
		t.Errorf("closing: %v, closed %v", err, inner.closed)
	}
	if m, ok := env.As[env.Masker](e); ok {
		t.Errorf("As found a Masker where there is none: %v", m)
	}
	if self, ok := env.As[env.Env](e); !ok || self != e {
		t.Error("As must look at the outermost environment first")
	}
}

func TestMisusePanics(t *testing.T) {
	for want, misuse := range map[string]func(){
		"env: limit must be positive":                                         func() { env.Limit(&counter{}, 0) },
		"env: actions of a DiscreteEnv must be a space.Discrete":              func() { env.FromDiscrete(boxed{}) },
		"env: a stack must have a frame":                                      func() { env.FrameStack(&counter{}, 0, env.PadZero) },
		"env: observations in a stack must be a space.Box":                    func() { env.FrameStack(&pointed{}, 1, env.PadZero) },
		"env: observations with the time must be a space.Box":                 func() { env.TimeAware(&pointed{}, env.ClockSteps) },
		"env: time needs an environment with a limit":                         func() { env.TimeAware(&counter{}, env.ClockSteps) },
		"env: actions that are clipped must be a space.Box":                   func() { env.ClipAction(&counter{}) },
		"env: actions that are rescaled must be a space.Box of the same size": func() { env.RescaleAction(&arm{}, space.Bounded(-1, 1, 2)) },
		"env: bounds between which actions are rescaled must differ":          func() { env.RescaleAction(&arm{}, space.Bounded(1, 1)) },
		"env: infinite bounds of actions cannot be rescaled":                  func() { env.RescaleAction(&arm{}, space.Bounded(0, float32(math.Inf(1)))) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic is %v, want %q", got, want)
				}
			}()
			misuse()
		}()
	}
}

// boxed is a numbered environment whose action space is not one of numbers.
type boxed struct{ numbered }

func (boxed) Spec() env.Spec { return env.Spec{Action: space.NewBox([]float32{0}, []float32{1})} }

func (boxed) Step(_ int, _ []float32) (float64, env.Status) { return 0, env.Running }
func (boxed) Reset(_ *seed.Rand, _ []float32)               {}
