package align

import (
	"fmt"

	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/seed"
)

// Update is how a model is improved with an experience, once every token of it has an
// advantage: what is in common to the sections of the methods that draw their own
// completions. It is plain data: start from DefaultUpdate; zero means zero.
type Update struct {
	// Name of the surrogate objective; docs/algorithms/surrogates.md has all with their formulas.
	Objective string `toml:"objective" oneof:"unclipped clip kl vanilla tis topr cispo gspo gmpo sapo quadratic decoupled clip-cov kl-cov rollback"`
	// Clip range ε of the probability ratio: a number, a schedule, or { low = 0.2, high = 0.28 }.
	Clip region.Range `toml:"clip"`
	// Dual clip: bounds the loss of tokens with negative advantage at this many times it. 0: off, else above 1.
	DualClip float64 `toml:"dual_clip" range:"[0, inf)"`
	// What a token weighs in a minibatch. token-mean: all alike. sequence-mean: all completions alike. sequence-sum: 1/completions. constant: 1/(completions · longest length).
	Normalizer string `toml:"normalizer" oneof:"token-mean sequence-mean sequence-sum constant"`
	// Passes over the experience in one update.
	Epochs int `toml:"epochs" range:"[1, 1000]"`
	// Completions in a minibatch, each of which is a step of the optimiser. 0: all of them.
	Minibatch int `toml:"minibatch" range:"[0, inf)"`
	// Weight of the entropy bonus.
	EntropyCoefficient float64 `toml:"entropy_coefficient" range:"[0, inf)"`
	// The update ends early when the estimated KL divergence from the model before it passes this; target_kl_per says when it is looked at. 0: off.
	TargetKL float64 `toml:"target_kl" range:"[0, inf)"`
	// Estimator of that divergence: k1 is the mean of −log r, k3 that of (r − 1) − log r.
	TargetKLEstimator string `toml:"target_kl_estimator" oneof:"k1 k3"`
	// minibatch: the update ends before the step at which the minibatch's divergence exceeds 1.5 times the target. epoch: it ends after the pass whose divergence exceeds the target.
	TargetKLPer string `toml:"target_kl_per" oneof:"minibatch epoch"`
	// Completions that were cut off have an advantage, which counts in that of others, but are not learned from.
	SkipCutOff bool `toml:"skip_cut_off"`

	// Coefficients of surrogates other than clip; each is read by those that its comment names.
	Surrogate region.Coefficients `toml:"surrogate"`
	// The undo button: updates that go too far are taken back.
	Guard GuardSection `toml:"guard"`
}

// The values of target_kl_per, and one of target_kl_estimator.
const (
	perMinibatch = "minibatch"
	perEpoch     = "epoch"
	estimatorK1  = "k1"
)

// DefaultUpdate is one pass of PPO's clip over the experience, two minibatches of 256
// completions, the mean over tokens.
func DefaultUpdate() Update {
	return Update{
		Objective: "clip", Clip: region.Symmetric(0.2), Normalizer: "token-mean",
		Epochs: 1, Minibatch: 256,
		TargetKLEstimator: "k3", TargetKLPer: perMinibatch,
		Surrogate: region.DefaultCoefficients(), Guard: DefaultGuard(),
	}
}

// Validate reports settings that contradict each other.
func (c Update) Validate() error {
	if err := region.FitDual(c.DualClip); err != nil {
		return err
	}
	return c.Surrogate.Fit(c.Objective)
}

// normalizer turns a mask into weights. longest is the longest length of a completion.
func (c Update) normalizer(longest int) objective.Normalizer {
	switch c.Normalizer {
	case "sequence-mean":
		return objective.SequenceMean
	case "sequence-sum":
		return objective.SequenceSum
	case "constant":
		return objective.ConstantMean(longest)
	}
	return objective.TokenMean
}

// actor is a model at the place where it is improved.
type actor struct {
	Update
	tuner      *tuner
	order      *seed.Rand // of the completions
	surrogates *region.Surrogates
	normalize  objective.Normalizer
	guard      *guard   // nil: off
	penalty    *penalty // looked at where it is in the loss
	minibatch  minibatch
	ratios     ratios

	// Of the update under way.
	experience   *experience
	advantage    []float32 // of each token
	learningRate float64
	low, high    float64 // clip range
	surrogate    region.Surrogate
	seen         seen
	earlyStops   int
}

// newActor makes the actor of a run, whose tuner asks about each token.
func newActor(w *workplace, c Update, t *tuner, p *penalty) *actor {
	t.pass.WithEntropy = true
	return &actor{
		Update: c, tuner: t, penalty: p,
		order:      seed.Stream(w.seed, "minibatch", 0),
		surrogates: region.NewSurrogates(c.Objective, c.DualClip, c.Surrogate, seed.Stream(w.seed, "surrogate", 0)),
		normalize:  c.normalizer(w.most()),
		guard:      newGuard(c.Guard, t),
		ratios:     newRatios(),
	}
}

// improve makes the update with an experience, of which every token has an advantage
// and a log-probability as the model had it before. If the guard finds that the update
// has gone too far, it is taken back and made anew with half the learning rate; after the
// last retry it stays undone, and the model is as before.
func (a *actor) improve(e *experience, advantage []float32, progress float64) error {
	a.experience, a.advantage = e, advantage
	a.learningRate = a.tuner.LearningRate.At(progress)
	a.low, a.high = a.Clip.At(progress)
	a.surrogate = a.surrogates.At(a.low, a.high)
	for a.guard.save(); ; {
		err := a.optimize()
		if err == nil && a.guard.accepts(e) {
			a.settle()
			return nil
		}
		if !a.guard.undo() {
			return err
		}
	}
}

// settle lets what adapts itself know how far an update went that stays.
func (a *actor) settle() {
	if c := a.surrogates.Penalty(); c != nil && a.seen.last.Rows > 0 {
		c.Observe(a.seen.last.KL(), a.experience.size())
	}
	if a.seen.stopped {
		a.earlyStops++
	}
}

// optimize makes the passes of an update over the experience.
func (a *actor) optimize() error {
	a.seen = seen{}
	for epoch := 0; epoch < a.Epochs && !a.seen.stopped; epoch++ {
		a.seen.nextEpoch()
		for completions := range shuffled(a.experience.size(), a.Minibatch, a.order) {
			if err := a.learnFrom(completions); err != nil {
				return fmt.Errorf("pass %d, minibatch %d: %w", epoch+1, a.seen.minibatches+1, err)
			}
			if a.seen.stopped {
				break
			}
		}
		if a.TargetKLPer == perEpoch {
			a.seen.stopped = a.strayed(&a.seen.epoch, a.TargetKL)
		}
	}
	return nil
}

// strayed reports whether the model has left the trust region: whether the estimated
// divergence exceeds a bound.
func (a *actor) strayed(s *objective.Stats, bound float64) bool {
	kl := s.KL()
	if a.TargetKLEstimator == estimatorK1 {
		kl = s.KL1()
	}
	return a.TargetKL > 0 && kl > bound
}

// learnFrom makes the step that a minibatch asks for.
func (a *actor) learnFrom(completions []int32) error {
	a.prepare(completions)
	found := a.differentiate()
	if found.stats.Rows == 0 { // nothing counts: no step
		return nil
	}
	if a.TargetKLPer == perMinibatch && a.strayed(&found.stats, 1.5*a.TargetKL) {
		a.seen.stopped = true
		return nil
	}
	norm, err := a.tuner.step(a.learningRate * a.guard.scale())
	if err != nil {
		return err
	}
	a.seen.add(&found, norm)
	return nil
}

// prepare gathers a minibatch and settles what depends on it as a whole: the weights of
// its tokens, and which of them are picked out.
func (a *actor) prepare(completions []int32) {
	m := &a.minibatch
	m.gather(a.experience, a.advantage, completions, a.SkipCutOff)
	a.normalize(m.batch.Weight, &m.batch)
	if a.surrogate.Pick != nil {
		a.tuner.each(m.texts, func(p *part) { copy(m.batch.LogProb[p.lo:p.hi], p.logProb) })
		a.surrogate.Pick(m.batch.Selected, &m.batch, a.surrogate.Draw)
	}
}

// differentiate computes the gradient of
//
//	loss = surrogate + β·KL(model, reference) − entropy_coefficient·entropy
//
// on the minibatch at hand. In the first one of an update the log-probabilities of the
// generator meet those of training.
func (a *actor) differentiate() losses {
	var found losses
	m := &a.minibatch
	first := a.seen.minibatches == 0 && a.seen.epochs == 1
	a.tuner.differentiate(m.texts, func(p *part) {
		b := m.part(p)
		found.policy += a.surrogate.Loss(p.dLogProb, b, &found.stats)
		a.penalty.loss(p.dLogProb, b.LogProb, b.OldLogProb, b.Reference, b.Weight)
		found.observe(p.entropy, b.Weight)
		if a.EntropyCoefficient > 0 {
			objective.Entropy(p.dEntropy, p.entropy, b.Weight, a.EntropyCoefficient)
		} else {
			p.dEntropy = nil // spares the way back
		}
		if first {
			a.seen.compare(p.logProb, m.drawn[p.lo:p.hi])
		}
	})
	return found
}
