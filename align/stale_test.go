package align

import (
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
)

// TestDualClipDropsStaleTokens: an experience that was drawn long ago, when the model
// found each of its tokens e² times less likely. The clip has nothing more to say of the
// good ones; the bad ones pull with seven times their advantage, and the dual clip drops
// them.
func TestDualClipDropsStaleTokens(t *testing.T) {
	pull := map[float64]float64{}
	for _, dual := range []float64{0, 3, 10} {
		w := bench(t, 1)
		e := recorded(t, w, 4)
		c := fewGRPO()
		c.DualClip, c.Minibatch, c.Optim.MaxGradientNorm = dual, 0, 0
		c.Optim.LearningRate = optim.Constant(0.01)
		l := begun(t, c, w)
		e.logProb = l.source.scored(w.model, e)
		e.drawn = slices.Clone(e.logProb)
		for i := range e.logProb {
			e.logProb[i] -= 2
		}
		found := differentiated(l, e)
		norm, _, err := optim.ClipNorm(l.actor.tuner.gradient, 0)
		if err != nil {
			t.Fatal(err)
		}
		pull[dual] = norm
		bad := 0
		for _, a := range l.tokens {
			if a < 0 {
				bad++
			}
		}
		if found.stats.HighNegative != bad || found.stats.HighPositive == 0 {
			t.Errorf("dual clip %v: %d bad tokens above the range and %d good ones, of %d and %d",
				dual, found.stats.HighNegative, found.stats.HighPositive, bad, len(l.tokens)-bad)
		}
		before := slices.Clone(w.model.Parameters)
		if err := l.actor.improve(e, l.tokens, 0); err != nil {
			t.Fatal(err)
		}
		if dual == 3 {
			golden.Same(t, "parameters", w.model.Parameters, before)
		} else if slices.Equal(w.model.Parameters, before) {
			t.Errorf("dual clip %v: nothing has moved", dual)
		}
	}
	if pull[3] != 0 || !(pull[0] > 0) || pull[10] != pull[0] {
		t.Errorf("gradient norms %v by dual clip", pull)
	}
}

// TestGuardHoldsStalePasses: ten passes over the same completions, at a rate far too
// high, move the model away from where they were drawn; with the guard no update does.
func TestGuardHoldsStalePasses(t *testing.T) {
	const bound = 0.02
	for _, guarded := range []bool{false, true} {
		c := fewGRPO()
		c.Epochs, c.Optim.LearningRate = 10, optim.Constant(0.03)
		if guarded {
			c.Guard = GuardSection{KL: bound, Retries: 12}
		}
		farthest, restores := 0.0, 0.0
		_, err := Run(t.Context(), c, coins(t), Options{Seed: 1, Steps: 3, Threads: 2, Observe: func(p Progress) {
			metric := record.PolicyKL // over the last pass; nobody measures the whole without a guard
			if guarded {
				metric = record.GuardKL
			}
			kl, ok := p.Row.Value(metric)
			if !ok || math.IsNaN(kl) {
				t.Errorf("step %d: %s is %v (%v)", p.Step, metric, kl, ok)
			}
			farthest = max(farthest, kl)
			restores, _ = p.Row.Value(record.GuardRestores)
		}})
		if err != nil {
			t.Fatal(err)
		}
		if guarded && (farthest > bound || restores == 0) || !guarded && farthest < 5*bound {
			t.Errorf("guarded %v: updates go %v far, %v were taken back", guarded, farthest, restores)
		}
	}
}
