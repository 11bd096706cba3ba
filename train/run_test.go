package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/classic"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

func cartPole() (env.Env, error) {
	return env.Limit(classic.NewCartPole(classic.CartPoleOptions{}), 500), nil
}

func pendulum() (env.Env, error) {
	return env.Limit(classic.NewPendulum(classic.DefaultPendulumOptions()), 200), nil
}

// quick is PPO with little work in every update.
func quick() PPO {
	c := DefaultPPO()
	c.Rollout.Environments, c.Rollout.Steps = 4, 64
	c.Policy.Actor, c.Policy.Critic = []int{16}, []int{16}
	c.Minibatch, c.Epochs = 100, 2 // shards and minibatches of unequal size
	return c
}

func mustRun(t *testing.T, a Algorithm, maker env.Maker, o Options) *Result {
	t.Helper()
	r, err := Run(context.Background(), a, maker, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSameSeedSameBytes: checkpoints, settings, and metrics but for the clock
// do not depend on the number of threads; another seed's differ.
func TestSameSeedSameBytes(t *testing.T) {
	for name, test := range map[string]struct {
		maker  env.Maker
		change func(*PPO)
	}{
		"CartPole":                     {cartPole, func(*PPO) {}},
		"Pendulum normalised":          {pendulum, func(c *PPO) { c.Policy.NormalizeObservation, c.Rollout.NormalizeReward = true, true }},
		"Pendulum, noise of the state": {pendulum, func(c *PPO) { c.Policy.StateDependentNoise, c.Policy.NoiseInterval = true, 5 }},
		"shared trunk":                 {cartPole, func(c *PPO) { c.Policy.Trunk = []int{24} }},
		"guarded, with rows picked": {cartPole, func(c *PPO) {
			c.Objective, c.Surrogate.Share, c.Surrogate.CovarianceLow = "clip-cov", 0.1, 0
			c.Optim.LearningRate, c.Guard.KL = optim.Constant(0.1), 0.05
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := quick()
			test.change(&c)
			o := Options{Seed: 11, Steps: 1500, Evaluation: Evaluation{Every: 500, Episodes: 5, FinalEpisodes: 7}}
			folder := func(threads int, seed uint64) string {
				o.Threads, o.Seed, o.Dir = threads, seed, filepath.Join(t.TempDir(), "run")
				mustRun(t, c, test.maker, o)
				return o.Dir
			}
			one, two, five, other := folder(1, 11), folder(2, 11), folder(5, 11), folder(1, 12)
			for _, file := range []string{LastCheckpoint + policy.Extension, BestCheckpoint + policy.Extension, ConfigFile} {
				want := read(t, one, file)
				for _, dir := range []string{two, five} {
					if !bytes.Equal(read(t, dir, file), want) {
						t.Errorf("%s depends on the number of threads", file)
					}
				}
				if bytes.Equal(read(t, other, file), want) {
					t.Errorf("%s does not depend on the seed", file)
				}
			}
			want := metrics(t, one)
			for _, dir := range []string{two, five} {
				if got := metrics(t, dir); got != want {
					t.Errorf("metrics depend on the number of threads:\n%s\n%s", got, want)
				}
			}
		})
	}
}

func read(t *testing.T, dir, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// metrics returns the metrics of a run without those of the clock.
func metrics(t *testing.T, dir string) string {
	t.Helper()
	rows, torn, err := record.ReadFile(filepath.Join(dir, MetricsFile))
	if err != nil || torn > 0 {
		t.Fatal(torn, err)
	}
	var b strings.Builder
	for _, row := range rows {
		b.WriteString("\n")
		for _, s := range row.Scalars {
			if m, err := record.Find(s.Name); err != nil || m.Clock {
				continue
			}
			b.WriteString(s.Name + "=" + strconv.FormatFloat(s.Value, 'g', -1, 64) + " ")
		}
		fmt.Fprint(&b, row.Histograms)
	}
	return b.String()
}

// TestLearning: tasks that any working implementation learns in seconds.
func TestLearning(t *testing.T) {
	c := quick()
	c.Minibatch, c.Epochs = 64, 10
	c.Optim.LearningRate = optim.Constant(3e-3)
	c.Rollout.Gamma, c.Rollout.Lambda = 0.5, 0.5
	for name, test := range map[string]struct {
		maker env.Maker
		want  float64 // return of 20 steps, at most 20
	}{
		"match a number":      {func() (env.Env, error) { return env.Limit(&echo{choices: 4}, 20), nil }, 19},
		"match a real number": {func() (env.Env, error) { return env.Limit(&echo{}, 20), nil }, 18},
	} {
		for s := uint64(0); s < 5; s++ {
			r := mustRun(t, c, test.maker, Options{Seed: s, Steps: 6000, Evaluation: Evaluation{Episodes: 1, FinalEpisodes: 20}})
			if got := r.Scores.Mean(); got < test.want {
				t.Errorf("%s, seed %d: return %v, want at least %v", name, s, got, test.want)
			}
		}
	}
}

// echo shows something and rewards its repetition: one of several choices, or,
// with none, a number from −1 to 1.
type echo struct {
	choices int
	rng     *seed.Rand
	shown   float64
}

func (e *echo) Spec() env.Spec {
	s := env.Spec{ID: "Echo", Observation: space.NewBox([]float32{0}, []float32{1}), Action: space.NewBox([]float32{-1}, []float32{1})}
	if e.choices > 0 {
		low, high := make([]float32, e.choices), make([]float32, e.choices)
		for i := range high {
			high[i] = 1
		}
		s.Observation, s.Action = space.NewBox(low, high), space.Discrete{N: e.choices}
	}
	return s
}

func (e *echo) Reset(rng *seed.Rand, obs []float32) {
	e.rng = rng
	e.show(obs)
}

func (e *echo) show(obs []float32) {
	if e.choices == 0 {
		e.shown = e.rng.Uniform(-1, 1)
		obs[0] = float32(e.shown)
		return
	}
	e.shown = float64(e.rng.Integers(0, int64(e.choices)))
	clear(obs)
	obs[int(e.shown)] = 1
}

func (e *echo) Step(action, obs []float32) (reward float64, end env.Status) {
	off := math.Abs(float64(action[0]) - e.shown)
	reward = 1 - off
	if e.choices > 0 && off > 0 {
		reward = 0
	}
	e.show(obs)
	return reward, env.Running
}

// TestK1TargetKLStopsBeforeTheStep, and K2: it ends the whole update.
func TestK1TargetKLStopsBeforeTheStep(t *testing.T) {
	c := quick()
	c.Epochs, c.Optim.LearningRate = 30, optim.Constant(3e-2)
	steps := func(target float64) (minibatches, kl []float64) {
		c.TargetKL = target
		mustRun(t, c, cartPole, Options{Seed: 1, Steps: 2048, Observe: func(p Progress) {
			m, _ := p.Row.Value(record.OptimMinibatches)
			k, _ := p.Row.Value(record.PolicyKL)
			minibatches, kl = append(minibatches, m), append(kl, k)
		}})
		return minibatches, kl
	}
	planned := float64(c.Epochs * 3) // 256 rows in minibatches of 100
	free, _ := steps(0)
	for i, m := range free {
		if m != planned {
			t.Errorf("update %d without a target took %v steps, want %v", i, m, planned)
		}
	}
	held, kl := steps(0.01)
	stopped := 0
	for i, m := range held {
		if m < planned {
			stopped++
		}
		if kl[i] > 1.5*0.01 {
			t.Errorf("update %d: a step was taken at a mean KL of %v", i, kl[i])
		}
	}
	if stopped < len(held)/2 {
		t.Errorf("only %d of %d updates stopped early, so the test shows little", stopped, len(held))
	}
}

// TestS1ScheduleStopsAtItsEnd: a run that overshoots its steps must not train
// with a negative learning rate or clip range.
func TestS1ScheduleStopsAtItsEnd(t *testing.T) {
	c := quick()
	c.Optim.LearningRate = optim.Linear(1e-3, 0)
	c.Clip.Low, c.Clip.High = optim.Linear(0.2, 0), optim.Linear(0.2, 0)
	last := math.Inf(1)
	r := mustRun(t, c, cartPole, Options{Seed: 1, Steps: 300, Observe: func(p Progress) {
		for _, name := range []string{record.OptimLearningRate, record.OptimClipLow, record.OptimClipHigh} {
			v, ok := p.Row.Value(name)
			if !ok || v < 0 {
				t.Errorf("%s is %v at step %d", name, v, p.Steps)
			}
			last = v
		}
	}})
	if r.Steps != 512 || last != 0 {
		t.Errorf("%d steps, ended with a clip range of %v, want 512 and 0", r.Steps, last)
	}
}

// TestN3EvaluationLeavesTheNormaliserAlone and uses the trained one.
func TestN3EvaluationLeavesTheNormaliserAlone(t *testing.T) {
	c := quick()
	c.Policy.NormalizeObservation = true
	r := mustRun(t, c, cartPole, Options{Seed: 1, Steps: 1024})
	before := r.Policy.Clone()
	if _, err := Evaluate(context.Background(), r.Policy, cartPole, Trial{Episodes: 3, Threads: 2}); err != nil {
		t.Fatal(err)
	}
	for i, m := range r.Policy.Normalizer.Moments() {
		if m != before.Normalizer.Moments()[i] {
			t.Errorf("statistics of element %d changed", i)
		}
	}
	if count := r.Policy.Normalizer.Moments()[0].Count; count < 1024 {
		t.Errorf("statistics are of %v observations, want those of training", count)
	}
}

func TestEvaluationDoesNotDependOnThreads(t *testing.T) {
	p := mustRun(t, quick(), cartPole, Options{Seed: 1, Steps: 256}).Policy
	for _, stochastic := range []bool{false, true} {
		var first *Scores
		for _, threads := range []int{1, 3} {
			s, err := Evaluate(context.Background(), p, cartPole, Trial{Episodes: 20, Seed: 4, Threads: threads, Stochastic: stochastic})
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = s
			}
			for k := range s.Returns {
				if s.Returns[k] != first.Returns[k] || s.Lengths[k] != first.Lengths[k] {
					t.Errorf("stochastic %v, %d threads: episode %d differs", stochastic, threads, k)
				}
			}
		}
	}
}

// TestInterruptedRunIsSaved and can be gone on from.
func TestInterruptedRunIsSaved(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	dir := filepath.Join(t.TempDir(), "run")
	r, err := Run(ctx, quick(), cartPole, Options{Seed: 1, Steps: 1 << 30, Dir: dir, Observe: func(p Progress) {
		if p.Steps >= 512 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || r == nil || r.Steps != 512 || r.Updates != 2 {
		t.Fatalf("result %+v, error %v", r, err)
	}
	p, err := policy.Load(filepath.Join(dir, LastCheckpoint))
	if err != nil {
		t.Fatal(err)
	}
	if p.Parameters[0] != r.Policy.Parameters[0] {
		t.Error("the checkpoint is not of the last update")
	}
	again := mustRun(t, quick(), cartPole, Options{Seed: 2, Steps: 256, From: p})
	if again.Policy.Parameters[0] == p.Parameters[0] {
		t.Error("training from a policy changed nothing")
	}
}

// TestFailureKeepsTheLastCheckpoint: an environment that breaks later does not
// touch what was saved before.
func TestFailureKeepsTheLastCheckpoint(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	steps := 0
	maker := func() (env.Env, error) { return &brittle{Env: must(cartPole()), steps: &steps}, nil }
	c := quick()
	c.Rollout.Environments = 1
	_, err := Run(context.Background(), c, maker, Options{Seed: 1, Steps: 1 << 20, Dir: dir, Threads: 1,
		Evaluation: Evaluation{Every: 64, Episodes: 1}})
	var f *rollout.Failure
	if !errors.As(err, &f) || f.Environment != "CartPole-v1" || f.Seed != 1 {
		t.Fatalf("error is %v", err)
	}
	if _, err := policy.Load(filepath.Join(dir, LastCheckpoint)); err != nil {
		t.Errorf("the last checkpoint: %v", err)
	}
}

// brittle panics after 2,000 steps of all instances together.
type brittle struct {
	env.Env
	steps *int
}

func (b *brittle) Step(action, obs []float32) (float64, env.Status) {
	if *b.steps++; *b.steps > 2000 {
		panic("worn out")
	}
	return b.Env.Step(action, obs)
}

func must(e env.Env, err error) env.Env {
	if err != nil {
		panic(err)
	}
	return e
}

// TestNumericalFailureIsNamed: an update that blows up ends the run.
func TestNumericalFailureIsNamed(t *testing.T) {
	maker := func() (env.Env, error) { return &huge{echo{choices: 2}}, nil }
	_, err := Run(context.Background(), quick(), maker, Options{Seed: 1, Steps: 1024})
	var n *NumericalError
	if !errors.As(err, &n) || !strings.HasPrefix(n.What, "gradient of ") || n.Epoch != 1 || n.Minibatch != 1 {
		t.Errorf("error is %v", err)
	}
}

// huge rewards with the largest float32.
type huge struct{ echo }

func (h *huge) Step(action, obs []float32) (float64, env.Status) {
	h.echo.Step(action, obs)
	return math.MaxFloat32, env.Running
}

func TestFolderInUseIsRefused(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "mine.txt")
	if err := os.WriteFile(mine, []byte("keep"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := Run(context.Background(), quick(), cartPole, Options{Seed: 1, Steps: 256, Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("error is %v", err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 || string(read(t, dir, "mine.txt")) != "keep" {
		t.Errorf("the folder has changed: %v", entries)
	}
}

// TestSettingsAreCheckedFirst: all problems at once, and no folder is made.
func TestSettingsAreCheckedFirst(t *testing.T) {
	c := quick()
	c.Clip, c.Epochs, c.Rollout.Gamma, c.DualClip = region.Symmetric(1.4), 0, 1.5, 0.5
	dir := filepath.Join(t.TempDir(), "run")
	_, err := Run(context.Background(), c, cartPole, Options{Seed: 1, Steps: 0, Dir: dir})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"ppo.clip", "ppo.epochs = 0", "rollout.gamma = 1.5", "ppo.dual_clip = 0.5", "run.steps = 0"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not name %s:\n%v", want, err)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the folder was made")
	}
}

// TestSettingsOfARunReproduceIt: config.toml, read back, is the run.
func TestSettingsOfARunReproduceIt(t *testing.T) {
	c := quick()
	c.Clip.High = optim.Linear(0.3, 0.1)
	dir := filepath.Join(t.TempDir(), "run")
	o := Options{Seed: 3, Steps: 512, Dir: dir, Evaluation: DefaultEvaluation(), EnvironmentOptions: map[string]any{"sutton_barto_reward": true}}
	o.Evaluation.FinalEpisodes = 1
	mustRun(t, c, cartPole, o)
	s, err := ReadSettings(filepath.Join(dir, ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	if s.Run.Seed != 3 || s.Run.Steps != 512 || s.Environment.Options["sutton_barto_reward"] != true || s.Evaluation != o.Evaluation {
		t.Errorf("settings read back: %+v", s)
	}
	again := Options{Seed: s.Run.Seed, Steps: s.Run.Steps, Dir: filepath.Join(t.TempDir(), "again"),
		Evaluation: s.Evaluation, EnvironmentOptions: s.Environment.Options}
	mustRun(t, s.Algorithm, cartPole, again)
	for _, file := range []string{ConfigFile, LastCheckpoint + policy.Extension} {
		if !bytes.Equal(read(t, dir, file), read(t, again.Dir, file)) {
			t.Errorf("%s differs", file)
		}
	}
}
