package lm

// span is a sequence among the rows of a shard: where its rows begin and how
// many there are, and where, among the rows that are kept, those at its end
// begin and how many of them there are.
type span struct {
	row, rows  int
	kept, keep int
}

// first is the position of the first row that is kept.
func (s span) first() int { return s.rows - s.keep }

// whole is the span of a sequence where all rows are kept.
func (s span) whole() span { return span{s.row, s.rows, s.row, s.rows} }

// shard is a run of whole sequences that one task takes through the layers, with
// the memory for that.
type shard struct {
	spans      []span // with offsets inside the shard
	row, rows  int    // of the batch
	kept, keep int    // results of the batch

	tapes []tape // of each layer
	delta delta  // of the layer that the way back is at
	end   ending
}

// shardRows is how many rows a shard has at least, where the batch has enough:
// sequences are added to it until then. The results of a row do not depend on
// where its shard ends.
const shardRows = 64

// cut divides a batch into shards, whose memory it uses again.
func cut(shards []shard, b *Batch) []shard {
	next := 0
	for s := 0; s < b.Sequences(); next++ {
		if next == cap(shards) {
			shards = append(shards[:next], shard{})
		}
		shards = shards[:next+1]
		p := &shards[next]
		p.spans, p.row, p.kept = p.spans[:0], int(b.Start[s]), int(b.Segment[s])
		p.rows, p.keep = 0, 0
		for ; s < b.Sequences() && p.rows < shardRows; s++ {
			rows, keep := int(b.Start[s+1]-b.Start[s]), int(b.Segment[s+1]-b.Segment[s])
			p.spans = append(p.spans, span{p.rows, rows, p.keep, keep})
			p.rows += rows
			p.keep += keep
		}
	}
	return shards[:next]
}

// tapeOf returns the tape of layer i with room for the shard.
func (p *shard) tapeOf(m *Model, i int) *tape {
	for len(p.tapes) <= i {
		p.tapes = append(p.tapes, tape{})
	}
	t := &p.tapes[i]
	t.grow(&m.Config, p.rows, p.keepIn(m, i))
	return t
}

// keepIn is how many rows layer i keeps.
func (p *shard) keepIn(m *Model, i int) int {
	if i == len(m.layers)-1 {
		return p.keep
	}
	return p.rows
}

// spanIn is the span of sequence s in layer i.
func (p *shard) spanIn(m *Model, i, s int) span {
	if i == len(m.layers)-1 {
		return p.spans[s]
	}
	return p.spans[s].whole()
}
