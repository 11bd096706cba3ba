package lm

import "fmt"

// Batch is a list of sequences, one after the other, and what is asked about
// them: for the rows at the end of each sequence, the log-probability of the
// token that came next. Fill it with Append, AppendValues and AppendLast; the zero
// value is an empty batch, and Reset keeps its memory. It is used by one goroutine at a time,
// and must not change between a Pass's Forward and Backward.
//
// Sequence s has the rows Start[s] ≤ r < Start[s+1], and the results
// Segment[s] ≤ i < Segment[s+1] belong to its last rows. Result i is about the
// token Next[i], or None.
type Batch struct {
	Tokens  []int32 // of all rows
	Start   []int32 // S+1 offsets of rows
	Next    []int32 // of all results
	Segment []int32 // S+1 offsets of results
}

// Reset removes all sequences.
func (b *Batch) Reset() {
	b.Tokens, b.Start = b.Tokens[:0], b.Start[:0]
	b.Next, b.Segment = b.Next[:0], b.Segment[:0]
}

// Sequences is the number of sequences.
func (b *Batch) Sequences() int { return max(0, len(b.Start)-1) }

// Results is the number of results that are asked for.
func (b *Batch) Results() int { return len(b.Next) }

// Append adds a sequence whose first tokens, prompt of them, are given, and asks
// about each of the others: a result for each token of tokens[prompt:], in
// order, with its log-probability, the entropy of what it was drawn from, and the
// value of what stands before it. The last token needs no row, since nothing is
// asked about what follows it.
//
// It panics if there is no token before or none after the prompt's end.
func (b *Batch) Append(tokens []int32, prompt int) {
	b.begin(tokens, prompt)
	b.Next = append(b.Next, tokens[prompt:]...)
	b.end()
}

// AppendValues is Append for a critic: it asks for the values alone.
func (b *Batch) AppendValues(tokens []int32, prompt int) {
	b.begin(tokens, prompt)
	for range tokens[prompt:] {
		b.Next = append(b.Next, None)
	}
	b.end()
}

// AppendLast adds a sequence and asks about its last row only, without a token
// that came next: the value of the whole, which is a reward model's answer.
//
// It panics if there are no tokens.
func (b *Batch) AppendLast(tokens []int32) {
	if len(tokens) == 0 {
		panic("lm: AppendLast: no tokens")
	}
	b.open()
	b.Tokens = append(b.Tokens, tokens...)
	b.Next = append(b.Next, None)
	b.end()
}

// begin adds the rows of a sequence.
func (b *Batch) begin(tokens []int32, prompt int) {
	if prompt < 1 || prompt >= len(tokens) {
		panic("lm: Append: nothing before or nothing after the prompt's end")
	}
	b.open()
	b.Tokens = append(b.Tokens, tokens[:len(tokens)-1]...)
}

// open sees to it that the offsets begin with 0.
func (b *Batch) open() {
	if len(b.Start) == 0 {
		b.Start, b.Segment = append(b.Start, 0), append(b.Segment, 0)
	}
}

// end closes a sequence.
func (b *Batch) end() {
	b.Start, b.Segment = append(b.Start, int32(len(b.Tokens))), append(b.Segment, int32(len(b.Next)))
}

// check panics if the batch is not one for the model.
func (b *Batch) check(c *Config) {
	if n := b.Sequences(); len(b.Segment) != len(b.Start) || n > 0 && (int(b.Start[n]) != len(b.Tokens) || int(b.Segment[n]) != len(b.Next)) {
		panic("lm: offsets of a batch do not end with its rows and results")
	}
	for s := range b.Sequences() {
		rows, kept := b.Start[s+1]-b.Start[s], b.Segment[s+1]-b.Segment[s]
		if rows < 1 || kept < 1 || kept > rows {
			panic("lm: a sequence has no rows, no results or more results than rows")
		}
		if int(rows) > c.Context {
			panic(fmt.Sprintf("lm: sequence %d has %d rows and the context %d", s, rows, c.Context))
		}
	}
	for _, token := range b.Tokens {
		if token < 0 || int(token) >= c.Vocabulary {
			panic(fmt.Sprintf("lm: token %d is not in the vocabulary of %d", token, c.Vocabulary))
		}
	}
	for _, token := range b.Next {
		if token < None || int(token) >= c.Vocabulary {
			panic(fmt.Sprintf("lm: next token %d is not in the vocabulary of %d", token, c.Vocabulary))
		}
	}
}
