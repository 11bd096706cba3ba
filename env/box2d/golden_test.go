package box2d_test

import (
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/box2d"
	"github.com/proximal-rl/proximal/internal/replay"
)

// goldenEpisode is an episode of Gymnasium, of a new environment for each seed.
// The checksums are CRC-32 of the little-endian bytes: of all observations, that
// of the reset included, as float32, and of all rewards as float64.
type goldenEpisode struct {
	task    string
	policy  string
	seed    uint64
	steps   int
	total   float64 // sum of the rewards, in order
	obs     uint32
	rewards uint32
}

// goldenEpisodes were recorded from Gymnasium 1.4.0 with pybox2d 2.3.10, NumPy
// 2.2.4 and glibc 2.41.
var goldenEpisodes = []goldenEpisode{
	{"LunarLander-v3", "rule", 0, 60, -76.07815328892903, 0xe5ce51b0, 0xe88c63fe},
	{"LunarLander-v3", "rule", 1, 98, -208.37159908166302, 0xdf33557d, 0xc6303777},
	{"LunarLander-v3", "rule", 2, 94, -115.52534929663045, 0x4c255aa5, 0xd67b7372},
	{"LunarLander-v3", "expert", 0, 152, 297.35305860799826, 0x36752d21, 0x289675d5},
	{"LunarLander-v3", "expert", 1, 205, 260.9438325461483, 0x04d29ba7, 0x02739c3f},
	{"LunarLander-v3", "expert", 2, 200, 254.62466577894168, 0x68e3fa67, 0x6b7b5230},
	{"LunarLanderContinuous-v3", "rule", 0, 73, -47.656390271432805, 0xb972481f, 0x407c70f8},
	{"LunarLanderContinuous-v3", "rule", 1, 116, -372.0615758400785, 0xe9b82250, 0x8a230276},
	{"LunarLanderContinuous-v3", "rule", 2, 123, -432.7629152403673, 0xa791d832, 0xb9af1d24},
	{"LunarLanderContinuous-v3", "expert", 0, 200, 305.962995271277, 0x93e0be1a, 0xfa5b4657},
	{"LunarLanderContinuous-v3", "expert", 1, 190, 273.89184993953904, 0x232f0e80, 0x69bf1545},
	{"LunarLanderContinuous-v3", "expert", 2, 179, 257.3901867244273, 0x8d3e923e, 0x21fda0f5},
	{"LunarLander-v3 windy", "rule", 0, 63, 3.03233633473873, 0xb86c34b5, 0xb83cd84d},
	{"LunarLander-v3 windy", "rule", 1, 102, -115.8382993510625, 0xf26dda07, 0x06a4155e},
	{"LunarLander-v3 windy", "rule", 2, 86, -395.0063138994877, 0x38872ac2, 0xeaa17536},
	{"BipedalWalker-v3", "rule", 0, 44, -109.22791866213083, 0x3a6ac0cc, 0xe56d9b4f},
	{"BipedalWalker-v3", "rule", 1, 44, -109.7609081119299, 0xc9b75eb6, 0xbaa901ab},
	{"BipedalWalker-v3", "rule", 2, 44, -109.72870203852654, 0x6f47353e, 0x0adbd4f5},
	{"BipedalWalker-v3", "expert", 0, 1600, 304.7000304067042, 0x66b90142, 0xb7ac758a},
	{"BipedalWalker-v3", "expert", 1, 177, -71.04825967854413, 0x8c3b0084, 0xf1b6328f},
	{"BipedalWalker-v3", "expert", 2, 1307, 160.3977617819328, 0x6848985c, 0x49e1f99b},
	{"BipedalWalkerHardcore-v3", "rule", 0, 44, -109.2477148026228, 0x479e2417, 0x88fa614a},
	{"BipedalWalkerHardcore-v3", "rule", 1, 44, -109.66501031816006, 0x01bf7200, 0x109c428f},
	{"BipedalWalkerHardcore-v3", "rule", 2, 44, -109.23310635983944, 0x84d13c74, 0x13f8b4a3},
	{"BipedalWalkerHardcore-v3", "expert", 0, 373, -43.31832066667266, 0x12b88967, 0xd8eecf75},
	{"BipedalWalkerHardcore-v3", "expert", 1, 235, -69.1426107902953, 0x6b4a7619, 0x904868a3},
	{"BipedalWalkerHardcore-v3", "expert", 2, 219, -70.97389000002295, 0x0349b76e, 0xe0a94864},
}

// open makes a task with its usual time limit.
func open(t testing.TB, task string) env.Env {
	t.Helper()
	o := box2d.DefaultLunarLanderOptions()
	switch task {
	case "LunarLander-v3":
		return env.Limit(box2d.NewLunarLander(o), 1000)
	case "LunarLander-v3 windy":
		o.EnableWind = true
		return env.Limit(box2d.NewLunarLander(o), 1000)
	case "LunarLanderContinuous-v3":
		return env.Limit(box2d.NewLunarLanderContinuous(o), 1000)
	case "BipedalWalker-v3":
		return env.Limit(box2d.NewBipedalWalker(), 1600)
	case "BipedalWalkerHardcore-v3":
		return env.Limit(box2d.NewBipedalWalkerHardcore(), 2000)
	case "CarRacing-v3":
		return env.Limit(newDynamics(), 1000)
	}
	t.Fatalf("no task is called %s", task)
	return nil
}

func TestGoldenEpisodes(t *testing.T) {
	for _, g := range goldenEpisodes {
		e := open(t, g.task)
		p := newPolicy(t, g.policy, e, nil)
		r := replay.Start(e, g.seed)
		for !r.End.Ended() {
			r.Step(p(r.Steps, r.Row))
		}
		if r.Steps != g.steps {
			t.Errorf("%s, %s, seed %d: episode has %d steps, want %d", g.task, g.policy, g.seed, r.Steps, g.steps)
		}
		if got := r.Obs.Sum32(); got != g.obs {
			t.Errorf("%s, %s, seed %d: checksum of the observations is %08x, want %08x", g.task, g.policy, g.seed, got, g.obs)
		}
		if got := r.Rewards.Sum32(); got != g.rewards {
			t.Errorf("%s, %s, seed %d: checksum of the rewards is %08x, want %08x", g.task, g.policy, g.seed, got, g.rewards)
		}
		if r.Total != g.total {
			t.Errorf("%s, %s, seed %d: return is %v, want %v", g.task, g.policy, g.seed, r.Total, g.total)
		}
	}
}
