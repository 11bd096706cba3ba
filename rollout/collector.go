package rollout

import (
	"fmt"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/policy"
)

// Collector steps N environments with a policy, across calls: episodes go on
// from one rollout to the next. What it collects depends on the seed, not on
// the number of threads: every environment has its own random streams, and
// every row of the network's result is the same in any batch. It is used by one
// goroutine at a time.
type Collector struct {
	config   Config
	policy   *policy.Policy
	pool     *parallel.Pool
	stations []*station
	shards   int
	passes   []*policy.Pass // one for each shard of the environments
	judges   []*policy.Pass // one for each thread, of judgedRows rows
	working  []*station     // likewise: the one at work in its environment, or nil
	errs     []error        // likewise

	next   []float32    // [N,D] what the network sees next
	raw    []float32    // [N,D] the same before normalisation; nil if there is none
	ended  []bool       // [T,N]
	reward *rewardScale // nil if rewards are not normalised

	rewardMean float64

	// What tasks on several threads share, and the tasks themselves as function
	// values, made once.
	buffer         *Buffer
	acted          parallel.Progress // rows, where others follow
	failure        error             // of the acting they follow
	t              int               // in lockstep
	task           func(shard int) error
	protected      func(task, worker int)
	runningThrough func(shard int) error
	stepping       func(shard int) error
	judging        func(task, worker int)
	following      func(task, worker int)
	bootstrapping  func(task, worker int)
}

const (
	// judgedRows is how many rows are valued together after a rollout.
	judgedRows = 64
	// lockstepRows is the least number of environments for which it pays to have
	// a thread of their own for a single step.
	lockstepRows = 8
)

// NewCollector makes the environments, resets them and readies them for the
// policy. seed is the run's. It fails if an environment cannot be made or does
// not fit the policy.
func NewCollector(maker env.Maker, p *policy.Policy, c Config, pool *parallel.Pool, seed uint64) (*Collector, error) {
	n, d := c.Environments, p.Observation().Size()
	k := &Collector{
		config: c, policy: p, pool: pool,
		shards: min(pool.Threads(), n),
		next:   make([]float32, n*d),
		ended:  make([]bool, c.Rows()),
	}
	if p.Normalizer != nil {
		k.raw = make([]float32, n*d)
		k.shards = min(pool.Threads(), max(1, n/lockstepRows))
	}
	if c.NormalizeReward {
		k.reward = newRewardScale(c)
	}
	for i := range n {
		e, err := maker()
		if err == nil {
			err = fits(e.Spec(), p)
		}
		if err != nil {
			closeAll(k.stations)
			return nil, fmt.Errorf("make environment %d: %w", i, err)
		}
		s := newStation(e, seed, i)
		s.explorer = p.NewExplorer()
		k.stations = append(k.stations, s)
	}
	for i := range k.shards {
		lo, hi := k.shard(i)
		k.passes = append(k.passes, p.NewPass(hi-lo))
	}
	for range pool.Threads() {
		k.judges = append(k.judges, p.NewPass(judgedRows))
	}
	k.working, k.errs = make([]*station, k.shards), make([]error, k.shards)
	k.protected, k.runningThrough, k.bootstrapping = k.protect, k.runThrough, k.bootstrap
	k.judging, k.following = k.judge, k.follow
	k.stepping = func(shard int) error { return k.step(k.t, shard) }
	if err := k.start(); err != nil {
		closeAll(k.stations)
		return nil, err
	}
	return k, nil
}

// fits reports whether the policy can act in the environment.
func fits(s env.Spec, p *policy.Policy) error {
	if s.Observation.Size() != p.Observation().Size() {
		return fmt.Errorf("%s observes %v, the policy %v", s.ID, s.Observation, p.Observation())
	}
	if s.Action.Size() != p.Action().Size() {
		return fmt.Errorf("%s acts in %v, the policy in %v", s.ID, s.Action, p.Action())
	}
	return nil
}

// Close releases the environments.
func (k *Collector) Close() error { return closeAll(k.stations) }

// shard is the range of environments of shard i; all nearly the same size.
func (k *Collector) shard(i int) (lo, hi int) {
	n := len(k.stations)
	return i * n / k.shards, (i + 1) * n / k.shards
}

// each runs a task for every shard, several at once, and returns the error of
// the first shard that has one. A panic of an environment is such an error.
func (k *Collector) each(task func(shard int) error) error {
	k.task = task
	k.pool.For(k.shards, k.protected)
	for _, err := range k.errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// protect runs the task for one shard.
func (k *Collector) protect(shard, _ int) {
	k.working[shard] = nil
	defer guard(&k.working[shard], &k.errs[shard])
	k.errs[shard] = k.task(shard)
}

// start resets every environment.
func (k *Collector) start() error {
	err := k.each(func(shard int) error {
		lo, hi := k.shard(shard)
		for e := lo; e < hi; e++ {
			k.working[shard] = k.stations[e]
			if err := k.stations[e].reset(span(k.shown(k.next), e, e+1, len(k.next)/len(k.stations))); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && k.raw != nil {
		k.policy.Normalizer.Update(k.raw)
		k.policy.Normalizer.Normalize(k.next, k.raw)
	}
	return err
}

// shown is where environments write: to the rows given, or, if these are
// normalised first, to memory in between.
func (k *Collector) shown(rows []float32) []float32 {
	if k.raw != nil {
		return k.raw
	}
	return rows
}

// NewBuffer makes a buffer of the collector's dimensions.
func (k *Collector) NewBuffer() *Buffer {
	return NewBuffer(k.config.Steps, k.config.Environments, k.policy.Observation().Size(),
		k.policy.Action().Size(), k.policy.Distribution().Parameters())
}

// Fill lets the policy act for T steps in every environment and fills all of b
// but Advantage and Return. An environment that breaks, panics or returns what
// is not finite ends it with a *Failure.
//
// With observation normalisation the environments go in lockstep, because the
// statistics of step t, over all of them, are what step t+1 is normalised by.
// Without, each shard of environments runs through all T steps by itself.
func (k *Collector) Fill(b *Buffer) error {
	for _, s := range k.stations {
		s.finished, s.cutAt, s.cut = s.finished[:0], s.cutAt[:0], s.cut[:0]
		s.explorer.Restart()
	}
	k.buffer = b
	copy(b.Obs, k.next)
	if err := k.gather(); err != nil {
		return err
	}
	k.pool.For(k.shards, k.bootstrapping)
	k.rewardMean = mean(b.Reward)
	if k.reward != nil {
		k.reward.apply(b.Reward, k.ended)
	}
	return nil
}

// gather lets the policy act and values what came of it. Where one thread acts, the
// others follow it and value the rows that are done.
func (k *Collector) gather() error {
	blocks := parallel.Shards(k.buffer.Rows(), judgedRows)
	if k.shards == 1 {
		k.acted.Report(0)
		k.pool.For(1+blocks, k.following)
		return k.failure
	}
	if err := k.act(); err != nil {
		return err
	}
	k.pool.For(blocks, k.judging)
	return nil
}

// follow is one of the tasks of gather: to act, and then each block of rows. After a
// failure the rest is valued as it lies there.
func (k *Collector) follow(task, worker int) {
	if task == 0 {
		defer k.acted.Report(k.buffer.Rows())
		k.failure = k.act()
		return
	}
	_, end := parallel.Shard(task-1, k.buffer.Rows(), judgedRows)
	k.acted.Wait(end)
	k.judge(task-1, worker)
}

// act lets the policy act in all environments for the whole rollout.
func (k *Collector) act() error {
	if k.raw != nil {
		return k.lockstep()
	}
	return k.each(k.runningThrough)
}

// reportStep lets those who follow know that step t is done, once in a block: they
// look all the time, and every report takes the news from one processor to others.
func (k *Collector) reportStep(t int) {
	n := len(k.stations)
	if done := (t + 1) * n; k.shards == 1 && done/judgedRows > t*n/judgedRows {
		k.acted.Report(done)
	}
}

// RewardMean is the mean reward of the last Fill, as the environments gave it.
func (k *Collector) RewardMean() float64 { return k.rewardMean }

func mean(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v)
	}
	return sum / float64(len(x))
}

// runThrough takes one shard of environments through the whole rollout.
func (k *Collector) runThrough(shard int) error {
	for t := range k.buffer.T {
		if err := k.step(t, shard); err != nil {
			return err
		}
		k.reportStep(t)
	}
	return nil
}

// lockstep takes all environments through the rollout step by step and updates
// the normaliser after each.
func (k *Collector) lockstep() error {
	b, n := k.buffer, k.policy.Normalizer
	for k.t = range b.T {
		if err := k.each(k.stepping); err != nil {
			return err
		}
		k.reportStep(k.t)
		n.Update(k.raw)
		n.Normalize(k.after(k.t), k.raw)
		for _, s := range k.stations {
			if c := len(s.cutAt); c > 0 && s.cutAt[c-1] == k.t {
				last := s.cut[(c-1)*b.D:]
				n.Normalize(last, last)
			}
		}
	}
	return nil
}

// after is where the observations that follow step t belong, [N,D].
func (k *Collector) after(t int) []float32 {
	if b := k.buffer; t+1 < b.T {
		return span(b.Obs, (t+1)*b.N, (t+2)*b.N, b.D)
	}
	return k.next
}

// step lets the policy act at time t in the environments of a shard.
func (k *Collector) step(t, shard int) error {
	b := k.buffer
	lo, hi := k.shard(shard)
	row, end := t*b.N+lo, t*b.N+hi
	pass := k.passes[shard]
	pass.ForwardActor(span(b.Obs, row, end, b.D))
	copy(span(b.Dist, row, end, b.P), pass.Dist)
	for e := lo; e < hi; e++ {
		s, at := k.stations[e], t*b.N+e
		s.explorer.Draw(span(b.Action, at, at+1, b.A), pass, e-lo, s.choices)
	}

	after := k.shown(k.after(t))
	for e := lo; e < hi; e++ {
		k.working[shard] = k.stations[e]
		if err := k.play(t, e, span(after, e, e+1, b.D)); err != nil {
			return err
		}
	}
	k.working[shard] = nil
	return nil
}

// play steps environment e at time t and notes the outcome; obs receives what
// it shows next, which after an end is the start of the next episode.
func (k *Collector) play(t, e int, obs []float32) error {
	b := k.buffer
	s, at := k.stations[e], t*b.N+e
	k.policy.EnvironmentAction(s.action, span(b.Action, at, at+1, b.A))
	reward, end, err := s.step(obs)
	if err != nil {
		return err
	}
	b.Reward[at] = float32(reward)
	b.Discount[at], b.Carry[at] = float32(k.config.Gamma), float32(k.config.Lambda)
	k.ended[at] = end.Ended()
	if !end.Ended() {
		return nil
	}
	b.Carry[at] = 0
	if end.Is(env.Terminated) { // also if the time limit fell on the same step
		b.Discount[at] = 0
	} else {
		s.cutAt = append(s.cutAt, t)
		s.cut = append(s.cut, obs...)
	}
	s.finished = append(s.finished, s.current)
	return s.reset(obs)
}

// judge fills Value and LogProb of a block of rows. Acting needs neither, and
// many rows at once take less time than one step's.
func (k *Collector) judge(block, worker int) {
	b, pass := k.buffer, k.judges[worker]
	lo, hi := parallel.Shard(block, b.Rows(), judgedRows)
	pass.ForwardValue(span(b.Obs, lo, hi, b.D))
	copy(b.Value[lo:hi], pass.Value)
	k.policy.Distribution().LogProb(b.LogProb[lo:hi], span(b.Action, lo, hi, b.A), span(b.Dist, lo, hi, b.P))
}

// bootstrap fills NextValue: the value of the next row while an episode runs,
// of the observation that awaits the next rollout at the last row, of the real
// final observation where an episode was truncated, and 0 where it terminated.
func (k *Collector) bootstrap(shard, _ int) {
	b, pass := k.buffer, k.passes[shard]
	lo, hi := k.shard(shard)
	for t := range b.T - 1 {
		copy(b.NextValue[t*b.N+lo:t*b.N+hi], b.Value[(t+1)*b.N+lo:(t+1)*b.N+hi])
	}
	pass.ForwardValue(span(k.next, lo, hi, b.D))
	copy(b.NextValue[(b.T-1)*b.N+lo:], pass.Value)
	for e := lo; e < hi; e++ {
		s := k.stations[e]
		for c, t := range s.cutAt {
			pass.ForwardValue(span(s.cut, c, c+1, b.D))
			b.NextValue[t*b.N+e] = pass.Value[0]
		}
		for at := e; at < len(b.Discount); at += b.N {
			if b.Discount[at] == 0 {
				b.NextValue[at] = 0
			}
		}
	}
}

// Episodes appends to dst the episodes that ended in the last Fill, by
// environment and then in the order in which they ended.
func (k *Collector) Episodes(dst []Episode) []Episode {
	for _, s := range k.stations {
		dst = append(dst, s.finished...)
	}
	return dst
}
