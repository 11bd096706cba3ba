package lm

import "github.com/proximal-rl/proximal/internal/kernel"

// ending is what is computed after the last layer for the rows of a shard that
// are kept.
type ending struct {
	stream []float32 // [keep,d] the last layer's result
	unit   []float32 // [keep,d]
	scale  []float32 // [keep]
	normed []float32 // [keep,d]
	delta  []float32 // [keep,d] gradient by normed
}

func (e *ending) grow(c *Config, keep int) {
	grow(&e.stream, keep*c.Width)
	grow(&e.unit, keep*c.Width)
	grow(&e.scale, keep)
	grow(&e.normed, keep*c.Width)
}

// chunkNumbers bounds how many logits a worker holds at once, and chunkRows how
// many rows they belong to.
const (
	chunkNumbers = 1 << 22
	chunkRows    = 64
)

// chunk is the number of rows whose logits are held at once. Results do not
// depend on it.
func (c *Config) chunk() int { return max(1, min(chunkRows, chunkNumbers/c.Vocabulary)) }

// results are what a Pass gives for some rows, and what it was asked.
type results struct {
	next                    []int32
	logProb, entropy, value []float32 // entropy nil: not asked for; value nil: no scalar head
}

// part returns the results lo ≤ i < hi.
func (r results) part(lo, hi int) results {
	p := results{next: r.next[lo:hi], logProb: r.logProb[lo:hi]}
	if r.entropy != nil {
		p.entropy = r.entropy[lo:hi]
	}
	if r.value != nil {
		p.value = r.value[lo:hi]
	}
	return p
}

// finish computes the results of rows from the last layer's output in e.stream. The
// log-probabilities of all tokens are left in logProb [rows,V], unless it is nil.
func (m *Model) finish(k *walker, e *ending, r results, logProb []float32, temperature float64) {
	d, n := m.Config.Width, len(r.next)
	m.norm.forward(e.normed, e.unit, e.scale, m.Parameters, e.stream, n)
	if r.value != nil {
		kernel.Linear(r.value, e.normed, m.scalar.Of(m.Parameters), nil, n, d, 1)
	}
	chunk, v := m.Config.chunk(), m.Config.Vocabulary
	for lo := 0; lo < n; lo += chunk {
		hi := min(n, lo+chunk)
		var to []float32
		if logProb != nil {
			to = logProb[lo*v : hi*v]
		} else {
			to = k.logProb(hi-lo, v)
		}
		m.score(k, to, e.normed[lo*d:hi*d], r.part(lo, hi), temperature)
	}
}

// score computes log-probabilities and entropies for a chunk of rows, and those of all
// tokens in logProb, unless nothing is asked about any row.
func (m *Model) score(k *walker, logProb, normed []float32, r results, temperature float64) {
	clear(r.logProb)
	clear(r.entropy)
	if !anyAsked(r.next) {
		return
	}
	v := m.Config.Vocabulary
	m.logSoftmax(logProb, k.packing, normed, len(r.next), temperature)
	for i, token := range r.next {
		if token != None {
			r.logProb[i] = logProb[i*v+int(token)]
		}
	}
	if r.entropy == nil {
		return
	}
	prob := k.probabilities(logProb)
	for i, token := range r.next {
		if token != None {
			r.entropy[i] = entropy(prob[i*v:][:v], logProb[i*v:][:v])
		}
	}
}

func anyAsked(next []int32) bool {
	for _, token := range next {
		if token != None {
			return true
		}
	}
	return false
}

// logSoftmax writes the log-probabilities of all tokens for each of some rows,
//
//	log softmax(z/τ)    z = normed·headᵀ
//
// to dst [rows,V]. The factor of z is 1/τ rounded to float32.
func (m *Model) logSoftmax(dst []float32, p *packing, normed []float32, rows int, temperature float64) {
	kernel.LinearPacked(dst, normed, &p.head, nil, rows)
	if temperature != 1 {
		kernel.Scale(dst, float32(1/temperature))
	}
	kernel.LogSoftmax(dst, dst, rows, m.Config.Vocabulary)
}

// logProb returns room for the log-probabilities of all v tokens for some rows.
func (k *walker) logProb(rows, v int) []float32 {
	grow(&k.logits, rows*v)
	return k.logits
}

// probabilities returns e to the power of log-probabilities, valid until the
// next use of k.
func (k *walker) probabilities(logProb []float32) []float32 {
	grow(&k.prob, len(logProb))
	kernel.Exp(k.prob, logProb)
	return k.prob
}

// entropy is −Σ p·log p of one distribution, zero for a token that cannot come.
func entropy(prob, logProb []float32) float32 { return -kernel.Dot(prob, logProb) }

// seeds are gradients by the results of some rows. entropy and value are nil
// where there is none.
type seeds struct{ logProb, entropy, value []float32 }

// part returns those of the rows lo ≤ i < hi.
func (g seeds) part(lo, hi int) seeds {
	p := seeds{logProb: g.logProb[lo:hi]}
	if g.entropy != nil {
		p.entropy = g.entropy[lo:hi]
	}
	if g.value != nil {
		p.value = g.value[lo:hi]
	}
	return p
}

// scoreBackward replaces the log-probabilities of all tokens, for a chunk of rows, by
// the gradient by the logits:
//
//	dz[j] = (g·(1[j=y] − p[j]) − h·p[j]·(log p[j] + entropy)) / τ
//
// where g is the gradient by the log-probability of token y and h that by the
// entropy. x is [rows,V].
func (m *Model) scoreBackward(k *walker, x []float32, next []int32, g seeds, temperature float64) {
	v := m.Config.Vocabulary
	if g.entropy == nil {
		kernel.Exp(x, x)
	}
	for i, token := range next {
		line := x[i*v:][:v]
		if token == None {
			clear(line)
			continue
		}
		if g.entropy == nil {
			kernel.Scale(line, -g.logProb[i])
		} else {
			entropyBackward(line, k.probabilities(line), g.logProb[i], g.entropy[i])
		}
		line[token] += g.logProb[i]
	}
	if temperature != 1 {
		kernel.Scale(x, float32(1/temperature))
	}
}

// entropyBackward replaces the log-probabilities of one row by −p·(g + h·(log p + H)).
func entropyBackward(logProb, prob []float32, g, h float32) {
	whole := entropy(prob, logProb)
	for j, p := range prob {
		logProb[j] = -p * (g + float32(h*(logProb[j]+whole)))
	}
}
