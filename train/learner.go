package train

import (
	"iter"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
)

// ppo is PPO at work. Its program is iterate; here is what that stands on.
type ppo struct {
	PPO
	*workplace
	buffer      *rollout.Buffer
	minibatches *rollout.Minibatcher
	order       *seed.Rand
	shuffle     func() iter.Seq[*rollout.Minibatch] // one pass over the buffer; replaced to replay a recorded run
	learn       func(*rollout.Minibatch) bool       // learnFrom as a function value, made once
	gradient    *gradient
	adam        *optim.Adam
	surrogates  *region.Surrogates
	clipFactor  *optim.Controller // of the clip range; nil: fixed
	guard       *guard            // nil: off

	// Of the update under way.
	learningRate float64
	low, high    float64 // clip range
	terms        terms
	seen         update
	failure      error // what ended a pass

	earlyStops int
	ratios     ratios
}

// The values of target_kl_per, and one of target_kl_estimator.
const (
	perMinibatch = "minibatch"
	perEpoch     = "epoch"
	estimatorK1  = "k1"
)

func (c PPO) start(w *workplace) learner {
	b := w.collector.NewBuffer()
	l := &ppo{
		PPO: c, workplace: w,
		buffer:      b,
		minibatches: rollout.NewMinibatcher(b, c.Minibatch),
		order:       seed.Stream(w.seed, "minibatch", 0),
		gradient:    newGradient(w.policy, w.pool, min(c.Minibatch, b.Rows())),
		adam:        optim.NewAdam(len(w.policy.Parameters), c.Optim.AdamConfig),
		surrogates:  region.NewSurrogates(c.Objective, c.DualClip, c.Surrogate, seed.Stream(w.seed, "surrogate", 0)),
		clipFactor:  c.clipFactor(),
		ratios:      newRatios(),
	}
	l.shuffle = func() iter.Seq[*rollout.Minibatch] { return l.minibatches.Shuffle(l.order) }
	l.learn = l.learnFrom
	if c.Guard.isOn() {
		l.guard = newGuard(c, w, b, l.adam)
	}
	return l
}

// clipFactor is what adapts the clip range; nil if nothing does. It does not raise
// low above 0.9, so that 1 − low still bounds a ratio.
func (c PPO) clipFactor() *optim.Controller {
	if c.ClipTargetKL == 0 {
		return nil
	}
	const most = 16
	_, low := c.Clip.Low.Bounds()
	return optim.NewController(1, 1./most, max(1, min(most, 0.9/low)), optim.AdaptiveStep(c.ClipTargetKL))
}

// begin settles what depends on the progress of training.
func (l *ppo) begin(progress float64) {
	l.learningRate = l.Optim.LearningRate.At(progress)
	l.low, l.high = l.Clip.At(progress)
	if l.clipFactor != nil {
		factor := l.clipFactor.Value()
		l.low, l.high = factor*l.low, factor*l.high
	}
	l.terms = l.termsOf(l.surrogates.At(l.low, l.high))
}

// termsOf is the loss of PPO:
//
//	loss = surrogate + value_coefficient·value loss − entropy_coefficient·entropy
func (l *ppo) termsOf(s region.Surrogate) terms {
	return terms{
		surrogate:            s,
		valueClip:            l.ValueClip,
		valueClipPessimistic: l.ValueClipPessimistic,
		valueCoefficient:     l.ValueCoefficient,
		entropyCoefficient:   l.EntropyCoefficient,
	}
}

// strayed reports whether the policy has left the trust region: whether the
// estimated divergence exceeds a bound.
func (l *ppo) strayed(s *objective.Stats, bound float64) bool {
	kl := s.KL()
	if l.TargetKLEstimator == estimatorK1 {
		kl = s.KL1()
	}
	return l.TargetKL > 0 && kl > bound
}

// step moves the parameters against the gradient, shortened to the norm allowed.
func (l *ppo) step() (norm float64, err error) {
	return l.gradient.follow(l.adam, l.stepSize(), l.Optim.MaxGradientNorm)
}

// stepSize is the learning rate in force.
func (l *ppo) stepSize() float64 {
	if l.guard == nil {
		return l.learningRate
	}
	return l.learningRate * l.guard.scale()
}

// adapt lets the controllers know how far an update went that stays.
func (l *ppo) adapt() {
	kl := l.seen.last.KL()
	for _, c := range []*optim.Controller{l.surrogates.Penalty(), l.clipFactor} {
		if c != nil {
			c.Observe(kl, l.buffer.Rows())
		}
	}
	if l.seen.stopped {
		l.earlyStops++
	}
}

// report adds what the update saw to a row.
func (l *ppo) report(row *record.Row) {
	row.Add(record.OptimLearningRate, l.stepSize())
	row.Add(record.OptimClipLow, l.low)
	row.Add(record.OptimClipHigh, l.high)
	if beta, ok := l.surrogates.Coefficient(); ok {
		row.Add(record.OptimKLCoefficient, beta)
	}
	row.Add(record.OptimEarlyStops, float64(l.earlyStops))
	row.Add(record.ValueExplainedVariance, advantage.ExplainedVariance(l.buffer.Value, l.buffer.Return))
	l.seen.report(row)
	l.ratios.report(row, &l.seen.last)
	if l.guard != nil {
		l.guard.report(row)
	}
}

// save stores the optimiser and the controllers.
func (l *ppo) save(c *checkpoint.Checkpoint) error {
	if err := saveAdam(c, l.adam); err != nil {
		return err
	}
	if l.surrogates.Penalty() != nil {
		if err := c.Put("ppo.kl_coefficient", l.surrogates.Penalty().Value()); err != nil {
			return err
		}
	}
	if l.clipFactor != nil {
		return c.Put("ppo.clip_factor", l.clipFactor.Value())
	}
	return nil
}
