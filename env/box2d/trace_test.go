package box2d_test

import (
	"flag"
	"fmt"
	"math"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/box2d"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/replay"
	"github.com/proximal-rl/proximal/seed"
)

// recording is what testdata/traces.json.gz holds, which tools/fixtures/box2d.py
// makes and explains.
type recording struct {
	Versions map[string]string
	Traces   []trace
}

// trace is a run of Gymnasium.
type trace struct {
	Task       string
	Options    map[string]any
	Kept       bool
	Seed       uint64
	Policy     string
	Every      int
	Episodes   []episode
	Rows       golden.Float32s
	RowRewards golden.Float64s `json:"row_rewards"`
}

// episode is the account of an episode.
type episode struct {
	Steps, End   int
	Total        float64
	Obs, Rewards uint32
}

var recorded = flag.String("traces", "testdata/traces.json.gz", "what Gymnasium did, made by tools/fixtures/box2d.py")

func readRecording(t *testing.T) (r recording) {
	t.Helper()
	golden.Read(t, *recorded, &r)
	if len(r.Traces) == 0 {
		t.Fatalf("%s has no traces", *recorded)
	}
	return r
}

// name tells the trace from all others.
func (r trace) name() string {
	name := fmt.Sprintf("%s, %s, seed %d", r.Task, r.Policy, r.Seed)
	if len(r.Options) > 0 {
		name += fmt.Sprintf(", %v", r.Options)
	}
	if r.Kept {
		name += ", kept world"
	}
	return name
}

// open makes the environment of the trace.
func (r trace) open(t *testing.T) env.Env {
	t.Helper()
	o := box2d.DefaultLunarLanderOptions()
	limit := map[string]int{"BipedalWalker-v3": 1600, "BipedalWalkerHardcore-v3": 2000}[r.Task]
	if limit == 0 {
		limit = 1000
	}
	for name, value := range r.Options {
		switch name {
		case "enable_wind":
			o.EnableWind = value.(bool)
		case "gravity":
			o.Gravity = value.(float64)
		case "wind_power":
			o.WindPower = value.(float64)
		case "turbulence_power":
			o.TurbulencePower = value.(float64)
		case "max_episode_steps":
			limit = int(value.(float64))
		default:
			t.Fatalf("%s: unknown option %s", r.name(), name)
		}
	}
	switch r.Task {
	case "LunarLander-v3":
		return env.Limit(box2d.NewLunarLander(o), limit)
	case "LunarLanderContinuous-v3":
		return env.Limit(box2d.NewLunarLanderContinuous(o), limit)
	case "BipedalWalker-v3":
		return env.Limit(r.walker(box2d.NewBipedalWalker()), limit)
	case "BipedalWalkerHardcore-v3":
		return env.Limit(r.walker(box2d.NewBipedalWalkerHardcore()), limit)
	case "CarRacing-v3":
		return env.Limit(newDynamics(), limit)
	}
	t.Fatalf("no task is called %s", r.Task)
	return nil
}

// walker returns a walker that treats its world as the trace says.
func (r trace) walker(w *box2d.BipedalWalker) env.Env {
	if r.Kept {
		return box2d.KeptWorld{BipedalWalker: w}
	}
	return w
}

// TestTraces replays every trace closed loop, from its seed and its policy alone. A
// short test, and one with the race detector, which makes this ten times slower,
// replay a quarter of them.
func TestTraces(t *testing.T) {
	steps, episodes, longest := 0, 0, 0
	for _, r := range readRecording(t).Traces {
		if (testing.Short() || raceDetector) && r.Seed != 3 {
			continue
		}
		if err := rerun(t, r); err != nil {
			t.Errorf("%s: %v", r.name(), err)
		}
		for _, e := range r.Episodes {
			steps, episodes, longest = steps+e.Steps, episodes+1, max(longest, e.Steps)
		}
	}
	t.Logf("%d steps in %d episodes, of up to %d steps", steps, episodes, longest)
}

// TestKeptWorlds counts the episodes that go another way than in Gymnasium because
// that keeps its physics world, which changes the order of some contacts.
func TestKeptWorlds(t *testing.T) {
	same, episodes := 0, 0
	for _, r := range readRecording(t).Traces {
		if !r.Kept || testing.Short() || raceDetector {
			continue
		}
		// The generator of a walker stands at the same place after a reset,
		// whatever the course of the episode; only the drawn actions do not.
		r.Kept = false
		own := newRun(t, r)
		for i, want := range r.Episodes {
			got := own.episode(want.Steps)
			if got == want {
				same++
			} else if i == 0 {
				t.Errorf("%s: the first episode is %+v, want %+v", r.name(), got, want)
			} else if r.Policy != "expert" {
				break
			}
			episodes++
			own.r.Restart()
		}
	}
	t.Logf("%d of %d episodes are the same", same, episodes)
}

// run replays a trace.
type run struct {
	trace   trace
	actions *seed.Rand
	t       *testing.T
	r       *replay.Recorder
	row     int // the next kept one
	found   error
}

func newRun(t *testing.T, r trace) *run {
	return &run{trace: r, actions: seed.New(r.Seed), t: t, r: replay.Start(r.open(t), r.Seed)}
}

// episode steps to the end of an episode, or as many steps as the recorded one has.
func (o *run) episode(steps int) episode {
	act := newPolicy(o.t, o.trace.Policy, o.r.Env, o.actions)
	o.compare()
	for o.r.Steps < steps && !o.r.End.Ended() {
		o.r.Step(act(o.r.Steps, o.r.Row))
		o.compare()
	}
	return episode{o.r.Steps, int(o.r.End), o.r.Total, o.r.Obs.Sum32(), o.r.Rewards.Sum32()}
}

// compare compares the present row with the kept one if there is one, until a
// difference has been found.
func (o *run) compare() {
	if o.r.Steps%o.trace.Every != 0 || (o.row+1)*len(o.r.Row) > len(o.trace.Rows) {
		return
	}
	want, wantReward := o.trace.Rows[o.row*len(o.r.Row):][:len(o.r.Row)], o.trace.RowRewards[o.row]
	o.row++
	if o.found != nil {
		return
	}
	for i, x := range o.r.Row {
		if math.Float32bits(x) != math.Float32bits(want[i]) {
			o.found = fmt.Errorf("element %d of the observation after step %d is %v, want %v, %d ulp away",
				i, o.r.Steps, x, want[i], golden.ULP32(x, want[i]))
			return
		}
	}
	if o.r.Steps > 0 && o.r.Reward != wantReward {
		o.found = fmt.Errorf("reward of step %d is %v, want %v, %d ulp away",
			o.r.Steps, o.r.Reward, wantReward, golden.ULP64(o.r.Reward, wantReward))
	}
}

// rerun compares our own run with the trace, and says where it first differs.
func rerun(t *testing.T, r trace) error {
	t.Helper()
	own := newRun(t, r)
	for i, want := range r.Episodes {
		got := own.episode(want.Steps)
		if got != want {
			return fmt.Errorf("episode %d is %+v, want %+v; among every %d rows the first difference: %v",
				i, got, want, r.Every, own.found)
		}
		if i+1 < len(r.Episodes) {
			own.r.Restart()
		}
	}
	return nil
}
