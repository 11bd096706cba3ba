package train

import (
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/internal/gradcheck"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// gathered fills a learner's buffer as iterate does.
func gathered(t *testing.T, w *workplace, b *rollout.Buffer) {
	t.Helper()
	if err := w.collector.Fill(b); err != nil {
		t.Fatal(err)
	}
	advantage.GAE(b.Advantage, b.Reward, b.Value, b.NextValue, b.Discount, b.Carry, b.N)
	advantage.Returns(b.Return, b.Advantage, b.Value)
}

// TestGradientOfA2C is that of its loss, by finite differences of the loss itself:
// policy, value and entropy, over all rows at once.
func TestGradientOfA2C(t *testing.T) {
	for _, actions := range []space.Space{space.Discrete{N: 3}, space.NewBox([]float32{-1, -1}, []float32{1, 1})} {
		rng := seed.New(6)
		p := newPolicy(t, actions, rng)
		for i := range p.Parameters { // so that no derivative is small by symmetry
			p.Parameters[i] += float32(0.3 * rng.Normal())
		}
		mb := minibatch(p, 150, rng) // three shards, the last one short
		w := &workplace{policy: p, pool: onePool(t)}
		g := newGradient(p, w.pool, mb.Rows)
		loss := terms{surrogate: policyGradient(), valueCoefficient: 0.5, entropyCoefficient: 0.01}
		g.compute(mb, loss)
		got, start := slices.Clone(g.sum), slices.Clone(p.Parameters)
		gradcheck.CompareAlong(t, actions.String(), func(x []float32) float64 {
			copy(p.Parameters, x)
			l := g.compute(mb, loss)
			return l.policy + 0.5*l.value - 0.01*l.entropy
		}, start, got, 8, 2e-3) // the network computes in float32
	}
}

// TestA2CStepsOnceForEachRollout, from all of it, and says how far it went.
func TestA2CStepsOnceForEachRollout(t *testing.T) {
	l, w := begin(t, little(t, "a2c"), cartPole, 2)
	for range 3 {
		before := slices.Clone(w.policy.Parameters)
		var row record.Row
		if err := l.iterate(0.5, &row); err != nil {
			t.Fatal(err)
		}
		if n := value(t, row, record.OptimMinibatches); n != 1 || slices.Equal(before, w.policy.Parameters) {
			t.Errorf("%v steps", n)
		}
		if rows := l.(*a2c).update.rows.Rows; rows != 256 {
			t.Errorf("the step is from %d rows, want 256", rows)
		}
		if kl := value(t, row, record.PolicyKLExact); !(kl > 0 && kl < 1) {
			t.Errorf("divergence is %v", kl)
		}
	}
}

// TestDivergenceIsThatOfTheRowsAlone, on any number of threads, and 0 for a policy
// that has not moved.
func TestDivergenceIsThatOfTheRowsAlone(t *testing.T) {
	rng := seed.New(8)
	p := newPolicy(t, space.Discrete{N: 3}, rng)
	mb := minibatch(p, 150, rng)
	pass := p.NewPass(mb.Rows)
	pass.Forward(mb.Obs)
	old := slices.Clone(pass.Dist)
	w := &workplace{policy: p, pool: onePool(t)}
	d := newDivergence(w, 200)
	if kl := d.mean(mb.Obs, old); kl != 0 {
		t.Errorf("a policy that has not moved diverges by %v", kl)
	}
	for i := range p.Parameters {
		p.Parameters[i] += float32(0.1 * rng.Normal())
	}
	pass.Forward(mb.Obs)
	kl, want := make([]float32, mb.Rows), 0.0
	p.Distribution().KL(kl, old, pass.Dist)
	for _, x := range kl {
		want += float64(x) / float64(len(kl))
	}
	if got := d.mean(mb.Obs, old); !(got > want*(1-1e-12) && got < want*(1+1e-12)) {
		t.Errorf("divergence is %v, want %v", got, want)
	}
}
