package train

import (
	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
)

// GuardSection is the section [ppo.guard]: when an update is taken back. It is
// off while both bounds are 0. It is plain data.
type GuardSection struct {
	// An update after which the divergence from the old policy, mean over all of the experience, exceeds this is taken back: parameters and optimiser are as before, and the update is made again with half the learning rate. 0: no bound.
	KL float64 `toml:"kl" range:"[0, inf)"`
	// How that divergence is measured: exact, from the action distributions, or k3, estimated from the actions taken.
	Divergence string `toml:"divergence" oneof:"exact k3"`
	// An update that leaves the objective, mean over all of the experience, lower by more than this than it found it is taken back in the same way. 0: no bound.
	Drop float64 `toml:"drop" range:"[0, inf)"`
	// How often an update is made again before it stays undone.
	Retries int `toml:"retries" range:"[0, 30]"`
}

// divergenceK3 is the value of divergence that is an estimate.
const divergenceK3 = "k3"

func defaultGuard() GuardSection { return GuardSection{Divergence: "exact", Retries: 5} }

// isOn reports whether there is a bound to pass.
func (c GuardSection) isOn() bool { return c.KL > 0 || c.Drop > 0 }

// guard looks at updates as a whole and takes them back. It allocates nothing
// after newGuard.
type guard struct {
	GuardSection
	normalize bool
	policy    *policy.Policy
	pool      *parallel.Pool
	buffer    *rollout.Buffer
	adam      *optim.Adam
	saved     *optim.Guard

	passes   []*policy.Pass // one for each thread
	logProb  []float32      // [T,N] under the policy after the update, where that is asked for
	kl       []float32      // [T,N] exact divergence of the same, likewise
	dLogProb []float32      // [T,N] written by the surrogate, not used
	batch    objective.Batch
	stats    objective.Stats
	draw     func() float64         // for surrogates that pick rows at random: a stream that the run itself does not use
	examine  func(task, worker int) // examineShard as a function value, made once

	surrogate        region.Surrogate // of the update under way; it, loss and drop are set only where the drop has a bound
	loss             float64          // of the policy before the update
	divergence, drop float64          // of the latest try
	givenUp          int              // updates so far that stayed undone
}

func newGuard(c PPO, w *workplace, b *rollout.Buffer, a *optim.Adam) *guard {
	rows := b.Rows()
	g := &guard{
		GuardSection: c.Guard, normalize: c.NormalizeAdvantage,
		policy: w.policy, pool: w.pool, buffer: b, adam: a,
		saved:   optim.NewGuard(len(w.policy.Parameters), c.Guard.Retries),
		logProb: make([]float32, rows), kl: make([]float32, rows), dLogProb: make([]float32, rows),
		draw: seed.Stream(w.seed, "guard", 0).Float64,
	}
	for range w.pool.Threads() {
		g.passes = append(g.passes, w.policy.NewPass(shardRows))
	}
	g.batch = objective.Batch{
		OldLogProb: b.LogProb,
		Advantage:  make([]float32, rows), Weight: make([]float32, rows), Selected: make([]bool, rows),
	}
	for i := range g.batch.Weight {
		g.batch.Weight[i] = 1 / float32(rows)
	}
	g.examine = g.examineShard
	return g
}

// save keeps what an update for a surrogate may have to be taken back to.
func (g *guard) save(s region.Surrogate) {
	g.saved.Save(g.policy.Parameters, g.adam)
	if g.Drop > 0 {
		g.judgeBy(s)
	}
}

// judgeBy settles how tries of an update are compared with the policy before it:
// the advantages, the rows that the surrogate picks and its loss. Rows are picked
// once, by the old policy, so that a loss differs by what the policy does and not
// by another pick.
func (g *guard) judgeBy(s region.Surrogate) {
	copy(g.batch.Advantage, g.buffer.Advantage)
	if g.normalize {
		advantage.Normalize(g.batch.Advantage, g.batch.Advantage)
	}
	g.surrogate, g.batch.LogProb = s, g.buffer.LogProb
	if s.Pick != nil {
		s.Pick(g.batch.Selected, &g.batch, g.draw)
	}
	g.loss = g.lossOf(g.buffer.LogProb)
}

// scale is the part of the learning rate that the next try is to take.
func (g *guard) scale() float64 { return g.saved.Scale() }

// undo takes an update back. It reports whether it is to be tried again.
func (g *guard) undo() bool {
	again := g.saved.Undo(g.policy.Parameters, g.adam)
	if !again {
		g.givenUp++
	}
	return again
}

// accepts measures an update over all of the experience and reports whether it
// may stay. A measure that has a bound and is not a number refuses it; one without
// a bound does not count.
func (g *guard) accepts() bool {
	g.pool.For(parallel.Shards(g.buffer.Rows(), shardRows), g.examine)
	g.divergence = g.meanKL()
	if g.Drop > 0 {
		g.drop = g.lossOf(g.logProb) - g.loss
	}
	return (g.KL == 0 || g.divergence <= g.KL) && (g.Drop == 0 || g.drop <= g.Drop)
}

// examineShard computes what the policy now makes of the rows of one shard, as far
// as the bounds need it.
func (g *guard) examineShard(task, worker int) {
	b, pass := g.buffer, g.passes[worker]
	lo, hi := parallel.Shard(task, b.Rows(), shardRows)
	pass.ForwardActor(b.Obs[lo*b.D : hi*b.D])
	d, estimated := g.policy.Distribution(), g.Divergence == divergenceK3
	if estimated || g.Drop > 0 {
		d.LogProb(g.logProb[lo:hi], b.Action[lo*b.A:hi*b.A], pass.Dist)
	}
	if !estimated {
		d.KL(g.kl[lo:hi], b.Dist[lo*b.P:hi*b.P], pass.Dist)
	}
}

// meanKL is the divergence of the policy from the one that gathered the
// experience, KL(old ‖ new).
func (g *guard) meanKL() float64 {
	sum := 0.0
	for i, kl := range g.kl {
		if g.Divergence == divergenceK3 {
			k3, _ := objective.K3(float64(g.buffer.LogProb[i]) - float64(g.logProb[i]))
			sum += k3
		} else {
			sum += float64(kl)
		}
	}
	return sum / float64(len(g.kl))
}

// lossOf is the surrogate over all rows at once.
func (g *guard) lossOf(logProb []float32) float64 {
	g.batch.LogProb, g.stats = logProb, objective.Stats{}
	return g.surrogate.Loss(g.dLogProb, &g.batch, &g.stats)
}

// report adds the metrics of the guard to a row.
func (g *guard) report(row *record.Row) {
	row.Add(record.GuardKL, g.divergence)
	if g.Drop > 0 {
		row.Add(record.GuardDrop, g.drop)
	}
	row.Add(record.GuardRestores, float64(g.saved.Undone()))
	row.Add(record.GuardUndone, float64(g.givenUp))
}
