package train

import (
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/region"
	"github.com/proximal-rl/proximal/rollout"
)

// optimizer turns a gradient into a step, as those of package optim do.
type optimizer interface {
	Step(param, grad []float32, learningRate, gradientScale float64)
}

// partwise is an optimizer whose step can be made in parts, on several threads.
type partwise interface {
	Begin(learningRate, gradientScale float64)
	Move(param, grad []float32, first int)
}

// follow moves the policy's parameters against the gradient, shortened to the norm
// allowed.
func (g *gradient) follow(o optimizer, learningRate, limit float64) (norm float64, err error) {
	norm, scale, err := optim.ClipSummed(g.squares, g.sum, limit)
	if err != nil {
		return norm, diagnose(g.policy, err)
	}
	var ok bool
	if g.step, ok = o.(partwise); !ok {
		o.Step(g.policy.Parameters, g.sum, learningRate, scale)
		return norm, nil
	}
	g.step.Begin(learningRate, scale)
	g.pool.For(len(g.squares), g.move)
	return norm, nil
}

// moveBlock makes the step of one block of parameters.
func (g *gradient) moveBlock(task, _ int) {
	lo, hi := parallel.Shard(task, len(g.sum), sumBlock)
	g.step.Move(g.policy.Parameters[lo:hi], g.sum[lo:hi], lo)
}

// policyGradient is the surrogate of a policy that has not moved yet: the
// advantage times the log-probability.
func policyGradient() region.Surrogate {
	vanilla, ok := objective.Find("vanilla")
	if !ok {
		panic("train: there is no objective vanilla")
	}
	return region.Surrogate{Loss: vanilla.New(objective.DefaultSettings())}
}

// single makes updates of a single step each: the plain policy gradient, in which
// experience is used once, by the policy that gathered it. It allocates nothing
// after newSingle.
type single struct {
	gradient   *gradient
	divergence *divergence
	optimizer  optimizer
	terms      terms
	rows       rollout.Minibatch
	weight     []float32

	// Of the latest update.
	learningRate float64
	losses       losses
	norm, kl     float64
}

// newSingle makes room for updates with up to rows rows.
func newSingle(w *workplace, rows int, o optimizer, t terms) *single {
	return &single{
		gradient:   newGradient(w.policy, w.pool, rows),
		divergence: newDivergence(w, rows),
		optimizer:  o, terms: t,
		weight: make([]float32, rows),
	}
}

// learn makes the step that the first n rows of the experience ask for, and
// measures how far it went.
func (s *single) learn(b *rollout.Buffer, n int, learningRate, limit float64) (err error) {
	s.learningRate = learningRate
	s.rows = front(b, n, s.weight)
	s.losses = s.gradient.compute(&s.rows, s.terms)
	if s.norm, err = s.gradient.follow(s.optimizer, learningRate, limit); err != nil {
		return locate(err, 1, 1)
	}
	s.kl = s.divergence.mean(s.rows.Obs, b.Dist[:n*b.P])
	return nil
}

// front is the first n rows of a buffer as a minibatch. They share memory; weight
// is where their weights go.
func front(b *rollout.Buffer, n int, weight []float32) rollout.Minibatch {
	weight = weight[:n]
	for i := range weight {
		weight[i] = 1 / float32(n)
	}
	return rollout.Minibatch{
		Rows: n, Obs: b.Obs[:n*b.D], Action: b.Action[:n*b.A],
		LogProb: b.LogProb[:n], Value: b.Value[:n], Advantage: b.Advantage[:n], Return: b.Return[:n],
		Weight: weight,
	}
}

// report adds what the latest update saw to a row.
func (s *single) report(row *record.Row) {
	row.Add(record.OptimLearningRate, s.learningRate)
	row.Add(record.OptimMinibatches, 1)
	row.Add(record.OptimGradientNorm, s.norm)
	row.Add(record.PolicyLoss, s.losses.policy)
	row.Add(record.PolicyEntropy, s.losses.entropy)
	row.Add(record.PolicyKLExact, s.kl)
}

// divergence measures how far the policy has moved from what it was. It allocates
// nothing after newDivergence.
type divergence struct {
	policy   *policy.Policy
	pool     *parallel.Pool
	passes   []*policy.Pass // one for each thread
	kl       []float32
	obs, old []float32
	measure  func(task, worker int) // measureShard as a function value, made once
}

// newDivergence makes room for up to rows rows.
func newDivergence(w *workplace, rows int) *divergence {
	d := &divergence{policy: w.policy, pool: w.pool, kl: make([]float32, rows)}
	for range w.pool.Threads() {
		d.passes = append(d.passes, w.policy.NewPass(shardRows))
	}
	d.measure = d.measureShard
	return d
}

// mean is the exact KL(old ‖ new), mean over the observations obs [B,D], of the
// policy from the distributions old [B,P].
func (d *divergence) mean(obs, old []float32) float64 {
	n := len(old) / d.policy.Distribution().Parameters()
	d.obs, d.old = obs, old
	d.pool.For(parallel.Shards(n, shardRows), d.measure)
	sum := 0.0
	for _, kl := range d.kl[:n] {
		sum += float64(kl)
	}
	return sum / float64(n)
}

// measureShard computes the divergences of one shard.
func (d *divergence) measureShard(task, worker int) {
	p, pass := d.policy.Distribution().Parameters(), d.passes[worker]
	width := d.policy.Observation().Size()
	lo, hi := parallel.Shard(task, len(d.old)/p, shardRows)
	pass.ForwardActor(d.obs[lo*width : hi*width])
	d.policy.Distribution().KL(d.kl[lo:hi], d.old[lo*p:hi*p], pass.Dist)
}
