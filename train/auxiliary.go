package train

import (
	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
)

// AuxiliaryPhase is how PPG's auxiliary phases go. It is plain data.
type AuxiliaryPhase struct {
	// Passes of an auxiliary phase over all experience since the last one, E_aux. 0: there are no such phases.
	AuxiliaryEpochs int `toml:"auxiliary_epochs" range:"[0, 10000]"`
	// Rows in a minibatch of an auxiliary phase. More than there are means all of them.
	AuxiliaryMinibatch int `toml:"auxiliary_minibatch" range:"[1, inf)"`
	// Learning rate of auxiliary phases: a number, or a schedule such as linear(5e-4, 0).
	AuxiliaryLearningRate optim.Schedule `toml:"auxiliary_learning_rate" range:"[0, inf)"`
	// Weight β of the divergence from the policy before the auxiliary phase, which keeps the policy what it is.
	CloneCoefficient float64 `toml:"clone_coefficient" range:"[0, inf)"`
}

// defaultAuxiliaryPhase has the settings of the paper, with 16 minibatches in a
// pass over one of the rollouts of DefaultPPG.
func defaultAuxiliaryPhase() AuxiliaryPhase {
	return AuxiliaryPhase{
		AuxiliaryEpochs: 6, AuxiliaryMinibatch: 128,
		AuxiliaryLearningRate: optim.Constant(5e-4),
		CloneCoefficient:      1,
	}
}

// auxiliary gathers the experience of policy phases and learns from it in the
// auxiliary phases between them. It allocates nothing after newAuxiliary unless it
// fails.
type auxiliary struct {
	AuxiliaryPhase
	settings   optim.Config
	iterations int // of a policy phase
	policy     *policy.Policy
	pool       *parallel.Pool
	head       *policy.Auxiliary

	// The experience. In place of actions the replay has the distributions of
	// them, [B,P]: those that the rollouts drew from, and once the phase begins
	// those of the policy as it then is, which minibatches so carry along.
	replay      *rollout.Buffer
	stored      int // rollouts
	minibatches *rollout.Minibatcher
	order       *seed.Rand
	step        func(*rollout.Minibatch) bool // learnFrom as a function value, made once
	divergence  *divergence

	adam, headAdam *optim.Adam
	shards         []*auxiliaryShard // one for each thread
	partRows       int
	parts          *partialSums // of the policy's parameters and then the head's
	losses         []auxiliaryLosses
	gradient       []float32
	// The tasks as function values, made once.
	compute, remember func(task, worker int)

	// Of the phase under way.
	minibatch    *rollout.Minibatch
	learningRate float64
	count        int             // minibatches of the pass
	seen         auxiliaryLosses // sums over them
	failure      error           // what ended a pass
	moved, kl    float64         // divergence in the policy phase and in this one
	phases       int             // so far
}

// auxiliaryLosses are the parts of the loss, means over rows.
type auxiliaryLosses struct{ head, value, clone float64 }

// add takes in those of other rows.
func (l *auxiliaryLosses) add(other auxiliaryLosses) {
	l.head += other.head
	l.value += other.value
	l.clone += other.clone
}

// auxiliaryShard is the memory for one shard of a minibatch.
type auxiliaryShard struct {
	pass                        *policy.AuxiliaryPass
	kl, dKL, dValue, dAuxiliary []float32
	dDist                       []float32
}

func newAuxiliary(c PPG, w *workplace, b *rollout.Buffer) *auxiliary {
	head, err := w.policy.NewAuxiliary(seed.Stream(w.seed, "policy", 1))
	if err != nil {
		panic(err) // the settings were not checked
	}
	replay := rollout.NewBuffer(c.PolicyIterations*b.T, b.N, b.D, b.P, 0)
	rows, size := min(c.AuxiliaryMinibatch, replay.Rows()), len(w.policy.Parameters)+len(head.Parameters)
	x := &auxiliary{
		AuxiliaryPhase: c.AuxiliaryPhase, settings: c.Optim, iterations: c.PolicyIterations,
		policy: w.policy, pool: w.pool, head: head,
		replay:      replay,
		minibatches: rollout.NewMinibatcher(replay, rows),
		order:       seed.Stream(w.seed, "minibatch", 2),
		divergence:  newDivergence(w, replay.Rows()),
		adam:        optim.NewAdam(len(w.policy.Parameters), c.Optim.AdamConfig),
		headAdam:    optim.NewAdam(len(head.Parameters), c.Optim.AdamConfig),
		partRows:    shardRows * parallel.Shards(parallel.Shards(rows, shardRows), mostParts),
		gradient:    make([]float32, size),
	}
	for range w.pool.Threads() {
		x.shards = append(x.shards, &auxiliaryShard{
			pass: head.NewPass(shardRows),
			kl:   make([]float32, shardRows), dKL: make([]float32, shardRows),
			dValue: make([]float32, shardRows), dAuxiliary: make([]float32, shardRows),
			dDist: make([]float32, shardRows*b.P),
		})
	}
	x.parts = newPartialSums(parallel.Shards(rows, x.partRows), size)
	x.losses = make([]auxiliaryLosses, x.parts.count())
	x.step, x.compute, x.remember = x.learnFrom, x.computePart, x.rememberShard
	return x
}

// store keeps a rollout for the auxiliary phase.
func (x *auxiliary) store(b *rollout.Buffer) {
	if x.AuxiliaryEpochs == 0 {
		return
	}
	at, r := x.stored*b.Rows(), x.replay
	copy(r.Obs[at*r.D:], b.Obs)
	copy(r.Action[at*r.A:], b.Dist)
	copy(r.Return[at:], b.Return)
	x.stored++
}

// due reports whether the policy phase is over.
func (x *auxiliary) due() bool { return x.stored == x.iterations }

// learn is an auxiliary phase: its passes over the experience, after which all of
// it is forgotten.
func (x *auxiliary) learn(progress float64) error {
	x.learningRate = x.AuxiliaryLearningRate.At(progress)
	x.moved = x.divergence.mean(x.replay.Obs, x.replay.Action)
	x.pool.For(parallel.Shards(x.replay.Rows(), shardRows), x.remember)
	for epoch := 1; epoch <= x.AuxiliaryEpochs; epoch++ {
		x.count, x.seen, x.failure = 0, auxiliaryLosses{}, nil
		x.minibatches.Shuffle(x.order)(x.step)
		if x.failure != nil {
			return locate(x.failure, epoch, x.count+1)
		}
	}
	x.kl = x.divergence.mean(x.replay.Obs, x.replay.Action)
	x.stored = 0
	x.phases++
	return nil
}

// rememberShard writes the distributions of the policy as it is for the rows of
// one shard.
func (x *auxiliary) rememberShard(task, worker int) {
	r, pass := x.replay, x.shards[worker].pass.Pass
	lo, hi := parallel.Shard(task, r.Rows(), shardRows)
	pass.ForwardActor(r.Obs[lo*r.D : hi*r.D])
	copy(r.Action[lo*r.A:hi*r.A], pass.Dist)
}

// learnFrom makes the step that a minibatch asks for. It reports whether the pass
// goes on.
func (x *auxiliary) learnFrom(mb *rollout.Minibatch) bool {
	x.minibatch = mb
	parts, size := parallel.Shards(mb.Rows, x.partRows), len(x.policy.Parameters)
	x.pool.For(parts, x.compute)
	x.parts.into(x.gradient, parts, x.pool)
	_, scale, err := optim.ClipNorm(x.gradient, x.settings.MaxGradientNorm)
	if err != nil {
		x.failure = diagnose(x.policy, err)
		return false
	}
	x.adam.Step(x.policy.Parameters, x.gradient[:size], x.learningRate, scale)
	x.headAdam.Step(x.head.Parameters, x.gradient[size:], x.learningRate, scale)
	for _, l := range x.losses[:parts] {
		x.seen.add(l)
	}
	x.count++
	return true
}

// computePart computes loss and gradient of one part of the minibatch, shard by
// shard:
//
//	loss = ½·mean (auxiliary value − return)² + β·mean KL(before ‖ now) + ½·mean (value − return)²
func (x *auxiliary) computePart(task, worker int) {
	first, last := parallel.Shard(task, x.minibatch.Rows, x.partRows)
	sum, size := x.parts.part(task), len(x.policy.Parameters)
	s, dist := x.shards[worker], x.policy.Distribution()
	x.losses[task] = auxiliaryLosses{}
	for lo := first; lo < last; lo += shardRows {
		rows := x.minibatch.Shard(lo, min(lo+shardRows, last))
		n, before := rows.Rows, rows.Action
		s.pass.Forward(rows.Obs)
		now := s.pass.Pass.Dist

		var l auxiliaryLosses
		l.head = objective.SquaredError(s.dAuxiliary[:n], s.pass.Value, rows.Return, rows.Weight, 0.5) / 2
		l.value = objective.SquaredError(s.dValue[:n], s.pass.Pass.Value, rows.Return, rows.Weight, 0.5) / 2
		dist.KL(s.kl[:n], before, now)
		for i, kl := range s.kl[:n] {
			l.clone += float64(float64(rows.Weight[i]) * float64(kl))
			s.dKL[i] = float32(x.CloneCoefficient * float64(rows.Weight[i]))
		}
		dDist := s.dDist[:len(now)]
		dist.KLBackward(dDist, s.dKL[:n], before, now)
		s.pass.Backward(sum[:size], sum[size:], dDist, s.dValue[:n], s.dAuxiliary[:n])
		x.losses[task].add(l)
	}
}

// report adds what the phase saw to a row.
func (x *auxiliary) report(row *record.Row) {
	row.Add(record.AuxiliaryPolicyKL, x.moved)
	row.Add(record.AuxiliaryKL, x.kl)
	row.Add(record.AuxiliaryLoss, x.seen.head/float64(x.count))
	row.Add(record.AuxiliaryValueLoss, x.seen.value/float64(x.count))
	row.Add(record.AuxiliaryPhases, float64(x.phases))
}

// save stores the head, the optimisers and the experience of the phase under way.
func (x *auxiliary) save(c *checkpoint.Checkpoint) error {
	c.PutFloat32("auxiliary.head", []int{len(x.head.Parameters)}, x.head.Parameters)
	if r, rows := x.replay, x.stored*x.replay.Rows()/x.iterations; rows > 0 {
		c.PutFloat32("auxiliary.obs", []int{rows, r.D}, r.Obs[:rows*r.D])
		c.PutFloat32("auxiliary.dist", []int{rows, r.A}, r.Action[:rows*r.A])
		c.PutFloat32("auxiliary.return", []int{rows}, r.Return[:rows])
	}
	if err := putAdam(c, "auxiliary.adam", x.adam); err != nil {
		return err
	}
	return putAdam(c, "auxiliary.head.adam", x.headAdam)
}
