package env_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/env/envtest"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// wrappers are those that Gymnasium has too, by the names in
// testdata/wrappers.json.
var wrappers = map[string]func(env.Env) env.Env{
	"stack, reset":       func(e env.Env) env.Env { return env.FrameStack(e, 3, env.PadReset) },
	"stack, zero":        func(e env.Env) env.Env { return env.FrameStack(e, 3, env.PadZero) },
	"time, steps":        func(e env.Env) env.Env { return env.TimeAware(e, env.ClockSteps) },
	"time, fraction":     func(e env.Env) env.Env { return env.TimeAware(e, env.ClockFraction) },
	"clip":               env.ClipAction,
	"rescale to [-1, 1]": func(e env.Env) env.Env { return env.RescaleAction(e, space.Bounded(-1, 1)) },
	"rescale to [-0.3, 2.5]": func(e env.Env) env.Env {
		return env.RescaleAction(e, space.Bounded(-0.3, 2.5))
	},
}

// run is what Gymnasium did with a wrapper, recorded by tools/fixtures/env.py.
type run struct {
	Wrapper, Task string
	Limit         int
	Obs, Actions  []golden.Float32s
	Rewards       golden.Float64s
	End           []env.Status
}

func readRuns(t *testing.T) []run {
	t.Helper()
	var recording struct {
		Versions map[string]string
		Runs     []run
	}
	golden.Read(t, "testdata/wrappers.json", &recording)
	if len(recording.Runs) != len(wrappers) {
		t.Fatalf("%d wrappers were recorded, want %d", len(recording.Runs), len(wrappers))
	}
	return recording.Runs
}

// wrapped makes the environment of a run.
func (r run) wrapped(t *testing.T) env.Maker {
	t.Helper()
	wrap, ok := wrappers[r.Wrapper]
	maker, err := catalog.Make(r.Task, map[string]any{"max_episode_steps": r.Limit})
	if err != nil || !ok {
		t.Fatalf("%s around %s: %v", r.Wrapper, r.Task, err)
	}
	return func() (env.Env, error) {
		e, err := maker()
		if err != nil {
			return nil, err
		}
		return wrap(e), nil
	}
}

func TestWrappersDoAsGymnasiums(t *testing.T) {
	for _, r := range readRuns(t) {
		e, err := r.wrapped(t)()
		if err != nil {
			t.Fatal(err)
		}
		rng, obs, rows := seed.New(0), make([]float32, e.Spec().Observation.Size()), r.Obs
		expect := func(step int) {
			if !slices.Equal(obs, rows[0]) {
				t.Fatalf("%s: observation after step %d is %v, want %v", r.Wrapper, step, obs, rows[0])
			}
			rows = rows[1:]
		}
		e.Reset(rng, obs)
		expect(-1)
		for step, action := range r.Actions {
			reward, end := e.Step(action, obs)
			expect(step)
			if reward != r.Rewards[step] || end != r.End[step] {
				t.Fatalf("%s: step %d: reward %v, %v; want %v, %v", r.Wrapper, step, reward, end, r.Rewards[step], r.End[step])
			}
			if end.Ended() {
				e.Reset(rng, obs)
				expect(step)
			}
		}
	}
}

func TestWrappersKeepTheContract(t *testing.T) {
	for _, r := range readRuns(t) {
		t.Run(r.Wrapper, func(t *testing.T) { envtest.Run(t, r.wrapped(t), envtest.ZeroAllocation()) })
	}
	t.Run("all", func(t *testing.T) {
		maker, err := catalog.Make("Pendulum-v1", nil)
		if err != nil {
			t.Fatal(err)
		}
		envtest.Run(t, func() (env.Env, error) {
			e, err := maker()
			if err != nil {
				return nil, err
			}
			e = env.TimeAware(env.Limit(e, 21), env.ClockFraction)
			return env.FrameStack(env.ClipAction(env.RescaleAction(e, space.Bounded(-1, 1))), 4, env.PadZero), nil
		}, envtest.ZeroAllocation())
	})
}

// TestWrappersLeaveAbilitiesVisible looks for those that a pendulum has, and for
// snapshots that none of its wrappers may lose.
func TestWrappersLeaveAbilitiesVisible(t *testing.T) {
	for name, wrap := range wrappers {
		if _, ok := env.As[env.Snapshotter](wrap(&arm{counter: counter{own: 9}})); ok {
			t.Errorf("%s around an environment without snapshots has them", name)
		}
		maker, err := catalog.Make("Pendulum-v1", nil)
		if err != nil {
			t.Fatal(err)
		}
		inner, err := maker()
		if err != nil {
			t.Fatal(err)
		}
		e := wrap(inner)
		if _, ok := env.As[env.Snapshotter](e); !ok {
			t.Errorf("%s loses snapshots", name)
		}
		if _, ok := env.As[env.Renderer](e); !ok {
			t.Errorf("%s loses pictures", name)
		}
	}
}

// arm is a counter with real actions, the latest of which it keeps.
type arm struct {
	counter
	bounds space.Box // of the action; [-1, 1] if there are none
	taken  []float32
}

func (a *arm) Spec() env.Spec {
	spec := a.counter.Spec()
	spec.Observation = space.NewBox([]float32{2, -5, -5}, []float32{9, -1, 5}, 1, 3)
	spec.Action = space.Bounded(-1, 1)
	if a.bounds.Size() > 0 {
		spec.Action = a.bounds
	}
	return spec
}

func (a *arm) Reset(_ *seed.Rand, obs []float32) {
	a.steps = 0
	copy(obs, []float32{3, -4, 0})
}

func (a *arm) Step(action, obs []float32) (float64, env.Status) {
	if len(obs) != 3 {
		panic("this is not the row of an arm")
	}
	a.steps++
	a.taken = slices.Clone(action)
	copy(obs, []float32{3, -4, float32(a.steps)})
	return 0, env.Running
}

func TestFrameStackShapesAndPads(t *testing.T) {
	e := env.FrameStack(&arm{}, 2, env.PadZero)
	want := space.NewBox([]float32{2, -5, -5, 2, -5, -5}, []float32{9, -1, 5, 9, -1, 5}, 2, 1, 3)
	if got := e.Spec().Observation.String(); got != want.String() {
		t.Errorf("observation is %s, want %s", got, want)
	}
	obs := make([]float32, 6)
	e.Reset(seed.New(0), obs)
	if want := []float32{2, -1, 0, 3, -4, 0}; !slices.Equal(obs, want) {
		t.Errorf("first observation is %v, want %v", obs, want)
	}
}

func TestTimeAwareSpace(t *testing.T) {
	for clock, high := range map[env.Clock]float32{env.ClockSteps: 40, env.ClockFraction: 1} {
		e := env.TimeAware(&arm{counter: counter{own: 40}}, clock)
		want := space.NewBox([]float32{2, -5, -5, 0}, []float32{9, -1, 5, high})
		if got := e.Spec().Observation.String(); got != want.String() {
			t.Errorf("clock %d: observation is %s, want %s", clock, got, want)
		}
		obs := make([]float32, 4)
		e.Reset(seed.New(0), obs)
		for range 40 {
			e.Step([]float32{0}, obs)
		}
		if want := []float32{3, -4, 40, high}; !slices.Equal(obs, want) {
			t.Errorf("clock %d: last observation is %v, want %v", clock, obs, want)
		}
	}
}

func TestRescaleActionWithoutBounds(t *testing.T) {
	inf := float32(math.Inf(1))
	inner := &arm{bounds: space.NewBox([]float32{-inf, -inf, 2}, []float32{inf, 3, inf})}
	e := env.RescaleAction(inner, space.NewBox([]float32{-inf, -inf, 0}, []float32{inf, 7, inf}))
	e.Step([]float32{5, 6, 1}, make([]float32, 3))
	if want := []float32{5, 2, 3}; !slices.Equal(inner.taken, want) {
		t.Errorf("action is %v, want %v", inner.taken, want)
	}
}

func TestClipActionSpace(t *testing.T) {
	e := env.ClipAction(&arm{bounds: space.NewBox([]float32{-1, 0}, []float32{1, 2}, 2, 1)})
	inf := float32(math.Inf(1))
	if got, want := e.Spec().Action.String(), space.Bounded(-inf, inf, 2, 1).String(); got != want {
		t.Errorf("actions are %s, want %s", got, want)
	}
}

// pointed is a counter with numbered observations.
type pointed struct{ counter }

func (p *pointed) Spec() env.Spec {
	spec := p.counter.Spec()
	spec.Observation, spec.MaxSteps = space.NewDiscrete(3), 9
	return spec
}

func TestWrappersRefuseSnapshots(t *testing.T) {
	stack := env.FrameStack(&saved{counter{last: 99}}, 3, env.PadReset)
	clock := env.TimeAware(env.Limit(&saved{counter{last: 99}}, 5), env.ClockSteps)
	for _, c := range []struct {
		e        env.Env
		snapshot []byte
		want     string
	}{
		{stack, make([]byte, 11), "11 bytes, within its latest 3 observations"},
		{stack, make([]byte, 12), "one byte"},
		{clock, make([]byte, 7), "7 bytes, within the number of its step"},
		{clock, []byte{6, 0, 0, 0, 0, 0, 0, 0, 0}, "step 6, but episodes end after 5"},
	} {
		s, ok := env.As[env.Snapshotter](c.e)
		if !ok {
			t.Fatal("there are no snapshots")
		}
		if err := s.Restore(c.snapshot, seed.New(0)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want one with %q", err, c.want)
		}
	}
}
