package align

import (
	"iter"
	"slices"

	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/seed"
)

// minibatch is some completions of an experience, token by token.
type minibatch struct {
	texts []text
	drawn []float32
	batch objective.Batch
	piece objective.Batch
	from  []int32 // segments of the piece
}

// gather fills the minibatch with completions of an experience.
func (m *minibatch) gather(e *experience, advantage []float32, completions []int32, skipCutOff bool) {
	b := &m.batch
	m.texts, m.drawn = m.texts[:0], m.drawn[:0]
	b.OldLogProb, b.Advantage, b.Mask = b.OldLogProb[:0], b.Advantage[:0], b.Mask[:0]
	b.Segment = append(b.Segment[:0], 0)
	reference := b.Reference[:0]
	for _, i := range completions {
		lo, hi := e.segment[i], e.segment[i+1]
		m.texts = append(m.texts, e.texts[i])
		m.drawn = append(m.drawn, e.drawn[lo:hi]...)
		b.OldLogProb = append(b.OldLogProb, e.logProb[lo:hi]...)
		b.Advantage = append(b.Advantage, advantage[lo:hi]...)
		if e.reference != nil {
			reference = append(reference, e.reference[lo:hi]...)
		}
		counts := float32(1)
		if skipCutOff && !e.answers[i].Ended {
			counts = 0
		}
		for range hi - lo {
			b.Mask = append(b.Mask, counts)
		}
		b.Segment = append(b.Segment, int32(len(b.Mask)))
	}
	b.Reference = nil
	if e.reference != nil {
		b.Reference = reference
	}
	n := len(b.Mask)
	b.LogProb, b.Weight, b.Selected = sized(b.LogProb, n), sized(b.Weight, n), sized(b.Selected, n)
	clear(b.Selected)
}

// part is the piece of the minibatch that goes through the model, as the surrogate
// sees it.
func (m *minibatch) part(p *part) *objective.Batch {
	b, whole := &m.piece, &m.batch
	*b = objective.Batch{
		LogProb:    p.logProb,
		OldLogProb: whole.OldLogProb[p.lo:p.hi], Advantage: whole.Advantage[p.lo:p.hi],
		Weight: whole.Weight[p.lo:p.hi], Mask: whole.Mask[p.lo:p.hi], Selected: whole.Selected[p.lo:p.hi],
	}
	if whole.Reference != nil {
		b.Reference = whole.Reference[p.lo:p.hi]
	}
	m.from = m.from[:0]
	for _, at := range whole.Segment[p.first : p.last+1] {
		m.from = append(m.from, at-int32(p.lo))
	}
	b.Segment = m.from
	return b
}

// shuffled yields the minibatches of a pass over n completions: at most size of them
// at a time, in an order that is drawn, or as they are if there is but one minibatch.
func shuffled(n, size int, order *seed.Rand) iter.Seq[[]int32] {
	if size == 0 || size > n {
		size = max(n, 1)
	}
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	if size < n {
		order.Shuffle(all)
	}
	return slices.Chunk(all, size)
}
