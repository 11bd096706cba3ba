package lm

import "github.com/proximal-rl/proximal/internal/kernel"

// walker is one worker's memory for taking the rows of a shard through layers.
type walker struct {
	packing   *packing
	attention attentionScratch
	projected []float32 // [rows,(H+2K)·w]
	wide      []float32 // [rows,F] or [rows,H·w]
	g         []float32 // [d]
	gradient  attentionGradient
	logits    []float32 // [chunk,V]
	prob      []float32 // [chunk,V]
	part      []float32 // some columns of an input
	tape      tape      // where nothing goes back
	end       ending    // where nothing goes back
}

// attention returns the shape of the model's attention.
func (m *Model) attention() attention {
	return attention{m.Config.Heads, m.Config.KeyValueHeads, m.Config.HeadWidth}
}

// embed writes the residual stream before the first layer.
func (m *Model) embed(dst []float32, tokens []int32, spans []span) {
	d := m.Config.Width
	table := m.embedding.Of(m.Parameters)
	for r, token := range tokens {
		copy(dst[r*d:][:d], table[int(token)*d:])
	}
	if m.Config.Family == GPT2 {
		positions := m.positions.Of(m.Parameters)
		for _, s := range spans {
			kernel.Add(dst[s.row*d:][:s.rows*d], positions[:s.rows*d])
		}
	}
}

// forward takes a shard through layer i, from t.input to dst [keep,d].
func (m *Model) forward(k *walker, p *shard, i int, dst []float32, t *tape) {
	c := &m.Config
	d, q, kv := c.Width, c.queries(), c.keys()
	m.project(k, i, t, p.rows)
	a := m.attention()
	for n := range p.spans {
		s := p.spanIn(m, i, n)
		m.divide(t, k.projected, s)
		a.forward(&k.attention, t.mixed[s.kept*q:], t.top[s.kept*c.Heads:], t.inverse[s.kept*c.Heads:],
			t.query[s.kept*q:], t.key[s.row*kv:], t.value[s.row*kv:], s)
	}
	keep := p.keepIn(m, i)
	k.packing.multiply(i, groupOut, t.middle, t.mixed, keep)
	for n := range p.spans {
		s := p.spanIn(m, i, n)
		kernel.Add(t.middle[s.kept*d:][:s.keep*d], t.input[(s.row+s.first())*d:][:s.keep*d])
	}
	m.feed(k, i, dst, t, keep)
}

// project computes queries, keys and values of layer i, side by side, of rows of
// t.input.
func (m *Model) project(k *walker, i int, t *tape, rows int) {
	grow(&k.projected, rows*m.Config.projected())
	m.layers[i].norm1.forward(t.normed1, t.unit1, t.scale1, m.Parameters, t.input, rows)
	k.packing.multiply(i, groupProject, k.projected, t.normed1, rows)
}

// divide writes queries, keys and values of one sequence head by head: the
// former two turned by their positions, queries scaled.
func (m *Model) divide(t *tape, projected []float32, s span) {
	c := &m.Config
	w, width := c.HeadWidth, c.projected()
	scale := headScale(w)
	for r := range s.rows {
		line := projected[(s.row+r)*width:][:width]
		if i := r - s.first(); i >= 0 {
			m.rotary.turn(t.query[s.kept*c.queries()+i*w:], line[:c.queries()], r, c.Heads, s.keep*w, scale)
		}
		keys, values := line[c.queries():][:c.keys()], line[c.queries()+c.keys():]
		to := s.row*c.keys() + r*w
		m.rotary.turn(t.key[to:], keys, r, c.KeyValueHeads, s.rows*w, 1)
		for h := range c.KeyValueHeads {
			copy(t.value[to+h*s.rows*w:][:w], values[h*w:])
		}
	}
}

// feed is the second part of layer i: from t.middle through the hidden layer to
// dst [rows,d].
func (m *Model) feed(k *walker, i int, dst []float32, t *tape, rows int) {
	m.layers[i].norm2.forward(t.normed2, t.unit2, t.scale2, m.Parameters, t.middle, rows)
	k.packing.multiply(i, groupRaise, t.raised, t.normed2, rows)
	if m.Config.Family == Llama {
		swiglu(t.hidden, t.bend, t.raised, rows, m.Config.Hidden)
	} else {
		gelu(t.hidden, t.bend, t.raised, rows, m.Config.Hidden)
	}
	k.packing.multiply(i, groupLower, dst, t.hidden, rows)
	kernel.Add(dst, t.middle)
}

// backward takes a shard back through layer i, from p.delta.output to
// p.delta.input.
func (m *Model) backward(k *walker, p *shard, i int) {
	l, c, t, g := &m.layers[i], &m.Config, &p.tapes[i], &p.delta
	d, keep := c.Width, p.keepIn(m, i)
	grow(&k.g, d)

	// Back through feed.
	grow(&k.wide, keep*c.Hidden)
	k.packing.multiplyBack(i, groupLower, k.wide, g.output, keep)
	if c.Family == Llama {
		swigluBackward(g.raised, k.wide, t.bend, t.raised, keep, c.Hidden)
	} else {
		geluBackward(g.raised, k.wide, t.bend, t.raised, keep, c.Hidden)
	}
	k.packing.multiplyBack(i, groupRaise, g.normed2, g.raised, keep)
	copy(g.middle, g.output)
	l.norm2.backward(g.middle, m.Parameters, g.normed2, t.unit2, t.scale2, k.g, keep)

	// Back through attention and project.
	grow(&k.wide, keep*c.queries())
	k.packing.multiplyBack(i, groupOut, k.wide, g.middle, keep)
	for n := range p.spans {
		m.attendBack(k, g.projected, t, p.spanIn(m, i, n))
	}
	k.packing.multiplyBack(i, groupProject, g.normed1, g.projected, p.rows)
	for n := range p.spans {
		s := p.spanIn(m, i, n)
		rows := g.input[s.row*d:][:s.rows*d]
		clear(rows[:s.first()*d])
		copy(rows[s.first()*d:], g.middle[s.kept*d:])
	}
	l.norm1.backward(g.input, m.Parameters, g.normed1, t.unit1, t.scale1, k.g, p.rows)
}

// attendBack writes the gradient by queries, keys and values of one sequence to
// its rows of dProjected, from the gradient by what attention gave, in k.wide.
func (m *Model) attendBack(k *walker, dProjected []float32, t *tape, s span) {
	c := &m.Config
	w, width, q, kv := c.HeadWidth, c.projected(), c.queries(), c.keys()
	g := &k.gradient
	grow(&g.query, s.keep*q)
	grow(&g.key, s.rows*kv)
	grow(&g.value, s.rows*kv)
	clear(g.key)
	clear(g.value)
	a := m.attention()
	a.backward(&k.attention, *g, k.wide[s.kept*q:], t.mixed[s.kept*q:], t.top[s.kept*c.Heads:], t.inverse[s.kept*c.Heads:],
		t.query[s.kept*q:], t.key[s.row*kv:], t.value[s.row*kv:], s)

	scale := headScale(w)
	for r := range s.rows {
		line := dProjected[(s.row+r)*width:][:width]
		if i := r - s.first(); i >= 0 {
			for h := range c.Heads {
				m.rotary.turnBack(line[h*w:][:w], g.query[(h*s.keep+i)*w:][:w], r, scale)
			}
		} else {
			clear(line[:q])
		}
		dKeys, dValues := line[q:][:kv], line[q+kv:]
		for h := range c.KeyValueHeads {
			from := (h*s.rows + r) * w
			m.rotary.turnBack(dKeys[h*w:][:w], g.key[from:][:w], r, 1)
			copy(dValues[h*w:][:w], g.value[from:])
		}
	}
}
