package record

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
)

// file is what the recorders that write a file have in common: a gate, and one
// write call for each row so that a killed process leaves at most one torn row,
// the last.
type file struct {
	gate
	out *os.File
	buf []byte // the row being written, reused
}

// create opens path for writing; it never touches a file that exists.
func create(path string) (file, error) {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o666)
	if err != nil {
		return file{}, fmt.Errorf("create metrics file: %w", err)
	}
	return file{out: out}, nil
}

// write appends buf to the file. A failure is final.
func (f *file) write() error {
	if _, err := f.out.Write(f.buf); err != nil {
		f.err = fmt.Errorf("write metrics: %w", err)
		return f.err
	}
	return nil
}

// keep writes buf, which holds the row of the given step.
func (f *file) keep(step int64) error {
	if err := f.write(); err != nil {
		return err
	}
	f.step = step
	return nil
}

// begin writes buf, which holds what stands before the first row. If that
// fails, the file is closed.
func (f *file) begin() error {
	if err := f.write(); err != nil {
		return errors.Join(err, f.Close())
	}
	return nil
}

// Close closes the file. A second call does nothing.
func (f *file) Close() error {
	if !f.close() {
		return nil
	}
	if err := f.out.Close(); err != nil {
		return fmt.Errorf("close metrics file: %w", err)
	}
	return nil
}

// appendFloat appends the shortest decimal number that reads back as v, with
// an exponent only for very large and very small numbers. v is finite.
func appendFloat(dst []byte, v float64) []byte {
	format := byte('f')
	if size := math.Abs(v); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, v, format, -1, 64)
}

// isFinite reports whether v is neither infinite nor NaN.
func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
