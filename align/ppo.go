package align

import (
	"context"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/record"
)

// PPO is proximal policy optimisation for language models: every token is an action,
// a critic of its own says what is to be expected after each, and the reward of a
// completion comes with its last token (Ziegler et al. 2019,
// https://arxiv.org/abs/1909.08593). docs/algorithms/ppo-lm.md has the details. It is
// plain data: start from DefaultPPO; zero means zero.
type PPO struct {
	Generate lm.Sampling
	Optim    Optim

	// Prompts of a step.
	Prompts int `toml:"prompts" range:"[1, 1000000]"`
	// Completions drawn of each prompt.
	Samples int `toml:"samples" range:"[1, 100000]"`
	// The rewards of a step are shuffled among its completions, so that there is nothing to learn: a control.
	ShuffleRewards bool `toml:"shuffle_rewards"`
	// The rewards of all tokens of a step, the penalty included, are divided by their standard deviation; their mean stays.
	WhitenRewards bool `toml:"whiten_rewards"`
	// Discount γ from one token to the next.
	Gamma float64 `toml:"gamma" range:"[0, 1]"`
	// λ of the generalised advantage estimate: how far it looks ahead before it trusts the critic.
	Lambda float64 `toml:"lambda" range:"[0, 1]"`
	// Advantages are shifted and scaled to mean 0 and standard deviation 1, over all tokens of a step.
	WhitenAdvantages bool `toml:"whiten_advantages"`
	// Advantages are then kept within so much of 0. 0: off.
	AdvantageClip float64 `toml:"advantage_clip" range:"[0, inf)"`

	Update

	// What is made of the reward of a completion first.
	Shape ShapeSection `toml:"shape"`
	// The price of leaving the reference.
	Penalty PenaltySection `toml:"penalty"`
	// How the critic learns.
	Critic CriticSection `toml:"critic"`
}

// DefaultPPO returns settings that teach a small model which has learnt to imitate.
// The advantages are those of all libraries, γ = 1 and λ = 0.95, whitened.
func DefaultPPO() PPO {
	return PPO{
		Generate: lm.DefaultSampling(), Optim: DefaultOptim(),
		Prompts: 64, Samples: 8,
		Gamma: 1, Lambda: 0.95, WhitenAdvantages: true,
		Update: DefaultUpdate(),
		Shape:  DefaultShape(), Penalty: DefaultPenalty(), Critic: DefaultCritic(),
	}
}

// Name is "ppo".
func (c PPO) Name() string { return "ppo" }

func (c PPO) sections() sections { return c.edit() }

func (c *PPO) edit() sections { return sections{&c.Generate, &c.Optim, c.Name(), c} }

// iterate is the whole of PPO, once around.
func (l *ppo) iterate(ctx context.Context, step int, progress float64, row *record.Row) error {
	// prompt → completion → verifier or reward model
	e, err := l.source.draw(ctx, l.Prompts, l.Samples)
	if err != nil {
		return err
	}
	e.logProb = e.drawn // the same bits; the actor looks at it again
	e.reference = l.source.scored(l.reference, e)

	// reward, less the price of leaving the reference → advantage
	l.rewards(e)
	l.value = l.critic.values(e)
	l.estimate(e)

	// critic: minibatch → objective → gradient → optim
	if err := l.critic.fit(e, l.value, l.target, progress); err != nil {
		return err
	}
	// actor: the same, as soon as there is a critic to listen to
	if step >= l.Critic.Warmup {
		if err := l.actor.improve(e, l.advantage, progress); err != nil {
			return err
		}
	}
	l.report(row, e)
	l.penalty.observe(e)
	l.shown = e.show(step + 1)
	return nil
}

// rewards fills in the reward of every token: that of the completion with its last
// token, and the penalty with each.
func (l *ppo) rewards(e *experience) {
	l.score, l.last, l.reward = sized(l.score, e.size()), sized(l.last, e.size()), sized(l.reward, e.rows())
	l.Shape.shape(l.score, e, l.most())
	if l.ShuffleRewards {
		shuffleRewards(l.score, l.shuffler)
	}
	for k, score := range l.score {
		l.last[k] = float32(score)
	}
	advantage.AtLast(l.reward, l.last, e.segment)
	l.penalty.charge(l.reward, e)
	if l.WhitenRewards {
		advantage.WhitenSpread(l.reward, l.reward, nil)
	}
}

// estimate computes the advantage of every token, and what the critic is to say of
// it. The last token of a completion is the end, whether the model has set it or the
// longest length: nothing is asked about what might have come after.
func (l *ppo) estimate(e *experience) {
	for _, x := range []*[]float32{&l.target, &l.nextValue, &l.discount, &l.carry, &l.advantage} {
		*x = sized(*x, e.rows())
	}
	advantage.Chain(l.nextValue, l.discount, l.carry, l.value, e.segment, l.Gamma, l.Lambda)
	advantage.GAE(l.advantage, l.reward, l.value, l.nextValue, l.discount, l.carry, 1)
	advantage.Returns(l.target, l.advantage, l.value)
	if l.WhitenAdvantages {
		advantage.Whiten(l.advantage, l.advantage, nil)
	}
	clipAdvantages(l.advantage, l.AdvantageClip)
}
