package policy

import (
	"github.com/proximal-rl/proximal/prob"
	"github.com/proximal-rl/proximal/seed"
)

// Explorer draws the actions of one environment, one after the other, and keeps
// what they have in common: with state-dependent noise, the weights of the noise.
// It is used by one goroutine at a time; the policy behind it is shared. The zero
// value is not usable.
type Explorer struct {
	policy  *Policy
	weights []float32 // [A,F]; nil without state-dependent noise
	drawn   int       // actions since Restart
	std     prob.Deviations
}

// NewExplorer makes an explorer for the policy.
func (p *Policy) NewExplorer() *Explorer {
	e := &Explorer{policy: p}
	if rule, ok := p.head.noise(); ok {
		e.weights = make([]float32, rule.A*rule.F)
	}
	return e
}

// Restart lets the next Draw begin with new noise.
func (e *Explorer) Restart() { e.drawn = 0 }

// Draw draws an action from the distribution in the given row of a pass that has
// gone forward. Without state-dependent noise it is independent of those before.
// With it, new weights are drawn first if this is the first action, or the first
// since Restart, or as many as Config.NoiseInterval have been drawn with the old
// ones; the action follows from them and the row. It allocates nothing.
func (e *Explorer) Draw(action []float32, s *Pass, row int, rng *seed.Rand) {
	p := e.policy
	width := len(s.Dist) / s.rows
	dist := s.Dist[row*width : (row+1)*width]
	rule, ok := p.head.noise()
	if !ok {
		if g, ok := p.distribution.(prob.Gaussian); ok {
			g.SampleWith(&e.std, action, dist, rng)
		} else {
			p.distribution.Sample(action, dist, rng)
		}
		return
	}
	if interval := p.config.NoiseInterval; e.drawn == 0 || interval > 0 && e.drawn%interval == 0 {
		rule.Draw(e.weights, p.LogStd(), rng)
	}
	e.drawn++
	rule.Sample(action, dist[:rule.A], s.actorOut[row*rule.F:(row+1)*rule.F], e.weights)
}
