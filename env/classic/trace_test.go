package classic_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/proximal-rl/proximal/seed"
)

// trace is a run of Gymnasium from testdata/traces.json, which
// tools/fixtures/classic.py makes and explains.
type trace struct {
	Task    string
	Options map[string]any
	Seed    uint64
	Policy  string
	Actions string
	Obs     floats[float32]
	Reward  floats[float64]
	End     string
}

// floats are numbers in base64, little-endian.
type floats[F float32 | float64] []F

func (f *floats[F]) UnmarshalText(text []byte) error {
	b, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return err
	}
	*f = make([]F, len(b)/binary.Size(F(0)))
	_, err = binary.Decode(b, binary.LittleEndian, *f)
	return err
}

// name tells the trace from all others.
func (r trace) name() string {
	name := fmt.Sprintf("%s, %s, seed %d", r.Task, r.Policy, r.Seed)
	if len(r.Options) > 0 {
		name += fmt.Sprintf(", %v", r.Options)
	}
	return name
}

// actions returns one action for each step.
func (r trace) actions(t *testing.T) []float32 {
	t.Helper()
	if r.Task == "CartPole-v1" {
		var all []float32
		for _, digit := range r.Actions {
			all = append(all, float32(digit-'0'))
		}
		return all
	}
	var all floats[float32]
	if err := all.UnmarshalText([]byte(r.Actions)); err != nil {
		t.Fatal(err)
	}
	return all
}

func readTraces(t *testing.T) []trace {
	t.Helper()
	data, err := os.ReadFile("testdata/traces.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Traces []trace }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Traces) == 0 {
		t.Fatal("testdata/traces.json holds no traces")
	}
	return file.Traces
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
	for _, r := range readTraces(t) {
		own, at := replay(t, r)
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

// TestActionsAreDrawnAsInGymnasium draws the actions of the random policy from
// an action space that is seeded like the environment.
func TestActionsAreDrawnAsInGymnasium(t *testing.T) {
	for _, r := range readTraces(t) {
		if r.Policy != "random" {
			continue
		}
		actions := open(t, r.Task, r.Options).Spec().Action
		rng, drawn := seed.New(r.Seed), make([]float32, 1)
		for step, want := range r.actions(t) {
			if actions.Sample(drawn, rng); drawn[0] != want {
				t.Errorf("%s: step %d: drew %v, want %v", r.name(), step, drawn[0], want)
				break
			}
		}
	}
}

// replay is the same run done by our environment, closed loop from the seed, up
// to the first step at which the status is not that of the trace. It also
// returns the step after which each observation was made.
func replay(t *testing.T, r trace) (own trace, at []int) {
	t.Helper()
	run := newRecorder(open(t, r.Task, r.Options), r.Seed)
	observe := func(step int) {
		own.Obs = append(own.Obs, run.row...)
		at = append(at, step)
	}
	observe(-1)
	for step, action := range r.actions(t) {
		run.step([]float32{action})
		observe(step)
		own.Reward = append(own.Reward, run.reward)
		own.End += strconv.Itoa(int(run.end))
		if own.End[step] != r.End[step] {
			break
		}
		if run.end.Ended() {
			run.reset()
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
