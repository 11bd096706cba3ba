package train

import (
	"errors"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/rollout"
)

// PPO is proximal policy optimisation with the clipped surrogate (Schulman et
// al. 2017, https://arxiv.org/abs/1707.06347), or with any other surrogate, in
// the form that implementations have converged on. docs/algorithms/ppo.md
// numbers the details and names their sources. It is plain data: start from
// DefaultPPO; zero means zero.
type PPO struct {
	Rollout rollout.Config
	Policy  policy.Config
	Optim   optim.Config

	// Name of the surrogate objective; docs/algorithms/ppo.md has all with their formulas.
	Objective string `toml:"objective" oneof:"unclipped clip kl vanilla tis topr cispo gspo gmpo sapo quadratic decoupled clip-cov kl-cov rollback"`
	// Clip range ε of the probability ratio: a number, a schedule, or { low = 0.2, high = 0.28 }.
	Clip region.Range `toml:"clip"`
	// The clip range is multiplied by a factor, at first 1, that keeps the divergence of an update near this: divided by 1.5 above twice it, multiplied by 1.5 below half of it. 0: off.
	ClipTargetKL float64 `toml:"clip_target_kl" range:"[0, inf)"`
	// Dual clip: bounds the loss of actions with negative advantage at this many times it. 0: off, else above 1.
	DualClip float64 `toml:"dual_clip" range:"[0, inf)"`
	// The new value estimate is kept within this distance of the old one. 0: off.
	ValueClip float64 `toml:"value_clip" range:"[0, inf)"`
	// With a value clip, the worse of the clipped and the unclipped error counts, as in OpenAI baselines. false: the clipped one alone, as in Stable-Baselines3.
	ValueClipPessimistic bool `toml:"value_clip_pessimistic"`
	// Passes over the experience in one update.
	Epochs int `toml:"epochs" range:"[1, 10000]"`
	// Rows in a minibatch. More than the experience has means all of it.
	Minibatch int `toml:"minibatch" range:"[1, inf)"`
	// Weight of the value loss, the mean squared error without a factor ½.
	ValueCoefficient float64 `toml:"value_coefficient" range:"[0, inf)"`
	// Weight of the entropy bonus.
	EntropyCoefficient float64 `toml:"entropy_coefficient" range:"[0, inf)"`
	// Advantages are shifted and scaled to mean 0 and standard deviation 1 in each minibatch.
	NormalizeAdvantage bool `toml:"normalize_advantage"`
	// The update ends early when the estimated KL divergence from the old policy passes this; target_kl_per says when it is looked at. 0: off.
	TargetKL float64 `toml:"target_kl" range:"[0, inf)"`
	// Estimator of that divergence: k1 is the mean of −log r, k3 that of (r − 1) − log r.
	TargetKLEstimator string `toml:"target_kl_estimator" oneof:"k1 k3"`
	// minibatch: the update ends before the step at which the minibatch's divergence exceeds 1.5 times the target, as in Stable-Baselines3. epoch: it ends after the pass whose divergence exceeds the target, as in CleanRL.
	TargetKLPer string `toml:"target_kl_per" oneof:"minibatch epoch"`

	// Coefficients of surrogates other than clip; each is read by those that its comment names.
	Surrogate region.Coefficients `toml:"surrogate"`
	// The undo button: updates that go too far are taken back.
	Guard GuardSection `toml:"guard"`
}

// DefaultPPO returns the defaults of Stable-Baselines3: they learn most small
// tasks, if not quickly. Package preset has tuned settings.
func DefaultPPO() PPO {
	return PPO{
		Rollout:              rollout.DefaultConfig(),
		Policy:               policy.DefaultConfig(),
		Optim:                optim.DefaultConfig(),
		Objective:            "clip",
		Clip:                 region.Symmetric(0.2),
		ValueClipPessimistic: true,
		Epochs:               10,
		Minibatch:            64,
		ValueCoefficient:     0.5,
		NormalizeAdvantage:   true,
		TargetKLEstimator:    "k3",
		TargetKLPer:          "minibatch",
		Surrogate:            region.DefaultCoefficients(),
		Guard:                defaultGuard(),
	}
}

// Name is "ppo".
func (c PPO) Name() string { return "ppo" }

// Validate reports settings that contradict each other.
func (c PPO) Validate() error {
	return errors.Join(region.FitDual(c.DualClip), c.Surrogate.Fit(c.Objective))
}

func (c PPO) sections() sections { return c.edit() }

func (c *PPO) edit() sections { return sections{&c.Rollout, &c.Policy, &c.Optim, c.Name(), c} }

// iterate is the whole of PPO, once around.
func (l *ppo) iterate(progress float64, row *record.Row) error {
	// env → rollout
	b := l.buffer
	if err := l.collector.Fill(b); err != nil {
		return err
	}

	// advantage
	advantage.GAE(b.Advantage, b.Reward, b.Value, b.NextValue, b.Discount, b.Carry, b.N)
	advantage.Returns(b.Return, b.Advantage, b.Value)

	// minibatch → objective → gradient → optim
	l.begin(progress)
	stays, err := l.improve()
	if err != nil {
		return err
	}
	if stays {
		l.adapt()
	}
	l.report(row)
	return nil
}

// improve makes the update with the experience in the buffer. If the guard finds
// that it has gone too far, it is taken back and made anew with half the learning
// rate; after the last retry it stays undone, and the policy is as before.
func (l *ppo) improve() (stays bool, err error) {
	if l.guard == nil {
		return true, l.optimize()
	}
	l.guard.save(l.terms.surrogate)
	for {
		err = l.optimize()
		if err == nil && l.guard.accepts() {
			return true, nil
		}
		if !l.guard.undo() {
			return false, err
		}
	}
}

// optimize makes the passes of an update over the experience.
func (l *ppo) optimize() error {
	l.seen, l.failure = update{}, nil
	for epoch := 1; epoch <= l.Epochs && !l.seen.stopped; epoch++ {
		l.seen.nextEpoch()
		l.shuffle()(l.learn) // the loop over the minibatches, in a form that allocates nothing
		if l.failure != nil {
			return locate(l.failure, epoch, l.seen.inEpoch+1)
		}
		if l.TargetKLPer == perEpoch {
			l.seen.stopped = l.strayed(&l.seen.epoch, l.TargetKL)
		}
	}
	return nil
}

// learnFrom makes the step that a minibatch asks for. It reports whether the pass
// goes on.
func (l *ppo) learnFrom(mb *rollout.Minibatch) bool {
	if l.NormalizeAdvantage {
		advantage.Normalize(mb.Advantage, mb.Advantage)
	}
	losses := l.gradient.compute(mb, l.terms)
	if l.TargetKLPer == perMinibatch && l.strayed(&losses.stats, 1.5*l.TargetKL) {
		l.seen.stopped = true
		return false
	}
	norm, err := l.step()
	if err != nil {
		l.failure = err
		return false
	}
	l.seen.add(&losses, norm)
	return true
}
