package lm

import "github.com/proximal-rl/proximal/internal/kernel"

// cache holds the keys and values of one sequence for all layers, so that a
// further token costs one row. Keys stand in pages: [layers,K,pages,w,pageKeys],
// that is, transposed within a page, which makes a query's scores one product
// with a matrix. Values are [layers,K,capacity,w].
type cache struct {
	layers   int
	capacity int // positions
	pageKeys int // positions in a page
	headKeys int // numbers in the keys of one head
	shape    attention
	key      []float32
	value    []float32
}

// widestPage is how many positions a page has in long sequences. Shorter ones
// have pages no longer than need be, in steps of pageStep.
const (
	widestPage = 32
	pageStep   = 16
)

// reset makes room for a sequence of up to capacity positions.
func (c *cache) reset(m *Model, capacity int) {
	c.layers, c.capacity, c.shape = len(m.layers), capacity, m.attention()
	c.pageKeys = min(widestPage, (capacity+pageStep-1)/pageStep*pageStep)
	pages := (capacity + c.pageKeys - 1) / c.pageKeys
	c.headKeys = pages * c.pageKeys * c.shape.width
	grow(&c.key, c.layers*c.shape.keyHeads*c.headKeys)
	grow(&c.value, c.layers*c.shape.keyHeads*capacity*c.shape.width)
}

// head returns the keys and values of one head of one layer.
func (c *cache) head(layer, head int) (key, value []float32) {
	i, w := layer*c.shape.keyHeads+head, c.shape.width
	return c.key[i*c.headKeys:][:c.headKeys], c.value[i*c.capacity*w:][:c.capacity*w]
}

// put stores the key and value of one head [w] at a position.
func (c *cache) put(layer, head, position int, key, value []float32) {
	keys, values := c.head(layer, head)
	w := c.shape.width
	copy(values[position*w:][:w], value)
	at := position/c.pageKeys*c.pageKeys*w + position%c.pageKeys
	for j, v := range key {
		keys[at+j*c.pageKeys] = v
	}
}

// copyFrom takes over the content of a cache of the same model and capacity.
func (c *cache) copyFrom(from *cache) {
	copy(c.key, from.key)
	copy(c.value, from.value)
}

// attend computes attention for one query per head at the position of the latest
// key, with the bits of attention.forward: query and dst are [H,w].
func (c *cache) attend(s *attentionScratch, dst, query []float32, layer, position int) {
	a, seen := &c.shape, position+1
	w, group := a.width, a.heads/a.keyHeads
	// A page that is not full gives scores beyond seen, in the place of the next
	// head's, which come later.
	grow(&s.score, a.heads*seen+c.pageKeys)
	for h := range a.heads {
		keys, _ := c.head(layer, h/group)
		for u := 0; u < seen; u += c.pageKeys {
			kernel.Linear(s.score[h*seen+u:][:c.pageKeys], query[h*w:][:w], keys[u*w:][:c.pageKeys*w], nil, 1, w, c.pageKeys)
		}
	}
	for h := range a.heads {
		_, values := c.head(layer, h/group)
		score, out := s.score[h*seen:][:seen], dst[h*w:][:w]
		factor := 1 / kernel.ExpSum(score, greatest(score))
		kernel.Linear(out, score, values[:seen*w], nil, 1, seen, w)
		for j, v := range out {
			out[j] = v * factor
		}
	}
}
