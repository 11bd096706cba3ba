package classic_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/classic"
	"github.com/proximal-rl/proximal/env/envtest"
	"github.com/proximal-rl/proximal/seed"
)

// makers are the tasks with a limit that a short run reaches, and without one.
var makers = map[string]env.Maker{
	"cart-pole":         func() (env.Env, error) { return classic.NewCartPole(classic.CartPoleOptions{}), nil },
	"limited cart-pole": func() (env.Env, error) { return env.Limit(classic.NewCartPole(classic.CartPoleOptions{}), 9), nil },
	"book's cart-pole": func() (env.Env, error) {
		return classic.NewCartPole(classic.CartPoleOptions{SuttonBartoReward: true}), nil
	},
	"pendulum": func() (env.Env, error) { return classic.NewPendulum(classic.DefaultPendulumOptions()), nil },
	"limited pendulum": func() (env.Env, error) {
		return env.Limit(classic.NewPendulum(classic.DefaultPendulumOptions()), 200), nil
	},
	"weightless pendulum": func() (env.Env, error) { return classic.NewPendulum(classic.PendulumOptions{}), nil },
	"mountain car":        func() (env.Env, error) { return classic.NewMountainCar(classic.MountainCarOptions{}), nil },
	"limited mountain car": func() (env.Env, error) {
		return env.Limit(classic.NewMountainCar(classic.MountainCarOptions{GoalVelocity: 1}), 200), nil
	},
	"continuous mountain car": func() (env.Env, error) {
		return classic.NewMountainCarContinuous(classic.MountainCarOptions{}), nil
	},
	"limited continuous mountain car": func() (env.Env, error) {
		return env.Limit(classic.NewMountainCarContinuous(classic.MountainCarOptions{}), 99), nil
	},
	"acrobot":         func() (env.Env, error) { return classic.NewAcrobot(), nil },
	"limited acrobot": func() (env.Env, error) { return env.Limit(classic.NewAcrobot(), 70), nil },
}

func TestContract(t *testing.T) {
	for name, maker := range makers {
		t.Run(name, func(t *testing.T) { envtest.Run(t, maker, envtest.ZeroAllocation()) })
	}
}

// fall steps e, pushing to the right, until it terminates, and n times more; it
// returns the rewards from the step of the fall on.
func fall(t *testing.T, e env.Env, n int) (rewards []float64) {
	t.Helper()
	obs := make([]float32, 4)
	e.Reset(seed.New(0), obs)
	for range 100 {
		reward, end := e.Step([]float32{1}, obs)
		if end.Ended() {
			rewards = append(rewards, reward)
		}
		if len(rewards) > n {
			return rewards
		}
	}
	t.Fatal("the pole does not fall")
	return nil
}

func TestCartPoleRewardsAfterTheFall(t *testing.T) {
	for _, c := range []struct {
		options classic.CartPoleOptions
		want    []float64
	}{
		{classic.CartPoleOptions{}, []float64{1, 0, 0}},
		{classic.CartPoleOptions{SuttonBartoReward: true}, []float64{-1, -1, -1}},
	} {
		if got := fall(t, classic.NewCartPole(c.options), 2); !slices.Equal(got, c.want) {
			t.Errorf("%+v: rewards are %v, want %v", c.options, got, c.want)
		}
	}
}

func TestPendulumClipsTorque(t *testing.T) {
	step := func(torque float32) (obs [3]float32, reward float64) {
		p := classic.NewPendulum(classic.DefaultPendulumOptions())
		p.Reset(seed.New(0), obs[:])
		reward, _ = p.Step([]float32{torque}, obs[:])
		return obs, reward
	}
	for torque, bound := range map[float32]float32{7: 2, -7: -2, float32(math.Inf(1)): 2} {
		obs, reward := step(torque)
		if wantObs, wantReward := step(bound); obs != wantObs || reward != wantReward {
			t.Errorf("torque %v: %v and %v, want %v and %v as with %v", torque, obs, reward, wantObs, wantReward, bound)
		}
	}
}

func TestPendulumRewardRange(t *testing.T) {
	p := classic.NewPendulum(classic.DefaultPendulumOptions())
	obs := make([]float32, 3)
	lowest, highest := math.Inf(1), math.Inf(-1)
	rng := seed.New(3)
	for range 50 {
		p.Reset(rng, obs)
		for range 400 { // far enough for several turns
			reward, _ := p.Step([]float32{float32(math.Copysign(2, float64(obs[2])))}, obs)
			lowest, highest = min(lowest, reward), max(highest, reward)
		}
	}
	if lowest < -16.2736045 || lowest > -15 || highest > 0 {
		t.Errorf("rewards from %v to %v, want from about -16.27 to 0", lowest, highest)
	}
}

// arrival drives a mountain car as fast as possible, and returns its last reward
// and velocity.
func arrival(t *testing.T, e env.Env, left, right float32) (reward float64, velocity float32) {
	t.Helper()
	obs, action := make([]float32, 2), []float32{right}
	e.Reset(seed.New(0), obs)
	for range 1000 {
		reward, end := e.Step(action, obs)
		if end.Ended() {
			return reward, obs[1]
		}
		action[0] = left
		if obs[1] > 0 {
			action[0] = right
		}
	}
	t.Fatal("the car does not arrive")
	return 0, 0
}

func TestMountainCarGoalVelocity(t *testing.T) {
	for _, goal := range []float64{0, 0.03, 0.05} {
		o := classic.MountainCarOptions{GoalVelocity: goal}
		if reward, v := arrival(t, classic.NewMountainCar(o), 0, 2); reward != -1 || v < float32(goal) {
			t.Errorf("goal velocity %v: arrives with reward %v and velocity %v", goal, reward, v)
		}
		if reward, v := arrival(t, classic.NewMountainCarContinuous(o), -1, 1); reward != 99.9 || v < float32(goal) {
			t.Errorf("goal velocity %v: arrives with reward %v and velocity %v", goal, reward, v)
		}
	}
}

// TestMountainCarContinuousClipsForce pushes beyond the bounds: the force is
// clipped, but its cost is not.
func TestMountainCarContinuousClipsForce(t *testing.T) {
	m, clipped := classic.NewMountainCarContinuous(classic.MountainCarOptions{}), classic.NewMountainCarContinuous(classic.MountainCarOptions{})
	obs, want := make([]float32, 2), make([]float32, 2)
	m.Reset(seed.New(0), obs)
	clipped.Reset(seed.New(0), want)
	for step, force := range []float32{3, -3, 2, -1.5} {
		reward, _ := m.Step([]float32{force}, obs)
		clipped.Step([]float32{min(max(force, -1), 1)}, want)
		// The clipped force is computed with in float64, the bound in float32.
		if math.Abs(float64(obs[1]-want[1])) > 1e-9 {
			t.Errorf("step %d: velocity is %v, want %v", step, obs[1], want[1])
		}
		if cost := 0.1 * float64(force) * float64(force); math.Abs(reward+cost) > 1e-15 {
			t.Errorf("step %d: reward is %v, want %v", step, reward, -cost)
		}
	}
}

// TestAcrobotKeepsItsBounds spins the acrobot as fast as it may.
func TestAcrobotKeepsItsBounds(t *testing.T) {
	e := classic.NewAcrobot()
	bounds, obs := e.Spec().Observation, make([]float32, 6)
	restore(t, e, "Acrobot-v1", []float64{3, -3, 4 * math.Pi, 9 * math.Pi})
	for step := range 50 {
		if e.Step([]float32{2}, obs); !bounds.Contains(obs) {
			t.Fatalf("step %d: %v is not in %v", step, obs, bounds)
		}
	}
}

func TestRestoreRefusesDamage(t *testing.T) {
	cart, rod := classic.NewCartPole(classic.CartPoleOptions{}), classic.NewPendulum(classic.DefaultPendulumOptions())
	cart.Reset(seed.New(0), make([]float32, 4))
	rod.Reset(seed.New(0), make([]float32, 3))
	good, err := cart.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	other, err := rod.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	broken := slices.Clone(good)
	copy(broken[len(broken)-8:], []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x7f})
	for _, c := range []struct {
		name     string
		snapshot []byte
		want     string
	}{
		{"nothing", nil, "not a snapshot"},
		{"another task", other, "not a snapshot"},
		{"cut off", good[:len(good)-1], "39 bytes of state, not 40"},
		{"too long", append(slices.Clone(good), 0), "41 bytes of state, not 40"},
		{"infinity", broken, "number 4 of the snapshot is +Inf"},
	} {
		err := cart.Restore(c.snapshot, seed.New(0))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", c.name, err, c.want)
		}
		if after, _ := cart.Snapshot(); !slices.Equal(after, good) {
			t.Errorf("%s: the refused snapshot changed the environment", c.name)
		}
	}
}

func benchmark(b *testing.B, e env.Env, actions [2]float32) {
	obs, action := make([]float32, e.Spec().Observation.Size()), make([]float32, 1)
	rng := seed.New(0)
	e.Reset(rng, obs)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		action[0] = actions[i>>2&1]
		if _, end := e.Step(action, obs); end.Ended() {
			e.Reset(rng, obs)
		}
	}
}

func BenchmarkCartPole(b *testing.B) {
	benchmark(b, env.Limit(classic.NewCartPole(classic.CartPoleOptions{}), 500), [2]float32{0, 1})
}

func BenchmarkMountainCar(b *testing.B) {
	benchmark(b, env.Limit(classic.NewMountainCar(classic.MountainCarOptions{}), 200), [2]float32{0, 2})
}

func BenchmarkMountainCarContinuous(b *testing.B) {
	benchmark(b, env.Limit(classic.NewMountainCarContinuous(classic.MountainCarOptions{}), 999), [2]float32{-1, 0.7})
}

func BenchmarkAcrobot(b *testing.B) {
	benchmark(b, env.Limit(classic.NewAcrobot(), 500), [2]float32{0, 2})
}

func BenchmarkPendulum(b *testing.B) {
	benchmark(b, env.Limit(classic.NewPendulum(classic.DefaultPendulumOptions()), 200), [2]float32{-2, 1.3})
}
