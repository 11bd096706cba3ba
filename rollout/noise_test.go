package rollout

import (
	"context"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// mirror is an environment whose observation never changes, so that with
// state-dependent noise an action changes when the noise does. Its reward is the
// action, and episodes have 5 steps.
type mirror struct{ step int }

func (*mirror) Spec() env.Spec {
	return env.Spec{ID: "Mirror", Observation: unbounded(2), Action: space.NewBox([]float32{-9}, []float32{9})}
}
func (m *mirror) Reset(_ *seed.Rand, obs []float32) {
	m.step = 0
	obs[0], obs[1] = 1, -0.5
}
func (m *mirror) Step(action, obs []float32) (float64, env.Status) {
	obs[0], obs[1] = 1, -0.5
	if m.step++; m.step == 5 {
		return float64(action[0]), env.Truncated
	}
	return float64(action[0]), env.Running
}

func newMirror() (env.Env, error) { return &mirror{}, nil }

func noisy(interval int) policy.Config {
	c := policy.DefaultConfig()
	c.StateDependentNoise, c.NoiseInterval = true, interval
	return c
}

// TestB5NoiseIsDrawnAnewInARollout: at its start and every interval steps, not
// where episodes end; every environment has its own.
func TestB5NoiseIsDrawnAnewInARollout(t *testing.T) {
	for _, test := range []struct {
		interval int
		want     []int // steps of 8 at which it is new
	}{
		{0, []int{0}}, {3, []int{0, 3, 6}}, {1, []int{0, 1, 2, 3, 4, 5, 6, 7}},
	} {
		k, _ := collectFrom(t, newMirror, small(), noisy(test.interval), 2)
		last := make([]float32, k.config.Environments)
		for range 2 { // the second rollout begins with new noise, too
			b := fill(t, k)
			for e := range b.N {
				var changed []int
				for step := range b.T {
					if a := b.Action[step*b.N+e]; a != last[e] {
						changed, last[e] = append(changed, step), a
					}
				}
				if !slices.Equal(changed, test.want) {
					t.Errorf("interval %d: the noise of environment %d changed at %v, want %v", test.interval, e, changed, test.want)
				}
				if e > 0 && b.Action[e] == b.Action[e-1] {
					t.Errorf("interval %d: environments %d and %d have the same noise", test.interval, e-1, e)
				}
			}
		}
	}
}

// A rollout with state-dependent noise depends neither on the number of threads
// nor on the batches in which its log-probabilities are computed again.
func TestNoisyRolloutIsReproducible(t *testing.T) {
	for _, normalize := range []bool{false, true} {
		var first *Buffer
		for _, threads := range []int{1, 2, 5} {
			c, pc := small(), noisy(3)
			c.Environments, pc.NormalizeObservation = 5, normalize
			k, p := collectFrom(t, newMirror, c, pc, threads)
			fill(t, k)
			b := fill(t, k)
			pass := p.NewPass(b.Rows())
			pass.Evaluate(b.Obs, b.Action)
			if !slices.Equal(pass.LogProb, b.LogProb) || !slices.Equal(pass.Dist, b.Dist) {
				t.Error("log-probabilities or distributions differ when computed again")
			}
			if first == nil {
				first = b
			}
			if !slices.Equal(first.Action, b.Action) || !slices.Equal(first.LogProb, b.LogProb) || !slices.Equal(first.Reward, b.Reward) {
				t.Errorf("%d threads: the rollout differs from one thread's", threads)
			}
		}
	}
}

func TestNoisyFillAllocatesNothing(t *testing.T) {
	k, _ := collectFrom(t, newMirror, small(), noisy(4), 1)
	b := fill(t, k)
	if n := testing.AllocsPerRun(20, func() {
		if err := k.Fill(b); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations in a rollout of %d steps", n, b.Rows())
	}
}

// Every episode of a Player has noise of its own, which depends on the number of
// the episode alone; without stochastic there is none.
func TestPlayersNoiseIsTheEpisodes(t *testing.T) {
	_, p := collectFrom(t, newMirror, small(), noisy(0), 1)
	play := func(stochastic bool, numbers ...int) (returns []float64) {
		player, err := NewPlayer(newMirror, p, 7, stochastic)
		if err != nil {
			t.Fatal(err)
		}
		defer player.Close()
		for _, n := range numbers {
			episode, err := player.Play(context.Background(), n)
			if err != nil {
				t.Fatal(err)
			}
			returns = append(returns, episode.Return)
		}
		return returns
	}
	drawn := play(true, 0, 1, 2)
	if alone := play(true, 2)[0]; alone != drawn[2] {
		t.Errorf("episode 2 returns %v after others and %v alone", drawn[2], alone)
	}
	if drawn[0] == drawn[1] || drawn[1] == drawn[2] {
		t.Errorf("episodes share their noise: returns %v", drawn)
	}
	greedy := play(false, 0, 1)
	if greedy[0] != greedy[1] || slices.Contains(drawn, greedy[0]) {
		t.Errorf("greedy episodes return %v, drawn ones %v", greedy, drawn)
	}
}
