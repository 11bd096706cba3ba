package policy_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
)

// scattered is a policy with parameters that are nowhere near their start, so
// that its distributions differ from row to row.
func scattered(t testing.TB, s shape) *policy.Policy {
	p := newPolicy(t, s, nil)
	copy(p.Parameters, normal(len(p.Parameters), 0.5, seed.New(2)))
	return p
}

// actions draws an action for each row of obs.
func actions(p *policy.Policy, obs []float32, rng *seed.Rand) []float32 {
	width, size := p.Observation().Size(), p.Action().Size()
	rows := len(obs) / width
	s := p.NewPass(rows)
	s.Forward(obs)
	out := make([]float32, rows*size)
	explorer := p.NewExplorer()
	for r := range rows {
		explorer.Draw(out[r*size:(r+1)*size], s, r, rng)
	}
	return out
}

// An observation evaluated alone, as an actor does, and among 4,096, as training
// does, has the same bits: that is why the first ratio of an update is 1.
func TestRowAloneEqualsRowInBatch(t *testing.T) {
	const rows = 4096
	for name, s := range shapes {
		if s.Choices == 300 {
			s.Choices = 5 // for speed
		}
		p := scattered(t, s)
		rng := seed.New(3)
		obs := normal(rows*4, 1, rng)
		action := actions(p, obs, rng)
		batch, alone := p.NewPass(rows), p.NewPass(1)
		batch.Evaluate(obs, action)
		width, size := p.Distribution().Parameters(), p.Action().Size()
		for r := 0; r < rows; r += 41 {
			what := fmt.Sprintf("%s, row %d: ", name, r)
			alone.Evaluate(obs[r*4:(r+1)*4], action[r*size:(r+1)*size])
			golden.Same(t, what+"Dist", alone.Dist, batch.Dist[r*width:(r+1)*width])
			golden.Same(t, what+"Value", alone.Value, batch.Value[r:r+1])
			golden.Same(t, what+"LogProb", alone.LogProb, batch.LogProb[r:r+1])
			golden.Same(t, what+"Entropy", alone.Entropy, batch.Entropy[r:r+1])
			alone.ForwardValue(obs[r*4 : (r+1)*4])
			golden.Same(t, what+"Value of ForwardValue", alone.Value, batch.Value[r:r+1])
		}
	}
}

func TestPassAllocatesNothing(t *testing.T) {
	const rows = 10
	for name, s := range shapes {
		p := scattered(t, s)
		rng := seed.New(4)
		obs := normal(rows*4, 1, rng)
		action := actions(p, obs, rng)
		pass, gradient := p.NewPass(rows), make([]float32, len(p.Parameters))
		one := slices.Repeat([]float32{1}, rows)
		allocations := testing.AllocsPerRun(10, func() {
			pass.Evaluate(obs, action)
			pass.Backward(gradient, action, one, one, one)
			pass.ForwardValue(obs)
		})
		if allocations != 0 {
			t.Errorf("%s: %v allocations", name, allocations)
		}
	}
}

func TestPassRefusesOtherBatches(t *testing.T) {
	pass := newPolicy(t, shapes["discrete, separate"], nil).NewPass(2)
	wantPanic(t, "a third row", func() { pass.Forward(make([]float32, 3*4)) })
	wantPanic(t, "half a row", func() { pass.Forward(make([]float32, 4+2)) })
	wantPanic(t, "half a row", func() { pass.ForwardValue(make([]float32, 4+2)) })
	wantPanic(t, "too few actions", func() { pass.Evaluate(make([]float32, 2*4), make([]float32, 1)) })
}

// The parameters are the policy's own: a pass sees them change.
func TestPassSeesNewParameters(t *testing.T) {
	p := scattered(t, shapes["gaussian, shared"])
	obs := normal(4, 1, seed.New(5))
	pass := p.NewPass(1)
	pass.Forward(obs)
	before := slices.Clone(pass.Dist)
	for i := range p.Parameters {
		p.Parameters[i] /= 2
	}
	if pass.Forward(obs); slices.Equal(pass.Dist, before) {
		t.Error("new parameters have no effect")
	}
}
