package train

import (
	"errors"
	"iter"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
)

// PPG is phasic policy gradient (Cobbe et al. 2020,
// https://arxiv.org/abs/2009.04416). In the policy phase it is PPO, but the critic
// changes nothing that the actor uses. Then, in an auxiliary phase, a value head
// on the actor's own features learns the returns of the whole phase, while a
// penalty keeps the policy what it is. docs/algorithms/ppg.md numbers the details
// and names their sources. It is plain data: start from DefaultPPG; zero means
// zero.
type PPG struct {
	Rollout rollout.Config
	Policy  policy.Config
	Optim   optim.Config

	// Clip range ε of the probability ratio: a number, a schedule, or { low = 0.2, high = 0.28 }.
	Clip region.Range `toml:"clip"`
	// Rollouts and updates of a policy phase, N_π; an auxiliary phase follows.
	PolicyIterations int `toml:"policy_iterations" range:"[1, 10000]"`
	// Passes of the actor over a rollout, E_π.
	PolicyEpochs int `toml:"policy_epochs" range:"[1, 10000]"`
	// Rows in a minibatch of the actor. More than the rollout has means all of it.
	Minibatch int `toml:"minibatch" range:"[1, inf)"`
	// Weight of the entropy bonus.
	EntropyCoefficient float64 `toml:"entropy_coefficient" range:"[0, inf)"`
	// Advantages are shifted and scaled to mean 0 and standard deviation 1 over the rollout.
	NormalizeAdvantage bool `toml:"normalize_advantage"`

	CriticFit
	AuxiliaryPhase
}

// DefaultPPG has the settings of the paper, but for eight environments in place of
// 64, a limit to the gradient's norm, and in place of its networks for images a
// shared layer of 64 units with one of the actor's and one of the critic's own
// above it.
func DefaultPPG() PPG {
	c := PPG{
		Rollout: rollout.DefaultConfig(),
		Policy:  policy.DefaultConfig(),
		Optim:   optim.DefaultConfig(),

		Clip:             region.Symmetric(0.2),
		PolicyIterations: 32, PolicyEpochs: 1, Minibatch: 256,
		EntropyCoefficient: 0.01,
		NormalizeAdvantage: true,

		CriticFit:      CriticFit{CriticEpochs: 1, CriticMinibatch: 256},
		AuxiliaryPhase: defaultAuxiliaryPhase(),
	}
	c.Rollout.Environments, c.Rollout.Steps, c.Rollout.Gamma = 8, 256, 0.999
	c.Rollout.NormalizeReward = true
	c.Policy.Trunk, c.Policy.Actor, c.Policy.Critic = []int{64}, []int{64}, []int{64}
	c.Optim.LearningRate, c.Optim.Epsilon = optim.Constant(5e-4), 1e-8
	return c
}

// Name is "ppg".
func (c PPG) Name() string { return "ppg" }

// Validate reports settings that contradict each other.
func (c PPG) Validate() error {
	if len(c.Policy.Trunk)+len(c.Policy.Actor) == 0 {
		return errors.New("policy.trunk and policy.actor are empty: one must have a hidden layer, whose features the auxiliary phase teaches; ppo needs none")
	}
	return nil
}

func (c PPG) sections() sections { return c.edit() }

func (c *PPG) edit() sections { return sections{&c.Rollout, &c.Policy, &c.Optim, c.Name(), c} }

// ppg is PPG at work.
type ppg struct {
	PPG
	*workplace
	buffer      *rollout.Buffer
	minibatches *rollout.Minibatcher
	order       *seed.Rand
	shuffle     func() iter.Seq[*rollout.Minibatch] // one pass over the buffer; replaced to replay a recorded run
	learn       func(*rollout.Minibatch) bool       // learnFrom as a function value, made once
	gradient    *gradient
	adam        *optim.Adam // of the actor
	critic      *critic
	auxiliary   *auxiliary

	// Of the update under way.
	learningRate float64
	low, high    float64 // clip range
	terms        terms
	seen         update
	failure      error // what ended a pass
	ratios       ratios
}

func (c PPG) start(w *workplace) learner {
	b := w.collector.NewBuffer()
	l := &ppg{
		PPG: c, workplace: w,
		buffer:      b,
		minibatches: rollout.NewMinibatcher(b, c.Minibatch),
		order:       seed.Stream(w.seed, "minibatch", 1), // the critic's is 0
		gradient:    newGradient(w.policy, w.pool, min(c.Minibatch, b.Rows())),
		adam:        optim.NewAdam(len(w.policy.Parameters), c.Optim.AdamConfig),
		critic:      newCritic(c.CriticFit, c.Optim, w, b),
		auxiliary:   newAuxiliary(c, w, b),
		terms:       terms{actorAlone: true, entropyCoefficient: c.EntropyCoefficient},
		ratios:      newRatios(),
	}
	l.shuffle = func() iter.Seq[*rollout.Minibatch] { return l.minibatches.Shuffle(l.order) }
	l.learn = l.learnFrom
	return l
}

// iterate is the whole of PPG, once around.
func (l *ppg) iterate(progress float64, row *record.Row) error {
	// env → rollout
	b := l.buffer
	if err := l.collector.Fill(b); err != nil {
		return err
	}

	// advantage
	advantage.GAE(b.Advantage, b.Reward, b.Value, b.NextValue, b.Discount, b.Carry, b.N)
	advantage.Returns(b.Return, b.Advantage, b.Value)
	if l.NormalizeAdvantage {
		advantage.Normalize(b.Advantage, b.Advantage)
	}
	l.auxiliary.store(b)

	// policy phase: minibatch → objective → gradient → optim
	l.begin(progress)
	if err := l.optimize(); err != nil {
		return err
	}
	if err := l.critic.fit(l.learningRate); err != nil {
		return err
	}
	l.report(row)

	// auxiliary phase
	if l.auxiliary.due() {
		if err := l.auxiliary.learn(progress); err != nil {
			return err
		}
		l.auxiliary.report(row)
	}
	return nil
}

// begin settles what depends on the progress of training.
func (l *ppg) begin(progress float64) {
	l.learningRate = l.Optim.LearningRate.At(progress)
	low, high := l.Clip.At(progress)
	if l.terms.surrogate.Loss == nil || low != l.low || high != l.high {
		l.low, l.high = low, high
		l.terms.surrogate.Loss = objective.Clip(low, high, 0)
	}
}

// optimize makes the actor's passes over the rollout.
func (l *ppg) optimize() error {
	l.seen, l.failure = update{}, nil
	for epoch := 1; epoch <= l.PolicyEpochs; epoch++ {
		l.seen.nextEpoch()
		l.shuffle()(l.learn)
		if l.failure != nil {
			return locate(l.failure, epoch, l.seen.inEpoch+1)
		}
	}
	return nil
}

// learnFrom makes the step that a minibatch asks for. It reports whether the pass
// goes on.
func (l *ppg) learnFrom(mb *rollout.Minibatch) bool {
	losses := l.gradient.compute(mb, l.terms)
	norm, err := l.gradient.follow(l.adam, l.learningRate, l.Optim.MaxGradientNorm)
	if err != nil {
		l.failure = err
		return false
	}
	l.seen.add(&losses, norm)
	return true
}

// report adds what the policy phase saw to a row.
func (l *ppg) report(row *record.Row) {
	row.Add(record.OptimLearningRate, l.learningRate)
	row.Add(record.OptimClipLow, l.low)
	row.Add(record.OptimClipHigh, l.high)
	row.Add(record.ValueExplainedVariance, advantage.ExplainedVariance(l.buffer.Value, l.buffer.Return))
	if n := l.critic.count; n > 0 {
		row.Add(record.ValueLoss, l.critic.loss/float64(n))
	}
	l.seen.reportActor(row)
	l.ratios.report(row, &l.seen.last)
}

// save stores the optimisers, and of the auxiliary phase to come its head and the
// experience gathered for it.
func (l *ppg) save(c *checkpoint.Checkpoint) error {
	if err := saveAdam(c, l.adam); err != nil {
		return err
	}
	if err := putAdam(c, "critic.adam", l.critic.adam); err != nil {
		return err
	}
	return l.auxiliary.save(c)
}
