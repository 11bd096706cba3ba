package lm

import "github.com/proximal-rl/proximal/internal/kernel"

// The gradient of a parameter is one chain over all rows of a batch. Tasks divide
// the parameters instead of the rows: each has some columns of a matrix and goes
// through the shards in their order.

// group names the parameters of a layer that get their gradient together.
type group uint8

const (
	groupLower group = iota
	groupRaise
	groupOut
	groupProject
	groupNorm1
	groupNorm2
)

// job is what one task adds up: columns lo ≤ j < hi of a matrix and its bias, or
// the parameters of a normalisation.
type job struct {
	group  group
	lo, hi int
}

// How many columns of a layer's matrix are one job, and how many lines of the
// output matrix.
const (
	jobColumns = 64
	jobLines   = 64
)

// matrix returns the matrix of a group that has one.
func (l *layer) matrix(of group) *linear {
	switch of {
	case groupLower:
		return &l.lower
	case groupRaise:
		return &l.raise
	case groupOut:
		return &l.out
	}
	return &l.project
}

// sides returns what the matrix of a group of layer i has read, the gradient by
// what it gave, and their number of rows.
func (p *shard) sides(m *Model, i int, of group) (x, dy []float32, rows int) {
	t, g := &p.tapes[i], &p.delta
	switch of {
	case groupLower:
		return t.hidden, g.output, p.keepIn(m, i)
	case groupRaise:
		return t.normed2, g.raised, p.keepIn(m, i)
	case groupOut:
		return t.mixed, g.middle, p.keepIn(m, i)
	}
	return t.normed1, g.projected, p.rows
}

// weighLayer adds the gradients of all parameters of the layer at hand.
func (p *Pass) weighLayer() {
	l := &p.model.layers[p.layer]
	p.jobs = p.jobs[:0]
	for of := groupLower; of <= groupProject; of++ {
		out := l.matrix(of).out
		for lo := 0; lo < out; lo += jobColumns {
			p.jobs = append(p.jobs, job{of, lo, min(out, lo+jobColumns)})
		}
	}
	p.jobs = append(p.jobs, job{group: groupNorm1}, job{group: groupNorm2})
	p.pool.For(len(p.jobs), p.tasks.weigh)
}

// weigh does one job.
func (p *Pass) weigh(task, _ int) {
	l, j := &p.model.layers[p.layer], p.jobs[task]
	switch j.group {
	case groupNorm1:
		for i := range p.shards {
			s := &p.shards[i]
			l.norm1.backwardParameters(p.gradient, s.delta.normed1, s.tapes[p.layer].unit1, s.rows)
		}
		return
	case groupNorm2:
		for i := range p.shards {
			s := &p.shards[i]
			l.norm2.backwardParameters(p.gradient, s.delta.normed2, s.tapes[p.layer].unit2, s.keepIn(p.model, p.layer))
		}
		return
	}
	matrix := l.matrix(j.group)
	dWeight, dBias := matrix.weight.Of(p.gradient), matrix.biasOf(p.gradient)
	for i := range p.shards {
		x, dy, rows := p.shards[i].sides(p.model, p.layer, j.group)
		kernel.LinearWeightColumns(dWeight, dBias, x, dy, rows, matrix.in, matrix.out, j.lo, j.hi)
	}
}

// piece is some rows of a shard at the output matrix.
type piece struct {
	shard  int
	lo, hi int // among the shard's kept rows
	at     int // its first row in logits
}

// headNumbers bounds how many logits are held at once. Those of a batch with more are
// computed again on the way back, so many at a time.
const headNumbers = 1 << 24

// backHead goes back from the results to the last layer's output, whose gradient
// it leaves in each shard's delta.input.
func (p *Pass) backHead() {
	for i := range p.shards {
		grow(&p.shards[i].end.delta, p.shards[i].keep*p.model.Config.Width)
		grow(&p.shards[i].delta.input, p.shards[i].keep*p.model.Config.Width)
	}
	v := p.model.Config.Vocabulary
	chunk, most := p.model.Config.chunk(), max(1, p.most/v)
	rows := 0
	p.pieces = p.pieces[:0]
	for i := range p.shards {
		keep := p.shards[i].keep
		for lo := 0; lo < keep; lo += chunk {
			n := min(chunk, keep-lo)
			if rows > 0 && rows+n > most {
				p.backPieces(rows)
				rows = 0
			}
			p.pieces = append(p.pieces, piece{i, lo, lo + n, rows})
			rows += n
		}
	}
	p.backPieces(rows)
	p.pool.For(len(p.shards)+1, p.tasks.norm)
}

// backPieces goes back through the output matrix for the pieces at hand.
func (p *Pass) backPieces(rows int) {
	v := p.model.Config.Vocabulary
	if !p.kept {
		grow(&p.logits, rows*v)
	}
	p.pool.For(len(p.pieces), p.tasks.score)
	if anyAsked(p.batch.Next) {
		p.pool.For((v+jobLines-1)/jobLines, p.tasks.weighHead)
	}
	p.pieces = p.pieces[:0]
}

// scoreBack computes the gradients of one piece by its logits and by what the
// output matrix and the scalar head read.
func (p *Pass) scoreBack(task, worker int) {
	m, k, piece := p.model, &p.walkers[worker], p.pieces[task]
	s := &p.shards[piece.shard]
	d, v, rows := m.Config.Width, m.Config.Vocabulary, piece.hi-piece.lo
	normed, delta := s.end.normed[piece.lo*d:piece.hi*d], s.end.delta[piece.lo*d:piece.hi*d]
	next := p.batch.Next[s.kept+piece.lo : s.kept+piece.hi]
	g := p.seeds.part(s.kept+piece.lo, s.kept+piece.hi)
	logits := p.logits[piece.at*v:][:rows*v]
	if anyAsked(next) {
		if !p.kept {
			m.logSoftmax(logits, p.packing, normed, rows, p.Temperature)
		}
		m.scoreBackward(k, logits, next, g, p.Temperature)
		kernel.LinearPacked(delta, logits, &p.packing.headBack, nil, rows)
	} else {
		clear(logits)
		clear(delta)
	}
	if g.value == nil {
		return
	}
	scalar := m.scalar.Of(m.Parameters)
	for i, dValue := range g.value {
		kernel.Axpy(delta[i*d:][:d], dValue, scalar)
	}
}

// weighHead adds the gradient of some lines of the output matrix over the pieces
// at hand.
func (p *Pass) weighHead(task, worker int) {
	m, k := p.model, &p.walkers[worker]
	d, v := m.Config.Width, m.Config.Vocabulary
	lo, hi := task*jobLines, min(v, (task+1)*jobLines)
	dHead := m.head.Of(p.gradient)[lo*d : hi*d]
	for _, piece := range p.pieces {
		rows := piece.hi - piece.lo
		dLogits := p.logits[piece.at*v:][:rows*v]
		normed := p.shards[piece.shard].end.normed[piece.lo*d : piece.hi*d]
		kernel.LinearWeight(dHead, nil, k.columns(dLogits, rows, v, lo, hi), normed, rows, hi-lo, d)
	}
}

// columns returns the columns lo ≤ j < hi of x [rows,n].
func (k *walker) columns(x []float32, rows, n, lo, hi int) []float32 {
	wide := hi - lo
	if wide == n {
		return x
	}
	grow(&k.part, rows*wide)
	for r := range rows {
		copy(k.part[r*wide:][:wide], x[r*n+lo:])
	}
	return k.part
}

// backNorm goes back through the last normalisation for one shard or, as the
// last task, adds the gradients of its parameters and of the scalar head.
func (p *Pass) backNorm(task, worker int) {
	m := p.model
	if task == len(p.shards) {
		for i := range p.shards {
			s := &p.shards[i]
			m.norm.backwardParameters(p.gradient, s.end.delta, s.end.unit, s.keep)
			if p.seeds.value != nil {
				dValue := p.seeds.value[s.kept:][:s.keep]
				kernel.LinearWeight(m.scalar.Of(p.gradient), nil, s.end.normed, dValue, s.keep, m.Config.Width, 1)
			}
		}
		return
	}
	s, k := &p.shards[task], &p.walkers[worker]
	grow(&k.g, m.Config.Width)
	clear(s.delta.input)
	m.norm.backward(s.delta.input, m.Parameters, s.end.delta, s.end.unit, s.end.scale, k.g, s.keep)
}
