package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
)

// score is the mean return of the policy over some episodes.
func score(t *testing.T, p *policy.Policy) float64 {
	t.Helper()
	s, err := Evaluate(context.Background(), p, cartPole, Trial{Episodes: 20, Seed: 7, Threads: 2, Stochastic: true})
	if err != nil {
		t.Fatal(err)
	}
	return s.Mean()
}

// TestGuardSavesARunThatASpikeDestroys: one update with a learning rate a
// thousand times too high, on a policy that has learned something.
func TestGuardSavesARunThatASpikeDestroys(t *testing.T) {
	const rate = 3e-3
	for s := range uint64(3) {
		play := func(bound float64) (before, after, later float64, spike record.Row) {
			c := quick()
			c.Optim.LearningRate, c.Epochs, c.Minibatch = optim.Constant(rate), 10, 64
			c.Guard.KL, c.Guard.Retries = bound, 12
			l := newSeededLearner(t, c, cartPole, 2, s)
			iterate(t, l, 20)
			before = score(t, l.policy)
			l.Optim.LearningRate = optim.Constant(1000 * rate)
			spike = iterate(t, l, 1)[0]
			after = score(t, l.policy)
			l.Optim.LearningRate = optim.Constant(rate)
			iterate(t, l, 5)
			return before, after, score(t, l.policy), spike
		}
		before, after, later, _ := play(0)
		if !(before > 80 && after < before/3 && later < before/3) {
			t.Errorf("seed %d without a guard: return %v before the spike, %v after it and %v later, so the test shows little", s, before, after, later)
		}
		before, after, later, spike := play(0.02)
		if !(before > 80 && after > 0.7*before && later > 0.7*before) {
			t.Errorf("seed %d with the guard: return %v before the spike, %v after it and %v later", s, before, after, later)
		}
		kl, restores := value(t, spike, record.GuardKL), value(t, spike, record.GuardRestores)
		undone, used := value(t, spike, record.GuardUndone), value(t, spike, record.OptimLearningRate)
		if kl > 0.02 || restores < 5 || undone != 0 || used >= 1000*rate/30 {
			t.Errorf("seed %d: the row shows a divergence of %v after %v restores, %v undone, learning rate %v", s, kl, restores, undone, used)
		}
	}
}

// TestGuardRestoresEverything: an update that stays undone leaves parameters and
// optimiser as they were, in every bit.
func TestGuardRestoresEverything(t *testing.T) {
	for _, retries := range []int{0, 3} {
		c := quick()
		c.Guard.KL, c.Guard.Retries = 1e-12, retries
		c.Policy.NormalizeObservation = true
		l := newLearner(t, c, cartPole, 2)
		l.guard.GuardSection.KL = 1 // to have moments
		iterate(t, l, 2)
		l.guard.GuardSection.KL = 1e-12
		parameters := slices.Clone(l.policy.Parameters)
		mean, square := l.adam.Moments()
		mean, square = slices.Clone(mean), slices.Clone(square)
		steps, seen := l.adam.Steps(), l.policy.Normalizer.Moments()[0].Count
		row := iterate(t, l, 1)[0]

		m, s := l.adam.Moments()
		if !slices.Equal(l.policy.Parameters, parameters) || !slices.Equal(m, mean) || !slices.Equal(s, square) || l.adam.Steps() != steps {
			t.Errorf("%d retries: an update that stays undone has left something", retries)
		}
		if l.policy.Normalizer.Moments()[0].Count <= seen {
			t.Errorf("%d retries: what was observed is forgotten", retries)
		}
		if restores, undone := value(t, row, record.GuardRestores), value(t, row, record.GuardUndone); restores != float64(retries+1) || undone != 1 {
			t.Errorf("%d retries: %v restores, %v undone", retries, restores, undone)
		}
		if kl, used := value(t, row, record.GuardKL), value(t, row, record.OptimLearningRate); !(kl > 1e-12) || used != 3e-4/float64(int(1)<<retries) {
			t.Errorf("%d retries: the last try had a learning rate of %v and a divergence of %v", retries, used, kl)
		}
	}
}

// TestGuardThatAcceptsChangesNothing but the row, under every surrogate.
func TestGuardThatAcceptsChangesNothing(t *testing.T) {
	for _, name := range objectives() {
		c := picking(name)
		plain := newLearner(t, c, cartPole, 2)
		c.Guard.KL, c.Guard.Drop = 1e3, 1e3
		guarded := newLearner(t, c, cartPole, 2)
		without, with := iterate(t, plain, 3), iterate(t, guarded, 3)
		if !slices.Equal(plain.policy.Parameters, guarded.policy.Parameters) {
			t.Errorf("%s: parameters differ", name)
		}
		for i := range without {
			for _, s := range without[i].Scalars {
				if v := value(t, with[i], s.Name); v != s.Value {
					t.Errorf("%s: %s is %v with a guard and %v without", name, s.Name, v, s.Value)
				}
			}
			if _, ok := without[i].Value(record.GuardKL); ok {
				t.Errorf("%s: a run without a guard reports one", name)
			}
		}
	}
}

// picking is quick with an objective that finds rows to pick, if it picks any.
func picking(name string) PPO {
	c := quick()
	c.Objective, c.Surrogate.Share, c.Surrogate.CovarianceLow = name, 0.1, 0.001
	return c
}

// TestGuardSeesNoDropWithoutAStep: an update that moves nothing lowers no
// objective, whatever rows are picked.
func TestGuardSeesNoDropWithoutAStep(t *testing.T) {
	for _, name := range objectives() {
		c := picking(name)
		c.Optim.LearningRate, c.Guard.Drop = optim.Constant(0), 1e-12
		for i, row := range iterate(t, newLearner(t, c, cartPole, 2), 3) {
			if drop, restores := value(t, row, record.GuardDrop), value(t, row, record.GuardRestores); drop != 0 || restores != 0 {
				t.Errorf("%s, update %d: drop is %v and %v updates were taken back", name, i, drop, restores)
			}
		}
	}
}

// TestGuardPicksByTheOldPolicy, the same rows for all tries, as kl-cov does
// without drawing.
func TestGuardPicksByTheOldPolicy(t *testing.T) {
	c := picking("kl-cov")
	c.Optim.LearningRate, c.Guard.KL, c.Guard.Drop, c.Guard.Retries = optim.Constant(1e-2), 1e-12, 1e3, 2
	l := newLearner(t, c, cartPole, 2)
	row := iterate(t, l, 1)[0]

	b, s := l.guard.batch, l.guard.surrogate
	pick := func(logProb []float32) []bool {
		selected := make([]bool, len(b.Selected))
		b.LogProb = logProb
		s.Pick(selected, &b, nil)
		return selected
	}
	if !slices.Equal(b.Selected, pick(b.OldLogProb)) {
		t.Error("the rows are not those that the old policy picks")
	}
	if slices.Equal(b.Selected, pick(l.guard.logProb)) {
		t.Error("the new policy picks the same, so the test shows little")
	}
	loss := func(logProb []float32) float64 {
		b.LogProb = logProb
		return s.Loss(make([]float32, len(logProb)), &b, new(objective.Stats))
	}
	if got, want := value(t, row, record.GuardDrop), loss(l.guard.logProb)-loss(b.OldLogProb); got != want {
		t.Errorf("drop is %v, want %v", got, want)
	}
}

// TestGuardJudgesByWhatHasABound: of measures that are not numbers only one with
// a bound refuses an update.
func TestGuardJudgesByWhatHasABound(t *testing.T) {
	for _, test := range []struct {
		kl, drop         float64 // bounds
		noKL, noDrop, ok bool    // which measure is not a number, and whether the update may stay
	}{
		{kl: 1, drop: 10, ok: true},
		{kl: 1, noKL: true},
		{kl: 1, noDrop: true, ok: true},
		{drop: 10, noDrop: true},
		{drop: 10, noKL: true, ok: true},
		{kl: 1, drop: 10, noKL: true},
		{kl: 1, drop: 10, noDrop: true},
	} {
		c := quick()
		c.Guard.KL, c.Guard.Drop, c.Guard.Retries = test.kl, test.drop, 0
		l := newLearner(t, c, cartPole, 1)
		good := l.learn
		l.learn = func(mb *rollout.Minibatch) bool {
			if test.noKL {
				l.buffer.Dist[0] = float32(math.NaN())
			}
			if test.noDrop {
				l.guard.batch.Advantage[0] = float32(math.NaN())
			}
			return good(mb)
		}
		row := iterate(t, l, 1)[0]
		if ok := value(t, row, record.GuardUndone) == 0; ok != test.ok {
			t.Errorf("%+v: the update stays: %v", test, ok)
		}
		if kl := value(t, row, record.GuardKL); math.IsNaN(kl) != test.noKL {
			t.Errorf("%+v: divergence is %v, so the test shows little", test, kl)
		}
		if drop, ok := row.Value(record.GuardDrop); ok != (test.drop > 0) || ok && math.IsNaN(drop) != test.noDrop {
			t.Errorf("%+v: drop is %v, reported: %v", test, drop, ok)
		}
	}
}

// TestNothingIsLearnedFromAnUpdateThatStaysUndone: what controllers hold stays as
// it was, and there was no early stop.
func TestNothingIsLearnedFromAnUpdateThatStaysUndone(t *testing.T) {
	for _, bound := range []float64{1e-12, 1e3} {
		c := quick()
		c.Objective, c.Surrogate.KLTarget, c.ClipTargetKL = "kl", 1e-6, 1e-6
		c.TargetKL, c.TargetKLPer = 1e-9, perEpoch
		c.Optim.LearningRate, c.Guard.KL, c.Guard.Retries = optim.Constant(1e-2), bound, 0
		rows := iterate(t, newLearner(t, c, cartPole, 2), 3)
		undone := value(t, rows[2], record.GuardUndone)
		if want := map[bool]float64{true: 3, false: 0}[bound < 1]; undone != want {
			t.Fatalf("bound %v: %v updates stay undone, want %v", bound, undone, want)
		}
		for name, stays := range map[string]float64{record.OptimClipHigh: 0.2, record.OptimClipLow: 0.2, record.OptimKLCoefficient: 1, record.OptimEarlyStops: 0} {
			if got := value(t, rows[2], name); (got == stays) != (undone > 0) {
				t.Errorf("bound %v: %s is %v after %v updates that stay undone, began at %v", bound, name, got, undone, stays)
			}
		}
	}
}

// TestGuardMeasures the divergence and the objective of the whole experience:
// against a single pass over all rows.
func TestGuardMeasures(t *testing.T) {
	for name, maker := range map[string]env.Maker{"discrete": cartPole, "continuous": pendulum} {
		for _, divergence := range []string{"exact", "k3"} {
			c := quick()
			c.Guard.KL, c.Guard.Drop, c.Guard.Divergence, c.NormalizeAdvantage = 1e3, 1e3, divergence, false
			c.Optim.LearningRate = optim.Constant(1e-2)
			l := newLearner(t, c, maker, 3)
			row := iterate(t, l, 1)[0]

			b := l.buffer
			pass := l.policy.NewPass(b.Rows())
			pass.Evaluate(b.Obs, b.Action)
			kl := make([]float32, b.Rows())
			l.policy.Distribution().KL(kl, b.Dist, pass.Dist)
			mean, gain := 0.0, 0.0
			for i := range kl {
				change := float64(pass.LogProb[i]) - float64(b.LogProb[i])
				ratio := math.Exp(change)
				if divergence == "k3" {
					kl[i] = float32(ratio - 1 - change)
				}
				mean += float64(kl[i]) / float64(len(kl))
				a := float64(b.Advantage[i])
				gain += (min(ratio*a, min(max(ratio, 0.8), 1.2)*a) - a) / float64(len(kl))
			}
			if got := value(t, row, record.GuardKL); math.Abs(got/mean-1) > 1e-4 { // float32 rounds the ratio
				t.Errorf("%s, %s: divergence is %v, want %v", name, divergence, got, mean)
			}
			if got := value(t, row, record.GuardDrop); math.Abs(got+gain) > 1e-5*(1+math.Abs(gain)) {
				t.Errorf("%s, %s: drop is %v, want %v", name, divergence, got, -gain)
			}
		}
	}
}

// TestGuardOfTheObjective takes back what lowers it: steps the wrong way.
func TestGuardOfTheObjective(t *testing.T) {
	c := quick()
	c.Guard.Drop, c.Guard.Retries, c.Epochs = 0.01, 6, 10
	c.Optim.LearningRate = optim.Constant(1)
	l := newLearner(t, c, cartPole, 2)
	row := iterate(t, l, 1)[0]
	if drop, restores := value(t, row, record.GuardDrop), value(t, row, record.GuardRestores); restores == 0 || drop > 0.01 && value(t, row, record.GuardUndone) == 0 {
		t.Errorf("an update that lowers the objective by %v stays after %v restores", drop, restores)
	}
}

// TestGuardTakesBackWhatIsNotFinite: a gradient that is no number ends a try, and
// the run only if the last one ends so, too.
func TestGuardTakesBackWhatIsNotFinite(t *testing.T) {
	for _, failures := range []int{1, 2, 3} {
		c := quick()
		c.Guard.KL, c.Guard.Retries = 1, 2
		l := newLearner(t, c, cartPole, 2)
		before, tries, good := slices.Clone(l.policy.Parameters), 0, l.learn
		l.learn = func(mb *rollout.Minibatch) bool {
			if l.seen.minibatches == 1 {
				if tries++; tries <= failures {
					mb.Return[0] = float32(math.NaN())
				}
			}
			return good(mb)
		}
		var row record.Row
		err := l.iterate(0.5, &row)
		var numerical *NumericalError
		switch {
		case failures <= 2 && err != nil:
			t.Errorf("%d failures: %v", failures, err)
		case failures <= 2 && value(t, row, record.GuardRestores) != float64(failures):
			t.Errorf("%d failures: %v restores", failures, value(t, row, record.GuardRestores))
		case failures == 3 && !errors.As(err, &numerical):
			t.Errorf("after the last retry the error is %v", err)
		case failures == 3 && !slices.Equal(l.policy.Parameters, before):
			t.Error("the parameters of the last try were kept")
		}
	}
}

// TestGuardDoesNotDependOnThreads.
func TestGuardDoesNotDependOnThreads(t *testing.T) {
	for _, name := range []string{"clip", "clip-cov"} {
		var parameters []float32
		var rows []record.Row
		for _, threads := range []int{1, 2, 5} {
			c := quick()
			c.Objective, c.Optim.LearningRate = name, optim.Constant(0.1)
			c.Guard.KL, c.Guard.Drop, c.Guard.Retries = 0.02, 0.1, 4
			l := newLearner(t, c, cartPole, threads)
			got := iterate(t, l, 4)
			if rows == nil {
				parameters, rows = l.policy.Parameters, got
			}
			for i := range got {
				if !slices.Equal(got[i].Scalars, rows[i].Scalars) {
					t.Errorf("%s, %d threads, update %d: metrics differ:\n%v\n%v", name, threads, i, got[i].Scalars, rows[i].Scalars)
				}
			}
			if !slices.Equal(l.policy.Parameters, parameters) {
				t.Errorf("%s, %d threads: parameters differ", name, threads)
			}
		}
		if value(t, rows[3], record.GuardRestores) == 0 {
			t.Errorf("%s: nothing was taken back, so the test shows little", name)
		}
	}
}
