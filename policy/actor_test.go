package policy_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// bounded is a policy for two continuous actions within narrow bounds.
func bounded(t testing.TB) *policy.Policy {
	t.Helper()
	action := space.NewBox([]float32{-0.25, -1}, []float32{0.5, 2})
	c := policy.DefaultConfig()
	c.NormalizeObservation = true
	p, err := policy.New(c, box(3), action, seed.New(1))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// startingAt10 is a policy for the actions 10, 11 and 12.
func startingAt10(t testing.TB) *policy.Policy {
	t.Helper()
	p, err := policy.New(policy.DefaultConfig(), box(3), space.Discrete{N: 3, Start: 10}, seed.New(1))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// bias is the part of the parameters that shifts logits or means.
func bias(p *policy.Policy) []float32 {
	for _, t := range p.Layout().Tensors() {
		if t.Name == "actor.head.bias" {
			return t.Of(p.Parameters)
		}
	}
	panic("no head")
}

func TestGreedyActions(t *testing.T) {
	obs := []float32{0.1, 0.2, -0.3}

	p := startingAt10(t)
	copy(bias(p), []float32{0, 2, 1})
	action := make([]float32, 1)
	p.NewActor().Act(action, obs, policy.Greedy)
	golden.Same(t, "the likeliest of three, counted from 10", action, []float32{11})

	q := bounded(t)
	copy(bias(q), []float32{-9, 9}) // far beyond the bounds
	pair := make([]float32, 2)
	q.NewActor().Act(pair, obs, policy.Greedy)
	golden.Same(t, "means outside the bounds", pair, []float32{-0.25, 2})
	copy(bias(q), []float32{0.25, 0})
	a := q.NewActor()
	a.Act(pair, obs, policy.Greedy)
	if pair[0] == 0.5 || pair[0] == -0.25 {
		t.Errorf("a mean inside the bounds became %v", pair[0])
	}
	first := slices.Clone(pair)
	a.Act(pair, obs, policy.Greedy)
	golden.Same(t, "the same action again", pair, first)
}

// Drawn actions come from the distribution that a pass computes, follow the
// seed, and stay within the bounds.
func TestSampledActions(t *testing.T) {
	p, obs := bounded(t), []float32{0.1, 0.2, -0.3}
	action, drawn, want := make([]float32, 2), make([]float32, 2), make([]float32, 2)
	rng, again := seed.New(2), seed.New(2)
	actor, pass := p.NewActor(), p.NewPass(1)
	seen := make([]float32, 3)
	p.Normalizer.Update(normal(90, 5, seed.New(6)))
	p.Normalizer.Normalize(seen, obs)
	pass.Forward(seen)
	atBound := 0
	for range 200 {
		actor.Act(action, obs, policy.Sample(rng))
		p.Distribution().Sample(drawn, pass.Dist, again)
		p.EnvironmentAction(want, drawn)
		golden.Same(t, "drawn action", action, want)
		if action[0] < -0.25 || action[0] > 0.5 || action[1] < -1 || action[1] > 2 {
			t.Fatalf("drew %v, which is outside the bounds", action)
		}
		if action[0] == -0.25 || action[0] == 0.5 {
			atBound++
		}
	}
	if atBound == 0 {
		t.Error("a deviation of 1 never reached bounds of −0.25 and 0.5")
	}
	golden.Same(t, "value", []float32{actor.Value()}, pass.Value)

	q, one := startingAt10(t), make([]float32, 1)
	count := map[float32]int{}
	actor = q.NewActor()
	for range 600 {
		actor.Act(one, obs, policy.Sample(rng))
		count[one[0]]++
	}
	if len(count) != 3 || count[10] < 100 || count[11] < 100 || count[12] < 100 {
		t.Errorf("a fresh policy drew %v, want 10, 11 and 12 about equally often", count)
	}
}

// The action that log-probabilities speak of stays as drawn; only what the
// environment is given is changed.
func TestEnvironmentActionLeavesItsArgument(t *testing.T) {
	drawn, dst := []float32{5, -5}, make([]float32, 2)
	bounded(t).EnvironmentAction(dst, drawn)
	golden.Same(t, "clipped", dst, []float32{0.5, -1})
	golden.Same(t, "as drawn", drawn, []float32{5, -5})
}

func TestActAllocatesNothing(t *testing.T) {
	rng := seed.New(3)
	for name, p := range map[string]*policy.Policy{
		"bounded": bounded(t), "discrete": startingAt10(t), "many choices": scattered(t, shapes["discrete, shared"]),
	} {
		obs, action := make([]float32, p.Observation().Size()), make([]float32, p.Action().Size())
		actor := p.NewActor()
		allocations := testing.AllocsPerRun(50, func() {
			actor.Act(action, obs, policy.Greedy)
			actor.Act(action, obs, policy.Sample(rng))
		})
		if allocations != 0 {
			t.Errorf("%s: %v allocations", name, allocations)
		}
	}
}

// Actors of one policy work side by side; the race detector watches.
func TestActorsInGoroutines(t *testing.T) {
	p := bounded(t)
	rng := seed.New(4)
	p.Normalizer.Update(normal(300, 2, rng))
	obs := normal(3*100, 2, rng)
	play := func() []float32 {
		actor, source := p.NewActor(), seed.New(5)
		out := make([]float32, 0, 4*100)
		action := make([]float32, 2)
		for r := range 100 {
			actor.Act(action, obs[3*r:3*r+3], policy.Greedy)
			out = append(out, action...)
			actor.Act(action, obs[3*r:3*r+3], policy.Sample(source))
			out = append(out, action...)
		}
		return out
	}
	want := play()
	var wait sync.WaitGroup
	got := make([][]float32, 2)
	for i := range got {
		wait.Go(func() { got[i] = play() })
	}
	wait.Wait()
	for _, g := range got {
		golden.Same(t, "actions of a goroutine", g, want)
	}
}

func TestActorMisuse(t *testing.T) {
	actor := bounded(t).NewActor()
	two, three := make([]float32, 2), make([]float32, 3)
	wantPanic(t, "a short observation", func() { actor.Act(two, two, policy.Greedy) })
	wantPanic(t, "a long action", func() { actor.Act(three, three, policy.Greedy) })
	wantPanic(t, "sampling from nothing", func() { policy.Sample(nil) })
}
