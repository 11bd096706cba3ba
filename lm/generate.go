package lm

import (
	"context"
	"fmt"
	"slices"

	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/seed"
)

// Request asks for completions. It is plain data, but for Step.
type Request struct {
	Prompts [][]int32
	Samples int // completions of each prompt
	Sampling
	// Stop lists tokens that end a completion, as its last token.
	Stop []int32
	// Completion number i, counted prompt by prompt, is drawn from
	// seed.Stream(Seed, "generate", First+i).
	Seed  uint64
	First int
	// Step, unless it is nil, is told each token as soon as it is drawn, with the number
	// of its completion and whether it is the last one: step by step, within a step in the
	// order of the completions, from the goroutine of Generate.
	Step func(completion int, token int32, last bool)
}

// Completion is what followed a prompt. It is plain data.
type Completion struct {
	Tokens []int32 // with the one that ended it, if one did
	// LogProb is log softmax(z/τ) of each token under all tokens, whatever TopK,
	// TopP, MinP and Greedy left possible: the same bits that a Pass of that
	// temperature computes.
	LogProb []float32
	Stopped bool // by a token of Stop; otherwise by its length
}

// Generator draws completions. It owns the memory for that. It is used by one
// goroutine at a time and lets the threads of its pool help. Make one with
// [NewGenerator].
//
// A completion does not depend on the others that are asked for with it, nor on
// the number of threads.
type Generator struct {
	model   *Model
	pool    *parallel.Pool
	walkers []walker
	orders  [][]int32 // scratch of each worker
	packing *packing
	prompts Batch
	shards  []shard
	places  []place
	active  []*place // those of the sequences that go on
	request *Request
	result  []Completion
	limit   int // sequences at once; 0: as many as cacheNumbers allow

	begin    int  // number of the wave's first completion
	stepping bool // past the prompts
	rows     int  // of one task of a step

	prefill, decode func(task, worker int)
}

// place is where a sequence is under way.
type place struct {
	cache  cache
	rng    *seed.Rand
	result *Completion
	number int // of the completion
	length int // tokens so far, the prompt's among them
	most   int // tokens that the completion may have
	done   bool
}

// cacheNumbers bounds, roughly, the numbers in keys and values of the sequences
// that are under way at once.
const cacheNumbers = 1 << 27

// taskRows bounds how many sequences one task takes a step further.
const taskRows = 64

// NewGenerator makes a generator for the model, whose parameters may change
// between two calls of Generate.
func NewGenerator(m *Model, pool *parallel.Pool) *Generator {
	g := &Generator{
		model: m, pool: pool, packing: newPacking(m),
		walkers: make([]walker, pool.Threads()), orders: make([][]int32, pool.Threads()),
	}
	for i := range g.walkers {
		g.walkers[i].packing = g.packing
	}
	g.prefill, g.decode = g.prefillShard, g.decodeRows
	return g
}

// Generate returns the completions, prompt by prompt. What the samples of a
// prompt have in common is computed once.
//
// The error names the setting that is out of range, or the prompt that is empty,
// longer than the context or holds a token outside the vocabulary; or it is that
// of the context.
func (g *Generator) Generate(ctx context.Context, r Request) ([]Completion, error) {
	if err := g.check(&r); err != nil {
		return nil, err
	}
	n := len(r.Prompts) * r.Samples
	g.request, g.result = &r, make([]Completion, n)
	g.pack(n)
	for lo := 0; lo < n; {
		hi := g.wave(lo, n)
		g.start(lo, hi)
		for len(g.active) > 0 {
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("generate: %w", err)
			}
			g.step()
		}
		lo = hi
	}
	return g.result, nil
}

// pack packs the matrices for n completions.
func (g *Generator) pack(n int) {
	rows := n
	for _, prompt := range g.request.Prompts {
		rows += len(prompt)
	}
	g.packing.prepare(g.pool, extent{head: true, layers: rows >= packRows})
}

func (g *Generator) check(r *Request) error {
	if err := r.Validate(); err != nil {
		return err
	}
	c := &g.model.Config
	if r.Samples < 1 {
		return fmt.Errorf("samples = %d: must be 1 or more", r.Samples)
	}
	if r.First < 0 {
		return fmt.Errorf("first = %d: must be 0 or more", r.First)
	}
	for i, prompt := range r.Prompts {
		if len(prompt) < 1 || len(prompt) > c.Context {
			return fmt.Errorf("prompt %d has %d tokens: must be 1 to %d, the context", i, len(prompt), c.Context)
		}
		for _, token := range prompt {
			if token < 0 || int(token) >= c.Vocabulary {
				return fmt.Errorf("prompt %d has token %d: must be 0 to %d", i, token, c.Vocabulary-1)
			}
		}
	}
	for _, token := range r.Stop {
		if token < 0 || int(token) >= c.Vocabulary {
			return fmt.Errorf("stop token %d: must be 0 to %d", token, c.Vocabulary-1)
		}
	}
	return nil
}

// most is how many tokens a completion of a prompt may have. The last token
// needs no position.
func (g *Generator) most(prompt []int32) int {
	return min(g.request.MaxTokens, g.model.Config.Context-len(prompt)+1)
}

// wave returns the end of the completions from lo on that are under way at once.
func (g *Generator) wave(lo, n int) (hi int) {
	c := &g.model.Config
	numbers := 0
	for hi = lo; hi < n; hi++ {
		prompt := g.request.Prompts[hi/g.request.Samples]
		positions := len(prompt) + g.most(prompt)
		numbers += 2 * c.Layers * c.keys() * positions
		if hi > lo && (numbers > cacheNumbers || g.limit > 0 && hi-lo >= g.limit) {
			break
		}
	}
	return hi
}

// start takes the prompts of a wave through the model and draws the first token
// of each completion.
func (g *Generator) start(lo, hi int) {
	r := g.request
	for len(g.places) < hi-lo {
		g.places = append(g.places, place{})
	}
	g.active = g.active[:0]
	for i := lo; i < hi; i++ {
		p, prompt := &g.places[i-lo], r.Prompts[i/r.Samples]
		p.result, p.number, p.rng = &g.result[i], i, seed.Stream(r.Seed, "generate", r.First+i)
		p.length, p.most, p.done = len(prompt), g.most(prompt), false
		p.result.Tokens, p.result.LogProb = make([]int32, 0, p.most), make([]float32, 0, p.most)
		p.cache.reset(g.model, p.length+p.most-1)
		g.active = append(g.active, p)
	}
	g.prompts.Reset()
	for i := lo / r.Samples; i*r.Samples < hi; i++ {
		g.prompts.AppendLast(r.Prompts[i])
	}
	g.shards = cut(g.shards, &g.prompts)
	g.begin, g.stepping = lo, false
	g.pool.For(len(g.shards), g.prefill)
	g.retire()
}

// prefillShard takes some prompts through the model.
func (g *Generator) prefillShard(task, worker int) {
	m, k, s := g.model, &g.walkers[worker], &g.shards[task]
	m.evaluate(k, s, g.prompts.Tokens[s.row:][:s.rows], func(layer int, t *tape) {
		for i := range s.spans {
			m.keep(&g.takers(s.kept + i)[0].cache, layer, t, s.spans[i])
		}
	})
	for i := range s.spans {
		samples := g.takers(s.kept + i)
		for _, p := range samples[1:] {
			p.cache.copyFrom(&samples[0].cache)
		}
	}
	g.finish(k, s.kept, s.keep, worker)
}

// extend draws the next token of a sequence.
func (g *Generator) extend(p *place, logProb, prob []float32, worker int) {
	r := g.request
	token := r.draw(prob, p.rng, &g.orders[worker])
	p.result.Tokens = append(p.result.Tokens, token)
	p.result.LogProb = append(p.result.LogProb, logProb[token])
	p.length++
	p.result.Stopped = slices.Contains(r.Stop, token)
	p.done = p.result.Stopped || len(p.result.Tokens) == p.most
}

// retire tells what each active sequence has drawn, and takes those that have ended
// out of the batch.
func (g *Generator) retire() {
	if tell := g.request.Step; tell != nil {
		for _, p := range g.active {
			tell(p.number, p.result.Tokens[len(p.result.Tokens)-1], p.done)
		}
	}
	g.active = slices.DeleteFunc(g.active, func(p *place) bool { return p.done })
}

// step takes all active sequences one token further.
func (g *Generator) step() {
	n, threads := len(g.active), g.pool.Threads()
	g.stepping = true
	g.rows = min(taskRows, (n+threads-1)/threads)
	g.pool.For(parallel.Shards(n, g.rows), g.decode)
	g.retire()
}

// decodeRows takes some of the active sequences one token further.
func (g *Generator) decodeRows(task, worker int) {
	lo, hi := parallel.Shard(task, len(g.active), g.rows)
	k := &g.walkers[worker]
	g.model.advance(k, g.active[lo:hi])
	g.finish(k, lo, hi-lo, worker)
}

// takers are the sequences that draw a token from row i: in a step the one that
// the row is of, at the start the samples of a prompt, row i of the wave's.
func (g *Generator) takers(i int) []*place {
	if g.stepping {
		return g.active[i : i+1]
	}
	n := g.request.Samples
	first := (g.begin/n + i) * n
	return g.active[max(g.begin, first)-g.begin : min(g.begin+len(g.active), first+n)-g.begin]
}

// finish draws from n rows of the last layer's output, k.end.stream, of which the
// first has the given number.
func (g *Generator) finish(k *walker, first, n, worker int) {
	m, e := g.model, &k.end
	d, v, chunk := m.Config.Width, m.Config.Vocabulary, m.Config.chunk()
	m.norm.forward(e.normed, e.unit, e.scale, m.Parameters, e.stream, n)
	for lo := 0; lo < n; lo += chunk {
		hi := min(n, lo+chunk)
		logProb := k.logProb(hi-lo, v)
		m.logSoftmax(logProb, k.packing, e.normed[lo*d:hi*d], hi-lo, g.request.Temperature)
		prob := k.probabilities(logProb)
		for i := range hi - lo {
			for _, p := range g.takers(first + lo + i) {
				g.extend(p, logProb[i*v:][:v], prob[i*v:][:v], worker)
			}
		}
	}
}
