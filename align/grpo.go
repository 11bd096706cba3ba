package align

import (
	"context"
	"fmt"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/record"
)

// GRPO is group-relative policy optimisation (Shao et al. 2024,
// https://arxiv.org/abs/2402.03300), or one of its kin: completions of the same prompt
// are compared with each other, where PPO asks a critic. docs/algorithms/grpo.md has the
// formulas, and the settings that make it Dr. GRPO, DAPO, RLOO, REINFORCE++, GSPO, CISPO
// and others. It is plain data: start from DefaultGRPO; zero means zero.
type GRPO struct {
	Generate lm.Sampling
	Optim    Optim

	// Prompts in a step.
	Prompts int `toml:"prompts" range:"[1, 1000000]"`
	// Completions of each prompt: a group.
	Group int `toml:"group" range:"[1, 100000]"`
	// The rewards of a step are shuffled among its completions, so that there is nothing to learn: a control.
	ShuffleRewards bool `toml:"shuffle_rewards"`
	// Dynamic sampling: groups without signal are dropped and other prompts drawn in their place, until there have been so many draws. 1: they stay.
	Draws int `toml:"draws" range:"[1, 1000]"`
	// A group has signal if the standard deviation of its rewards, before any shaping, is above this.
	SignalSpread float64 `toml:"signal_spread" range:"[0, inf)"`
	// Advantage of a completion, from the rewards of its group. std: less their mean, divided by their standard deviation. mean: less their mean. batch-std: that, divided by the deviation of all rewards. leave-one-out: less the mean of the others. leave-one-out-std: that, divided by the deviation of the others. length: less their mean weighted by length. maxrl: less their mean, divided by it. gpg: less their mean, times completions per rewarded one. reward: the reward itself.
	Advantage string `toml:"advantage" oneof:"std mean batch-std leave-one-out leave-one-out-std length maxrl gpg reward"`
	// Number that is added to what advantages are divided by.
	AdvantageEpsilon float64 `toml:"advantage_epsilon" range:"[0, 1]"`
	// Advantages of all tokens of the step are shifted and scaled to mean 0 and variance 1.
	WhitenAdvantages bool `toml:"whiten_advantages"`
	// Advantages are kept within so much of 0. 0: off.
	AdvantageClip float64 `toml:"advantage_clip" range:"[0, inf)"`
	// Discount γ from one token to the next.
	Gamma float64 `toml:"gamma" range:"[0, 1]"`
	// A penalty in the reward is taken from that of the whole completion before it is compared with others, or from that of each token, which then answers for those after it alone.
	PenaltyPer string `toml:"penalty_per" oneof:"completion token"`

	Update
	// The price of leaving the reference.
	Penalty PenaltySection `toml:"penalty"`
	// What is made of rewards before they are compared.
	Shape ShapeSection `toml:"shape"`
}

// The values of penalty_per.
const (
	perCompletion = "completion"
	perToken      = "token"
)

// referenceEvery is how many steps lie between two that measure the divergence from the
// reference where nobody pays for it.
const referenceEvery = 10

// DefaultGRPO returns settings that improve a small model on a task with rewards of 0 and
// 1: groups of 8, the paper's advantages, the mean over tokens and no reference.
func DefaultGRPO() GRPO {
	return GRPO{
		Generate: lm.DefaultSampling(), Optim: DefaultOptim(),
		Prompts: 64, Group: 8, Draws: 1,
		Advantage: "std", AdvantageEpsilon: 1e-6, Gamma: 1, PenaltyPer: perCompletion,
		Update: DefaultUpdate(), Penalty: DefaultPenalty(), Shape: DefaultShape(),
	}
}

// Name is "grpo".
func (c GRPO) Name() string { return "grpo" }

// Validate reports settings that contradict each other.
func (c GRPO) Validate() error {
	if c.Group == 1 && c.Advantage != "reward" {
		return fmt.Errorf("group = %d: must be at least 2 where advantage is %s, which compares completions with each other; reward does not", c.Group, c.Advantage)
	}
	return c.Update.Validate()
}

func (c GRPO) sections() sections { return c.edit() }

func (c *GRPO) edit() sections { return sections{&c.Generate, &c.Optim, c.Name(), c} }

// iterate is the whole of GRPO, once around.
func (l *grpo) iterate(ctx context.Context, step int, progress float64, row *record.Row) error {
	// prompts → completions → verifier
	drawn, kept, err := l.gather(ctx)
	if err != nil {
		return err
	}
	kept.logProb = kept.drawn // the same bits; the first minibatch of the update measures it
	if l.Penalty.Coefficient > 0 || step%referenceEvery == 0 {
		kept.reference = l.source.scored(l.reference, kept)
	}

	// rewards → advantage
	l.shape(kept)
	l.compare(kept)
	l.spread(kept)

	// minibatch → objective → gradient → optim
	if err := l.actor.improve(kept, l.tokens, progress); err != nil {
		return err
	}
	l.report(row, drawn, kept)
	l.shown = drawn.show(step + 1)
	l.penalty.observe(kept)
	return nil
}

// gather draws the experience of a step: all that was drawn, and what is kept of it.
func (l *grpo) gather(ctx context.Context) (drawn, kept *experience, err error) {
	drawn, err = l.source.draw(ctx, l.Prompts, l.Group)
	if err != nil || l.Draws == 1 {
		return drawn, drawn, err
	}
	kept = &experience{}
	kept.take(drawn, l.informative(drawn))
	for draw := 1; draw < l.Draws && kept.groups() < l.Prompts; draw++ {
		more, err := l.source.draw(ctx, l.Prompts-kept.groups(), l.Group)
		if err != nil {
			return nil, nil, err
		}
		kept.take(more, l.informative(more))
		drawn.take(more, func(int) bool { return true })
	}
	return drawn, kept, nil
}

// shape makes of what the verifier gave for each completion the rewards that are
// compared.
func (l *grpo) shape(e *experience) {
	l.shaped = sized(l.shaped, e.size())
	l.Shape.shape(l.shaped, e, l.most())
	if l.ShuffleRewards {
		shuffleRewards(l.shaped, l.shuffler)
	}
	if l.PenaltyPer == perCompletion {
		l.penalty.chargeWhole(l.shaped, e)
	}
}

// compare computes the advantage of each completion.
func (l *grpo) compare(e *experience) {
	l.whole = sized(l.whole, e.size())
	l.estimator(l.whole, l.outcomes(e, l.shaped))
}

// spread computes the advantage of each token: that of its completion, less what the
// completion is to pay from there on.
func (l *grpo) spread(e *experience) {
	n := e.rows()
	l.tokens, l.next, l.discount, l.carry = sized(l.tokens, n), sized(l.next, n), sized(l.discount, n), sized(l.carry, n)
	advantage.AtLast(l.tokens, l.whole, e.segment)
	if l.PenaltyPer == perToken {
		l.penalty.charge(l.tokens, e)
	}
	advantage.Chain(l.next, l.discount, l.carry, nil, e.segment, l.Gamma, 1)
	advantage.MonteCarlo(l.tokens, l.tokens, l.next, l.discount, l.carry, 1)
	if l.WhitenAdvantages {
		advantage.Whiten(l.tokens, l.tokens, nil)
	}
	clipAdvantages(l.tokens, l.AdvantageClip)
}
