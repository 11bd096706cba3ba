package box2d_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/box2d"
	"github.com/proximal-rl/proximal/env/envtest"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/replay"
	"github.com/proximal-rl/proximal/seed"
)

var tasks = []string{"LunarLander-v3", "LunarLander-v3 windy", "LunarLanderContinuous-v3", "BipedalWalker-v3", "BipedalWalkerHardcore-v3", "CarRacing-v3"}

func TestContract(t *testing.T) {
	for _, task := range tasks {
		t.Run(task, func(t *testing.T) {
			envtest.Run(t, func() (env.Env, error) { return open(t, task), nil }, envtest.ZeroAllocation())
		})
	}
}

// play takes steps with drawn actions, resets where an episode ends, and returns
// the checksum of the rewards.
func play(t testing.TB, task string, steps int) uint32 {
	e := open(t, task)
	r, act := replay.Start(e, 1), newPolicy(t, "random", e, seed.New(2))
	sum := uint32(0)
	for range steps {
		r.Step(act(r.Steps, r.Row))
		if r.End.Ended() {
			sum ^= r.Rewards.Sum32()
			r.Restart()
		}
	}
	return sum ^ r.Rewards.Sum32()
}

// TestInstancesRunAtTheSameTime is also for the race detector.
func TestInstancesRunAtTheSameTime(t *testing.T) {
	together := make([]uint32, 2*len(tasks))
	var group sync.WaitGroup
	for i := range together {
		group.Go(func() { together[i] = play(t, tasks[i%len(tasks)], 200) })
	}
	group.Wait()
	for i, sum := range together {
		if want := play(t, tasks[i%len(tasks)], 200); sum != want {
			t.Errorf("%s: checksum is %08x, alone it is %08x", tasks[i%len(tasks)], sum, want)
		}
	}
}

func TestRestoreRefusesDamage(t *testing.T) {
	for i, task := range tasks {
		e, other := open(t, task), open(t, tasks[(i+2)%len(tasks)])
		replay.Start(e, 1)
		replay.Start(other, 1)
		s, _ := env.As[env.Snapshotter](e)
		o, _ := env.As[env.Snapshotter](other)
		good, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		wrong, err := o.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		changed := slices.Clone(good)
		changed[len(changed)/2] ^= 1
		for _, c := range []struct {
			name     string
			snapshot []byte
			want     string
		}{
			{"nothing", nil, "ends after 0 bytes"},
			{"another task", wrong, "not a snapshot"},
			{"cut off", good[:len(good)-1], "damaged"},
			{"too long", append(slices.Clone(good), 0), "damaged"},
			{"changed", changed, "damaged"},
		} {
			err := s.Restore(c.snapshot, seed.New(0))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s, %s: error is %v, want one with %q", task, c.name, err, c.want)
			}
			if after, _ := s.Snapshot(); !slices.Equal(after, good) {
				t.Errorf("%s, %s: the refused snapshot changed the environment", task, c.name)
			}
		}
	}
}

// TestActionsBeyondTheBoundsAreClipped compares with the bounds themselves. The
// brake of a car has none, in Gymnasium either.
func TestActionsBeyondTheBoundsAreClipped(t *testing.T) {
	for task, actions := range map[string][2][]float32{
		"LunarLanderContinuous-v3": {{3, -7}, {1, -1}},
		"BipedalWalker-v3":         {{2, -2, 9, -1.5}, {1, -1, 1, -1}},
		"CarRacing-v3":             {{0.2, 5, 0}, {0.2, 1, 0}},
	} {
		beyond, bound := replay.Start(open(t, task), 3), replay.Start(open(t, task), 3)
		for range 30 {
			beyond.Step(actions[0])
			bound.Step(actions[1])
		}
		golden.Same(t, task, beyond.Row, bound.Row)
	}
}

// TestWindBlows checks that the options of the lander matter; that they do what
// they do in Gymnasium is for the traces.
func TestWindBlows(t *testing.T) {
	calm := box2d.DefaultLunarLanderOptions()
	windy, light := calm, calm
	windy.EnableWind = true
	light.Gravity = -1
	end := func(o box2d.LunarLanderOptions) string {
		r := replay.Start(box2d.NewLunarLander(o), 5)
		for range 20 {
			r.Step([]float32{0})
		}
		return fmt.Sprint(r.Row)
	}
	if still := end(calm); end(windy) == still || end(light) == still {
		t.Error("an option has no effect")
	}
}

// TestElementaryFunctions compares with the standard library, whose
// own error is within the tolerance.
func TestElementaryFunctions(t *testing.T) {
	rng := seed.New(9)
	why := golden.Tolerance{Absolute: 5e-324, Relative: 4.5e-16, Why: "two units in the last place: one of ours, one of the reference"}
	for range 20000 {
		x, y := rng.Uniform(-2, 2), rng.Uniform(-300, 300)
		golden.Close(t, fmt.Sprintf("tanh(%v)", x), []float64{box2d.Tanh(x)}, []float64{math.Tanh(x)}, why)
		golden.Close(t, fmt.Sprintf("atan2(%v, %v)", x, y), []float64{box2d.Atan2(x, y)}, []float64{math.Atan2(x, y)}, why)
		golden.Close(t, fmt.Sprintf("atan2(%v, %v)", y, x), []float64{box2d.Atan2(y, x)}, []float64{math.Atan2(y, x)}, why)
	}
	for _, c := range [][3]float64{{0, 0, 0}, {0, 1, 0}, {1, 0, math.Pi / 2}, {-1, 0, -math.Pi / 2}, {0, -1, math.Pi}, {1, 1, math.Pi / 4}} {
		if got := box2d.Atan2(c[0], c[1]); got != c[2] {
			t.Errorf("atan2(%v, %v) is %v, want %v", c[0], c[1], got, c[2])
		}
	}
	if box2d.Tanh(0) != 0 {
		t.Errorf("tanh(0) is %v", box2d.Tanh(0))
	}
}
