package train

import (
	"errors"

	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/rollout"
)

// shardRows is how many rows of a minibatch form one shard. Each shard has its
// own gradient and its own sums, which are added in the order of the shards:
// the result depends on the minibatch, not on how many threads there are.
const shardRows = 64

// sumBlock is how many parameters one task adds up over the shards.
const sumBlock = optim.NormBlock

// terms is the loss of an actor-critic: a surrogate, a value loss and an
// entropy bonus.
type terms struct {
	surrogate            region.Surrogate
	valueClip            float64 // 0: off
	valueClipPessimistic bool
	valueCoefficient     float64
	entropyCoefficient   float64
	actorAlone           bool // there is no value loss, and the critic is left out
}

// value computes the value loss and its derivatives.
func (t *terms) value(dValue, value []float32, mb *rollout.Minibatch) float64 {
	switch {
	case t.valueClip == 0:
		return objective.SquaredError(dValue, value, mb.Return, mb.Weight, t.valueCoefficient)
	case t.valueClipPessimistic:
		return objective.ClippedError(dValue, value, mb.Value, mb.Return, mb.Weight, t.valueClip, t.valueCoefficient)
	}
	return objective.NearError(dValue, value, mb.Value, mb.Return, mb.Weight, t.valueClip, t.valueCoefficient)
}

// losses is what one evaluation of the loss saw.
type losses struct {
	policy, value, entropy float64 // before their coefficients; entropy is the mean, not its negative
	stats                  objective.Stats
}

// add merges a later shard.
func (l *losses) add(other *losses) {
	l.policy += other.policy
	l.value += other.value
	l.entropy += other.entropy
	l.stats.Merge(&other.stats)
}

// gradient computes the loss of minibatches and its gradient, shard by shard on
// several threads. It allocates nothing after newGradient and the first minibatch
// of which rows are picked out.
type gradient struct {
	sum     []float32 // of the latest compute, in the policy's layout
	squares []float32 // of its blocks

	policy *policy.Policy
	pool   *parallel.Pool
	passes []*policy.Pass // one for each thread, so that its caches hold it
	shards []*shard
	work   work
	// A minibatch as a whole, for surrogates that pick rows out of it.
	logProb  []float32
	selected []bool
	batch    objective.Batch
	// The tasks as function values, made once.
	evaluate, forward, backward, add, move func(task, worker int)

	step partwise // that move is a part of
}

// work is what the tasks of one compute share.
type work struct {
	minibatch *rollout.Minibatch
	terms     terms
	shards    int
}

// shard is the memory for one shard of a minibatch.
type shard struct {
	pass, own                  *policy.Pass // at work, and to keep while rows are picked; own is nil before
	gradient                   []float32
	dLogProb, dEntropy, dValue []float32
	lo, hi                     int               // where its rows are in the minibatch
	rows                       rollout.Minibatch // these rows
	batch                      objective.Batch   // as the surrogate sees them
	losses                     losses
}

// newGradient makes room for minibatches of up to rows rows.
func newGradient(p *policy.Policy, pool *parallel.Pool, rows int) *gradient {
	g := &gradient{
		sum:     make([]float32, len(p.Parameters)),
		squares: make([]float32, parallel.Shards(len(p.Parameters), sumBlock)),
		policy:  p, pool: pool,
		logProb: make([]float32, rows), selected: make([]bool, rows),
	}
	for range parallel.Shards(rows, shardRows) {
		g.shards = append(g.shards, &shard{
			gradient: make([]float32, len(p.Parameters)),
			dLogProb: make([]float32, shardRows),
			dEntropy: make([]float32, shardRows),
			dValue:   make([]float32, shardRows),
		})
	}
	for range pool.Threads() {
		g.passes = append(g.passes, p.NewPass(shardRows))
	}
	g.evaluate, g.forward, g.backward, g.add, g.move = g.evaluateShard, g.keepShard, g.backwardShard, g.addBlock, g.moveBlock
	return g
}

// compute evaluates the loss on a minibatch and leaves its gradient in sum.
func (g *gradient) compute(mb *rollout.Minibatch, t terms) losses {
	g.work = work{minibatch: mb, terms: t, shards: parallel.Shards(mb.Rows, shardRows)}
	if t.surrogate.Pick == nil {
		g.pool.For(g.work.shards, g.evaluate)
	} else {
		g.pool.For(g.work.shards, g.forward)
		g.pick(mb)
		g.pool.For(g.work.shards, g.backward)
	}
	g.pool.For(len(g.squares), g.add)
	total := g.shards[0].losses
	for _, s := range g.shards[1:g.work.shards] {
		total.add(&s.losses)
	}
	return total
}

// pick lets the surrogate pick rows out of the whole minibatch.
func (g *gradient) pick(mb *rollout.Minibatch) {
	for _, s := range g.shards[:g.work.shards] {
		copy(g.logProb[s.lo:s.hi], s.pass.LogProb)
		s.batch.Selected = g.selected[s.lo:s.hi]
	}
	g.batch = batchOf(mb, g.logProb[:mb.Rows])
	s := &g.work.terms.surrogate
	s.Pick(g.selected[:mb.Rows], &g.batch, s.Draw)
}

// batchOf is what a surrogate sees of rows of the experience. Each is a sequence
// of its own, and the policy before the update has drawn its action.
func batchOf(mb *rollout.Minibatch, logProb []float32) objective.Batch {
	return objective.Batch{LogProb: logProb, OldLogProb: mb.LogProb, Advantage: mb.Advantage, Weight: mb.Weight}
}

// evaluateShard computes loss and gradient of one shard.
func (g *gradient) evaluateShard(task, worker int) {
	g.forwardShard(task, g.passes[worker])
	g.backwardShard(task, worker)
}

// keepShard is forwardShard with a pass that is kept for backwardShard.
func (g *gradient) keepShard(task, _ int) {
	s := g.shards[task]
	if s.own == nil {
		s.own = g.policy.NewPass(shardRows)
	}
	g.forwardShard(task, s.own)
}

// forwardShard computes what the policy makes of the rows of one shard.
func (g *gradient) forwardShard(task int, pass *policy.Pass) {
	s, mb := g.shards[task], g.work.minibatch
	s.pass = pass
	s.lo, s.hi = parallel.Shard(task, mb.Rows, shardRows)
	s.rows = mb.Shard(s.lo, s.hi)
	if g.work.terms.actorAlone {
		s.pass.EvaluateActor(s.rows.Obs, s.rows.Action)
	} else {
		s.pass.Evaluate(s.rows.Obs, s.rows.Action)
	}
	s.batch = batchOf(&s.rows, s.pass.LogProb)
}

// backwardShard computes the loss of the same rows and its gradient.
func (g *gradient) backwardShard(task, _ int) {
	s, t := g.shards[task], &g.work.terms
	n := s.rows.Rows
	dLogProb, dEntropy, dValue := s.dLogProb[:n], s.dEntropy[:n], s.dValue[:n]
	s.losses = losses{}
	s.losses.policy = t.surrogate.Loss(dLogProb, &s.batch, &s.losses.stats)
	s.losses.entropy = -objective.Entropy(dEntropy, s.pass.Entropy, s.rows.Weight, t.entropyCoefficient)

	clear(s.gradient)
	if t.actorAlone {
		s.pass.BackwardActor(s.gradient, s.rows.Action, dLogProb, dEntropy)
		return
	}
	s.losses.value = t.value(dValue, s.pass.Value, &s.rows)
	s.pass.Backward(s.gradient, s.rows.Action, dLogProb, dEntropy, dValue)
}

// addBlock adds one block of parameters over the shards, in their order, and sums
// the squares of what comes out.
func (g *gradient) addBlock(task, _ int) {
	lo, hi := parallel.Shard(task, len(g.sum), sumBlock)
	sum, last := g.sum[lo:hi], g.work.shards-1
	copy(sum, g.shards[0].gradient[lo:hi])
	if last == 0 {
		g.squares[task] = kernel.SumSquares(sum)
		return
	}
	for _, s := range g.shards[1:last] {
		kernel.Add(sum, s.gradient[lo:hi])
	}
	g.squares[task] = kernel.AddSumSquares(sum, g.shards[last].gradient[lo:hi])
}

// diagnose names the tensor in which a gradient of a policy is not finite.
func diagnose(p *policy.Policy, err error) error {
	var bad *optim.GradientError
	if !errors.As(err, &bad) {
		return err
	}
	for _, t := range p.Layout().Tensors() {
		if bad.Index < t.Offset+t.Size() {
			return &NumericalError{What: "gradient of " + t.Name, Value: float64(bad.Value)}
		}
	}
	return err
}
