package lm

import "github.com/proximal-rl/proximal/internal/kernel"

// attention is the shape of causal attention: query head h looks at key head
// h·K/H. Numbers of one sequence stand head by head, [heads, rows, w].
type attention struct {
	heads, keyHeads, width int
}

// queryBlock is how many rows of queries are compared with the keys before them
// at once.
const queryBlock = 32

// shortSequence is the length up to which queries are taken one by one, with the keys
// as lanes. In longer sequences there is enough work for products of matrices.
const shortSequence = 48

// attentionScratch is the memory of one worker for attention. It grows to the
// longest sequence.
type attentionScratch struct {
	score, dScore        []float32 // [queryBlock, rows]
	block                []float32 // [queryBlock, w]
	keyPanel, valuePanel []float32 // panels of rows
	top, inverse         []float32 // [H]
	queries              kernel.Attending
	short                kernel.Attended
}

func (s *attentionScratch) grow(rows, width int) {
	grow(&s.score, queryBlock*rows)
	grow(&s.dScore, queryBlock*rows)
	grow(&s.block, queryBlock*width)
}

// growShort is grow for a short sequence.
func (s *attentionScratch) growShort(a *kernel.Attending, rows int) {
	grow(&s.score, a.Queries*a.ScoreLine())
	grow(&s.dScore, a.Queries*a.ScoreLine())
	grow(&s.keyPanel, kernel.PanelLength(rows, a.Width))
	grow(&s.valuePanel, kernel.PanelLength(rows, a.Width))
}

// forward computes attention for the kept rows of one sequence.
//
//	p[i,u]     = exp(q[i]·k[u] − top[i])                u ≤ i
//	dst[i,h,:] = inverse[i] · Σ_u p[i,u]·v[u]           inverse = 1/Σ_u p[i,u]
//
// query is [H,keep,w] and scaled, key and value are [K,rows,w]; dst is
// [keep,H·w], with a row's heads beside each other; top and inverse are [H,keep]
// and kept for the way back. Each product is one chain in ascending order, in
// which keys that a row must not see stand with the weight 0: a value that is not
// finite makes rows before it NaN too.
//
// Source: Vaswani et al. 2017, arXiv 1706.03762, equation 1; Ainslie et al. 2023,
// arXiv 2305.13245, for shared key heads.
func (a *attention) forward(s *attentionScratch, dst, top, inverse, query, key, value []float32, p span) {
	if p.rows <= shortSequence {
		a.forwardShort(s, dst, top, inverse, query, key, value, p)
		return
	}
	w, group := a.width, a.heads/a.keyHeads
	s.grow(p.rows, w)
	for h := range a.heads {
		keys, values := key[h/group*p.rows*w:], value[h/group*p.rows*w:]
		for i := 0; i < p.keep; i += queryBlock {
			rows := min(queryBlock, p.keep-i)
			seen := p.first() + i + rows
			score, at := s.score[:rows*seen], h*p.keep+i
			kernel.LinearInput(score, query[at*w:][:rows*w], keys[:seen*w], rows, seen, w)
			for r := range rows {
				line, own := score[r*seen:][:seen], seen-rows+r+1
				top[at+r] = kernel.Max(line[:own])
				inverse[at+r] = 1 / kernel.ExpSum(line[:own], top[at+r])
				clear(line[own:])
			}
			mixed := s.block[:rows*w]
			kernel.Linear(mixed, score, values[:seen*w], nil, rows, seen, w)
			for r := range rows {
				out, factor := dst[((i+r)*a.heads+h)*w:][:w], inverse[at+r]
				for j, v := range mixed[r*w:][:w] {
					out[j] = v * factor
				}
			}
		}
	}
}

// forwardShort is forward with one query at a time.
func (a *attention) forwardShort(s *attentionScratch, dst, top, inverse, query, key, value []float32, p span) {
	w, group := a.width, a.heads/a.keyHeads
	rows := &s.queries
	*rows = kernel.Attending{Queries: p.keep, Width: w, Seen: p.first() + 1, Step: 1}
	s.growShort(rows, p.rows)
	for h := range a.heads {
		values := value[h/group*p.rows*w:][:p.rows*w]
		if h%group == 0 {
			kernel.Panels(s.keyPanel, key[h/group*p.rows*w:][:p.rows*w], p.rows, w)
		}
		at := h * p.keep
		kernel.Attend(rows, dst[h*w:], top[at:], inverse[at:], s.score, query[at*w:], s.keyPanel, values, kernel.Lines{Dst: a.heads * w, Query: w})
	}
}

// attentionGradient is where the gradients of one sequence's queries, keys and
// values go. They stand as those do. Keys and values are added to.
type attentionGradient struct {
	query, key, value []float32
}

// backward computes the gradients by queries, keys and values from dMixed and
// mixed, the gradient by what forward wrote and what it wrote.
//
//	p[i,u]  = inverse[i] · exp(q[i]·k[u] − top[i])
//	dp[i,u] = dMixed[i]·v[u]
//	ds[i,u] = p[i,u] · (dp[i,u] − dMixed[i]·mixed[i])
//	dq[i]   = Σ_u ds[i,u]·k[u]
//	dk[u]  += Σ_i ds[i,u]·q[i]
//	dv[u]  += Σ_i p[i,u]·dMixed[i]
//
// Source: Dao et al. 2022, arXiv 2205.14135, appendix B.2.
func (a *attention) backward(s *attentionScratch, d attentionGradient, dMixed, mixed, top, inverse, query, key, value []float32, p span) {
	if p.rows <= shortSequence {
		a.backwardShort(s, d, dMixed, mixed, top, inverse, query, key, value, p)
		return
	}
	w, group := a.width, a.heads/a.keyHeads
	s.grow(p.rows, w)
	for h := range a.heads {
		shared := h / group * p.rows * w
		keys, values, dKeys, dValues := key[shared:], value[shared:], d.key[shared:], d.value[shared:]
		for i := 0; i < p.keep; i += queryBlock {
			rows := min(queryBlock, p.keep-i)
			seen, at := p.first()+i+rows, h*p.keep+i
			score, dScore := s.score[:rows*seen], s.dScore[:rows*seen]
			q, dOut := query[at*w:][:rows*w], s.block[:rows*w]
			kernel.LinearInput(score, q, keys[:seen*w], rows, seen, w)
			for r := range rows {
				copy(dOut[r*w:][:w], dMixed[((i+r)*a.heads+h)*w:])
			}
			kernel.LinearInput(dScore, dOut, values[:seen*w], rows, seen, w)
			for r := range rows {
				own := seen - rows + r + 1
				line, dLine := score[r*seen:][:seen], dScore[r*seen:][:seen]
				along := kernel.Dot(dOut[r*w:][:w], mixed[((i+r)*a.heads+h)*w:][:w])
				kernel.ExpSum(line[:own], top[at+r])
				kernel.SoftmaxBackward(line[:own], dLine[:own], inverse[at+r], along)
				clear(line[own:])
				clear(dLine[own:])
			}
			kernel.Linear(d.query[at*w:][:rows*w], dScore, keys[:seen*w], nil, rows, seen, w)
			kernel.LinearWeight(dKeys[:seen*w], nil, dScore, q, rows, seen, w)
			kernel.LinearWeight(dValues[:seen*w], nil, score, dOut, rows, seen, w)
		}
	}
}

// backwardShort is backward with one query at a time.
func (a *attention) backwardShort(s *attentionScratch, d attentionGradient, dMixed, mixed, top, inverse, query, key, value []float32, p span) {
	w, group := a.width, a.heads/a.keyHeads
	g := &s.short
	g.Attending = kernel.Attending{Queries: p.keep, Width: w, Seen: p.first() + 1, Step: 1}
	g.QueryLine, g.OutLine = w, a.heads*w
	s.growShort(&g.Attending, p.rows)
	g.Probability, g.DScore, g.KeyPanels, g.ValuePanels = s.score, s.dScore, s.keyPanel, s.valuePanel
	for h := range a.heads {
		lo, hi := h/group*p.rows*w, (h/group+1)*p.rows*w
		g.Keys, g.Values, g.DKeys, g.DValues = key[lo:hi], value[lo:hi], d.key[lo:hi], d.value[lo:hi]
		if h%group == 0 {
			kernel.Panels(g.KeyPanels, g.Keys, p.rows, w)
			kernel.Panels(g.ValuePanels, g.Values, p.rows, w)
		}
		at := h * p.keep
		g.Query, g.DQuery, g.Top, g.Inverse = query[at*w:], d.query[at*w:], top[at:], inverse[at:]
		g.Out, g.DOut = mixed[h*w:], dMixed[h*w:]
		kernel.AttendBackward(g)
	}
}
