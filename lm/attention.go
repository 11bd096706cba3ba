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

// attentionScratch is the memory of one worker for attention. It grows to the
// longest sequence.
type attentionScratch struct {
	score, dScore []float32 // [queryBlock, rows]
	block         []float32 // [queryBlock, w]
}

func (s *attentionScratch) grow(rows, width int) {
	grow(&s.score, queryBlock*rows)
	grow(&s.dScore, queryBlock*rows)
	grow(&s.block, queryBlock*width)
}

// shortRow is the length below which a loop is faster than a call of kernel.Max.
const shortRow = 32

// greatest returns the greatest score of one query, of which there is at least
// one; where one is NaN, any of them.
func greatest(score []float32) float32 {
	if len(score) >= shortRow {
		return kernel.Max(score)
	}
	top := score[0]
	for _, v := range score[1:] {
		if v > top {
			top = v
		}
	}
	return top
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
				top[at+r] = greatest(line[:own])
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
