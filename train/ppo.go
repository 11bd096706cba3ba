package train

import (
	"fmt"
	"iter"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
)

// PPO is proximal policy optimisation with the clipped surrogate (Schulman et
// al. 2017, https://arxiv.org/abs/1707.06347), in the form that
// implementations have converged on. docs/algorithms/ppo.md numbers the details
// and names their sources. It is plain data: start from DefaultPPO; zero means zero.
type PPO struct {
	Rollout rollout.Config
	Policy  policy.Config
	Optim   optim.Config

	// Clip range ε of the probability ratio: a number, a schedule, or { low = 0.2, high = 0.28 }.
	Clip Range `toml:"clip"`
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
	// The update ends before the step at which the estimated KL divergence exceeds 1.5 times this. 0: off.
	TargetKL float64 `toml:"target_kl" range:"[0, inf)"`
}

// DefaultPPO returns the defaults of Stable-Baselines3: they learn most small
// tasks, if not quickly. Package preset has tuned settings.
func DefaultPPO() PPO {
	return PPO{
		Rollout:              rollout.DefaultConfig(),
		Policy:               policy.DefaultConfig(),
		Optim:                optim.DefaultConfig(),
		Clip:                 Symmetric(0.2),
		ValueClipPessimistic: true,
		Epochs:               10,
		Minibatch:            64,
		ValueCoefficient:     0.5,
		NormalizeAdvantage:   true,
	}
}

// Name is "ppo".
func (c PPO) Name() string { return "ppo" }

// Validate reports settings that contradict each other.
func (c PPO) Validate() error {
	if c.DualClip > 0 && c.DualClip <= 1 {
		return fmt.Errorf("dual_clip = %v: must be 0 (off) or above 1", c.DualClip)
	}
	return nil
}

func (c PPO) sections() sections { return c.edit() }

func (c *PPO) edit() sections { return sections{&c.Rollout, &c.Policy, &c.Optim, c} }

func (c PPO) start(w *workplace) learner {
	b := w.collector.NewBuffer()
	l := &ppo{
		PPO: c, workplace: w,
		buffer:      b,
		minibatches: rollout.NewMinibatcher(b, c.Minibatch),
		order:       seed.Stream(w.seed, "minibatch", 0),
		gradient:    newGradient(w.policy, w.pool, min(c.Minibatch, b.Rows())),
		adam:        optim.NewAdam(len(w.policy.Parameters), c.Optim.AdamConfig),
	}
	l.shuffle = func() iter.Seq[*rollout.Minibatch] { return l.minibatches.Shuffle(l.order) }
	return l
}

// ppo is PPO at work.
type ppo struct {
	PPO
	*workplace
	buffer      *rollout.Buffer
	minibatches *rollout.Minibatcher
	order       *seed.Rand
	shuffle     func() iter.Seq[*rollout.Minibatch] // one pass over the buffer; replaced to replay a recorded run
	gradient    *gradient
	adam        *optim.Adam
	earlyStops  int
}

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
	low, high := l.Clip.At(progress)
	learningRate := l.Optim.LearningRate.At(progress)
	terms := l.terms(objective.Clip(low, high, l.DualClip))
	var seen update
	stop := false
	for epoch := 1; epoch <= l.Epochs && !stop; epoch++ {
		seen.nextEpoch()
		for mb := range l.shuffle() {
			if l.NormalizeAdvantage {
				advantage.Normalize(mb.Advantage, mb.Advantage)
			}
			losses := l.gradient.compute(mb, terms)
			if stop = l.tooFar(&losses); stop {
				l.earlyStops++
				break
			}
			norm, err := l.step(learningRate)
			if err != nil {
				return seen.locate(err, epoch)
			}
			seen.add(&losses, norm)
		}
	}

	row.Add(record.OptimLearningRate, learningRate)
	row.Add(record.OptimClipLow, low)
	row.Add(record.OptimClipHigh, high)
	row.Add(record.OptimEarlyStops, float64(l.earlyStops))
	row.Add(record.ValueExplainedVariance, advantage.ExplainedVariance(b.Value, b.Return))
	seen.report(row)
	return nil
}

// terms is the loss of PPO:
//
//	loss = surrogate + value_coefficient·value loss − entropy_coefficient·entropy
func (l *ppo) terms(surrogate objective.Surrogate) terms {
	return terms{
		surrogate:            surrogate,
		valueClip:            l.ValueClip,
		valueClipPessimistic: l.ValueClipPessimistic,
		valueCoefficient:     l.ValueCoefficient,
		entropyCoefficient:   l.EntropyCoefficient,
	}
}

// tooFar reports whether the policy has left the trust region, so that the step
// that these losses ask for must not be taken.
func (l *ppo) tooFar(losses *losses) bool {
	return l.TargetKL > 0 && losses.stats.KL() > 1.5*l.TargetKL
}

// step moves the parameters against the gradient, shortened to the norm allowed.
func (l *ppo) step(learningRate float64) (norm float64, err error) {
	g := l.gradient.sum
	norm, scale, err := optim.ClipNorm(g, l.Optim.MaxGradientNorm)
	if err != nil {
		return norm, l.gradient.diagnose(err)
	}
	l.adam.Step(l.policy.Parameters, g, learningRate, scale)
	return norm, nil
}

// save stores the optimiser.
func (l *ppo) save(c *checkpoint.Checkpoint) error {
	mean, square := l.adam.Moments()
	c.PutFloat32("adam.mean", []int{len(mean)}, mean)
	c.PutFloat32("adam.square", []int{len(square)}, square)
	return c.Put("adam.steps", l.adam.Steps())
}
