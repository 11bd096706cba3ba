package train

import (
	"errors"
	"math"
	"slices"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
)

// NaturalStep is the settings of a step along the natural gradient, which are
// TRPO's and NPG's alike. It is plain data.
type NaturalStep struct {
	// Bound δ of the divergence of an update, KL(old‖new) in the mean over the experience.
	TargetKL float64 `toml:"target_kl" range:"(0, inf)"`
	// Multiple of the identity that is added to the Fisher matrix, so that directions in which it is flat do not become endless.
	Damping float64 `toml:"damping" range:"[0, inf)"`
	// Most iterations of the conjugate gradient method.
	ConjugateSteps int `toml:"conjugate_steps" range:"[1, 1000]"`
	// It ends early when the residual is this part of the gradient. 0: never.
	ConjugateTolerance float64 `toml:"conjugate_tolerance" range:"[0, 1)"`
	// The Fisher matrix is taken over every k-th block of 64 rows of the experience. 1: over all.
	CurvatureStride int `toml:"curvature_stride" range:"[1, 1000000]"`
	// Advantages are shifted and scaled to mean 0 and standard deviation 1 over the experience.
	NormalizeAdvantage bool `toml:"normalize_advantage"`
}

// defaultNaturalStep has the settings of sb3-contrib.
func defaultNaturalStep() NaturalStep {
	return NaturalStep{
		TargetKL: 0.01, Damping: 0.1,
		ConjugateSteps: 15, ConjugateTolerance: 1e-4,
		CurvatureStride: 1, NormalizeAdvantage: true,
	}
}

// suits reports whether rollouts of so many rows can be learned from.
func (c NaturalStep) suits(rows int) error {
	if c.NormalizeAdvantage && rows < 2 {
		return errors.New("rollout.steps and rollout.environments are 1: a single advantage is normalised to 0, and no step is ever taken; " +
			"gather more, or set normalize_advantage to false")
	}
	return nil
}

// mostParts is into how many parts, at most, the experience is cut for sums over
// it. Each part has a block of parameters of its own, so they are few; it bounds
// the threads that can take part.
const mostParts = 16

// natural computes steps along the natural gradient of the surrogate over all of
// the experience: part by part on several threads, each part shard by shard. It
// allocates nothing after newNatural unless an update fails.
type natural struct {
	NaturalStep
	policy    *policy.Policy
	pool      *parallel.Pool
	buffer    *rollout.Buffer
	surrogate objective.Surrogate
	solver    *optim.ConjugateGradient

	shards   []*actorShard
	perPart  int // shards
	parts    *partialSums
	tangents []*policy.Tangent // one for each thread
	batch    objective.Batch   // of all rows: what shards are cut from
	unit     float32           // one over the number of rows that the curvature is of
	vector   []float32         // that the parts multiply

	start    []float32 // parameters before the update
	gradient []float32 // of the surrogate, upwards
	step     []float32 // as far as the bound allows
	product  []float32

	before, now    view    // of the old policy, and of the one measured last
	norm, residual float64 // of the gradient; what of it is left unsolved
	bent           int     // updates so far whose curvature was not positive

	// The tasks as function values, made once.
	differentiatePart, multiplyPart, measurePart func(task, worker int)
	multiply                                     func(dst, v []float32)
}

// view is how a policy looks from the experience.
type view struct {
	loss    float64 // the surrogate, to be minimised
	kl      float64 // exact divergence from the old policy
	entropy float64
	stats   objective.Stats
}

// actorShard is the memory for one shard of the experience.
type actorShard struct {
	pass               *policy.Pass // what the policy makes of its rows
	lo, hi             int          // where they are in the buffer
	batch              objective.Batch
	dLogProb, dEntropy []float32 // dEntropy is all zeros
	kl                 []float32
	view               view // sums over its rows
}

func newNatural(c NaturalStep, w *workplace, b *rollout.Buffer) *natural {
	rows, size := b.Rows(), len(w.policy.Parameters)
	unclipped, _ := objective.Find("unclipped")
	n := &natural{
		NaturalStep: c, policy: w.policy, pool: w.pool, buffer: b,
		surrogate: unclipped.New(objective.DefaultSettings()),
		solver:    optim.NewConjugateGradient(size),
		batch: objective.Batch{
			OldLogProb: b.LogProb,
			Advantage:  make([]float32, rows), Weight: slices.Repeat([]float32{1 / float32(rows)}, rows),
		},
		start: make([]float32, size), gradient: make([]float32, size),
		step: make([]float32, size), product: make([]float32, size),
	}
	curved := 0
	for i := range parallel.Shards(rows, shardRows) {
		s := n.newShard(parallel.Shard(i, rows, shardRows))
		if n.shards = append(n.shards, s); i%c.CurvatureStride == 0 {
			curved += s.hi - s.lo
		}
	}
	n.unit = 1 / float32(curved)
	for range w.pool.Threads() {
		n.tangents = append(n.tangents, w.policy.NewTangent(shardRows))
	}
	n.perPart = parallel.Shards(len(n.shards), mostParts)
	n.parts = newPartialSums(parallel.Shards(len(n.shards), n.perPart), size)
	n.differentiatePart, n.multiplyPart, n.measurePart = n.differentiateOne, n.multiplyOne, n.measureOne
	n.multiply = n.multiplyAll
	return n
}

// newShard makes the shard of rows lo to hi.
func (n *natural) newShard(lo, hi int) *actorShard {
	all := &n.batch
	return &actorShard{
		pass: n.policy.NewPass(hi - lo), lo: lo, hi: hi,
		batch:    objective.Batch{OldLogProb: all.OldLogProb[lo:hi], Advantage: all.Advantage[lo:hi], Weight: all.Weight[lo:hi]},
		dLogProb: make([]float32, hi-lo), dEntropy: make([]float32, hi-lo), kl: make([]float32, hi-lo),
	}
}

// part returns the shards of a part.
func (n *natural) part(i int) []*actorShard {
	lo, hi := parallel.Shard(i, len(n.shards), n.perPart)
	return n.shards[lo:hi]
}

// differentiate computes the gradient of the surrogate at the old policy. The
// policy's passes over the experience stay as they are until measure.
func (n *natural) differentiate() error {
	copy(n.start, n.policy.Parameters)
	copy(n.batch.Advantage, n.buffer.Advantage)
	if n.NormalizeAdvantage {
		advantage.Normalize(n.batch.Advantage, n.batch.Advantage)
	}
	n.pool.For(n.parts.count(), n.differentiatePart)
	n.parts.into(n.gradient, n.parts.count(), n.pool)
	kernel.Scale(n.gradient, -1)
	n.gather()
	n.before = n.now
	var err error
	if n.norm, _, err = optim.ClipNorm(n.gradient, 0); err != nil {
		return diagnose(n.policy, err)
	}
	return nil
}

// differentiateOne does so for the rows of one part.
func (n *natural) differentiateOne(task, _ int) {
	sum := n.parts.part(task)
	for _, s := range n.part(task) {
		n.evaluate(s)
		s.pass.BackwardActor(sum, n.actions(s), s.dLogProb, s.dEntropy)
	}
}

// actions are those of a shard's rows.
func (n *natural) actions(s *actorShard) []float32 {
	a := n.buffer.A
	return n.buffer.Action[s.lo*a : s.hi*a]
}

// evaluate computes what the policy makes of the rows of a shard: the surrogate
// with its derivative, the divergence from the old policy and the entropy.
func (n *natural) evaluate(s *actorShard) {
	b := n.buffer
	s.pass.EvaluateActor(b.Obs[s.lo*b.D:s.hi*b.D], n.actions(s))
	v := &s.view
	*v, s.batch.LogProb = view{}, s.pass.LogProb
	v.loss = n.surrogate(s.dLogProb, &s.batch, &v.stats)
	n.policy.Distribution().KL(s.kl, b.Dist[s.lo*b.P:s.hi*b.P], s.pass.Dist)
	for i, kl := range s.kl {
		v.kl += float64(kl)
		v.entropy += float64(s.pass.Entropy[i])
	}
}

// gather adds up what evaluate has computed, in the order of the rows.
func (n *natural) gather() {
	n.now = view{}
	for _, s := range n.shards {
		n.now.loss += s.view.loss
		n.now.kl += s.view.kl
		n.now.entropy += s.view.entropy
		n.now.stats.Merge(&s.view.stats)
	}
	rows := float64(n.buffer.Rows())
	n.now.kl /= rows
	n.now.entropy /= rows
}

// multiplyAll writes the product of v with the damped Fisher matrix of the old
// policy:
//
//	dst = 1/B·Σ_rows Jᵀ·F·J·v + damping·v
func (n *natural) multiplyAll(dst, v []float32) {
	n.vector = v
	n.pool.For(n.parts.count(), n.multiplyPart)
	n.parts.into(dst, n.parts.count(), n.pool)
	kernel.Axpy(dst, float32(n.Damping), v)
}

// multiplyOne does so for the rows of one part.
func (n *natural) multiplyOne(task, worker int) {
	sum, first := n.parts.part(task), task*n.perPart
	for i, s := range n.part(task) {
		if (first+i)%n.CurvatureStride == 0 {
			s.pass.FisherProduct(n.tangents[worker], sum, n.vector, n.unit)
		}
	}
}

// solve computes the natural gradient x = H⁻¹·g and makes it as long as the
// quadratic model of the divergence allows,
//
//	step = √(2δ / xᵀHx) · x
//
// It reports whether there is such a step: there is none where the curvature xᵀHx
// is not positive, or is not a number.
func (n *natural) solve() bool {
	residual, _, err := n.solver.Solve(n.step, n.gradient, n.multiply, n.ConjugateSteps, n.ConjugateTolerance)
	n.residual = residual
	n.multiply(n.product, n.step)
	curvature := inner(n.step, n.product)
	length := math.Sqrt(2 * n.TargetKL / curvature)
	if err != nil || !(curvature > 0) && n.norm > 0 {
		n.bent++
	}
	if !(curvature > 0) || !isFinite(length) {
		return false
	}
	kernel.Scale(n.step, float32(length))
	return true
}

// measure computes surrogate and divergence of the policy as it now stands.
func (n *natural) measure() {
	n.pool.For(n.parts.count(), n.measurePart)
	n.gather()
}

// measureOne does so for the rows of one part.
func (n *natural) measureOne(task, _ int) {
	for _, s := range n.part(task) {
		n.evaluate(s)
	}
}

// stay puts what was measured last back to what it was before the update.
func (n *natural) stay() { n.now = n.before }

// report adds what there is to say about the update to a row.
func (n *natural) report(row *record.Row) {
	row.Add(record.PolicyLoss, n.now.loss)
	row.Add(record.PolicyEntropy, n.now.entropy)
	row.Add(record.PolicyKL, n.now.stats.KL())
	row.Add(record.PolicyKL1, n.now.stats.KL1())
	row.Add(record.PolicyRatioMean, n.now.stats.RatioMean())
	row.Add(record.PolicyRatioMin, n.now.stats.RatioMin)
	row.Add(record.PolicyRatioMax, n.now.stats.RatioMax)
	row.Add(record.PolicyEffectiveSampleSize, n.now.stats.EffectiveSampleSize())
	row.Add(record.PolicyKLExact, n.now.kl)
	row.Add(record.NaturalGain, n.before.loss-n.now.loss)
	row.Add(record.NaturalGradientNorm, n.norm)
	row.Add(record.NaturalResidual, n.residual)
	row.Add(record.NaturalCurvatureFailures, float64(n.bent))
}
