package token

import (
	"fmt"
	"sync"
)

// pairs is a byte-pair encoding: a piece of text begins as one token for each
// byte; then, again and again, the two neighbours whose merge stands first in
// the list of merges become one token, the leftmost of several such pairs
// first (Sennrich, Haddow and Birch 2016, arXiv:1508.07909, algorithm 1).
type pairs struct {
	split  splitter
	bytes  [256]int32 // token of each byte, None where there is none
	merges map[pair]merge
	whole  map[string]int32 // pieces whose only token is known beforehand

	unknown     int32 // token of a byte that has none, or None
	fuseUnknown bool  // one unknown token for a run of such bytes

	scratch sync.Pool // of *merging
}

// pair is two neighbours, and merge what becomes of them: a token, and its place
// in the list of merges.
type (
	pair  struct{ left, right int32 }
	merge struct{ rank, token int32 }
)

// merging is a piece of text on its way.
type merging struct {
	symbols []symbol
	queue   []candidate // a heap, the first to merge on top
}

// symbol is a token so far: that of size bytes, between those at left and right.
// One that has been merged into its left neighbour has size 0.
type symbol struct {
	token             int32
	size, left, right int
}

// candidate is a merge that may happen: of the symbol at a place and the one to
// its right, if they still have size bytes.
type candidate struct {
	merge
	at, size int
}

func (c candidate) before(d candidate) bool {
	return c.rank < d.rank || c.rank == d.rank && c.at < d.at
}

// encode appends the tokens of a text.
func (p *pairs) encode(dst []int32, text string) ([]int32, error) {
	work, _ := p.scratch.Get().(*merging)
	if work == nil {
		work = new(merging)
	}
	defer p.scratch.Put(work)
	for done := 0; done < len(text); {
		piece := text[done:]
		piece = piece[:p.split(piece)]
		if token, ok := p.whole[piece]; ok {
			dst = append(dst, token)
			done += len(piece)
			continue
		}
		if bad := p.begin(work, piece); bad >= 0 {
			return dst, fmt.Errorf("byte 0x%02x has no token", piece[bad])
		}
		p.merge(work)
		for i := 0; i < len(work.symbols); i = work.symbols[i].right {
			dst = append(dst, work.symbols[i].token)
		}
		done += len(piece)
	}
	return dst, nil
}

// begin makes a symbol of each byte. It returns the place of a byte that has no
// token, or -1.
func (p *pairs) begin(work *merging, piece string) (bad int) {
	work.symbols, work.queue = work.symbols[:0], work.queue[:0]
	for i := range len(piece) {
		token := p.bytes[piece[i]]
		last := len(work.symbols) - 1
		switch {
		case token != None:
		case p.unknown == None:
			return i
		case p.fuseUnknown && last >= 0 && p.bytes[piece[i-1]] == None:
			work.symbols[last].size++
			continue
		default:
			token = p.unknown
		}
		work.symbols = append(work.symbols, symbol{token, 1, last, last + 2})
	}
	return -1
}

// merge merges until nothing is left to merge. The symbol at 0 stays the first.
func (p *pairs) merge(work *merging) {
	symbols := work.symbols
	for i := range len(symbols) - 1 {
		p.propose(work, i)
	}
	for len(work.queue) > 0 {
		c := work.pop()
		left := &symbols[c.at]
		// A place that has grown, by itself or on its right, has its own candidate.
		if left.size == 0 || left.right == len(symbols) || left.size+symbols[left.right].size != c.size {
			continue
		}
		right := &symbols[left.right]
		left.token, left.size, left.right = c.token, c.size, right.right
		right.size = 0
		if left.right < len(symbols) {
			symbols[left.right].left = c.at
			p.propose(work, c.at)
		}
		if left.left >= 0 {
			p.propose(work, left.left)
		}
	}
}

// propose queues the merge of the symbol at i with the next one, if there is such
// a merge.
func (p *pairs) propose(work *merging, i int) {
	left := &work.symbols[i]
	right := &work.symbols[left.right]
	if m, ok := p.merges[pair{left.token, right.token}]; ok {
		work.push(candidate{m, i, left.size + right.size})
	}
}

// push adds to the heap.
func (work *merging) push(c candidate) {
	queue := append(work.queue, c)
	i := len(queue) - 1
	for i > 0 && c.before(queue[(i-1)/2]) {
		queue[i] = queue[(i-1)/2]
		i = (i - 1) / 2
	}
	queue[i] = c
	work.queue = queue
}

// pop takes the first to merge from the heap.
func (work *merging) pop() candidate {
	first, n := work.queue[0], len(work.queue)-1
	last, queue := work.queue[n], work.queue[:n]
	for i := 0; n > 0; {
		child := 2*i + 1
		if child+1 < n && queue[child+1].before(queue[child]) {
			child++
		}
		if child >= n || last.before(queue[child]) {
			queue[i] = last
			break
		}
		queue[i] = queue[child]
		i = child
	}
	work.queue = queue
	return first
}

// settle finds the pieces whose only token is known beforehand: with
// ignoreMerges all that are a token, else those that merging leads to theirs.
func (p *pairs) settle(tokens map[string]int32, ignoreMerges bool) {
	if ignoreMerges {
		p.whole = tokens
		return
	}
	var work merging
	whole := make(map[string]int32, len(tokens))
	for text, token := range tokens {
		if p.begin(&work, text) >= 0 {
			continue
		}
		p.merge(&work)
		if work.symbols[0].right == len(work.symbols) && work.symbols[0].token == token {
			whole[text] = token
		}
	}
	p.whole = whole
}
