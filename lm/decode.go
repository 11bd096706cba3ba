package lm

import "github.com/proximal-rl/proximal/internal/kernel"

// keep copies the keys and values of one sequence from a tape to a cache.
func (m *Model) keep(c *cache, layer int, t *tape, s span) {
	w, kv := m.Config.HeadWidth, m.Config.keys()
	for h := range m.Config.KeyValueHeads {
		at, n := s.row*kv+h*s.rows*w, s.rows*w
		c.fill(layer, h, s.rows, t.key[at:][:n], t.value[at:][:n])
	}
}

// advance takes the latest token of each sequence through all layers; the result
// is k.end.stream.
func (m *Model) advance(k *walker, rows []*place) {
	c, t, n := &m.Config, &k.tape, len(rows)
	d, w, q := c.Width, c.HeadWidth, c.queries()
	t.grow(c, n, n)
	k.end.grow(c, n)
	for r, p := range rows {
		tokens, position := p.result.Tokens, p.length-1
		m.embedOne(t.input[r*d:][:d], tokens[len(tokens)-1], position)
	}
	scale := headScale(w)
	grow(&k.g, c.keys())
	for i := range m.layers {
		m.project(k, i, t, n)
		for r, p := range rows {
			line, position := k.projected[r*c.projected():][:c.projected()], p.length-1
			m.rotary.turn(t.query[r*q:][:q], line[:q], position, c.Heads, w, scale)
			keys, values := line[q:][:c.keys()], line[q+c.keys():]
			m.rotary.turn(k.g, keys, position, c.KeyValueHeads, w, 1)
			p.cache.put(i, position, k.g, values)
			p.cache.attend(&k.attention, t.mixed[r*q:][:q], t.query[r*q:][:q], i, position)
		}
		k.packing.multiply(i, groupOut, t.middle, t.mixed, n)
		kernel.Add(t.middle, t.input)
		dst := t.input
		if i == len(m.layers)-1 {
			dst = k.end.stream
		}
		m.feed(k, i, dst, t, n)
	}
}

// embedOne writes the residual stream before the first layer for one token.
func (m *Model) embedOne(dst []float32, token int32, position int) {
	d := m.Config.Width
	copy(dst, m.embedding.Of(m.Parameters)[int(token)*d:][:d])
	if m.Config.Family == GPT2 {
		kernel.Add(dst, m.positions.Of(m.Parameters)[position*d:][:d])
	}
}
