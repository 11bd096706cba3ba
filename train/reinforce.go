package train

import (
	"fmt"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
)

// REINFORCE is the policy gradient from whole episodes (Williams 1992,
// https://doi.org/10.1007/BF00992696): actions become more likely the higher the
// return that followed them, or the more it exceeded a baseline.
// docs/algorithms/reinforce.md numbers the details and names their sources. It is
// plain data: start from DefaultREINFORCE; zero means zero.
type REINFORCE struct {
	Rollout rollout.Config
	Policy  policy.Config
	Optim   optim.Config

	// The critic's value is taken off the returns, and stands for what follows an episode that was cut off by a time limit. false: returns are of rewards alone.
	Baseline bool `toml:"baseline"`
	// Weight of the loss that fits the baseline to the returns, the mean squared error without a factor ½.
	ValueCoefficient float64 `toml:"value_coefficient" range:"[0, inf)"`
	// Weight of the entropy bonus.
	EntropyCoefficient float64 `toml:"entropy_coefficient" range:"[0, inf)"`
	// The returns, less the baseline, are shifted and scaled to mean 0 and standard deviation 1 over the steps learned from.
	NormalizeAdvantage bool `toml:"normalize_advantage"`
}

// DefaultREINFORCE has a baseline, normalised advantages, and rollouts of 2,048
// steps of one environment. The gradient's norm has no limit: the loss of a
// baseline far from large returns would leave nothing of it to the policy.
func DefaultREINFORCE() REINFORCE {
	c := REINFORCE{
		Rollout:            rollout.DefaultConfig(),
		Policy:             policy.DefaultConfig(),
		Optim:              optim.DefaultConfig(),
		Baseline:           true,
		ValueCoefficient:   0.5,
		NormalizeAdvantage: true,
	}
	c.Rollout.Lambda = 1
	c.Optim.LearningRate, c.Optim.MaxGradientNorm = optim.Constant(1e-2), 0
	return c
}

// Name is "reinforce".
func (c REINFORCE) Name() string { return "reinforce" }

// Validate reports settings that contradict each other.
func (c REINFORCE) Validate() error {
	if c.Rollout.Lambda != 1 {
		return fmt.Errorf("rollout.lambda = %v: must be 1, because returns are of whole episodes; a2c has returns in between", c.Rollout.Lambda)
	}
	return nil
}

func (c REINFORCE) sections() sections { return c.edit() }

func (c *REINFORCE) edit() sections { return sections{&c.Rollout, &c.Policy, &c.Optim, c.Name(), c} }

// reinforce is REINFORCE at work.
type reinforce struct {
	REINFORCE
	*workplace
	buffer *rollout.Buffer
	whole  []bool // [T,N] steps whose episode ended within the rollout
	adam   *optim.Adam
	update *single
	any    bool // whether an episode has ended so far
}

func (c REINFORCE) start(w *workplace) learner {
	b, adam := w.collector.NewBuffer(), optim.NewAdam(len(w.policy.Parameters), c.Optim.AdamConfig)
	t := terms{surrogate: policyGradient(), entropyCoefficient: c.EntropyCoefficient}
	if c.Baseline {
		t.valueCoefficient = c.ValueCoefficient
	}
	return &reinforce{
		REINFORCE: c, workplace: w, buffer: b, adam: adam,
		whole:  make([]bool, b.Rows()),
		update: newSingle(w, b.Rows(), adam, t),
	}
}

// iterate is the whole of REINFORCE, once around.
func (l *reinforce) iterate(progress float64, row *record.Row) error {
	// env → rollout
	b := l.buffer
	if err := l.collector.Fill(b); err != nil {
		return err
	}

	// advantage
	if !l.Baseline {
		clear(b.Value)
		clear(b.NextValue)
	}
	advantage.MonteCarlo(b.Return, b.Reward, b.NextValue, b.Discount, b.Carry, b.N)
	advantage.OverBaseline(b.Advantage, b.Return, b.Value)
	n := advantage.Whole(l.whole, b.Carry, b.N)
	row.Add(record.RolloutWholeFraction, float64(n)/float64(b.Rows()))
	if n == 0 {
		return l.wait(row)
	}
	l.any = true
	keep(b, l.whole)
	if l.NormalizeAdvantage {
		advantage.Normalize(b.Advantage[:n], b.Advantage[:n])
	}

	// objective → gradient → optim
	if err := l.update.learn(b, n, l.Optim.LearningRate.At(progress), l.Optim.MaxGradientNorm); err != nil {
		return err
	}
	l.update.report(row)
	if l.Baseline {
		row.Add(record.ValueLoss, l.update.losses.value)
		row.Add(record.ValueExplainedVariance, advantage.ExplainedVariance(b.Value[:n], b.Return[:n]))
	}
	return nil
}

// wait leaves the policy as it is, because no episode has ended in the rollout. If
// none ever did, none may ever do.
func (l *reinforce) wait(row *record.Row) error {
	if !l.any {
		return fmt.Errorf("no episode ended within rollout.steps = %d steps, and reinforce learns from whole episodes: "+
			"make it longer than an episode, or use a2c", l.buffer.T)
	}
	row.Add(record.OptimMinibatches, 0)
	return nil
}

// keep moves the rows that are marked to the front of the buffer, in their order,
// and with it ends the order by step and environment.
func keep(b *rollout.Buffer, marked []bool) {
	n := 0
	for i, keep := range marked {
		if !keep {
			continue
		}
		if n != i {
			copy(b.Obs[n*b.D:(n+1)*b.D], b.Obs[i*b.D:])
			copy(b.Action[n*b.A:(n+1)*b.A], b.Action[i*b.A:])
			copy(b.Dist[n*b.P:(n+1)*b.P], b.Dist[i*b.P:])
			b.LogProb[n], b.Value[n] = b.LogProb[i], b.Value[i]
			b.Advantage[n], b.Return[n] = b.Advantage[i], b.Return[i]
		}
		n++
	}
}

// save stores the optimiser.
func (l *reinforce) save(c *checkpoint.Checkpoint) error { return saveAdam(c, l.adam) }
