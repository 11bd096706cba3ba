package policy_test

import (
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
)

// explorers is a policy with state-dependent noise that is drawn anew every
// interval actions, and a pass in which three rows have the same observation.
func explorers(t *testing.T, interval int) (*policy.Policy, *policy.Pass) {
	t.Helper()
	p := newPolicy(t, shapes["state noise"], func(c *policy.Config) { c.NoiseInterval = interval })
	copy(p.Parameters, normal(len(p.Parameters), 0.5, seed.New(2)))
	s := p.NewPass(3)
	s.Forward(slices.Repeat([]float32{0.3, -1, 0.7, 2}, 3))
	return p, s
}

// changes draws actions in one and the same state and says which of them differ
// from the one before; the first always does.
func changes(e *policy.Explorer, s *policy.Pass, count int, rng *seed.Rand) (at []int) {
	var before []float32
	for i := range count {
		action := make([]float32, 2)
		e.Draw(action, s, i%3, rng)
		if !slices.Equal(action, before) {
			at = append(at, i)
		}
		before = action
	}
	return at
}

// TestB5NoiseIsDrawnAnewWhenItIsDue, and only then: in between, the same state
// gives the same action.
func TestB5NoiseIsDrawnAnewWhenItIsDue(t *testing.T) {
	for _, test := range []struct {
		interval int
		want     []int
	}{
		{0, []int{0}},
		{1, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		{3, []int{0, 3, 6}},
		{100, []int{0}},
	} {
		p, s := explorers(t, test.interval)
		e, rng := p.NewExplorer(), seed.New(4)
		for _, episode := range []string{"first", "second"} { // Restart begins anew in the middle of an interval
			if got := changes(e, s, 8, rng); !slices.Equal(got, test.want) {
				t.Errorf("interval %d: the noise changed at %v of the %s, want %v", test.interval, got, episode, test.want)
			}
			e.Restart()
		}
	}
}

func TestRestartDrawsOtherNoise(t *testing.T) {
	p, s := explorers(t, 0)
	e, rng := p.NewExplorer(), seed.New(4)
	first, second := make([]float32, 2), make([]float32, 2)
	e.Draw(first, s, 0, rng)
	e.Restart()
	e.Draw(second, s, 0, rng)
	if slices.Equal(first, second) {
		t.Errorf("the noise after Restart is that before: both actions are %v", first)
	}
}

// Noise is what its weights make of the features of the state: over many weights
// it has the deviation that the row says, and it is other in other states.
func TestNoiseBelongsToTheState(t *testing.T) {
	p, s := explorers(t, 1)
	e, rng := p.NewExplorer(), seed.New(5)
	const draws = 20_000
	action, logProb, mean := make([]float32, 2), make([]float32, 1), 0.0
	for range draws {
		e.Draw(action, s, 1, rng)
		p.Distribution().LogProb(logProb, action, s.Dist[:4])
		mean += float64(logProb[0]) / draws
	}
	// The mean of −log p is the entropy; its deviation is √(2/2) for two dimensions.
	entropy := make([]float32, 1)
	p.Distribution().Entropy(entropy, s.Dist[:4])
	golden.Close(t, "−E log p", []float64{-mean}, []float64{float64(entropy[0])},
		golden.Tolerance{Absolute: 5 / 141.0, Why: "five standard errors of 20,000 draws"})

	q, _ := explorers(t, 0)
	pass, one, other := q.NewPass(2), make([]float32, 2), make([]float32, 2)
	pass.Forward([]float32{1, 0, 0, 0, 0, 1, 0, 0})
	f := q.NewExplorer()
	f.Draw(one, pass, 0, rng)
	f.Draw(other, pass, 1, rng)
	if one[0]-pass.Dist[0] == other[0]-pass.Dist[4] {
		t.Error("two states have the same noise")
	}
}

// TestB5GreedyActionsHaveNoNoise, and do not age it.
func TestB5GreedyActionsHaveNoNoise(t *testing.T) {
	p, s := explorers(t, 2)
	obs, rng := []float32{0.3, -1, 0.7, 2}, seed.New(4)
	actor, greedy := p.NewActor(), make([]float32, 2)
	var sampled [4][2]float32
	for i := range sampled {
		actor.Act(greedy, obs, policy.Greedy)
		golden.Same(t, "greedy action", greedy, s.Dist[:2])
		actor.Act(sampled[i][:], obs, policy.Sample(rng))
	}
	if sampled[0] != sampled[1] || sampled[2] != sampled[3] || sampled[1] == sampled[2] || sampled[0] == [2]float32(greedy) {
		t.Errorf("drew %v around %v, want two pairs", sampled, greedy)
	}
	actor.Restart()
	again := [2]float32{}
	if actor.Act(again[:], obs, policy.Sample(rng)); again == sampled[3] {
		t.Error("the noise after Restart is that before")
	}
}
