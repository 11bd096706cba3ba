package lm

// tape is what a layer computes for the rows of a shard on the way forward and
// needs on the way back. The first half of a layer, up to keys and values, sees
// all rows; the second half sees those that are kept, and in every layer but the
// last these are all.
type tape struct {
	input   []float32 // [rows,d] residual stream
	unit1   []float32 // [rows,d]
	scale1  []float32 // [rows]
	normed1 []float32 // [rows,d]
	key     []float32 // [rows,K·w], by sequence and head
	value   []float32 // [rows,K·w], by sequence and head

	query   []float32 // [keep,H·w], by sequence and head
	top     []float32 // [keep,H], by sequence and head
	inverse []float32 // [keep,H], by sequence and head
	mixed   []float32 // [keep,H·w]
	middle  []float32 // [keep,d] residual stream after attention
	unit2   []float32 // [keep,d]
	scale2  []float32 // [keep]
	normed2 []float32 // [keep,d]
	raised  []float32 // [keep,F or 2F]
	bend    []float32 // [keep,F]
	hidden  []float32 // [keep,F]
}

// grow makes room for so many rows, and so many that are kept.
func (t *tape) grow(c *Config, rows, keep int) {
	d, q, kv := c.Width, c.queries(), c.keys()
	grow(&t.input, rows*d)
	grow(&t.unit1, rows*d)
	grow(&t.scale1, rows)
	grow(&t.normed1, rows*d)
	grow(&t.key, rows*kv)
	grow(&t.value, rows*kv)
	grow(&t.query, keep*q)
	grow(&t.top, keep*c.Heads)
	grow(&t.inverse, keep*c.Heads)
	grow(&t.mixed, keep*q)
	grow(&t.middle, keep*d)
	grow(&t.unit2, keep*d)
	grow(&t.scale2, keep)
	grow(&t.normed2, keep*d)
	grow(&t.raised, keep*c.raised())
	grow(&t.bend, keep*c.Hidden)
	grow(&t.hidden, keep*c.Hidden)
}

// delta is the gradients by what a layer computes for the rows of a shard, as
// far as the gradients of its parameters are made of them.
type delta struct {
	output    []float32 // [keep,d]
	raised    []float32 // [keep,F or 2F]
	normed2   []float32 // [keep,d]
	middle    []float32 // [keep,d]
	projected []float32 // [rows,(H+2K)·w]
	normed1   []float32 // [rows,d]
	input     []float32 // [rows,d]
}

// grow makes room as tape.grow does.
func (t *delta) grow(c *Config, rows, keep int) {
	d := c.Width
	grow(&t.output, keep*d)
	grow(&t.raised, keep*c.raised())
	grow(&t.normed2, keep*d)
	grow(&t.middle, keep*d)
	grow(&t.projected, rows*c.projected())
	grow(&t.normed1, rows*d)
	grow(&t.input, rows*d)
}

// grow makes *x a slice of n elements, which are not cleared.
func grow(x *[]float32, n int) {
	if cap(*x) < n {
		*x = make([]float32, n+n/4)
	}
	*x = (*x)[:n]
}
