package env_test

import (
	"fmt"
	"math"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/envtest"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// Lift is a goods lift that is to stop level with a floor. The action is the
// force of its motor; the observation is its distance from the floor, in m, and
// its speed, in m/s.
type Lift struct{ distance, speed float32 }

var (
	liftObservation = space.Bounded(-100, 100, 2)
	liftAction      = space.Bounded(-1, 1, 1)
)

// Spec describes the task.
func (l *Lift) Spec() env.Spec {
	return env.Spec{ID: "Lift", Observation: liftObservation, Action: liftAction, RewardThreshold: env.NoThreshold()}
}

// Reset puts the lift somewhere above the floor, at rest.
func (l *Lift) Reset(rng *seed.Rand, obs []float32) {
	l.distance, l.speed = float32(rng.Uniform(5, 10)), 0
	obs[0], obs[1] = l.distance, l.speed
}

// Step lets a tenth of a second pass. The task is over once the lift stands
// level; until then every step costs a tenth.
func (l *Lift) Step(action, obs []float32) (float64, env.Status) {
	const tick = 0.1
	l.speed += float32(action[0] * tick)
	l.distance += float32(l.speed * tick)
	obs[0], obs[1] = l.distance, l.speed
	if math.Abs(float64(l.distance)) < 0.05 && math.Abs(float64(l.speed)) < 0.1 {
		return 1, env.Terminated
	}
	return -tick, env.Running
}

// A task of one's own is three methods. Here a controller rides it by hand; a
// trainer would get the same maker.
func Example() {
	maker := func() (env.Env, error) { return env.Limit(&Lift{}, 300), nil }

	fmt.Println("broken rules:", envtest.Check(maker))

	lift, err := maker()
	if err != nil {
		fmt.Println(err)
		return
	}
	obs := make([]float32, lift.Spec().Observation.Size())
	lift.Reset(seed.New(1), obs)
	total, end := 0.0, env.Running
	for !end.Ended() {
		force := -0.5*obs[0] - obs[1]
		var reward float64
		reward, end = lift.Step([]float32{min(max(force, -1), 1)}, obs)
		total += reward
	}
	fmt.Printf("%v with a return of %.1f\n", end, total)
	// Output:
	// broken rules: []
	// terminated with a return of -9.3
}

// Guess is a task with numbered actions: one of three doors is open.
type Guess struct{ open int }

// Spec describes the task.
func (g *Guess) Spec() env.Spec {
	return env.Spec{
		ID:              "Guess",
		Observation:     space.Bounded(0, 2, 1),
		Action:          space.NewDiscrete(3),
		RewardThreshold: 1,
	}
}

// Reset opens a door and shows which.
func (g *Guess) Reset(rng *seed.Rand, obs []float32) {
	g.open = int(rng.Integers(0, 3))
	obs[0] = float32(g.open)
}

// Step goes through a door.
func (g *Guess) Step(action int, obs []float32) (float64, env.Status) {
	obs[0] = float32(g.open)
	if action == g.open {
		return 1, env.Terminated
	}
	return 0, env.Terminated
}

func ExampleFromDiscrete() {
	e := env.FromDiscrete(&Guess{})
	obs := make([]float32, 1)
	e.Reset(seed.New(0), obs)
	reward, end := e.Step(obs, obs[:1:1])
	fmt.Println(reward, end)
	// Output: 1 terminated
}

func ExampleLimit() {
	lift := env.Limit(&Lift{}, 2)
	obs := make([]float32, 2)
	lift.Reset(seed.New(0), obs)
	for range 2 {
		_, end := lift.Step([]float32{0}, obs)
		fmt.Println(end)
	}
	// Output:
	// running
	// truncated
}

func ExampleFrameStack() {
	stack := env.FrameStack(&Lift{}, 3, env.PadZero)
	obs := make([]float32, 6)
	stack.Reset(seed.New(0), obs)
	fmt.Println(stack.Spec().Observation)
	fmt.Printf("%.2f\n", obs)
	stack.Step([]float32{-1}, obs)
	fmt.Printf("%.2f\n", obs)
	// Output:
	// Box(3, 2) float32 in [-100, 100]
	// [0.00 0.00 0.00 0.00 8.18 0.00]
	// [0.00 0.00 8.18 0.00 8.17 -0.10]
}

func ExampleTimeAware() {
	lift := env.TimeAware(env.Limit(&Lift{}, 300), env.ClockFraction)
	obs := make([]float32, 3)
	lift.Reset(seed.New(0), obs)
	lift.Step([]float32{0}, obs)
	fmt.Printf("%.4f\n", obs[2])
	// Output: 0.0033
}

func ExampleClipAction() {
	lift := env.ClipAction(&Lift{})
	obs := make([]float32, 2)
	lift.Reset(seed.New(0), obs)
	lift.Step([]float32{250}, obs) // as with a force of 1
	fmt.Println("speed:", obs[1])
	// Output: speed: 0.1
}

func ExampleRescaleAction() {
	lift := env.RescaleAction(&Lift{}, space.Bounded(0, 100)) // per cent
	obs := make([]float32, 2)
	lift.Reset(seed.New(0), obs)
	lift.Step([]float32{75}, obs) // as with a force of 0.5
	fmt.Println("speed:", obs[1])
	// Output: speed: 0.05
}

func ExampleAs() {
	e := env.Limit(&Lift{}, 300)
	_, ok := env.As[env.Snapshotter](e)
	fmt.Println("can be saved:", ok)
	// Output: can be saved: false
}
