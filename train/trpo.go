package train

import (
	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
)

// TRPO is trust-region policy optimisation (Schulman et al. 2015,
// https://arxiv.org/abs/1502.05477): the natural gradient, as far as a bound on
// the divergence from the old policy allows, and a line search that makes sure of
// the bound and of an improvement. docs/algorithms/trpo.md numbers the details
// and names their sources, docs/why-clip.md says what it answers and what it
// costs. It is plain data: start from DefaultTRPO; zero means zero.
type TRPO struct {
	Rollout rollout.Config
	Policy  policy.Config
	Optim   optim.Config // of the critic

	NaturalStep
	// Steps that the line search tries, each shorter than the one before; if none is acceptable, the policy stays as it is.
	SearchSteps int `toml:"search_steps" range:"[1, 1000]"`
	// Length of each of them, as part of the one before.
	SearchFactor float64 `toml:"search_factor" range:"(0, 1)"`
	CriticFit
}

// DefaultTRPO returns the defaults of sb3-contrib.
func DefaultTRPO() TRPO {
	c := TRPO{
		Rollout:      rollout.DefaultConfig(),
		Policy:       policy.DefaultConfig(),
		Optim:        optim.DefaultConfig(),
		NaturalStep:  defaultNaturalStep(),
		SearchSteps:  10,
		SearchFactor: 0.8,
		CriticFit:    defaultCriticFit(),
	}
	c.Optim.LearningRate, c.Optim.MaxGradientNorm = optim.Constant(1e-3), 0
	return c
}

// Name is "trpo".
func (c TRPO) Name() string { return "trpo" }

// Validate reports settings that contradict each other.
func (c TRPO) Validate() error { return c.suits(c.Rollout.Rows()) }

func (c TRPO) sections() sections { return c.edit() }

func (c *TRPO) edit() sections { return sections{&c.Rollout, &c.Policy, &c.Optim, c.Name(), c} }

// trpo is TRPO at work, and NPG: the two differ in what they accept.
type trpo struct {
	TRPO
	*workplace
	buffer  *rollout.Buffer
	natural *natural
	critic  *critic
	accept  func() bool // judges the parameters as they stand; a function value, made once

	scale    float64 // of the step taken; 0: none
	tries    int     // of the line search
	failures int     // updates so far that left the policy as it was
	ratios   ratios
}

func (c TRPO) start(w *workplace) learner {
	l := c.learner(w)
	l.accept = l.improves
	return l
}

// learner makes all but the decision what to accept.
func (c TRPO) learner(w *workplace) *trpo {
	b := w.collector.NewBuffer()
	return &trpo{
		TRPO: c, workplace: w, buffer: b,
		natural: newNatural(c.NaturalStep, w, b),
		critic:  newCritic(c.CriticFit, c.Optim, w, b),
		ratios:  newRatios(),
	}
}

// iterate is the whole of TRPO, once around.
func (l *trpo) iterate(progress float64, row *record.Row) error {
	// env → rollout
	b := l.buffer
	if err := l.collector.Fill(b); err != nil {
		return err
	}

	// advantage
	advantage.GAE(b.Advantage, b.Reward, b.Value, b.NextValue, b.Discount, b.Carry, b.N)
	advantage.Returns(b.Return, b.Advantage, b.Value)

	// objective → gradient → natural gradient → line search
	if err := l.improve(); err != nil {
		return err
	}

	// returns → critic
	if err := l.critic.fit(l.Optim.LearningRate.At(progress)); err != nil {
		return err
	}
	l.report(row)
	return nil
}

// improve moves the actor to the best policy nearby, or leaves it as it is.
func (l *trpo) improve() error {
	n := l.natural
	l.scale, l.tries = 0, 0
	if err := n.differentiate(); err != nil {
		return err
	}
	if n.solve() {
		l.scale = optim.Backtrack(l.policy.Parameters, n.start, n.step, l.SearchFactor, l.SearchSteps, l.accept)
	}
	if l.scale == 0 {
		n.stay()
		l.failures++
	}
	return nil
}

// improves reports whether the policy is better than the old one and still near
// it. Where that is not a number, it is not.
func (l *trpo) improves() bool {
	l.tries++
	n := l.natural
	n.measure()
	return n.now.kl < l.TargetKL && n.now.loss < n.before.loss
}

// report adds what the update saw to a row.
func (l *trpo) report(row *record.Row) {
	row.Add(record.ValueExplainedVariance, advantage.ExplainedVariance(l.buffer.Value, l.buffer.Return))
	l.critic.report(row)
	l.natural.report(row)
	l.ratios.report(row, &l.natural.now.stats)
	row.Add(record.NaturalStepScale, l.scale)
	row.Add(record.NaturalSearchSteps, float64(l.tries))
	row.Add(record.NaturalFailures, float64(l.failures))
}

// save stores the critic's optimiser.
func (l *trpo) save(c *checkpoint.Checkpoint) error { return saveAdam(c, l.critic.adam) }
