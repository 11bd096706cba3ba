package train

import (
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// minibatch makes one of made-up but consistent rows for a policy.
func minibatch(p *policy.Policy, rows int, rng *seed.Rand) *rollout.Minibatch {
	d, a := p.Observation().Size(), p.Action().Size()
	b := rollout.NewBuffer(rows, 1, d, a, p.Distribution().Parameters())
	for i := range b.Obs {
		b.Obs[i] = float32(rng.Normal())
	}
	pass := p.NewPass(rows)
	pass.Forward(b.Obs)
	copy(b.Dist, pass.Dist)
	copy(b.Value, pass.Value)
	explorer := p.NewExplorer()
	for i := range rows {
		explorer.Draw(b.Action[i*a:(i+1)*a], pass, i, rng)
		b.Advantage[i], b.Return[i] = float32(rng.Normal()), float32(rng.Normal())
	}
	p.Distribution().LogProb(b.LogProb, b.Action, b.Dist)
	for mb := range rollout.NewMinibatcher(b, rows).Shuffle(rng) {
		return mb
	}
	panic("no minibatch")
}

func newPolicy(t *testing.T, s space.Space, rng *seed.Rand) *policy.Policy {
	t.Helper()
	return newPolicyWith(t, policy.DefaultConfig(), s, rng)
}

func newPolicyWith(t *testing.T, c policy.Config, s space.Space, rng *seed.Rand) *policy.Policy {
	t.Helper()
	p, err := policy.New(c, space.NewBox([]float32{-1, -1, -1}, []float32{1, 1, 1}), s, rng)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ppoTerms() terms {
	return terms{surrogate: region.Surrogate{Loss: objective.Clip(0.2, 0.2, 0)}, valueCoefficient: 0.5, entropyCoefficient: 0.01}
}

// TestFirstRatioIsExactlyOne (silent bug K4): a policy that has not moved has
// the same log-probabilities in training as in the rollout, in every bit.
func TestFirstRatioIsExactlyOne(t *testing.T) {
	noisy := policy.DefaultConfig()
	noisy.StateDependentNoise, noisy.NoiseInterval = true, 4
	continuous := space.NewBox([]float32{-1, -1}, []float32{1, 1})
	for _, test := range []struct {
		config  policy.Config
		actions space.Space
	}{
		{policy.DefaultConfig(), space.Discrete{N: 3}}, {policy.DefaultConfig(), continuous}, {noisy, continuous},
	} {
		actions, rng := test.actions, seed.New(1)
		p := newPolicyWith(t, test.config, actions, rng)
		mb := minibatch(p, 200, rng)
		pool := parallel.New(2)
		defer pool.Close()
		l := newGradient(p, pool, 200).compute(mb, ppoTerms())
		if l.stats.RatioMin != 1 || l.stats.RatioMax != 1 || l.stats.KL() != 0 || l.stats.ClipFraction() != 0 {
			t.Errorf("%v: ratios from %v to %v, KL %v, want exactly 1 and 0", actions, l.stats.RatioMin, l.stats.RatioMax, l.stats.KL())
		}
	}
}

// TestGradientDependsOnTheBatchAlone, not on the number of threads.
func TestGradientDependsOnTheBatchAlone(t *testing.T) {
	rng := seed.New(2)
	p := newPolicy(t, space.Discrete{N: 3}, rng)
	mb := minibatch(p, 300, rng) // five shards, the last one short
	var first []float32
	var firstLosses losses
	for _, threads := range []int{1, 2, 5} {
		pool := parallel.New(threads)
		g := newGradient(p, pool, 300)
		l := g.compute(mb, ppoTerms())
		if first == nil {
			first, firstLosses = slices.Clone(g.sum), l
		}
		if !slices.Equal(first, g.sum) || l != firstLosses {
			t.Errorf("%d threads: gradient or losses differ from one thread's", threads)
		}
		pool.Close()
	}
}

// TestShardsAddUpToTheWhole: the sum over shards is the gradient of the batch.
func TestShardsAddUpToTheWhole(t *testing.T) {
	rng := seed.New(3)
	p := newPolicy(t, space.Discrete{N: 3}, rng)
	mb := minibatch(p, 150, rng)
	pool := parallel.New(1)
	defer pool.Close()
	g := newGradient(p, pool, 150)
	g.compute(mb, ppoTerms())

	pass := p.NewPass(150)
	pass.Evaluate(mb.Obs, mb.Action)
	dLogProb, dEntropy, dValue := make([]float32, 150), make([]float32, 150), make([]float32, 150)
	var s objective.Stats
	t2 := ppoTerms()
	t2.surrogate.Loss(dLogProb, &objective.Batch{LogProb: pass.LogProb, OldLogProb: mb.LogProb, Advantage: mb.Advantage, Weight: mb.Weight}, &s)
	objective.SquaredError(dValue, pass.Value, mb.Return, mb.Weight, t2.valueCoefficient)
	objective.Entropy(dEntropy, pass.Entropy, mb.Weight, t2.entropyCoefficient)
	whole := make([]float32, len(p.Parameters))
	pass.Backward(whole, mb.Action, dLogProb, dEntropy, dValue)
	for i := range whole {
		if d := whole[i] - g.sum[i]; d > 1e-6 || d < -1e-6 {
			t.Fatalf("element %d: %v in shards, %v as a whole", i, g.sum[i], whole[i])
		}
	}
}

func TestGradientAllocatesNothing(t *testing.T) {
	rng := seed.New(4)
	p := newPolicy(t, space.Discrete{N: 3}, rng)
	mb := minibatch(p, 256, rng)
	pool := parallel.New(1)
	defer pool.Close()
	g, terms := newGradient(p, pool, 256), ppoTerms()
	if n := testing.AllocsPerRun(10, func() { g.compute(mb, terms) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
