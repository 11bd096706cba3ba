package train

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/internal/gradcheck"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/seed"
)

// phase makes PPG and walks through its first phase; change may be nil.
func phase(t *testing.T, change func(*PPG)) (*ppg, *workplace, []record.Row) {
	t.Helper()
	c := *little(t, "ppg").(*PPG)
	if change != nil {
		change(&c)
	}
	l, w := begin(t, c, cartPole, 2)
	rows := make([]record.Row, c.PolicyIterations)
	for i := range rows {
		if err := l.iterate(0, &rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	return l.(*ppg), w, rows
}

// TestGradientOfTheAuxiliaryPhase is that of its loss by finite differences, for
// policy and head, where actor and critic share nothing.
func TestGradientOfTheAuxiliaryPhase(t *testing.T) {
	l, w, _ := phase(t, func(c *PPG) {
		c.Policy.Trunk = nil
		c.PolicyIterations, c.AuxiliaryMinibatch, c.CloneCoefficient = 2, 10_000, 3
	})
	x, size := l.auxiliary, len(w.policy.Parameters)
	for mb := range x.minibatches.Shuffle(x.order) {
		x.minibatch = mb
	}
	if x.minibatch.Rows != 2*256 {
		t.Fatalf("the phase has %d rows, want 512", x.minibatch.Rows)
	}
	compute := func() (l auxiliaryLosses) {
		x.pool.For(x.parts.count(), x.compute)
		x.parts.into(x.gradient, x.parts.count(), x.pool)
		for _, part := range x.losses {
			l.add(part)
		}
		return l
	}
	rng := seed.New(7)
	for i := range w.policy.Parameters { // away from the policy that is to be kept
		w.policy.Parameters[i] += float32(0.2 * rng.Normal())
	}
	if l := compute(); !(l.clone > 0.01) {
		t.Fatalf("the divergence is only %v", l.clone)
	}
	got, start := slices.Clone(x.gradient), append(slices.Clone(w.policy.Parameters), x.head.Parameters...)
	gradcheck.CompareAlong(t, "auxiliary loss", func(parameters []float32) float64 {
		copy(w.policy.Parameters, parameters)
		copy(x.head.Parameters, parameters[size:])
		l := compute()
		return l.head + l.value + 3*l.clone
	}, start, got, 8, 2e-3) // the network computes in float32
}

// TestPhasesOfPPG: the auxiliary phase follows the last rollout of a policy phase,
// learns from all of them, and hardly moves the policy.
func TestPhasesOfPPG(t *testing.T) {
	for _, trunk := range [][]int{nil, {12}} {
		l, _, rows := phase(t, func(c *PPG) { c.Policy.Trunk = trunk })
		for i, row := range rows {
			_, ok := row.Value(record.AuxiliaryKL)
			if last := i == len(rows)-1; ok != last {
				t.Errorf("trunk %v, update %d: an auxiliary phase is recorded: %v", trunk, i, ok)
			}
		}
		last := rows[len(rows)-1]
		kl, moved := value(t, last, record.AuxiliaryKL), value(t, last, record.AuxiliaryPolicyKL)
		if !(kl > 0 && kl < 0.01 && moved > kl) || value(t, last, record.AuxiliaryPhases) != 1 {
			t.Errorf("trunk %v: the policy phase diverges by %v, the auxiliary phase by %v", trunk, moved, kl)
		}
		if l.auxiliary.stored != 0 {
			t.Errorf("trunk %v: %d rollouts are left", trunk, l.auxiliary.stored)
		}
		// The head has learned: it explains the returns better than a fresh one.
		first := value(t, last, record.AuxiliaryLoss)
		for range 2 * len(rows) {
			last = record.Row{}
			if err := l.iterate(0, &last); err != nil {
				t.Fatal(err)
			}
		}
		if loss := value(t, last, record.AuxiliaryLoss); !(loss < first) {
			t.Errorf("trunk %v: loss of the head is %v after three phases, %v after one", trunk, loss, first)
		}
	}
}

// TestCloningKeepsThePolicy: without the penalty the auxiliary phase moves it
// further, once its actions depend on what it sees.
func TestCloningKeepsThePolicy(t *testing.T) {
	of := func(coefficient float64) float64 {
		c, rng := *little(t, "ppg").(*PPG), seed.New(9)
		c.CloneCoefficient, c.AuxiliaryEpochs = coefficient, 20
		c.AuxiliaryLearningRate = optim.Constant(3e-3)
		l, w := begin(t, c, cartPole, 2)
		for i := range w.policy.Parameters {
			w.policy.Parameters[i] += float32(0.5 * rng.Normal())
		}
		var row record.Row
		for range c.PolicyIterations {
			if err := l.iterate(0, &row); err != nil {
				t.Fatal(err)
			}
		}
		return value(t, row, record.AuxiliaryKL)
	}
	if free, kept := of(0), of(10); !(free > 0.001 && kept < free/5) {
		t.Errorf("the auxiliary phase diverges by %v, without the penalty by %v", kept, free)
	}
}

// TestPolicyPhaseLeavesTheTrunkToTheActor: with no policy gradient to follow, all
// that the critic learns is its own.
func TestPolicyPhaseLeavesTheTrunkToTheActor(t *testing.T) {
	c := *little(t, "ppg").(*PPG)
	c.EntropyCoefficient, c.AuxiliaryEpochs = 0, 0
	learner, w := begin(t, c, cartPole, 2)
	l, before := learner.(*ppg), slices.Clone(w.policy.Parameters)
	gathered(t, w, l.buffer)
	clear(l.buffer.Advantage)
	l.begin(0)
	if err := l.optimize(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, w.policy.Parameters) {
		t.Error("a policy gradient of zero moves something")
	}
	if err := l.critic.fit(1e-3); err != nil {
		t.Fatal(err)
	}
	for _, tensor := range w.policy.Layout().Tensors() {
		if moved := !slices.Equal(tensor.Of(before), tensor.Of(w.policy.Parameters)); moved != strings.HasPrefix(tensor.Name, "critic.") {
			t.Errorf("%s has moved: %v", tensor.Name, moved)
		}
	}
}

// TestNoAuxiliaryPhases: with no passes there are none, for ever.
func TestNoAuxiliaryPhases(t *testing.T) {
	l, _, rows := phase(t, func(c *PPG) { c.AuxiliaryEpochs = 0 })
	if _, ok := rows[len(rows)-1].Value(record.AuxiliaryKL); ok || l.auxiliary.stored != 0 {
		t.Errorf("there is an auxiliary phase, or one to come from %d rollouts", l.auxiliary.stored)
	}
}

// TestCheckpointsHoldThePhase: head and experience, but only that gathered since
// the last auxiliary phase.
func TestCheckpointsHoldThePhase(t *testing.T) {
	l, _, _ := phase(t, nil)
	for stored := range 3 {
		c := checkpoint.New()
		if err := l.save(c); err != nil {
			t.Fatal(err)
		}
		err := c.CheckFloat32("auxiliary.obs", stored*256, 4)
		if stored == 0 != (err != nil) {
			t.Errorf("after %d rollouts: %v", stored, err)
		}
		if err := c.CheckFloat32("auxiliary.head", len(l.auxiliary.head.Parameters)); err != nil {
			t.Error(err)
		}
		var row record.Row
		if err := l.iterate(0, &row); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPPGNeedsFeatures that an auxiliary head can teach.
func TestPPGNeedsFeatures(t *testing.T) {
	c := DefaultPPG()
	c.Policy.Trunk, c.Policy.Actor = nil, nil
	_, err := Run(context.Background(), c, cartPole, Options{Seed: 1, Steps: 1000})
	if err == nil || !strings.Contains(err.Error(), "must have a hidden layer") {
		t.Errorf("error is %v", err)
	}
}
