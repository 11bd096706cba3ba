package lm

import "github.com/proximal-rl/proximal/internal/kernel"

// cache holds the keys and values of one sequence for all layers, so that a
// further token costs one row. Keys are [layers,K] panels of capacity positions, values
// [layers,K,capacity,w].
type cache struct {
	layers   int
	capacity int // positions
	headKeys int // numbers in the keys of one head
	shape    attention
	key      []float32
	value    []float32
}

// reset makes room for a sequence of up to capacity positions.
func (c *cache) reset(m *Model, capacity int) {
	c.layers, c.capacity, c.shape = len(m.layers), capacity, m.attention()
	c.headKeys = kernel.PanelLength(capacity, c.shape.width)
	grow(&c.key, c.layers*c.shape.keyHeads*c.headKeys)
	grow(&c.value, c.layers*c.shape.keyHeads*capacity*c.shape.width)
}

// head returns the keys and values of one head of one layer.
func (c *cache) head(layer, head int) (key, value []float32) {
	i, w := layer*c.shape.keyHeads+head, c.shape.width
	return c.key[i*c.headKeys:][:c.headKeys], c.value[i*c.capacity*w:][:c.capacity*w]
}

// put stores the keys and values of all heads [K,w] at a position.
func (c *cache) put(layer, position int, key, value []float32) {
	w := c.shape.width
	for h := range c.shape.keyHeads {
		keys, values := c.head(layer, h)
		copy(values[position*w:][:w], value[h*w:])
		column := keys[position/kernel.PanelRows*kernel.PanelRows*w+position%kernel.PanelRows:]
		for j, v := range key[h*w:][:w] {
			column[j*kernel.PanelRows] = v
		}
	}
}

// fill stores the first keys and values of one head, [rows,w].
func (c *cache) fill(layer, head, rows int, key, value []float32) {
	keys, values := c.head(layer, head)
	kernel.Panels(keys[:kernel.PanelLength(rows, c.shape.width)], key, rows, c.shape.width)
	copy(values, value)
}

// copyFrom takes over the content of a cache of the same model and capacity.
func (c *cache) copyFrom(from *cache) {
	copy(c.key, from.key)
	copy(c.value, from.value)
}

// attend computes attention for one query per head at the position of the latest
// key, with the bits of attention.forward: query and dst are [H,w].
func (c *cache) attend(s *attentionScratch, dst, query []float32, layer, position int) {
	w, group := c.shape.width, c.shape.heads/c.shape.keyHeads
	heads := &s.queries
	*heads = kernel.Attending{Queries: group, Width: w, Seen: position + 1}
	lines := kernel.Lines{Dst: w, Query: w}
	if group == 1 { // all heads at once
		heads.Queries, lines.Key, lines.Value = c.shape.heads, c.headKeys, c.capacity*w
	}
	grow(&s.top, heads.Queries)
	grow(&s.inverse, heads.Queries)
	grow(&s.score, heads.Queries*heads.ScoreLine())
	for h := 0; h < c.shape.heads; h += heads.Queries {
		i := layer*c.shape.keyHeads + h/group
		kernel.Attend(heads, dst[h*w:], s.top, s.inverse, s.score, query[h*w:], c.key[i*c.headKeys:], c.value[i*c.capacity*w:], lines)
	}
}
