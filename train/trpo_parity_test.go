package train

import (
	"iter"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
)

// trpoRecord is one update of sb3-contrib's TRPO as tools/fixtures/trpo.py writes
// it.
type trpoRecord struct {
	Seed                int
	Discrete            bool
	Damping             float64
	StateDependentNoise bool `json:"state_dependent_noise"`
	Trunk, Widths       []int
	Environments, Steps int
	Minibatch, Epochs   int

	Buffer struct {
		Obs, Action, Value, Advantage, Return golden.Float32s
		LogProb                               golden.Float32s `json:"log_prob"`
	}
	Before                              tensors
	Gradient, Vector, Product, Solution tensors // lack the critic
	Length, Scale                       float64
	Surrogate                           float64
	ValueLoss                           float64 `json:"value_loss"`
	Orders                              [][]int32
	After, Precise                      tensors
}

// learner is TRPO with the recorded experience in its buffer.
func (r *trpoRecord) learner(t *testing.T) *trpo {
	t.Helper()
	c := DefaultTRPO()
	c.Rollout.Environments, c.Rollout.Steps = r.Environments, r.Steps
	c.Policy.Trunk, c.Policy.Actor, c.Policy.Critic = r.Trunk, r.Widths, r.Widths
	c.Policy.StateDependentNoise = r.StateDependentNoise
	c.Damping = r.Damping
	c.CriticEpochs, c.CriticMinibatch = r.Epochs, r.Minibatch
	maker := pendulum // for its spaces
	if r.Discrete {
		maker = cartPole
	}
	l := startTRPO(t, c, maker, 2)
	r.Before.load(t, l.policy)
	b := l.buffer
	copy(b.Obs, r.Buffer.Obs)
	copy(b.Action, r.Buffer.Action)
	copy(b.LogProb, r.Buffer.LogProb)
	copy(b.Value, r.Buffer.Value)
	copy(b.Advantage, r.Buffer.Advantage)
	copy(b.Return, r.Buffer.Return)
	pass := l.policy.NewPass(b.Rows())
	pass.ForwardActor(b.Obs)
	copy(b.Dist, pass.Dist)

	epoch := 0
	l.critic.shuffle = func() iter.Seq[*rollout.Minibatch] {
		order := slices.Clone(r.Orders[epoch])
		for i, row := range order { // theirs are numbered environment by environment
			order[i] = row%int32(r.Steps)*int32(r.Environments) + row/int32(r.Steps)
		}
		epoch++
		return l.critic.minibatches.InOrder(order)
	}
	return l
}

// startTRPO makes the learner of a run with seed 1.
func startTRPO(t testing.TB, c TRPO, maker env.Maker, threads int) *trpo {
	t.Helper()
	return c.start(newWorkplace(t, c, maker, threads)).(*trpo)
}

// newWorkplace makes what a learner with these settings works with.
func newWorkplace(t testing.TB, a Algorithm, maker env.Maker, threads int) *workplace {
	t.Helper()
	s, spec := a.sections(), must(maker()).Spec()
	p, err := policy.New(*s.Policy, spec.Observation, spec.Action, seed.Stream(1, "policy", 0))
	if err != nil {
		t.Fatal(err)
	}
	w := &workplace{policy: p, pool: parallel.New(threads), seed: 1}
	t.Cleanup(w.pool.Close)
	if w.collector, err = rollout.NewCollector(maker, p, *s.Rollout, w.pool, 1); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.collector.Close() })
	return w
}

// whole is a recorded block in one piece, zeros where it lacks a tensor.
func (x tensors) whole(p *policy.Policy) []float32 {
	block := make([]float32, len(p.Parameters))
	for _, tensor := range p.Layout().Tensors() {
		copy(tensor.Of(block), x[tensor.Name])
	}
	return block
}

// TestParityWithContrib repeats updates of sb3-contrib step by step: gradient,
// product with the Fisher matrix, conjugate gradients, length and line search, and
// the critic's fit. The reference for parameters is the same update in float64.
func TestParityWithContrib(t *testing.T) {
	files, err := filepath.Glob("testdata/trpo/*.json.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d recordings, error %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json.gz"), func(t *testing.T) {
			r := &trpoRecord{}
			golden.Read(t, file, r)
			l := r.learner(t)
			n := l.natural
			within := func(what string, got, limit float64) {
				t.Helper()
				t.Logf("%-34s %.1e", what, got)
				if !(got <= limit) {
					t.Errorf("%s is off by %.2g, with %.2g allowed", what, got, limit)
				}
			}
			if err := n.differentiate(); err != nil {
				t.Fatal(err)
			}
			within("gradient", golden.RelativeL2(n.gradient, r.Gradient.whole(l.policy)), 2e-6)
			n.ConjugateTolerance = 1e-5 / n.norm // theirs is absolute
			product := make([]float32, len(n.gradient))
			n.multiply(product, r.Vector.whole(l.policy))
			within("product", golden.RelativeL2(product, r.Product.whole(l.policy)), 2e-6)

			if err := l.improve(); err != nil {
				t.Fatal(err)
			}
			if math.Abs(l.scale-r.Scale) > 1e-12 {
				t.Fatalf("the search took %v of the step, theirs %v", l.scale, r.Scale)
			}
			within("surrogate", math.Abs(-n.now.loss-r.Surrogate), 1e-6)
			if err := l.critic.fit(optim.Constant(1e-3).At(0)); err != nil {
				t.Fatal(err)
			}
			within("value loss", math.Abs(l.critic.loss/float64(l.critic.count)/r.ValueLoss-1), 1e-5)

			// Where damping is small, float32 is itself further from float64.
			precise, theirs := r.Precise.whole(l.policy), r.After.whole(l.policy)
			single := farthest(theirs, precise)
			t.Logf("%-34s %.1e", "farthest, their float32", single)
			within("parameters", golden.RelativeL2(l.policy.Parameters, precise), 1e-5)
			within("parameters, from their float32", golden.RelativeL2(l.policy.Parameters, theirs), 1e-5)
			within("farthest parameter", farthest(l.policy.Parameters, precise), max(1e-5, 3*single))
		})
	}
}

// farthest is the largest difference of two elements.
func farthest(a, b []float32) (worst float64) {
	for i := range a {
		worst = max(worst, math.Abs(float64(a[i])-float64(b[i])))
	}
	return worst
}
