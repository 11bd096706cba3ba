package align

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/seed"
)

// bench is a workplace on the task add with a new model; completions have up to four
// tokens.
func bench(t testing.TB, threads int) *workplace {
	t.Helper()
	add := makeTask(t, "add", nil)
	w := &workplace{
		task: add, spec: add.Spec(), tokenizer: add.Spec().Tokenizer,
		sampling: lm.DefaultSampling(), pool: parallel.New(threads), seed: 1,
	}
	t.Cleanup(w.pool.Close)
	shape, err := lm.Sized("nano", w.tokenizer.Size(), w.spec.MaxPrompt+w.spec.MaxCompletion)
	if err != nil {
		t.Fatal(err)
	}
	if w.model, err = lm.New(shape); err != nil {
		t.Fatal(err)
	}
	w.model.Initialize(seed.New(5))
	w.reference = w.model.Clone()
	return w
}

// begun returns GRPO at work at a bench.
func begun(t testing.TB, c GRPO, w *workplace) *grpo {
	t.Helper()
	l, err := c.start(w)
	if err != nil {
		t.Fatal(err)
	}
	return l.(*grpo)
}

// recorded is an experience of two prompts with four completions each, as if a model had
// drawn them, or of eight with one each; log-probabilities are random but near.
func recorded(t testing.TB, w *workplace, samples int) *experience {
	t.Helper()
	rng := seed.New(7)
	e := &experience{samples: samples, segment: []int32{0}}
	e.score = []float64{1, 0, 0, 1, 0.2, 0.9, 0.4, 0.1}
	e.gold = e.score
	for i, n := range []int{2, 4, 3, 1, 1, 3, 2, 2} {
		prompt := []string{"12+34=", "56+78="}[i/4]
		before, err := w.encodePrompt(prompt)
		if err != nil {
			t.Fatal(err)
		}
		one := text{tokens: before, prompt: len(before)}
		for range n {
			one.tokens = append(one.tokens, int32(rng.Integers(0, int64(w.tokenizer.Size()))))
			e.drawn = append(e.drawn, float32(-0.2-2*rng.Float64()))
			e.reference = append(e.reference, e.drawn[len(e.drawn)-1]+float32(rng.Uniform(-0.5, 0.5)))
		}
		e.prompts, e.texts = append(e.prompts, prompt), append(e.texts, one)
		e.answers = append(e.answers, task.Answer{Ended: n < 4})
		e.segment = append(e.segment, int32(len(e.drawn)))
	}
	e.logProb = e.drawn
	return e
}

// moved are log-probabilities of a model that has gone some way from those recorded, as
// is far for single tokens and small for the mean of a completion.
func moved(e *experience) []float32 {
	rng, x := seed.New(8), slices.Clone(e.logProb)
	for i := range x {
		x[i] += float32(rng.Uniform(-0.4, 0.4))
	}
	return x
}

// TestMicroBatchesChangeNoObjective: loss and gradient of every surrogate under every
// normaliser, with everything else that is in the loss.
func TestMicroBatchesChangeNoObjective(t *testing.T) {
	w := bench(t, 2)
	e := recorded(t, w, 4)
	for _, v := range objective.Variants() {
		for _, normalizer := range []string{"token-mean", "sequence-mean", "sequence-sum", "constant"} {
			var loss float64
			var want []float32
			for _, size := range []int{0, 1, 3, 7, 8} {
				c := DefaultGRPO()
				c.Objective, c.Normalizer, c.EntropyCoefficient = v.Name, normalizer, 0.01
				c.Penalty.Coefficient, c.Penalty.Place, c.Penalty.Estimator = 0.1, placeLoss, "k3"
				c.Surrogate.CovarianceLow, c.Surrogate.CovarianceHigh, c.Surrogate.Share = -10, 10, 0.2
				c.Optim.MicroBatch = size
				l := begun(t, c, w)
				found := differentiated(l, e)
				if size == 0 {
					loss, want = found.policy, slices.Clone(l.actor.tuner.gradient)
					continue
				}
				if math.Abs(found.policy-loss) > 1e-12*(1+math.Abs(loss)) {
					t.Errorf("%s, %s: the loss is %v in parts of %d, %v in one", v.Name, normalizer, found.policy, size, loss)
				}
				if d := golden.RelativeL2(l.actor.tuner.gradient, want); d > 1e-6 {
					t.Errorf("%s, %s: the gradient in parts of %d is %.2g off", v.Name, normalizer, size, d)
				}
			}
		}
	}
}

// differentiated computes the gradient of a whole experience, as a step of an update
// does.
func differentiated(l *grpo, e *experience) losses {
	l.shape(e)
	l.compare(e)
	l.spread(e)
	a := l.actor
	a.experience, a.advantage = e, l.tokens
	a.low, a.high = a.Clip.At(0)
	a.surrogate = a.surrogates.At(a.low, a.high)
	a.prepare(allOf(e))
	return a.differentiate()
}

// allOf are the numbers of all completions of an experience.
func allOf(e *experience) (all []int32) {
	for i := range e.size() {
		all = append(all, int32(i))
	}
	return all
}

// TestGradientIsThatOfTheLoss: the loss, with its penalty and its bonus, falls along a
// direction as the gradient says.
func TestGradientIsThatOfTheLoss(t *testing.T) {
	for _, change := range []func(*GRPO){
		func(c *GRPO) {},
		func(c *GRPO) { c.EntropyCoefficient = 0.3 },
		func(c *GRPO) { c.Penalty.Coefficient, c.Penalty.Estimator = 0.5, "k3" },
		func(c *GRPO) { c.Penalty.Coefficient, c.Penalty.Estimator, c.Penalty.Weighted = 0.5, "k2", true },
		func(c *GRPO) { c.Objective, c.Normalizer = "gspo", "sequence-mean" },
		func(c *GRPO) { c.SkipCutOff, c.Normalizer = true, "sequence-mean" },
	} {
		w := bench(t, 1)
		e := recorded(t, w, 4)
		c := DefaultGRPO()
		c.Objective, c.Penalty.Place = "unclipped", placeLoss
		change(&c)
		l := begun(t, c, w)
		e.logProb = l.source.scored(w.model, e) // near the model, and not at it
		for i := range e.logProb {
			e.logProb[i] += float32(i%5-2) * 0.04
			e.reference[i] = e.logProb[i] + float32(i%7-3)*0.1
		}
		differentiated(l, e)
		gradient := slices.Clone(l.actor.tuner.gradient)

		start, slope, norm := slices.Clone(w.model.Parameters), 0.0, 0.0
		for _, g := range gradient {
			norm += float64(g) * float64(g)
		}
		norm = math.Sqrt(norm)
		at := func(h float64) float64 {
			for i, g := range gradient {
				w.model.Parameters[i] = start[i] + float32(h*float64(g)/norm)
			}
			return lossOf(l)
		}
		const h = 3e-3
		slope = (at(h) - at(-h)) / (2 * h)
		if math.Abs(slope-norm) > 0.01*norm {
			t.Errorf("%+v: the loss rises by %v along the gradient, should by %v", c.Update, slope, norm)
		}
	}
}

// lossOf is the loss of the minibatch at hand under the parameters as they are.
func lossOf(l *grpo) (loss float64) {
	a := l.actor
	a.tuner.each(a.minibatch.texts, func(p *part) {
		b := a.minibatch.part(p)
		scratch := make([]float32, p.hi-p.lo)
		loss += a.surrogate.Loss(scratch, b, &objective.Stats{})
		loss += a.penalty.loss(scratch, b.LogProb, b.OldLogProb, b.Reference, b.Weight)
		loss += a.EntropyCoefficient * objective.Entropy(scratch, p.entropy, b.Weight, 0)
	})
	return loss
}

// TestNothingHasMovedBeforeTheFirstStep: tokens are drawn with the log-probabilities
// that training computes, bit for bit, at any temperature; and while the rate is 0, every
// ratio stays 1 through all passes.
func TestNothingHasMovedBeforeTheFirstStep(t *testing.T) {
	for _, rate := range []float64{0, 1e-3} {
		c := DefaultGRPO()
		c.Prompts, c.Group, c.Minibatch, c.Epochs = 8, 4, 8, 2
		c.Generate.Temperature = 0.7
		c.Optim.LearningRate = optim.Constant(rate)
		c.Penalty.Coefficient = 0.1
		_, err := Run(t.Context(), c, makeTask(t, "copy", nil), Options{Seed: 2, Steps: 4, Threads: 2, Observe: func(p Progress) {
			expect(t, p.Row, record.TextMismatch, 0)
			expect(t, p.Row, record.TextMismatchKL, 0)
			if rate == 0 {
				expect(t, p.Row, record.PolicyRatioMin, 1)
				expect(t, p.Row, record.PolicyRatioMax, 1)
				expect(t, p.Row, record.PolicyKL, 0)
				expect(t, p.Row, record.PolicyClipFraction, 0)
				expect(t, p.Row, record.PolicyKLReference, 0)
			}
			expect(t, p.Row, record.OptimMinibatches, 8)
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// expect fails the test unless a metric is there and has the value.
func expect(t testing.TB, row *record.Row, name string, want float64) {
	t.Helper()
	if got, ok := row.Value(name); !ok || got != want {
		t.Errorf("step %d: %s is %v (%v), should be %v", row.Step, name, got, ok, want)
	}
}

// coins is the task add with a verifier that pays by a coin thrown with the answer.
func coins(t testing.TB) judged {
	return judged{Task: makeTask(t, "add", nil), limit: time.Minute, verify: func(prompt string, a task.Answer) float64 {
		sum := len(prompt)
		for _, c := range prompt + a.Text {
			sum = 31*sum + int(c)
		}
		return float64(sum % 2)
	}}
}

// fewGRPO returns settings for quick runs.
func fewGRPO() GRPO {
	c := DefaultGRPO()
	c.Prompts, c.Group, c.Minibatch = 6, 4, 8
	return c
}

// TestSameBytesForAnyThreads, with everything switched on at once.
func TestSameBytesForAnyThreads(t *testing.T) {
	c := fewGRPO()
	c.Draws, c.Epochs, c.WhitenAdvantages, c.EntropyCoefficient = 3, 2, true, 0.01
	c.Penalty.Coefficient, c.Penalty.Target, c.PenaltyPer = 0.1, 0.05, perToken
	c.Objective, c.Guard.KL = "clip-cov", 0.1
	c.Surrogate.CovarianceLow = -10
	var parameters []float32
	var scalars [][]record.Scalar
	for _, threads := range []int{1, 2, 5} {
		var rows [][]record.Scalar
		r, err := Run(t.Context(), c, coins(t), Options{Seed: 4, Steps: 3, Threads: threads, Observe: func(p Progress) {
			rows = append(rows, slices.DeleteFunc(slices.Clone(p.Row.Scalars), func(s record.Scalar) bool { return strings.HasPrefix(s.Name, "time/") }))
		}})
		if err != nil {
			t.Fatal(err)
		}
		if parameters == nil {
			parameters, scalars = r.Model.Parameters, rows
			continue
		}
		golden.Same(t, "parameters", r.Model.Parameters, parameters)
		for i := range rows {
			if !slices.Equal(rows[i], scalars[i]) {
				t.Errorf("%d threads, step %d: metrics differ", threads, i+1)
			}
		}
	}
}

// TestTheReferenceStays while the model leaves it.
func TestTheReferenceStays(t *testing.T) {
	w := bench(t, 1)
	before := slices.Clone(w.reference.Parameters)
	c := fewGRPO()
	c.Penalty.Coefficient = 0.01
	c.Optim.LearningRate = optim.Constant(3e-3)
	var last float64
	_, err := Run(t.Context(), c, coins(t), Options{Seed: 1, Steps: 5, Threads: 1, Model: w.model, Reference: w.reference,
		Observe: func(p Progress) { last, _ = p.Row.Value(record.PolicyKLReferenceK3) }})
	if err != nil {
		t.Fatal(err)
	}
	golden.Same(t, "reference", w.reference.Parameters, before)
	if !(last > 0) {
		t.Errorf("the divergence from it is %v", last)
	}
}

// TestDynamicSampling: groups without signal are dropped and others drawn, no more often
// than allowed; where there is no signal at all, there is no update.
func TestDynamicSampling(t *testing.T) {
	half := coins(t)
	coin := half.verify
	half.verify = func(prompt string, a task.Answer) float64 {
		if prompt[0]%2 == 0 {
			return 1
		}
		return coin(prompt, a)
	}
	never := coins(t)
	never.verify = func(string, task.Answer) float64 { return 0.3 }
	for _, test := range []struct {
		name   string
		task   task.Task
		draws  int
		update bool
	}{
		{"enough", half, 20, true},
		{"off", half, 1, true},
		{"nothing", never, 3, false},
	} {
		c := fewGRPO()
		c.Group, c.Minibatch, c.Draws = 16, 0, test.draws
		w := bench(t, 1)
		r, err := Run(t.Context(), c, test.task, Options{Seed: 1, Steps: 1, Threads: 1, Model: w.model})
		if err != nil {
			t.Fatal(err)
		}
		value := func(name string) float64 { v, _ := r.Last.Value(name); return v }
		drawn := 6 + value(record.TextGroupsDropped)
		silent := math.Round(value(record.TextWithoutSignal) * drawn)
		switch test.name {
		case "enough":
			if silent == 0 || silent != value(record.TextGroupsDropped) || value(record.TextTokensDrawn) <= value(record.TextTokens) {
				t.Errorf("%v groups without signal, %v dropped", silent, value(record.TextGroupsDropped))
			}
		case "off":
			if silent == 0 || value(record.TextGroupsDropped) != 0 || value(record.TextTokensDrawn) != value(record.TextTokens) {
				t.Errorf("%v groups without signal, %v dropped", silent, value(record.TextGroupsDropped))
			}
		case "nothing":
			expect(t, &r.Last, record.TextGroupsDropped, 18)
			expect(t, &r.Last, record.TextWithoutSignal, 1)
			expect(t, &r.Last, record.TextTokens, 0)
		}
		if changed := !slices.Equal(r.Model.Parameters, w.model.Parameters); changed != test.update {
			t.Errorf("%s: the model has changed: %v", test.name, changed)
		}
	}
}

// TestGuardTakesBack an update that goes too far, and lets a smaller one stay.
func TestGuardTakesBack(t *testing.T) {
	c := fewGRPO()
	c.Optim.LearningRate = optim.Constant(0.05)
	c.Epochs, c.Guard.KL = 2, 1e-4
	for _, test := range []struct {
		retries int
		undone  float64
	}{{0, 1}, {12, 0}} {
		c.Guard.Retries = test.retries
		w := bench(t, 1)
		r, err := Run(t.Context(), c, coins(t), Options{Seed: 1, Steps: 1, Threads: 1, Model: w.model})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, &r.Last, record.GuardUndone, test.undone)
		restores, _ := r.Last.Value(record.GuardRestores)
		kl, _ := r.Last.Value(record.GuardKL)
		if (kl <= c.Guard.KL) != (test.undone == 0) || restores == 0 {
			t.Errorf("%d retries: divergence %v after %v restores", test.retries, kl, restores)
		}
		if stayed := slices.Equal(r.Model.Parameters, w.model.Parameters); stayed != (test.undone == 1) {
			t.Errorf("%d retries: the model is as before: %v", test.retries, stayed)
		}
	}
}

// TestUpdatesEndEarly at the divergence that is allowed: before the step, or after the
// pass.
func TestUpdatesEndEarly(t *testing.T) {
	for _, per := range []string{perMinibatch, perEpoch} {
		c := fewGRPO()
		c.Optim.LearningRate = optim.Constant(3e-3)
		c.Epochs, c.TargetKL, c.TargetKLPer = 20, 1e-3, per
		r, err := Run(t.Context(), c, coins(t), Options{Seed: 1, Steps: 1, Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, &r.Last, record.OptimEarlyStops, 1)
		n, _ := r.Last.Value(record.OptimMinibatches)
		if n < 1 || n > 30 || per == perEpoch && math.Mod(n, 3) != 0 {
			t.Errorf("per %s: %v minibatches of 60", per, n)
		}
	}
}

// TestInterruptedRunsStopBetweenSteps, and give back what there is.
func TestInterruptedRunsStopBetweenSteps(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	r, err := Run(ctx, fewGRPO(), coins(t), Options{Seed: 1, Steps: 100, Threads: 1, Observe: func(p Progress) {
		if p.Step == 3 {
			stop()
		}
	}})
	if r == nil || r.Steps != 3 || err != context.Canceled {
		t.Errorf("result %v, error %v", r, err)
	}
}

// TestShuffledRewardsAreTheSameRewards, elsewhere.
func TestShuffledRewardsAreTheSameRewards(t *testing.T) {
	w := bench(t, 1)
	c := DefaultGRPO()
	c.ShuffleRewards = true
	l, e := begun(t, c, w), recorded(t, w, 4)
	l.shape(e)
	got := slices.Clone(l.shaped)
	if slices.Equal(got, e.score) {
		t.Error("the rewards are where they were")
	}
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(e.score)); !slices.Equal(got, want) {
		t.Errorf("rewards %v, should be %v", got, want)
	}
}

// TestWhatIsReported of completions, worked out by hand.
func TestWhatIsReported(t *testing.T) {
	w := bench(t, 1)
	l, e := begun(t, DefaultGRPO(), w), recorded(t, w, 4)
	var row record.Row
	l.report(&row, e, e)
	for name, want := range map[string]float64{
		record.TextRewardMean: 3.6 / 8, record.TextRewardStd: 0.447214,
		record.TextAccuracy: 2. / 8, record.TextLengthMean: 18. / 8, record.TextLengthMax: 4,
		record.TextCutOff: 1. / 8, record.TextTokens: 18, record.TextTokensDrawn: 18,
		record.TextWithoutSignal: 0, record.TextGroupsDropped: 0,
	} {
		got, ok := row.Value(name)
		if !ok || math.Abs(got-want) > 1e-6 {
			t.Errorf("%s is %v (%v), should be %v", name, got, ok, want)
		}
	}
}
