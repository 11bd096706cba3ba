package train

import (
	"testing"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
)

// newLearner makes PPO ready to iterate, outside a run, with seed 1.
func newLearner(t testing.TB, c PPO, maker env.Maker, threads int) *ppo {
	t.Helper()
	return newSeededLearner(t, c, maker, threads, 1)
}

func newSeededLearner(t testing.TB, c PPO, maker env.Maker, threads int, s uint64) *ppo {
	t.Helper()
	spec := must(maker()).Spec()
	p, err := policy.New(c.Policy, spec.Observation, spec.Action, seed.Stream(s, "policy", 0))
	if err != nil {
		t.Fatal(err)
	}
	w := &workplace{policy: p, pool: parallel.New(threads), seed: s}
	t.Cleanup(w.pool.Close)
	w.collector, err = rollout.NewCollector(maker, p, c.Rollout, w.pool, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.collector.Close() })
	return c.start(w).(*ppo)
}

// TestUpdateAllocatesNothing once its memory is made: rollout, update, guard and
// row.
func TestUpdateAllocatesNothing(t *testing.T) {
	for name, change := range map[string]func(*PPO){
		"clip":             func(*PPO) {},
		"guard":            func(c *PPO) { c.Guard.KL, c.Guard.Drop = 1, 1 },
		"guard, no drop":   func(c *PPO) { c.Guard.KL = 1 },
		"guard takes back": func(c *PPO) { c.Guard.KL = 1e-12 },
		"stops":            func(c *PPO) { c.TargetKL, c.TargetKLPer = 1e-9, perEpoch },
		"target":           func(c *PPO) { c.ClipTargetKL = 1e3 },
	} {
		c := quick()
		change(&c)
		l := newLearner(t, c, cartPole, 1)
		iterate(t, l, 20) // until a factor has reached its end
		var row record.Row
		n := testing.AllocsPerRun(5, func() {
			row.Scalars, row.Histograms = row.Scalars[:0], row.Histograms[:0]
			if err := l.iterate(0.5, &row); err != nil {
				t.Fatal(err)
			}
		})
		if n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// TestStopPerEpoch: the update ends after a whole pass, at the first whose
// divergence exceeds the target.
func TestStopPerEpoch(t *testing.T) {
	for _, estimator := range []string{estimatorK1, "k3"} {
		c := quick()
		c.Epochs, c.Optim.LearningRate = 30, optim.Constant(1e-2)
		c.TargetKL, c.TargetKLPer, c.TargetKLEstimator = 0.01, perEpoch, estimator
		l := newLearner(t, c, cartPole, 2)
		count, stops := l.minibatches.Count(), 0.0
		var passes []objective.Stats
		l.learn = func(mb *rollout.Minibatch) bool {
			ok := l.learnFrom(mb)
			if l.seen.inEpoch == count {
				passes = append(passes, l.seen.epoch)
			}
			return ok
		}
		for i := range 6 {
			passes = passes[:0]
			row := iterate(t, l, 1)[0]
			if n := value(t, row, record.OptimMinibatches); n != float64(count*len(passes)) || len(passes) == 0 {
				t.Errorf("%s, update %d: %v steps in %d passes of %d", estimator, i, n, len(passes), count)
			}
			for k := range passes {
				kl, last := passes[k].KL(), k == len(passes)-1
				if estimator == estimatorK1 {
					kl = passes[k].KL1()
				}
				if kl > c.TargetKL != last && len(passes) < c.Epochs {
					t.Errorf("%s, update %d: divergence is %v in pass %d of %d", estimator, i, kl, k+1, len(passes))
				}
			}
			if len(passes) < c.Epochs {
				stops++
			}
			if got := value(t, row, record.OptimEarlyStops); got != stops {
				t.Errorf("%s, update %d: %v early stops, want %v", estimator, i, got, stops)
			}
		}
		if stops < 3 {
			t.Errorf("%s: only %v of 6 updates stopped early, so the test shows little", estimator, stops)
		}
	}
}

// TestRowOfAnUpdate: what is recorded agrees with itself.
func TestRowOfAnUpdate(t *testing.T) {
	c := quick()
	c.Optim.LearningRate, c.Epochs = optim.Constant(1e-2), 10
	for i, row := range iterate(t, newLearner(t, c, cartPole, 2), 5) {
		high := value(t, row, record.PolicyHighPositive) + value(t, row, record.PolicyHighNegative)
		low := value(t, row, record.PolicyLowPositive) + value(t, row, record.PolicyLowNegative)
		if d := high - value(t, row, record.PolicyClipFractionHigh); d > 1e-12 || d < -1e-12 {
			t.Errorf("update %d: fractions above by sign sum to %v", i, high)
		}
		if d := low - value(t, row, record.PolicyClipFractionLow); d > 1e-12 || d < -1e-12 {
			t.Errorf("update %d: fractions below by sign sum to %v", i, low)
		}
		silent := value(t, row, record.PolicyHighPositive) + value(t, row, record.PolicyLowNegative)
		if d := silent - value(t, row, record.PolicyZeroGradient); d > 1e-12 || d < -1e-12 || silent == 0 {
			t.Errorf("update %d: %v of the rows are clipped in their direction, %v have no gradient", i, silent, value(t, row, record.PolicyZeroGradient))
		}
		if ess := value(t, row, record.PolicyEffectiveSampleSize); !(0.5 < ess && ess < 1) {
			t.Errorf("update %d: effective sample size is %v", i, ess)
		}
		h, ok := row.Histogram(record.PolicyLogRatio)
		if !ok || h.Total() != 256 || h.Low != -1 || h.High != 1 {
			t.Errorf("update %d: histogram %+v, want one of 256 rows", i, h)
		}
	}
}

// TestRunAllocatesNothing for an update once its memory is made: all that Run does
// beside what it writes to files.
func TestRunAllocatesNothing(t *testing.T) {
	for _, threads := range []int{1, 2} {
		c := quick()
		c.Policy.NormalizeObservation = true
		updates := 0
		r, err := prepare(c, cartPole, Options{
			Seed: 1, Steps: 1 << 30, Threads: threads, Observe: func(Progress) { updates++ },
		})
		if err != nil {
			t.Fatal(err)
		}
		turn := func() {
			if err := r.iterate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for range 20 {
			turn()
		}
		if n := testing.AllocsPerRun(5, turn); n > 0 {
			t.Errorf("%d threads: %v allocations for an update", threads, n)
		}
		if updates < 20 {
			t.Errorf("%d updates were observed", updates)
		}
		if err := r.close(); err != nil {
			t.Error(err)
		}
	}
}
