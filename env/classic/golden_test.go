package classic_test

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/internal/replay"
	"github.com/proximal-rl/proximal/space"
)

// goldenEpisode is an episode under rule R, one new environment for each seed.
// The checksums are CRC-32 of the little-endian bytes: of all observations,
// that of the reset included, as float32, and of all rewards as float64.
type goldenEpisode struct {
	task    string
	seed    uint64
	steps   int
	total   float64 // sum of the rewards, in order
	obs     uint32
	rewards uint32
	own     uint32 // our rewards where they are not Gymnasium's, otherwise 0
}

// goldenEpisodes were recorded from Gymnasium 1.4.0 with NumPy 2.2.4 and glibc
// 2.41, except the column own. Why that exists is said at allowances.
var goldenEpisodes = []goldenEpisode{
	{"CartPole-v1", 0, 14, 14, 0x98ff41c0, 0x781a6f15, 0},
	{"CartPole-v1", 1, 16, 16, 0xa689c9a7, 0x711f28a7, 0},
	{"CartPole-v1", 2, 19, 19, 0x33b44bc3, 0x3afdb722, 0},
	{"Pendulum-v1", 0, 200, -966.4337900809085, 0x3c6c6669, 0x78c7709f, 0},
	{"Pendulum-v1", 1, 200, -638.1709894539206, 0x8414862f, 0x24078f6b, 0xfb3686ad},
	{"Pendulum-v1", 2, 200, -1163.753408895325, 0xfd807736, 0x81dbe840, 0},
	{"MountainCar-v0", 0, 200, -200, 0x08a0ff82, 0xc2aa989e, 0},
	{"MountainCar-v0", 1, 200, -200, 0xfeca4b40, 0xc2aa989e, 0},
	{"MountainCar-v0", 2, 200, -200, 0x621f8814, 0xc2aa989e, 0},
	{"MountainCarContinuous-v0", 0, 999, -35.01899995318052, 0x761ea474, 0xe4346c93, 0},
	{"MountainCarContinuous-v0", 1, 999, -35.01899995318052, 0x0d04b953, 0xe4346c93, 0},
	{"MountainCarContinuous-v0", 2, 999, -35.01899995318052, 0x6cec4d76, 0xe4346c93, 0},
	{"Acrobot-v1", 0, 500, -500, 0x8f29d7a2, 0xb3d1dcc9, 0},
	{"Acrobot-v1", 1, 500, -500, 0xafcd5372, 0xb3d1dcc9, 0},
	{"Acrobot-v1", 2, 500, -500, 0x3f1ff047, 0xb3d1dcc9, 0},
}

func TestGoldenEpisodes(t *testing.T) {
	for _, g := range goldenEpisodes {
		e := open(t, g.task, nil)
		r := replay.Start(e, g.seed)
		for !r.End.Ended() {
			r.Step(replay.Rule(e.Spec().Action, r.Steps))
		}
		if r.Steps != g.steps {
			t.Errorf("%s, seed %d: episode has %d steps, want %d", g.task, g.seed, r.Steps, g.steps)
		}
		if got := r.Obs.Sum32(); got != g.obs {
			t.Errorf("%s, seed %d: checksum of the observations is %08x, want %08x", g.task, g.seed, got, g.obs)
		}
		want, tolerance := g.rewards, 0.0
		if g.own != 0 {
			want, tolerance = g.own, 200*4.7e-10
		}
		if got := r.Rewards.Sum32(); got != want {
			t.Errorf("%s, seed %d: checksum of the rewards is %08x, want %08x", g.task, g.seed, got, want)
		}
		if math.Abs(r.Total-g.total) > tolerance {
			t.Errorf("%s, seed %d: return is %v, want %v within %v", g.task, g.seed, r.Total, g.total, tolerance)
		}
	}
}

// TestGoldenRuns are 5,000 steps under rule L: seed 7, and a reset wherever an
// episode ends.
func TestGoldenRuns(t *testing.T) {
	for _, g := range []struct {
		task         string
		episodes     int
		obs, rewards uint32
	}{
		{"CartPole-v1", 225, 0x2a62f786, 0xd871eeb3},
		{"MountainCar-v0", 25, 0xff706d49, 0xf1d4be56},
	} {
		e := open(t, g.task, nil)
		r, n := replay.Start(e, 7), uint32(e.Spec().Action.(space.Discrete).N)
		x, episodes := uint32(7+1), 0
		for range 5000 {
			x = (1103515245*x + 12345) & (1<<31 - 1)
			r.Step([]float32{float32(x >> 16 % n)})
			if r.End.Ended() {
				episodes++
				r.Reset()
			}
		}
		if obs, rewards := r.Obs.Sum32(), r.Rewards.Sum32(); episodes != g.episodes || obs != g.obs || rewards != g.rewards {
			t.Errorf("%s: %d episodes, checksums %08x and %08x; want %d, %08x and %08x", g.task, episodes, obs, rewards, g.episodes, g.obs, g.rewards)
		}
	}
}

// spot is an observation under rule R, seed 0, in the digits of Gymnasium.
type spot struct {
	task string
	step int
	obs  []float32
}

var spots = []spot{
	{"CartPole-v1", 0, []float32{0.013696169, -0.02302133, -0.045902647, -0.048347235}},
	{"CartPole-v1", 1, []float32{0.013235742, -0.21745604, -0.04686959, 0.22950698}},
	{"CartPole-v1", 2, []float32{0.008886621, -0.021696746, -0.042279452, -0.0775841}},
	{"CartPole-v1", 10, []float32{0.04484122, 0.3756164, -0.122280695, -0.8242126}},
	{"Pendulum-v1", 0, []float32{0.6520163, 0.758205, -0.46042657}},
	{"Pendulum-v1", 1, []float32{0.65925634, 0.75191826, -0.19177283}},
	{"Pendulum-v1", 10, []float32{-0.6159645, 0.7877739, 6.027141}},
	{"Pendulum-v1", 50, []float32{0.74704546, 0.6647729, 0.02887709}},
	{"MountainCar-v0", 0, []float32{-0.47260767, 0}},
	{"MountainCar-v0", 1, []float32{-0.4739886, -0.0013809436}},
	{"MountainCar-v0", 10, []float32{-0.5048279, -0.007206801}},
	{"MountainCar-v0", 50, []float32{-0.61130726, 0.008229066}},
	{"MountainCarContinuous-v0", 1, []float32{-0.47448862, -0.0018809435}},
	{"MountainCarContinuous-v0", 10, []float32{-0.5002883, -0.0031178382}},
	{"MountainCarContinuous-v0", 50, []float32{-0.53107363, 0.004361265}},
	{"Acrobot-v1", 0, []float32{0.99962485, 0.027388912, 0.9989402, -0.046026394, -0.091805294, -0.09669447}},
	{"Acrobot-v1", 1, []float32{0.9998245, 0.018732453, 0.995746, -0.09214022, 0.00529764, -0.3585254}},
	{"Acrobot-v1", 50, []float32{0.99702996, -0.07701476, 0.98295397, 0.18385184, -0.01615294, 0.025839824}},
}

func TestSpotValues(t *testing.T) {
	for _, s := range spots {
		e := open(t, s.task, nil)
		r := replay.Start(e, 0)
		for step := range s.step {
			r.Step(replay.Rule(e.Spec().Action, step))
		}
		for i, want := range s.obs {
			if r.Row[i] != want {
				t.Errorf("%s, step %d, element %d is %v, want %v", s.task, s.step, i, r.Row[i], want)
			}
		}
	}
}

// open makes an environment by name, with its time limit.
func open(t testing.TB, task string, options map[string]any) env.Env {
	t.Helper()
	maker, err := catalog.Make(task, options)
	if err != nil {
		t.Fatal(err)
	}
	e, err := maker()
	if err != nil {
		t.Fatal(err)
	}
	return e
}
