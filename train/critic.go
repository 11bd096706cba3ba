package train

import (
	"iter"

	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
)

// CriticFit is how a critic that is trained apart from the actor learns from the
// experience. It is plain data.
type CriticFit struct {
	// Passes of the critic over the experience in one update.
	CriticEpochs int `toml:"critic_epochs" range:"[0, 10000]"`
	// Rows in a minibatch of the critic. More than the experience has means all of it.
	CriticMinibatch int `toml:"critic_minibatch" range:"[1, inf)"`
}

// defaultCriticFit has the settings of sb3-contrib.
func defaultCriticFit() CriticFit { return CriticFit{CriticEpochs: 10, CriticMinibatch: 128} }

// critic fits the critic's own parameters to the returns, with Adam. What it
// shares with the actor stays as it is: it would move the policy past every bound.
// It allocates nothing after newCritic unless it fails.
type critic struct {
	CriticFit
	settings    optim.Config
	policy      *policy.Policy
	pool        *parallel.Pool
	minibatches *rollout.Minibatcher
	order       *seed.Rand
	shuffle     func() iter.Seq[*rollout.Minibatch] // one pass over the buffer; replaced to replay a recorded run
	learn       func(*rollout.Minibatch) bool       // learnFrom as a function value, made once
	adam        *optim.Adam

	passes   []*policy.Pass // one for each thread
	partRows int
	parts    *partialSums
	losses   []float64 // of the parts
	dValue   []float32 // of the rows
	gradient []float32
	compute  func(task, worker int) // computePart as a function value, made once

	// Of the fit under way.
	minibatch    *rollout.Minibatch
	learningRate float64
	count        int     // minibatches
	loss, norm   float64 // sums over them
	failure      error   // what ended a pass
}

func newCritic(c CriticFit, o optim.Config, w *workplace, b *rollout.Buffer) *critic {
	size, rows := len(w.policy.Parameters), min(c.CriticMinibatch, b.Rows())
	k := &critic{
		CriticFit: c, settings: o, policy: w.policy, pool: w.pool,
		minibatches: rollout.NewMinibatcher(b, rows),
		order:       seed.Stream(w.seed, "minibatch", 0),
		adam:        optim.NewAdam(size, o.AdamConfig),
		partRows:    shardRows * parallel.Shards(parallel.Shards(rows, shardRows), mostParts),
		gradient:    make([]float32, size),
		dValue:      make([]float32, rows),
	}
	for range w.pool.Threads() {
		k.passes = append(k.passes, w.policy.NewPass(shardRows))
	}
	k.parts = newPartialSums(parallel.Shards(rows, k.partRows), size)
	k.losses = make([]float64, k.parts.count())
	k.shuffle = func() iter.Seq[*rollout.Minibatch] { return k.minibatches.Shuffle(k.order) }
	k.learn, k.compute = k.learnFrom, k.computePart
	return k
}

// fit makes the passes of an update over the experience.
func (k *critic) fit(learningRate float64) error {
	k.learningRate, k.count, k.loss, k.norm, k.failure = learningRate, 0, 0, 0, nil
	for epoch := 1; epoch <= k.CriticEpochs; epoch++ {
		before := k.count
		k.shuffle()(k.learn)
		if k.failure != nil {
			return locate(k.failure, epoch, k.count-before+1)
		}
	}
	return nil
}

// learnFrom makes the step that a minibatch asks for. It reports whether the pass
// goes on.
func (k *critic) learnFrom(mb *rollout.Minibatch) bool {
	k.minibatch = mb
	parts := parallel.Shards(mb.Rows, k.partRows)
	k.pool.For(parts, k.compute)
	k.parts.into(k.gradient, parts, k.pool)
	norm, scale, err := optim.ClipNorm(k.gradient, k.settings.MaxGradientNorm)
	if err != nil {
		k.failure = diagnose(k.policy, err)
		return false
	}
	k.adam.Step(k.policy.Parameters, k.gradient, k.learningRate, scale)
	for _, loss := range k.losses[:parts] {
		k.loss += loss
	}
	k.norm += norm
	k.count++
	return true
}

// computePart computes loss and gradient of one part of the minibatch, shard by
// shard.
func (k *critic) computePart(task, worker int) {
	first, last := parallel.Shard(task, k.minibatch.Rows, k.partRows)
	sum, pass := k.parts.part(task), k.passes[worker]
	k.losses[task] = 0
	for lo := first; lo < last; lo += shardRows {
		hi := min(lo+shardRows, last)
		rows := k.minibatch.Shard(lo, hi)
		pass.ForwardValue(rows.Obs)
		dValue := k.dValue[lo:hi]
		k.losses[task] += objective.SquaredError(dValue, pass.Value, rows.Return, rows.Weight, 1)
		pass.BackwardValue(sum, dValue)
	}
}

// report adds what the fit saw to a row.
func (k *critic) report(row *record.Row) {
	row.Add(record.OptimLearningRate, k.learningRate)
	row.Add(record.OptimMinibatches, float64(k.count))
	if k.count > 0 {
		row.Add(record.ValueLoss, k.loss/float64(k.count))
		row.Add(record.OptimGradientNorm, k.norm/float64(k.count))
	}
}
