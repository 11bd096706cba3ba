package record

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// CSV writes rows as comma-separated values (RFC 4180): a header with "step"
// and the columns, then one line for each row. A metric that a row lacks is an
// empty field; NaN and the infinities are written NaN, +Inf and -Inf. Histograms
// are left out. The zero value does not work; see [NewCSV]. A CSV is used by one
// goroutine at a time.
type CSV struct {
	file
	columns []string
}

// NewCSV creates the file at path and writes its header. The columns are names
// of [Metrics] that are no histograms; without any, all of these. A row with a metric that is not a
// column is refused. A file that exists is an error and stays as it is.
func NewCSV(path string, columns ...string) (*CSV, error) {
	if len(columns) == 0 {
		columns = names()
	}
	for i, name := range columns {
		if err := admit(name, false, slices.Contains(columns[:i], name)); err != nil {
			return nil, fmt.Errorf("columns of %s: %w", path, err)
		}
	}
	f, err := create(path)
	if err != nil {
		return nil, err
	}
	c := &CSV{f, slices.Clone(columns)}
	c.buf = append(c.buf, "step"...)
	for _, name := range c.columns {
		c.buf = append(c.buf, ',')
		c.buf = append(c.buf, name...)
	}
	c.buf = append(c.buf, "\r\n"...)
	if err := c.begin(); err != nil {
		return nil, err
	}
	return c, nil
}

// names returns the name of every metric that is one number.
func names() []string {
	var all []string
	for _, m := range metrics {
		if !m.Histogram {
			all = append(all, m.Name)
		}
	}
	return all
}

// Record writes one line.
func (c *CSV) Record(row Row) error {
	if err := c.check(row); err != nil {
		return err
	}
	for _, s := range row.Scalars {
		if !slices.Contains(c.columns, s.Name) {
			return fmt.Errorf("metric %q is not a column of this file; the columns are %q", s.Name, c.columns)
		}
	}
	c.buf = strconv.AppendInt(c.buf[:0], row.Step, 10)
	for _, name := range c.columns {
		c.buf = append(c.buf, ',')
		if value, ok := row.Value(name); ok {
			c.buf = appendField(c.buf, value)
		}
	}
	c.buf = append(c.buf, "\r\n"...)
	return c.keep(row.Step)
}

// appendField appends one number. No spelling of a number needs quotes.
func appendField(dst []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "+Inf"...)
	case math.IsInf(v, -1):
		return append(dst, "-Inf"...)
	default:
		return appendFloat(dst, v)
	}
}
