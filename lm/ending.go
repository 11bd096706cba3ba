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

// finish computes the results of rows from the last layer's output in e.stream.
func (m *Model) finish(k *walker, e *ending, r results, temperature float64) {
	d, n := m.Config.Width, len(r.next)
	m.norm.forward(e.normed, e.unit, e.scale, m.Parameters, e.stream, n)
	if r.value != nil {
		kernel.Linear(r.value, e.normed, m.scalar.Of(m.Parameters), nil, n, d, 1)
	}
	chunk := m.Config.chunk()
	for lo := 0; lo < n; lo += chunk {
		hi := min(n, lo+chunk)
		m.score(k, e.normed[lo*d:hi*d], r.part(lo, hi), temperature)
	}
}

// score computes log-probabilities and entropies for a chunk of rows.
func (m *Model) score(k *walker, normed []float32, r results, temperature float64) {
	clear(r.logProb)
	clear(r.entropy)
	if !anyAsked(r.next) {
		return
	}
	v := m.Config.Vocabulary
	logProb := m.logSoftmax(k, normed, len(r.next), temperature)
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

// logSoftmax returns the log-probabilities of all tokens for each of some rows,
//
//	log softmax(z/τ)    z = normed·headᵀ
//
// which are valid until the next use of k. The factor of z is 1/τ rounded to
// float32.
func (m *Model) logSoftmax(k *walker, normed []float32, rows int, temperature float64) []float32 {
	v := m.Config.Vocabulary
	grow(&k.logits, rows*v)
	kernel.LinearPacked(k.logits, normed, &k.packing.head, nil, rows)
	if temperature != 1 {
		kernel.Scale(k.logits, float32(1/temperature))
	}
	kernel.LogSoftmax(k.logits, k.logits, rows, v)
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

// scoreBackward writes the gradient by the logits of a chunk of rows to dLogits
// [rows,V]:
//
//	dz[j] = (g·(1[j=y] − p[j]) − h·p[j]·(log p[j] + entropy)) / τ
//
// where g is the gradient by the log-probability of token y and h that by the
// entropy.
func (m *Model) scoreBackward(k *walker, dLogits, normed []float32, next []int32, g seeds, temperature float64) {
	v := m.Config.Vocabulary
	if !anyAsked(next) {
		clear(dLogits)
		return
	}
	logProb := m.logSoftmax(k, normed, len(next), temperature)
	kernel.Exp(dLogits, logProb)
	for i, token := range next {
		line := dLogits[i*v:][:v]
		if token == None {
			clear(line)
			continue
		}
		if g.entropy == nil {
			kernel.Scale(line, -g.logProb[i])
		} else {
			entropyBackward(line, logProb[i*v:][:v], g.logProb[i], g.entropy[i])
		}
		line[token] += g.logProb[i]
	}
	if temperature != 1 {
		kernel.Scale(dLogits, float32(1/temperature))
	}
}

// entropyBackward replaces the probabilities of one row by −p·(g + h·(log p + H)).
func entropyBackward(prob, logProb []float32, g, h float32) {
	whole := entropy(prob, logProb)
	for j, p := range prob {
		prob[j] = -p * (g + float32(h*(logProb[j]+whole)))
	}
}
