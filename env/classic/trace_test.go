package classic_test

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/replay"
	"github.com/proximal-rl/proximal/seed"
)

// recording is what testdata/traces.json.gz holds, which tools/fixtures/classic.py
// makes and explains.
type recording struct {
	Versions map[string]string
	Sines    []struct{ Stride, Sin, Cos uint32 }
	Traces   []trace
	Steps    []singleSteps
}

// trace is a run of Gymnasium.
type trace struct {
	Task    string
	Options map[string]any
	Seed    uint64
	Policy  string
	Actions golden.Float32s // one for each step
	Obs     golden.Float32s
	Reward  golden.Float64s
	End     string
}

// singleSteps are steps of Gymnasium from states of our choosing.
type singleSteps struct {
	Task    string
	States  golden.Float64s // numbers of a snapshot for each step
	Actions golden.Float32s
	Obs     golden.Float32s
	Reward  golden.Float64s
	End     string
}

var recorded = flag.String("traces", "testdata/traces.json.gz", "what Gymnasium did, made by tools/fixtures/classic.py")

func readRecording(t *testing.T) (r recording) {
	t.Helper()
	golden.Read(t, *recorded, &r)
	if len(r.Traces) == 0 || len(r.Steps) == 0 || len(r.Sines) == 0 {
		t.Fatalf("%s lacks traces, steps or sines", *recorded)
	}
	return r
}

// name tells the trace from all others.
func (r trace) name() string {
	name := fmt.Sprintf("%s, %s, seed %d", r.Task, r.Policy, r.Seed)
	if len(r.Options) > 0 {
		name += fmt.Sprintf(", %v", r.Options)
	}
	return name
}

// allowance is a trace with rewards that are not Gymnasium's to the last bit.
// Everything else in all traces is: every observation, flag and other reward.
type allowance struct {
	steps    int   // how many rewards differ
	ulp      int64 // the largest distance, in units in the last place
	absolute float64
	reason   string
}

// Why a reward of Pendulum-v1 can differ. Gymnasium has its squares and its
// sine from the C library, and that does not round them correctly each time.
const (
	doubleSquare = "pow(x, 2) of glibc is one unit off x·x for 0.09 % of all float64"
	floatSquare  = "powf(u, 2) of glibc is one unit off u·u for 0.07 % of all float32 below 2, which moves the reward by up to 4.7e-10"
	sineOfAngle  = "the sine of one angle is a unit off in glibc, and the rewards after it inherit that"
)

// allowances are the measured differences, by the name of their trace.
var allowances = map[string]allowance{
	"Pendulum-v1, rule, seed 1":               {steps: 2, ulp: 1, absolute: 4.5e-16, reason: doubleSquare},
	"Pendulum-v1, rule, seed 2":               {steps: 1, ulp: 1, absolute: 8.9e-16, reason: doubleSquare},
	"Pendulum-v1, rule, seed 1099511627783":   {steps: 55, ulp: 10, absolute: 8.9e-15, reason: sineOfAngle},
	"Pendulum-v1, random, seed 1":             {steps: 1, ulp: 8192, absolute: 7.3e-12, reason: floatSquare},
	"Pendulum-v1, random, seed 2":             {steps: 1, ulp: 8192, absolute: 1.5e-11, reason: floatSquare},
	"Pendulum-v1, random, seed 1099511627783": {steps: 1, ulp: 8192, absolute: 1.5e-11, reason: floatSquare},
}

func TestTraces(t *testing.T) {
	for _, r := range readRecording(t).Traces {
		own, at := rerun(t, r)
		if step := len(own.End) - 1; own.End[step] != r.End[step] {
			t.Errorf("%s: first divergence at step %d: status is %c, want %c", r.name(), step, own.End[step], r.End[step])
			continue
		}
		width := len(own.Obs) / len(at)
		if d := distanceOf(own.Obs, r.Obs); d.count > 0 {
			t.Errorf("%s: first divergence after step %d, element %d of the observation: %v", r.name(), at[d.first/width], d.first%width, d)
		}
		allowed := allowances[r.name()]
		if d := distanceOf(own.Reward, r.Reward); d.count != allowed.steps || d.ulp != allowed.ulp || d.absolute > allowed.absolute {
			t.Errorf("%s: first divergence at step %d, reward: %v; allowed are %d, %d ulp and %.3g", r.name(), d.first, d, allowed.steps, allowed.ulp, allowed.absolute)
		}
	}
}

// TestSingleSteps takes each step alone, so that no difference grows.
func TestSingleSteps(t *testing.T) {
	for _, r := range readRecording(t).Steps {
		e, width := open(t, r.Task, unlimited), len(r.States)/len(r.Actions)
		row := make([]float32, len(r.Obs)/len(r.Actions))
		var obs []float32
		var rewards []float64
		end := ""
		for i, action := range r.Actions {
			restore(t, e, r.Task, r.States[i*width:(i+1)*width])
			reward, status := e.Step([]float32{action}, row)
			obs, rewards = append(obs, row...), append(rewards, reward)
			end += strconv.Itoa(int(status))
		}
		if d := distanceOf(obs, r.Obs); d.count > 0 {
			t.Errorf("%s: element %d of observation %d: %v", r.Task, d.first%len(row), d.first/len(row), d)
		}
		if d := distanceOf(rewards, r.Reward); d.count > 0 {
			t.Errorf("%s: reward %d: %v", r.Task, d.first, d)
		}
		if end != r.End {
			t.Errorf("%s: status is\n%s\nwant\n%s", r.Task, end, r.End)
		}
	}
}

// unlimited are the options of a task without a limit.
var unlimited = map[string]any{"max_episode_steps": 0}

// restore puts a task without a limit of its own into a state, given by the
// numbers of its snapshot.
func restore(t *testing.T, e env.Env, task string, state []float64) {
	t.Helper()
	snapshot := append([]byte(task), '\n')
	for _, x := range state {
		snapshot = binary.LittleEndian.AppendUint64(snapshot, math.Float64bits(x))
	}
	s, ok := env.As[env.Snapshotter](e)
	if !ok {
		t.Fatalf("%s has no snapshots", task)
	}
	if err := s.Restore(snapshot, seed.New(0)); err != nil {
		t.Fatal(err)
	}
}

// TestActionsAreDrawnAsInGymnasium draws the actions of the random policy from
// an action space that is seeded like the environment.
func TestActionsAreDrawnAsInGymnasium(t *testing.T) {
	for _, r := range readRecording(t).Traces {
		if r.Policy != "random" {
			continue
		}
		actions := open(t, r.Task, r.Options).Spec().Action
		rng, drawn := seed.New(r.Seed), make([]float32, 1)
		for step, want := range r.Actions {
			if actions.Sample(drawn, rng); drawn[0] != want {
				t.Errorf("%s: step %d: drew %v, want %v", r.name(), step, drawn[0], want)
				break
			}
		}
	}
}

// rerun is the same run done by our environment, closed loop from the seed, up
// to the first step at which the status is not that of the trace. It also
// returns the step after which each observation was made.
func rerun(t *testing.T, r trace) (own trace, at []int) {
	t.Helper()
	run := replay.Start(open(t, r.Task, r.Options), r.Seed)
	observe := func(step int) {
		own.Obs = append(own.Obs, run.Row...)
		at = append(at, step)
	}
	observe(-1)
	for step, action := range r.Actions {
		run.Step([]float32{action})
		observe(step)
		own.Reward = append(own.Reward, run.Reward)
		own.End += strconv.Itoa(int(run.End))
		if own.End[step] != r.End[step] {
			break
		}
		if run.End.Ended() {
			run.Reset()
			observe(step)
		}
	}
	return own, at
}

// distance is how far two sequences of numbers are apart.
type distance struct {
	count     int // numbers that differ in any bit
	first     int // index of the first of them
	got, want float64
	ulp       int64 // the largest distance
	absolute  float64
}

func (d distance) String() string {
	return fmt.Sprintf("%v, want %v; in all %d differ, by %d ulp and %.3g at most", d.got, d.want, d.count, d.ulp, d.absolute)
}

// distanceOf compares number by number; what is missing in got differs too.
func distanceOf[F float32 | float64](got, want []F) (d distance) {
	for i, w := range want {
		g := F(math.NaN())
		if i < len(got) {
			g = got[i]
		}
		apart := ulps(g, w)
		if apart == 0 {
			continue
		}
		if d.count == 0 {
			d.first, d.got, d.want = i, float64(g), float64(w)
		}
		d.count++
		d.ulp = max(d.ulp, apart)
		d.absolute = max(d.absolute, math.Abs(float64(g)-float64(w)))
	}
	return d
}

// ulps counts the numbers of type F between a and b; 0 only for the same bits.
func ulps[F float32 | float64](a, b F) int64 {
	d := order(a) - order(b)
	return max(d, -d)
}

// order numbers the values of type F in ascending order, -0 before +0.
func order[F float32 | float64](x F) int64 {
	switch x := any(x).(type) {
	case float32:
		i := int32(math.Float32bits(x))
		return int64(i ^ i>>31&math.MaxInt32)
	case float64:
		i := int64(math.Float64bits(x))
		return i ^ i>>63&math.MaxInt64
	}
	panic("not a floating-point type")
}
