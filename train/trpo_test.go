package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
)

// quickTRPO is TRPO with little work in every update: shards, parts and
// minibatches of unequal size.
func quickTRPO() TRPO {
	c := DefaultTRPO()
	c.Rollout.Environments, c.Rollout.Steps = 4, 70
	c.Policy.Actor, c.Policy.Critic = []int{16}, []int{16}
	c.CriticMinibatch, c.CriticEpochs = 100, 2
	return c
}

func quickNPG() NPG {
	c := quickTRPO()
	return NPG{c.Rollout, c.Policy, c.Optim, c.NaturalStep, c.CriticFit}
}

// TestNaturalStepsHaveTheSameBytes whatever the number of threads; another seed
// has others.
func TestNaturalStepsHaveTheSameBytes(t *testing.T) {
	noisy, shared, strided := quickTRPO(), quickTRPO(), quickTRPO()
	noisy.Policy.StateDependentNoise, noisy.Policy.NoiseInterval = true, 4
	noisy.Policy.NormalizeObservation, noisy.Rollout.NormalizeReward = true, true
	shared.Policy.Trunk = []int{24}
	strided.CurvatureStride = 2
	long := quickTRPO()
	long.Rollout.Steps, long.CriticMinibatch = 300, 1200 // several shards in a part
	for name, test := range map[string]struct {
		algorithm Algorithm
		maker     env.Maker
	}{
		"trpo":                        {quickTRPO(), cartPole},
		"trpo, noise of the state":    {noisy, pendulum},
		"trpo, shared trunk":          {shared, cartPole},
		"trpo, part of the curvature": {strided, pendulum},
		"trpo, long":                  {long, cartPole},
		"npg":                         {quickNPG(), cartPole},
	} {
		t.Run(name, func(t *testing.T) {
			folder := func(threads int, seed uint64) string {
				dir := filepath.Join(t.TempDir(), "run")
				mustRun(t, test.algorithm, test.maker, Options{Seed: seed, Steps: 2500, Threads: threads, Dir: dir})
				return dir
			}
			one, other := folder(1, 11), folder(1, 12)
			for _, threads := range []int{2, 5} {
				dir := folder(threads, 11)
				for _, file := range []string{LastCheckpoint + policy.Extension, ConfigFile} {
					if !bytes.Equal(read(t, dir, file), read(t, one, file)) {
						t.Errorf("%s is another with %d threads", file, threads)
					}
					if bytes.Equal(read(t, dir, file), read(t, other, file)) {
						t.Errorf("%s does not depend on the seed", file)
					}
				}
				if metrics(t, dir) != metrics(t, one) {
					t.Errorf("metrics are others with %d threads", threads)
				}
			}
		})
	}
}

// TestKernelLevelsGiveTheSameNaturalSteps, to the last bit.
func TestKernelLevelsGiveTheSameNaturalSteps(t *testing.T) {
	c := quickTRPO()
	c.Policy.StateDependentNoise = true
	var first []float32
	for _, level := range kernel.Levels() {
		restore, err := kernel.Use(level)
		if err != nil {
			t.Fatal(err)
		}
		p := mustRun(t, c, pendulum, Options{Seed: 5, Steps: 1500}).Policy
		restore()
		if first == nil {
			first = p.Parameters
		}
		golden.Same(t, level, p.Parameters, first)
	}
}

// TestEveryStepKeepsTheBound and improves the surrogate; where there is none, the
// policy stays as it is.
func TestEveryStepKeepsTheBound(t *testing.T) {
	c := quickTRPO()
	c.Damping = 1e-3 // else the first step is nearly always good
	l := startTRPO(t, c, cartPole, 2)
	shortened, row := 0, record.Row{}
	for range 30 {
		row.Scalars = row.Scalars[:0]
		if err := l.iterate(0.5, &row); err != nil {
			t.Fatal(err)
		}
		value := func(name string) float64 {
			v, ok := row.Value(name)
			if !ok {
				t.Fatalf("no %s", name)
			}
			return v
		}
		kl, gain, scale := value(record.PolicyKLExact), value(record.NaturalGain), value(record.NaturalStepScale)
		if scale == 0 && (kl != 0 || gain != 0) || scale > 0 && !(kl < c.TargetKL && gain > 0) {
			t.Errorf("a step of %v has a divergence of %v and a gain of %v", scale, kl, gain)
		}
		if tries := value(record.NaturalSearchSteps); math.Abs(scale-math.Pow(c.SearchFactor, tries-1)) > 1e-12 {
			t.Errorf("%v steps were tried, the one taken is %v", tries, scale)
		}
		if scale < 1 {
			shortened++
		}
	}
	if shortened == 0 {
		t.Error("every first step was good, so the test shows little")
	}
	if l.failures > 0 {
		t.Errorf("%d searches failed", l.failures)
	}
}

// TestNPGTakesTheWholeStep, even past the bound.
func TestNPGTakesTheWholeStep(t *testing.T) {
	c := quickNPG()
	c.Damping = 1e-3
	past := 0
	mustRun(t, c, cartPole, Options{Seed: 1, Steps: 8000, Observe: func(p Progress) {
		scale, _ := p.Row.Value(record.NaturalStepScale)
		if tries, _ := p.Row.Value(record.NaturalSearchSteps); scale != 1 || tries != 1 {
			t.Errorf("the step is %v after %v tries", scale, tries)
		}
		if kl, _ := p.Row.Value(record.PolicyKLExact); kl > c.TargetKL {
			past++
		}
	}})
	if past == 0 {
		t.Error("no step went past the bound, so the test shows little")
	}
}

// filled is TRPO after an update, with new experience and its advantages in the
// buffer, and its parameters.
func filled(t *testing.T, c TRPO, maker env.Maker) (*trpo, []float32) {
	t.Helper()
	l := startTRPO(t, c, maker, 2)
	if err := l.iterate(0, &record.Row{}); err != nil {
		t.Fatal(err)
	}
	b := l.buffer
	if err := l.collector.Fill(b); err != nil {
		t.Fatal(err)
	}
	advantage.GAE(b.Advantage, b.Reward, b.Value, b.NextValue, b.Discount, b.Carry, b.N)
	advantage.Returns(b.Return, b.Advantage, b.Value)
	return l, slices.Clone(l.policy.Parameters)
}

// TestR1ParametersAreRestored when no step of the search is acceptable, to the
// last bit; the update is counted and reported as none.
func TestR1ParametersAreRestored(t *testing.T) {
	l, before := filled(t, quickTRPO(), pendulum)
	judged := 0
	l.accept = func() bool {
		l.improves()
		judged++
		return false
	}
	if err := l.improve(); err != nil {
		t.Fatal(err)
	}
	golden.Same(t, "parameters", l.policy.Parameters, before)
	var row record.Row
	l.report(&row)
	kl, _ := row.Value(record.PolicyKLExact)
	scale, _ := row.Value(record.NaturalStepScale)
	if judged != 10 || l.failures != 1 || kl != 0 || scale != 0 {
		t.Errorf("%d steps tried, %d failures, a divergence of %v and a step of %v reported", judged, l.failures, kl, scale)
	}
}

// TestR3TheCriticLeavesTheActorAlone, and what the two share.
func TestR3TheCriticLeavesTheActorAlone(t *testing.T) {
	c := quickTRPO()
	c.Policy.Trunk = []int{8}
	l, before := filled(t, c, cartPole)
	if err := l.critic.fit(1e-2); err != nil {
		t.Fatal(err)
	}
	for _, tensor := range l.policy.Layout().Tensors() {
		now, then := tensor.Of(l.policy.Parameters), tensor.Of(before)
		if strings.HasPrefix(tensor.Name, "critic") == slices.Equal(now, then) {
			t.Errorf("%s: changed by the critic's fit is %v", tensor.Name, !slices.Equal(now, then))
		}
	}
}

// TestR4CurvatureThatIsNotPositive, or not a number, gives no step.
func TestR4CurvatureThatIsNotPositive(t *testing.T) {
	nan := float32(math.NaN())
	for name, multiply := range map[string]func(dst, v []float32){
		"negative": func(dst, v []float32) {
			for i := range dst {
				dst[i] = -v[i]
			}
		},
		"zero": func(dst, _ []float32) { clear(dst) },
		"NaN":  func(dst, _ []float32) { dst[0] = nan },
	} {
		l, before := filled(t, quickTRPO(), cartPole)
		l.natural.multiply = multiply
		if err := l.improve(); err != nil {
			t.Fatal(err)
		}
		golden.Same(t, name+", parameters", l.policy.Parameters, before)
		if l.failures != 1 || l.natural.bent != 1 || l.tries != 0 {
			t.Errorf("%s: %d failures, %d of them of the curvature, %d steps tried", name, l.failures, l.natural.bent, l.tries)
		}
	}
}

// TestCurvatureThatTurnsNegativeOnTheWay: what the method has until then is still
// a direction upwards.
func TestCurvatureThatTurnsNegativeOnTheWay(t *testing.T) {
	l, before := filled(t, quickTRPO(), cartPole)
	n, products := l.natural, 0
	multiply := n.multiply
	n.multiply = func(dst, v []float32) {
		multiply(dst, v)
		if products++; products == 4 {
			for i := range dst {
				dst[i] = -dst[i]
			}
		}
	}
	if err := l.improve(); err != nil {
		t.Fatal(err)
	}
	if slices.Equal(l.policy.Parameters, before) || l.failures != 0 || n.bent != 1 || !(n.now.kl < l.TargetKL && n.now.loss < n.before.loss) {
		t.Errorf("%d failures, %d of the curvature, divergence %v", l.failures, n.bent, n.now.kl)
	}
}

// TestNothingToImprove: equal advantages have no gradient, which is no mistake of
// the curvature.
func TestNothingToImprove(t *testing.T) {
	l, before := filled(t, quickTRPO(), cartPole)
	for i := range l.buffer.Advantage {
		l.buffer.Advantage[i] = 3
	}
	if err := l.improve(); err != nil {
		t.Fatal(err)
	}
	golden.Same(t, "parameters", l.policy.Parameters, before)
	if l.failures != 1 || l.natural.bent != 0 || l.natural.norm != 0 {
		t.Errorf("%d failures, %d of the curvature, a gradient of %v", l.failures, l.natural.bent, l.natural.norm)
	}
}

// TestAPolicyThatIsNoNumberIsNotAccepted, not even without a search.
func TestAPolicyThatIsNoNumberIsNotAccepted(t *testing.T) {
	trpo, npg := quickTRPO(), quickNPG()
	trpo.TargetKL, npg.TargetKL = 1e80, 1e80 // the step is longer than numbers go
	for _, a := range []Algorithm{trpo, npg} {
		w := newWorkplace(t, a, pendulum, 1)
		before, row := split(w.policy, slices.Clone(w.policy.Parameters)), record.Row{}
		if err := a.start(w).iterate(0, &row); err != nil {
			t.Fatal(err)
		}
		for name, now := range split(w.policy, w.policy.Parameters) {
			if !strings.HasPrefix(name, "critic") {
				golden.Same(t, a.Name()+", "+name, now, before[name])
			}
		}
		if failures, _ := row.Value(record.NaturalFailures); failures != 1 {
			t.Errorf("%s: %v failures", a.Name(), failures)
		}
	}
}

// TestAdvantagesThatAreNoNumbersEndTheRun, and the error says where.
func TestAdvantagesThatAreNoNumbersEndTheRun(t *testing.T) {
	maker := func() (env.Env, error) { return &huge{echo{choices: 2}}, nil }
	_, err := Run(context.Background(), quickTRPO(), maker, Options{Seed: 1, Steps: 1024})
	var n *NumericalError
	if !errors.As(err, &n) || !strings.HasPrefix(n.What, "gradient of ") {
		t.Errorf("error is %v", err)
	}
}

// TestNaturalGradientSolvesTheSystem: enough iterations leave nothing, and the
// step has the length at which the quadratic model meets the bound.
func TestNaturalGradientSolvesTheSystem(t *testing.T) {
	c := quickTRPO()
	c.ConjugateSteps, c.ConjugateTolerance, c.TargetKL = 400, 1e-6, 1e-4
	l, _ := filled(t, c, pendulum)
	n := l.natural
	if err := n.differentiate(); err != nil || !n.solve() {
		t.Fatal("there is no step", err)
	}
	if n.residual > 1e-5 {
		t.Errorf("the residual is %v", n.residual)
	}
	n.multiply(n.product, n.step)
	length := 0.5 * inner(n.step, n.product)
	golden.Close(t, "half sᵀHs", []float64{length}, []float64{c.TargetKL}, golden.Tolerance{Relative: 1e-5, Why: "float32 rounds at every step"})
	// H·s is along g, and as long as sᵀHs says.
	along := slices.Clone(n.gradient)
	kernel.Scale(along, float32(2*c.TargetKL/inner(n.step, n.gradient)))
	if d := golden.RelativeL2(n.product, along); !(d < 1e-4) {
		t.Errorf("the product of the step is %v off the gradient's direction", d)
	}
}

// TestNaturalStepsAllocateNothing once their memory is made.
func TestNaturalStepsAllocateNothing(t *testing.T) {
	failing := quickTRPO()
	failing.TargetKL = 1e-12
	for name, test := range map[string]struct {
		algorithm Algorithm
		maker     env.Maker
	}{
		"trpo": {quickTRPO(), cartPole}, "npg": {quickNPG(), cartPole}, "search in vain": {failing, cartPole},
	} {
		l, row := test.algorithm.start(newWorkplace(t, test.algorithm, test.maker, 1)), record.Row{}
		n := testing.AllocsPerRun(5, func() {
			row.Scalars, row.Histograms = row.Scalars[:0], row.Histograms[:0]
			if err := l.iterate(0.5, &row); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// TestNaturalStepsLearn tasks that any working implementation learns in seconds.
func TestNaturalStepsLearn(t *testing.T) {
	for name, test := range map[string]struct {
		maker env.Maker
		want  float64 // return of 20 steps, at most 20
	}{
		"match a number":      {func() (env.Env, error) { return env.Limit(&echo{choices: 4}, 20), nil }, 19},
		"match a real number": {func() (env.Env, error) { return env.Limit(&echo{}, 20), nil }, 17},
	} {
		c := quickTRPO()
		c.Optim.LearningRate, c.TargetKL = optim.Constant(3e-3), 0.03
		c.Rollout.Gamma, c.Rollout.Lambda = 0.5, 0.5
		for _, a := range []Algorithm{c, NPG{c.Rollout, c.Policy, c.Optim, c.NaturalStep, c.CriticFit}} {
			for s := uint64(0); s < 5; s++ {
				r := mustRun(t, a, test.maker, Options{Seed: s, Steps: 15_000, Evaluation: Evaluation{Episodes: 1, FinalEpisodes: 20}})
				if got := r.Scores.Mean(); got < test.want {
					t.Errorf("%s, %s, seed %d: return %v, want at least %v", a.Name(), name, s, got, test.want)
				}
			}
		}
	}
}

// TestNaturalStepSettingsAreChecked, all at once, by name and with their range.
func TestNaturalStepSettingsAreChecked(t *testing.T) {
	c := quickTRPO()
	c.TargetKL, c.Damping, c.ConjugateSteps, c.ConjugateTolerance = 0, -0.1, 0, 1
	c.SearchSteps, c.SearchFactor, c.CurvatureStride, c.CriticMinibatch = 0, 1, 0, 0
	_, err := Run(context.Background(), c, cartPole, Options{Seed: 1, Steps: 256})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"trpo.target_kl = 0", "trpo.damping = -0.1", "trpo.conjugate_steps = 0", "trpo.conjugate_tolerance = 1",
		"trpo.search_steps = 0", "trpo.search_factor = 1", "trpo.curvature_stride = 0", "trpo.critic_minibatch = 0",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not name %s:\n%v", want, err)
		}
	}
}

// TestOneRowCannotBeNormalized: TRPO and NPG refuse rollouts that would never move
// the policy, and name both ways out.
func TestOneRowCannotBeNormalized(t *testing.T) {
	trpo, npg := DefaultTRPO(), DefaultNPG()
	trpo.Rollout.Steps, npg.Rollout.Steps = 1, 1
	for _, a := range []Algorithm{trpo, npg} {
		_, err := Run(context.Background(), a, cartPole, Options{Seed: 1, Steps: 2})
		if err == nil || !strings.Contains(err.Error(), "gather more, or set normalize_advantage to false") {
			t.Errorf("%s: error %v", a.Name(), err)
		}
	}
	trpo.NormalizeAdvantage, npg.NormalizeAdvantage = false, false
	for _, a := range []Algorithm{trpo, npg} {
		if _, err := Run(context.Background(), a, cartPole, Options{Seed: 1, Steps: 2}); err != nil {
			t.Errorf("%s without normalisation: %v", a.Name(), err)
		}
	}
}
