package lm

import (
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/internal/parallel"
)

// Pass computes log-probabilities, entropies and values of batches and their
// gradients. It owns the memory for that and allocates nothing once it has seen
// a batch as large. It is used by one goroutine at a time and lets the threads of
// its pool help; several passes may share a model, but not a pool at the same
// time. Make one with [NewPass].
type Pass struct {
	// Temperature τ of the distributions: log softmax(z/τ). NewPass sets 1.
	Temperature float64
	// WithEntropy asks for entropies too.
	WithEntropy bool

	// Results of the latest Evaluate or Forward, one for each token that the batch
	// asks about; valid until the next.
	LogProb []float32
	Entropy []float32 // nil without WithEntropy
	Value   []float32 // nil without a scalar head

	model   *Model
	pool    *parallel.Pool
	walkers []walker // of each worker
	shards  []shard
	packing *packing
	room    struct{ entropy, value []float32 }

	// What the call at hand is about.
	batch    *Batch
	forwards bool // the latest call was Forward
	seeds    seeds
	gradient []float32
	layer    int
	jobs     []job
	pieces   []piece
	most     int       // of logits that are held at once
	logits   []float32 // [rows, V] log-probabilities of all tokens, then gradients by logits
	kept     bool      // logits has those of the whole batch, from Forward

	// What workers run, made once.
	tasks struct {
		evaluate, forward      func(task, worker int)
		score, weighHead, norm func(task, worker int)
		back, weigh            func(task, worker int)
	}
}

// NewPass makes a pass through the model. Parameters may change between a
// Backward and the next Forward or Evaluate.
func NewPass(m *Model, pool *parallel.Pool) *Pass {
	p := &Pass{
		Temperature: 1, model: m, pool: pool, packing: newPacking(m), most: headNumbers,
		walkers: make([]walker, pool.Threads()),
	}
	for i := range p.walkers {
		p.walkers[i].packing = p.packing
	}
	p.tasks.evaluate, p.tasks.forward = p.evaluateShard, p.forwardShard
	p.tasks.score, p.tasks.weighHead, p.tasks.norm = p.scoreBack, p.weighHead, p.backNorm
	p.tasks.back, p.tasks.weigh = p.backShard, p.weigh
	return p
}

// Evaluate computes the results of a batch without keeping what Backward needs.
// They have the same bits as those of Forward.
//
// It panics if the temperature is not positive, or if the batch holds a token
// outside the vocabulary or a sequence longer than the context.
func (p *Pass) Evaluate(b *Batch) {
	p.begin(b, false)
	p.pool.For(len(p.shards), p.tasks.evaluate)
}

// Forward computes the results of a batch. It panics as Evaluate does.
func (p *Pass) Forward(b *Batch) {
	p.begin(b, true)
	p.pool.For(len(p.shards), p.tasks.forward)
	p.forwards = true
}

// begin makes everything ready for a batch; back says whether Backward may follow.
func (p *Pass) begin(b *Batch, back bool) {
	if !(p.Temperature > 0) {
		panic("lm: temperature is not positive")
	}
	b.check(&p.model.Config)
	p.batch, p.forwards = b, false
	p.shards = cut(p.shards, b)
	n := b.Results()
	numbers := n * p.model.Config.Vocabulary
	if p.kept = back && numbers <= p.most && anyAsked(b.Next); p.kept {
		grow(&p.logits, numbers)
	}
	grow(&p.LogProb, n)
	p.Entropy, p.Value = nil, nil
	if p.WithEntropy {
		grow(&p.room.entropy, n)
		p.Entropy = p.room.entropy
	}
	if p.model.Config.Scalar {
		grow(&p.room.value, n)
		p.Value = p.room.value
	}
	p.packing.prepare(p.pool, extent{head: anyAsked(b.Next), layers: len(b.Tokens) >= packRows, back: back})
}

// results are those of a shard.
func (p *Pass) results(s *shard) results {
	all := results{p.batch.Next, p.LogProb, p.Entropy, p.Value}
	return all.part(s.kept, s.kept+s.keep)
}

// evaluateShard takes one shard through all layers, with the worker's own tape.
func (p *Pass) evaluateShard(task, worker int) {
	s, k := &p.shards[task], &p.walkers[worker]
	p.model.evaluate(k, s, p.batch.Tokens[s.row:][:s.rows], nil)
	p.model.finish(k, &k.end, p.results(s), nil, p.Temperature)
}

// evaluate takes a shard through all layers; k.end.stream is the result. visit,
// unless nil, is called after each layer, when k.tape has its keys and values.
func (m *Model) evaluate(k *walker, s *shard, tokens []int32, visit func(layer int, t *tape)) {
	t := &k.tape
	k.end.grow(&m.Config, s.keep)
	for i := range m.layers {
		t.grow(&m.Config, s.rows, s.keepIn(m, i))
		if i == 0 {
			m.embed(t.input, tokens, s.spans)
		}
		dst := k.end.stream
		if i < len(m.layers)-1 {
			dst = t.input // not read any more once t.middle is there
		}
		m.forward(k, s, i, dst, t)
		if visit != nil {
			visit(i, t)
		}
	}
}

// forwardShard is evaluateShard with tapes of the shard's own.
func (p *Pass) forwardShard(task, worker int) {
	s, k, m := &p.shards[task], &p.walkers[worker], p.model
	s.end.grow(&m.Config, s.keep)
	t := s.tapeOf(m, 0)
	m.embed(t.input, p.batch.Tokens[s.row:][:s.rows], s.spans)
	for i := range m.layers {
		if i == len(m.layers)-1 {
			m.forward(k, s, i, s.end.stream, t)
			break
		}
		next := s.tapeOf(m, i+1)
		m.forward(k, s, i, next.input, &s.tapes[i])
		t = next
	}
	var logProb []float32
	if v := m.Config.Vocabulary; p.kept {
		logProb = p.logits[s.kept*v:][:s.keep*v]
	}
	m.finish(k, &s.end, p.results(s), logProb, p.Temperature)
}

// Backward adds the gradient of a loss by all parameters to gradient, a block of
// the model's layout, given the gradients by the results of the preceding
// Forward: dLogProb, and dEntropy and dValue where the loss has them, otherwise
// nil. Results without a next token have a value only; their dLogProb and
// dEntropy are not looked at.
//
// It panics if the preceding call was not Forward, a length is wrong, or there is
// a dEntropy without entropies or a dValue without a scalar head.
func (p *Pass) Backward(gradient, dLogProb, dEntropy, dValue []float32) {
	n := p.LogProb
	switch {
	case !p.forwards:
		panic("lm: Backward without Forward")
	case len(gradient) != len(p.model.Parameters):
		panic("lm: length of the gradient differs from the number of parameters")
	case len(dLogProb) != len(n) || dEntropy != nil && len(dEntropy) != len(n) || dValue != nil && len(dValue) != len(n):
		panic("lm: length of a gradient differs from the number of results")
	case dEntropy != nil && p.Entropy == nil || dValue != nil && p.Value == nil:
		panic("lm: gradient by a result that was not computed")
	}
	p.forwards = false
	p.gradient, p.seeds = gradient, seeds{dLogProb, dEntropy, dValue}
	p.backHead()
	for p.layer = len(p.model.layers) - 1; p.layer >= 0; p.layer-- {
		p.pool.For(len(p.shards), p.tasks.back)
		p.weighLayer()
	}
	p.weighEmbedding()
}

// backShard takes one shard back through the layer at hand.
func (p *Pass) backShard(task, worker int) {
	s, k, m := &p.shards[task], &p.walkers[worker], p.model
	g := &s.delta
	g.output, g.input = g.input, g.output
	g.grow(&m.Config, s.rows, s.keepIn(m, p.layer))
	m.backward(k, s, p.layer)
}

// weighEmbedding adds the gradients by the rows of the embedding, and by those
// of the positions.
func (p *Pass) weighEmbedding() {
	m := p.model
	d := m.Config.Width
	dTable := m.embedding.Of(p.gradient)
	for i := range p.shards {
		s := &p.shards[i]
		for r, token := range p.batch.Tokens[s.row:][:s.rows] {
			kernel.Add(dTable[int(token)*d:][:d], s.delta.input[r*d:][:d])
		}
		if m.Config.Family == GPT2 {
			dPositions := m.positions.Of(p.gradient)
			for _, span := range s.spans {
				kernel.Add(dPositions[:span.rows*d], s.delta.input[span.row*d:][:span.rows*d])
			}
		}
	}
}
