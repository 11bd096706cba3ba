package train

import (
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/rollout"
)

// NPG is the natural policy gradient (Kakade 2001,
// https://papers.nips.cc/paper/2073-a-natural-policy-gradient): TRPO without the
// line search. The length of the step comes from the quadratic model of the
// divergence alone, so the bound holds only as far as the model does.
// docs/algorithms/npg.md numbers the details. It is plain data: start from
// DefaultNPG; zero means zero.
type NPG struct {
	Rollout rollout.Config
	Policy  policy.Config
	Optim   optim.Config // of the critic

	NaturalStep
	CriticFit
}

// DefaultNPG returns the defaults of TRPO.
func DefaultNPG() NPG {
	c := DefaultTRPO()
	return NPG{c.Rollout, c.Policy, c.Optim, c.NaturalStep, c.CriticFit}
}

// Name is "npg".
func (c NPG) Name() string { return "npg" }

// Validate reports settings that contradict each other.
func (c NPG) Validate() error { return c.suits(c.Rollout.Rows()) }

func (c NPG) sections() sections { return c.edit() }

func (c *NPG) edit() sections { return sections{&c.Rollout, &c.Policy, &c.Optim, c.Name(), c} }

// start makes TRPO's learner, whose search ends with its first try.
func (c NPG) start(w *workplace) learner {
	l := TRPO{
		Rollout: c.Rollout, Policy: c.Policy, Optim: c.Optim,
		NaturalStep: c.NaturalStep, CriticFit: c.CriticFit,
		SearchSteps: 1, SearchFactor: 0.5, // of which there is no second step
	}.learner(w)
	l.accept = l.isFinite
	return l
}

// isFinite reports whether the policy can be used at all.
func (l *trpo) isFinite() bool {
	l.tries++
	n := l.natural
	n.measure()
	return isFinite(n.now.kl) && isFinite(n.now.loss)
}
