// Package record keeps what happened in a run: rows of named numbers and
// histograms, written as JSON lines, as CSV (numbers only) and as a TensorBoard
// event file, and read back.
//
// The names are a closed list, [Metrics], with unit and meaning. Recorders,
// displays, documentation and tests all read that list, so a number has one
// name everywhere; a row with another name is refused.
package record

import (
	"fmt"
	"os"
	"slices"
)

// Scalar is one number of a [Row] under a name of the list [Metrics]. Its zero
// value has no name and is refused by every [Recorder]. It is plain data.
type Scalar struct {
	Name  string
	Value float64
}

// Row is what is known at one moment of a run. Scalars and histograms keep their
// order, so the same run writes the same bytes. The zero value is an empty row at
// step 0 to be filled with [Row.Add] and [Row.AddHistogram]. A Row is not safe for
// concurrent use.
type Row struct {
	Step       int64 // environment steps taken so far, or updates of a language model made
	Scalars    []Scalar
	Histograms []Histogram
}

// Add appends one scalar to the row.
func (r *Row) Add(name string, value float64) {
	r.Scalars = append(r.Scalars, Scalar{name, value})
}

// AddHistogram appends one histogram to the row, which from then on shares its
// slices.
func (r *Row) AddHistogram(h Histogram) {
	r.Histograms = append(r.Histograms, h)
}

// Value returns the scalar with the given name and whether the row has it.
func (r Row) Value(name string) (value float64, ok bool) {
	for _, s := range r.Scalars {
		if s.Name == name {
			return s.Value, true
		}
	}
	return 0, false
}

// Histogram returns the histogram with the given name and whether the row has
// it. Its slices are those of the row.
func (r Row) Histogram(name string) (h Histogram, ok bool) {
	for _, h := range r.Histograms {
		if h.Name == name {
			return h, true
		}
	}
	return Histogram{}, false
}

// Recorder keeps rows. Every implementation follows the same rules:
//
//   - A row has at least one scalar, only names of [Metrics], each for what it
//     is, none of them twice, histograms as their type describes them, and a
//     step that is not negative and not below that of the row before. Any other
//     row is refused with an error and leaves no trace.
//   - A row is kept when Record returns: it survives the death of the process.
//   - Record does not hold on to the slices of the row; the caller may reuse
//     them.
//   - After a failed write every later Record fails with the same error, so
//     nothing is ever written behind half a row.
//   - Close may be called twice. Record after Close is an error.
//
// A Recorder is used by one goroutine at a time unless its type says otherwise.
type Recorder interface {
	Record(row Row) error
	Close() error
}

// gate applies the rules of [Recorder] to incoming rows. Its zero value is open.
type gate struct {
	step int64 // of the last row kept
	err  error // why no further row is taken
}

// check tells whether row may be kept. It changes nothing.
func (g *gate) check(row Row) error {
	switch {
	case g.err != nil:
		return g.err
	case row.Step < g.step:
		return fmt.Errorf("step %d of a row is below %d, the least it may be", row.Step, g.step)
	case len(row.Scalars) == 0:
		return fmt.Errorf("row at step %d has no scalar", row.Step)
	}
	for i, s := range row.Scalars {
		same := func(earlier Scalar) bool { return earlier.Name == s.Name }
		if err := admit(s.Name, false, slices.ContainsFunc(row.Scalars[:i], same)); err != nil {
			return fmt.Errorf("row at step %d: %w", row.Step, err)
		}
	}
	for i, h := range row.Histograms {
		same := func(earlier Histogram) bool { return earlier.Name == h.Name }
		if err := admit(h.Name, true, slices.ContainsFunc(row.Histograms[:i], same)); err != nil {
			return fmt.Errorf("row at step %d: %w", row.Step, err)
		}
		if err := h.check(); err != nil {
			return fmt.Errorf("row at step %d: histogram %q: %w", row.Step, h.Name, err)
		}
	}
	return nil
}

// admit tells whether a row may have a metric of the given name, as a histogram
// or as a scalar.
func admit(name string, histogram, twice bool) error {
	m, err := Find(name)
	switch {
	case err != nil:
		return err
	case m.Histogram && !histogram:
		return fmt.Errorf("metric %q is a histogram, not a scalar", name)
	case !m.Histogram && histogram:
		return fmt.Errorf("metric %q is a scalar, not a histogram", name)
	case twice:
		return fmt.Errorf("metric %q occurs twice", name)
	}
	return nil
}

// close shuts the gate and reports whether it was still open.
func (g *gate) close() bool {
	if g.err == errClosed {
		return false
	}
	g.err = errClosed
	return true
}

var errClosed = fmt.Errorf("recorder: %w", os.ErrClosed)
