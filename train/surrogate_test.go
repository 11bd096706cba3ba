package train

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
)

// objectives are the names of all surrogates.
func objectives() (names []string) {
	for _, v := range objective.Variants() {
		names = append(names, v.Name)
	}
	return names
}

// TestEverySurrogateIsASetting: the setting and the list name the same.
func TestEverySurrogateIsASetting(t *testing.T) {
	field, _ := reflect.TypeFor[PPO]().FieldByName("Objective")
	if named, want := strings.Fields(field.Tag.Get("oneof")), objectives(); !slices.Equal(named, want) {
		t.Errorf("ppo.objective is one of %q, should be %q", named, want)
	}
}

// TestEverySurrogateTrains, on the same bytes for any number of threads, and
// begins at a ratio of exactly 1.
func TestEverySurrogateTrains(t *testing.T) {
	for _, name := range objectives() {
		c := quick()
		c.Objective = name
		c.Surrogate.Share, c.Surrogate.CovarianceLow = 0.1, 0.01 // something to pick
		var want []float32
		for _, threads := range []int{1, 2, 5} {
			l := newLearner(t, c, cartPole, threads)
			before := slices.Clone(l.policy.Parameters)
			l.learn = func(mb *rollout.Minibatch) bool {
				first := l.seen.minibatches == 0
				ok := l.learnFrom(mb)
				if s := &l.seen.all; first && (s.RatioMin != 1 || s.RatioMax != 1 || s.Rows != mb.Rows) {
					t.Errorf("%s: first ratios from %v to %v over %d rows, want exactly 1 over %d", name, s.RatioMin, s.RatioMax, s.Rows, mb.Rows)
				}
				return ok
			}
			iterate(t, l, 3)
			got := l.policy.Parameters
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: parameters depend on the number of threads", name)
			}
			if slices.Equal(got, before) || slices.ContainsFunc(got, func(p float32) bool { return p-p != 0 }) {
				t.Errorf("%s: parameters have not moved or are not finite", name)
			}
		}
	}
}

// iterate goes around so many times and returns the rows.
func iterate(t testing.TB, l *ppo, times int) []record.Row {
	t.Helper()
	rows := make([]record.Row, times)
	for i := range rows {
		if err := l.iterate(0.5, &rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

// value is a metric of a row that must be there.
func value(t testing.TB, row record.Row, name string) float64 {
	t.Helper()
	v, ok := row.Value(name)
	if !ok {
		t.Fatalf("the row has no %s", name)
	}
	return v
}

// TestSurrogatesThatAreTheSame: what a setting turns off is off in every bit.
func TestSurrogatesThatAreTheSame(t *testing.T) {
	type change = func(*PPO)
	set := func(name string, more ...change) change {
		return func(c *PPO) {
			c.Objective = name
			for _, m := range more {
				m(c)
			}
		}
	}
	parameters := func(with change, maker env.Maker) []float32 {
		c := quick()
		c.Optim.LearningRate, c.Epochs = optim.Constant(1e-2), 5 // far enough to be clipped
		with(&c)
		l := newLearner(t, c, maker, 2)
		iterate(t, l, 3)
		return l.policy.Parameters
	}
	noPenalty := func(c *PPO) { c.Surrogate.KL = 0 }
	for name, pair := range map[string]struct {
		one, other change
		same       bool
	}{
		"a row is a sequence":             {set("gspo"), set("clip"), true},
		"the old policy acts":             {set("decoupled"), set("clip"), true},
		"no slope back":                   {set("rollback", func(c *PPO) { c.Surrogate.Rollback = 0 }), set("clip"), true},
		"no penalty":                      {set("kl", noPenalty), set("unclipped"), true},
		"no penalty on the picked":        {set("kl-cov", noPenalty), set("unclipped"), true},
		"no square":                       {set("quadratic", func(c *PPO) { c.Surrogate.Quadratic = 0 }), set("vanilla"), true},
		"no row has such a covariance":    {set("clip-cov", func(c *PPO) { c.Surrogate.CovarianceLow, c.Surrogate.CovarianceHigh = 1e9, 1e10 }), set("clip"), true},
		"clip clips":                      {set("clip"), set("unclipped"), false},
		"unclipped weighs":                {set("unclipped"), set("vanilla"), false},
		"the penalty holds":               {set("kl"), set("unclipped"), false},
		"the slope back leads back":       {set("rollback"), set("clip"), false},
		"some rows have such covariances": {set("clip-cov", func(c *PPO) { c.Surrogate.CovarianceLow = 0 }), set("clip"), false},
	} {
		if got := slices.Equal(parameters(pair.one, cartPole), parameters(pair.other, cartPole)); got != pair.same {
			t.Errorf("%s: parameters are the same: %v, want %v", name, got, pair.same)
		}
	}
}

// TestTheClipHoldsThePolicy and the penalty does; without either it goes far.
func TestTheClipHoldsThePolicy(t *testing.T) {
	far := func(change func(*PPO)) (kl, silent float64) {
		c := quick()
		c.Optim.LearningRate, c.Epochs = optim.Constant(1e-2), 20
		change(&c)
		for _, row := range iterate(t, newLearner(t, c, cartPole, 2), 5) {
			kl = max(kl, value(t, row, record.PolicyKL))
			silent = max(silent, value(t, row, record.PolicyZeroGradient))
		}
		return kl, silent
	}
	free, silentFree := far(func(c *PPO) { c.Objective = "unclipped" })
	clipped, silentClipped := far(func(*PPO) {})
	weak, _ := far(func(c *PPO) { c.Objective, c.Surrogate.KL = "kl", 0.1 })
	strong, _ := far(func(c *PPO) { c.Objective, c.Surrogate.KL = "kl", 10 })
	if !(free > 5*clipped && weak > 2*strong && free > 5*strong) {
		t.Errorf("divergence up to %v unclipped, %v clipped, %v under a weak and %v under a strong penalty", free, clipped, weak, strong)
	}
	if silentFree > 0.01 || silentClipped < 0.1 {
		t.Errorf("up to %v of the rows have no gradient unclipped and %v clipped", silentFree, silentClipped)
	}
}

// TestPenaltyIsAdapted until the divergence is near its target.
func TestPenaltyIsAdapted(t *testing.T) {
	for _, law := range []string{"doubling", "proportional"} {
		c := quick()
		c.Objective, c.Surrogate.KL, c.Surrogate.KLTarget, c.Surrogate.KLLaw = "kl", 0.01, 0.005, law
		c.Optim.LearningRate, c.Epochs = optim.Constant(1e-2), 10
		rows := iterate(t, newLearner(t, c, cartPole, 2), 12)
		for i := range rows[1:] {
			before, now := value(t, rows[i], record.OptimKLCoefficient), value(t, rows[i+1], record.OptimKLCoefficient)
			want, off := before, value(t, rows[i], record.PolicyKL)/c.Surrogate.KLTarget
			switch {
			case law == "proportional": // 256 of 10,000 samples
				want = before * (1 + min(max(off-1, -0.2), 0.2)*0.0256)
			case off > 1.5:
				want = 2 * before
			case off < 1/1.5:
				want = before / 2
			}
			if math.Abs(now/want-1) > 1e-12 {
				t.Errorf("%s: coefficient goes from %v to %v after a divergence of %v times the target, should to %v", law, before, now, off, want)
			}
		}
		if first, last := value(t, rows[0], record.OptimKLCoefficient), value(t, rows[11], record.OptimKLCoefficient); first != 0.01 || last == first {
			t.Errorf("%s: coefficient goes from %v to %v, so the test shows little", law, first, last)
		}
	}
}

// TestCoefficientIsRecordedWhereItCounts, and nowhere else.
func TestCoefficientIsRecordedWhereItCounts(t *testing.T) {
	for name, want := range map[string]bool{"clip": false, "kl": true, "kl-cov": true, "vanilla": false} {
		c := quick()
		c.Objective = name
		if _, ok := iterate(t, newLearner(t, c, cartPole, 1), 1)[0].Value(record.OptimKLCoefficient); ok != want {
			t.Errorf("%s: the coefficient is in the row: %v, want %v", name, ok, want)
		}
	}
}

// TestClipRangeFollowsTheDivergence: the factor goes by 1.5 either way, and ends
// where 1 − low would no longer bound a ratio.
func TestClipRangeFollowsTheDivergence(t *testing.T) {
	for _, test := range []struct {
		target, rate float64
		least, most  float64 // of the clip range at the end
	}{
		{target: 1e-4, rate: 1e-2, least: 0.2 / 16, most: 0.2 / 1.5},
		{target: 10, rate: 1e-3, least: 0.9, most: 0.9},
	} {
		c := quick()
		c.ClipTargetKL, c.Optim.LearningRate, c.Epochs = test.target, optim.Constant(test.rate), 10
		c.Clip.High = optim.Constant(0.4)
		rows := iterate(t, newLearner(t, c, cartPole, 1), 10)
		if first := value(t, rows[0], record.OptimClipLow); first != 0.2 {
			t.Errorf("clip range is %v at first, want 0.2", first)
		}
		low, high := value(t, rows[9], record.OptimClipLow), value(t, rows[9], record.OptimClipHigh)
		if low < test.least-1e-12 || low > test.most+1e-12 || math.Abs(high/low-2) > 1e-12 {
			t.Errorf("target %v: clip range is %v and %v at the end, want from %v to %v and twice it", test.target, low, high, test.least, test.most)
		}
	}
}

// TestBadSettingsOfTheSurrogate are refused with field and range.
func TestBadSettingsOfTheSurrogate(t *testing.T) {
	for assignment, want := range map[string]string{
		"ppo.objective=clipp":                  `ppo.objective = "clipp": must be unclipped, clip, kl,`,
		"ppo.objective=unclippd":               "did you mean unclipped?",
		"ppo.clip=0":                           "low = 0: must be in (0, 1), because 1 - low bounds a ratio from below",
		"ppo.clip=1":                           "low = 1: must be in (0, 1)",
		"ppo.clip=-0.1":                        "low = -0.1: must be in (0, 1)",
		"ppo.clip={low=0.2, high=0}":           "high = 0: must be in (0, 1e6)",
		"ppo.dual_clip=1":                      "ppo.dual_clip = 1: must be 0 (off) or above 1",
		"ppo.dual_clip=0.5":                    "ppo.dual_clip = 0.5: must be 0 (off) or above 1",
		"ppo.dual_clip=-3":                     "ppo.dual_clip = -3",
		"ppo.target_kl_estimator=k2":           `ppo.target_kl_estimator = "k2": must be k1 or k3`,
		"ppo.target_kl_per=step":               `ppo.target_kl_per = "step": must be minibatch or epoch`,
		"ppo.surrogate.kl=-1":                  "ppo.surrogate.kl = -1",
		"ppo.surrogate.temperature=0":          "ppo.surrogate.temperature = 0",
		"ppo.surrogate.negative_temperature=0": "ppo.surrogate.negative_temperature = 0",
		"ppo.surrogate.cap=0":                  "ppo.surrogate.cap = 0",
		"ppo.surrogate.share=0":                "ppo.surrogate.share = 0",
		"ppo.surrogate.share=1.5":              "ppo.surrogate.share = 1.5",
		"ppo.surrogate.covariance_high=0.5":    "ppo.surrogate.covariance_high = 0.5: must be above covariance_low, which is 1",
		"ppo.surrogate.kl_law=halving":         `ppo.surrogate.kl_law = "halving": must be doubling or proportional`,
		"ppo.surrogate.klaw=halving":           "ppo.surrogate.klaw: unknown key; did you mean ppo.surrogate.kl_law?",
		"ppo.guard.kl=-1":                      "ppo.guard.kl = -1",
		"ppo.guard.retries=31":                 "ppo.guard.retries = 31",
		"ppo.guard.divergence=k1":              `ppo.guard.divergence = "k1": must be exact or k3`,
	} {
		c := DefaultPPO()
		s := &Settings{Run: RunSection{Algorithm: "ppo", Steps: 1}, Algorithm: &c, Evaluation: DefaultEvaluation()}
		err := s.Set([]string{assignment})
		if err == nil {
			err = s.Check()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", assignment, err, want)
		}
	}
	c := DefaultPPO()
	c.Surrogate.KL, c.Surrogate.KLTarget = 0, 0.01
	if err := config.Check(&c); err == nil || !strings.Contains(err.Error(), "surrogate.kl = 0: must be above 0 where kl_target is set") {
		t.Errorf("a coefficient of 0 with a target: %v", err)
	}
}

// TestOnlyAPenaltyIsAdapted: a target for a coefficient that the objective does
// not read is refused, and nothing would follow it.
func TestOnlyAPenaltyIsAdapted(t *testing.T) {
	for _, name := range objectives() {
		c := quick()
		c.Objective, c.Surrogate.KLTarget = name, 0.01
		err := config.Check(&c)
		adapts := newLearner(t, c, cartPole, 1).surrogates.Penalty() != nil
		if name == "kl" || name == "kl-cov" {
			if err != nil || !adapts {
				t.Errorf("%s: error %v; the coefficient is adapted: %v", name, err, adapts)
			}
			continue
		}
		want := "surrogate.kl_target = 0.01: must be 0 (off) for the objective " + name + ", which has no coefficient kl"
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", name, err, want)
		}
		if adapts {
			t.Errorf("%s: there is a controller that nobody reads", name)
		}
	}
}

// TestControllersAreSaved: a checkpoint holds where they stand, if there are any.
func TestControllersAreSaved(t *testing.T) {
	c := quick()
	c.Optim.LearningRate = optim.Constant(1e-2)
	saved := func(c PPO) *checkpoint.Checkpoint {
		l := newLearner(t, c, cartPole, 1)
		iterate(t, l, 2)
		cp := checkpoint.New()
		if err := l.save(cp); err != nil {
			t.Fatal(err)
		}
		return cp
	}
	var v float64
	if cp := saved(c); cp.Get("ppo.kl_coefficient", &v) == nil || cp.Get("ppo.clip_factor", &v) == nil {
		t.Error("a controller is saved that there is not")
	}
	c.Objective, c.Surrogate.KL, c.Surrogate.KLTarget, c.ClipTargetKL = "kl", 3, 1e-6, 1e-6
	cp := saved(c)
	if err := cp.Get("ppo.kl_coefficient", &v); err != nil || v != 12 {
		t.Errorf("coefficient is %v, %v, should have doubled twice to 12", v, err)
	}
	if err := cp.Get("ppo.clip_factor", &v); err != nil || math.Abs(v*2.25-1) > 1e-12 {
		t.Errorf("factor of the clip range is %v, %v, should be 1/1.5²", v, err)
	}
}
