package align

import (
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
)

// GuardSection is the section guard of a method's own: when an update is taken back. It
// is off while its bound is 0. It is plain data.
type GuardSection struct {
	// An update after which the divergence from the model before it, estimated by k3 over all tokens of the experience, exceeds this is taken back: parameters and optimiser are as before, and the update is made again with half the learning rate. 0: off.
	KL float64 `toml:"kl" range:"[0, inf)"`
	// How often an update is made again before it stays undone.
	Retries int `toml:"retries" range:"[0, 30]"`
}

// DefaultGuard is off.
func DefaultGuard() GuardSection { return GuardSection{Retries: 5} }

// guard looks at updates as a whole and takes them back. One that is nil lets every
// update stay.
type guard struct {
	GuardSection
	tuner      *tuner
	saved      *optim.Guard
	divergence float64 // of the latest try
	givenUp    int     // updates so far that stayed undone
}

// newGuard makes the guard of a model; nil if it is off.
func newGuard(c GuardSection, t *tuner) *guard {
	if c.KL == 0 {
		return nil
	}
	return &guard{GuardSection: c, tuner: t, saved: optim.NewGuard(len(t.model.Parameters), c.Retries)}
}

// save keeps what an update may have to be taken back to.
func (g *guard) save() {
	if g != nil {
		g.saved.Save(g.tuner.model.Parameters, &g.tuner.adam.Adam)
	}
}

// scale is the part of the learning rate that the next try is to take.
func (g *guard) scale() float64 {
	if g == nil {
		return 1
	}
	return g.saved.Scale()
}

// accepts measures an update over all of the experience and reports whether it may
// stay. What is no number may not.
func (g *guard) accepts(e *experience) bool {
	if g == nil {
		return true
	}
	sum := 0.0
	g.tuner.each(e.texts, func(p *part) {
		for i, logProb := range p.logProb {
			k3, _ := objective.K3(float64(e.logProb[p.lo+i]) - float64(logProb))
			sum += k3
		}
	})
	g.divergence = sum / float64(max(1, e.rows()))
	return g.divergence <= g.KL
}

// undo takes an update back. It reports whether it is to be tried again.
func (g *guard) undo() bool {
	if g == nil {
		return false
	}
	again := g.saved.Undo(g.tuner.model.Parameters, &g.tuner.adam.Adam)
	if !again {
		g.givenUp++
	}
	return again
}

// report adds the metrics of the guard to a row.
func (g *guard) report(row *record.Row) {
	if g == nil {
		return
	}
	row.Add(record.GuardKL, g.divergence)
	row.Add(record.GuardRestores, float64(g.saved.Undone()))
	row.Add(record.GuardUndone, float64(g.givenUp))
}
