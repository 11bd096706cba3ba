package train

import (
	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
)

// A2C is advantage actor-critic, the synchronous form of A3C (Mnih et al. 2016,
// https://arxiv.org/abs/1602.01783): after every few steps of many environments,
// one step along the policy gradient. docs/algorithms/a2c.md numbers the details
// and names their sources. It is plain data: start from DefaultA2C; zero means
// zero.
type A2C struct {
	Rollout rollout.Config
	Policy  policy.Config
	Optim   RMSPropSection

	// Weight of the value loss, the mean squared error without a factor ½.
	ValueCoefficient float64 `toml:"value_coefficient" range:"[0, inf)"`
	// Weight of the entropy bonus.
	EntropyCoefficient float64 `toml:"entropy_coefficient" range:"[0, inf)"`
	// Advantages are shifted and scaled to mean 0 and standard deviation 1 over the rollout.
	NormalizeAdvantage bool `toml:"normalize_advantage"`
}

// RMSPropSection is the section [optim] of A2C. It is plain data.
type RMSPropSection struct {
	// Learning rate α: a number, or a schedule such as linear(7e-4, 0). Default: Stable-Baselines3.
	LearningRate optim.Schedule `toml:"learning_rate" range:"[0, inf)"`

	optim.RMSPropConfig

	// A gradient whose Euclidean norm, over all parameters together, is larger is shortened to this. 0: off.
	// Default: Stable-Baselines3.
	MaxGradientNorm float64 `toml:"max_gradient_norm" range:"[0, inf)"`
}

// DefaultA2C returns the defaults of Stable-Baselines3. Package preset has tuned
// settings.
func DefaultA2C() A2C {
	c := A2C{
		Rollout: rollout.DefaultConfig(),
		Policy:  policy.DefaultConfig(),
		Optim: RMSPropSection{
			LearningRate:    optim.Constant(7e-4),
			RMSPropConfig:   optim.DefaultRMSPropConfig(),
			MaxGradientNorm: 0.5,
		},
		ValueCoefficient: 0.5,
	}
	c.Rollout.Steps, c.Rollout.Lambda = 5, 1
	return c
}

// Name is "a2c".
func (c A2C) Name() string { return "a2c" }

func (c A2C) sections() sections { return c.edit() }

func (c *A2C) edit() sections { return sections{&c.Rollout, &c.Policy, &c.Optim, c.Name(), c} }

// a2c is A2C at work.
type a2c struct {
	A2C
	*workplace
	buffer  *rollout.Buffer
	rmsprop *optim.RMSProp
	update  *single
}

func (c A2C) start(w *workplace) learner {
	b, rmsprop := w.collector.NewBuffer(), optim.NewRMSProp(len(w.policy.Parameters), c.Optim.RMSPropConfig)
	return &a2c{
		A2C: c, workplace: w, buffer: b, rmsprop: rmsprop,
		update: newSingle(w, b.Rows(), rmsprop, terms{
			surrogate:          policyGradient(),
			valueCoefficient:   c.ValueCoefficient,
			entropyCoefficient: c.EntropyCoefficient,
		}),
	}
}

// iterate is the whole of A2C, once around.
func (l *a2c) iterate(progress float64, row *record.Row) error {
	// env → rollout
	if err := l.collector.Fill(l.buffer); err != nil {
		return err
	}
	return l.improve(progress, row)
}

// improve makes the update with the experience in the buffer.
func (l *a2c) improve(progress float64, row *record.Row) error {
	// advantage
	b := l.buffer
	advantage.GAE(b.Advantage, b.Reward, b.Value, b.NextValue, b.Discount, b.Carry, b.N)
	advantage.Returns(b.Return, b.Advantage, b.Value)
	if l.NormalizeAdvantage {
		advantage.Normalize(b.Advantage, b.Advantage)
	}

	// objective → gradient → optim
	if err := l.update.learn(b, b.Rows(), l.Optim.LearningRate.At(progress), l.Optim.MaxGradientNorm); err != nil {
		return err
	}
	l.update.report(row)
	row.Add(record.ValueLoss, l.update.losses.value)
	row.Add(record.ValueExplainedVariance, advantage.ExplainedVariance(b.Value, b.Return))
	return nil
}

// save stores the optimiser.
func (l *a2c) save(c *checkpoint.Checkpoint) error {
	square := l.rmsprop.Squares()
	c.PutFloat32("rmsprop.square", []int{len(square)}, square)
	return nil
}
