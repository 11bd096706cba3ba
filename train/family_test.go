package train

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
)

// little is an algorithm with little work in every update, and with shards and
// minibatches of unequal size.
func little(t testing.TB, name string) Editable {
	t.Helper()
	a, err := NewAlgorithm(name)
	if err != nil {
		t.Fatal(err)
	}
	s := a.edit()
	s.Rollout.Environments, s.Rollout.Steps = 4, 64
	s.Policy.Trunk, s.Policy.Actor, s.Policy.Critic = []int{12}, []int{16}, []int{16}
	switch c := s.own.(type) {
	case *PPO:
		c.Minibatch, c.Epochs = 100, 2
	case *TRPO:
		c.CriticMinibatch = 100
	case *NPG:
		c.CriticMinibatch = 100
	case *PPG:
		c.Minibatch, c.CriticMinibatch, c.AuxiliaryMinibatch = 100, 90, 170
		c.PolicyIterations, c.AuxiliaryEpochs = 3, 2
	}
	return a
}

// begin makes an algorithm's learner ready to iterate, outside a run, with seed 1.
func begin(t testing.TB, a Algorithm, maker env.Maker, threads int) (learner, *workplace) {
	t.Helper()
	spec, settings := must(maker()).Spec(), a.sections()
	p, err := policy.New(*settings.Policy, spec.Observation, spec.Action, seed.Stream(1, "policy", 0))
	if err != nil {
		t.Fatal(err)
	}
	w := &workplace{policy: p, pool: parallel.New(threads), seed: 1}
	t.Cleanup(w.pool.Close)
	w.collector, err = rollout.NewCollector(maker, p, *settings.Rollout, w.pool, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.collector.Close() })
	return a.start(w), w
}

// TestEveryAlgorithmGivesTheSameBytes: for one seed checkpoints and metrics do not
// depend on the number of threads; another seed's differ.
func TestEveryAlgorithmGivesTheSameBytes(t *testing.T) {
	for _, name := range Algorithms() {
		for task, maker := range map[string]env.Maker{"discrete": cartPole, "normalised, noise of the state": pendulum} {
			t.Run(name+", "+task, func(t *testing.T) {
				a := little(t, name)
				if task != "discrete" {
					s := a.edit()
					s.Policy.NormalizeObservation, s.Rollout.NormalizeReward = true, true
					s.Policy.StateDependentNoise, s.Policy.NoiseInterval = true, 5
					s.Rollout.Steps = 210 // an episode of Pendulum ends within
				}
				folder := func(threads int, seed uint64) string {
					dir := filepath.Join(t.TempDir(), "run")
					mustRun(t, a, maker, Options{Seed: seed, Steps: 2000, Threads: threads, Dir: dir})
					return dir
				}
				one, other := folder(1, 11), folder(1, 12)
				last := LastCheckpoint + policy.Extension
				want := read(t, one, last)
				if bytes.Equal(read(t, other, last), want) {
					t.Error("the checkpoint does not depend on the seed")
				}
				for _, threads := range []int{2, 5} {
					dir := folder(threads, 11)
					if !bytes.Equal(read(t, dir, last), want) {
						t.Errorf("%d threads give another checkpoint than one", threads)
					}
					if got, want := metrics(t, dir), metrics(t, one); got != want {
						t.Errorf("%d threads give other metrics than one:\n%s\n%s", threads, got, want)
					}
				}
			})
		}
	}
}

// TestEveryAlgorithmAllocatesNothing once its memory is made: rollout, update and
// row, over a whole phase of those that have phases.
func TestEveryAlgorithmAllocatesNothing(t *testing.T) {
	for _, name := range Algorithms() {
		l, _ := begin(t, little(t, name), cartPole, 1)
		var row record.Row
		turn := func() {
			for range 3 {
				row.Scalars, row.Histograms = row.Scalars[:0], row.Histograms[:0]
				if err := l.iterate(0.5, &row); err != nil {
					t.Fatal(err)
				}
			}
		}
		turn()
		turn()
		if n := testing.AllocsPerRun(5, turn); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// TestEveryAlgorithmLearns tasks that any working implementation learns in
// seconds.
func TestEveryAlgorithmLearns(t *testing.T) {
	for task, test := range map[string]struct {
		maker env.Maker
		want  float64 // return of 20 steps, at most 20
	}{
		"match a number":      {func() (env.Env, error) { return env.Limit(&echo{choices: 4}, 20), nil }, 19},
		"match a real number": {func() (env.Env, error) { return env.Limit(&echo{}, 20), nil }, 17.5},
	} {
		for _, name := range Algorithms() {
			a := little(t, name)
			s, steps := a.edit(), 12_000
			s.Policy.Trunk = nil
			s.Rollout.Gamma = 0.5
			switch o := s.Optim.(type) {
			case *optim.Config:
				o.LearningRate = optim.Constant(3e-3)
			case *RMSPropSection:
				o.LearningRate = optim.Constant(3e-3)
			}
			switch c := s.own.(type) {
			case *PPO:
				c.Epochs = 10
			case *A2C:
				s.Rollout.Steps, steps = 5, 60_000
			case *REINFORCE:
				c.Optim.LearningRate = optim.Constant(1e-2)
				s.Rollout.Gamma, steps = 0, 60_000
			case *PPG:
				c.PolicyEpochs, c.CriticEpochs, c.EntropyCoefficient = 10, 10, 0
				steps = 20_000
			}
			for seed := range uint64(3) {
				r := mustRun(t, a, test.maker, Options{Seed: seed, Steps: steps, Evaluation: Evaluation{Episodes: 1, FinalEpisodes: 20}})
				if got := r.Scores.Mean(); got < test.want {
					t.Errorf("%s, %s, seed %d: return %v, want at least %v", name, task, seed, got, test.want)
				}
			}
		}
	}
}

// TestNumericalFailuresOfTheFamilyAreNamed: an update that blows up ends the run
// and says where.
func TestNumericalFailuresOfTheFamilyAreNamed(t *testing.T) {
	maker := func() (env.Env, error) { return env.Limit(&huge{echo{choices: 2}}, 20), nil }
	for _, name := range []string{"a2c", "reinforce", "ppg"} {
		a := little(t, name)
		if c, ok := a.(*REINFORCE); ok {
			c.NormalizeAdvantage = false
		}
		_, err := Run(t.Context(), a, maker, Options{Seed: 1, Steps: 1024})
		var n *NumericalError
		if !errors.As(err, &n) || !strings.HasPrefix(n.What, "gradient of ") || n.Epoch != 1 || n.Minibatch != 1 {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}
