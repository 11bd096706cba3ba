package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
)

// ReadFile reads the file at path, which [JSONLines] wrote; see [Parse] for
// what it returns.
func ReadFile(path string) (rows []Row, torn int, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, fmt.Errorf("read metrics: %w", err)
	}
	rows, torn, err = Parse(data)
	if err != nil {
		return rows, torn, fmt.Errorf("read metrics %s: %w", path, err)
	}
	return rows, torn, nil
}

// Parse reads JSON lines as [JSONLines] writes them. A member that is an object
// is a histogram. null is read as NaN. Names need not be in [Metrics], so that what another version of the program
// wrote stays readable.
//
// A line ends with its newline. If the process was killed while it wrote, the
// bytes after the last newline are half a row: they are left out, and torn is
// their number. Who follows a growing file parses them again with what comes.
//
// Anything else that is not such a file is an error with the number of the
// line: a blank line, invalid JSON, a missing, negative or decreasing step, a
// value that is neither a number nor a histogram, a name that occurs twice. The rows before that line
// are returned with the error.
func Parse(data []byte) (rows []Row, torn int, err error) {
	var last int64
	for number := 1; len(data) > 0; number++ {
		line, rest, finished := bytes.Cut(data, []byte("\n"))
		if !finished && line[0] == '{' {
			return rows, len(line), nil
		}
		row, err := parseRow(line)
		if err == nil && row.Step < last {
			err = fmt.Errorf("step %d comes after step %d", row.Step, last)
		}
		if err != nil {
			return rows, 0, fmt.Errorf("line %d: %w", number, err)
		}
		rows = append(rows, row)
		last, data = row.Step, rest
	}
	return rows, 0, nil
}

// parseRow reads one JSON object.
func parseRow(line []byte) (Row, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return Row{}, errors.New("not a JSON object")
	}
	row := Row{Step: -1}
	for decoder.More() {
		if err := parseMember(decoder, &row); err != nil {
			return Row{}, err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return Row{}, fmt.Errorf("not a JSON object: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return Row{}, errors.New("more than one JSON object")
	}
	if row.Step < 0 {
		return Row{}, errors.New(`no "step"`)
	}
	return row, nil
}

// parseMember reads one name and its value into row.
func parseMember(decoder *json.Decoder, row *Row) error {
	key, err := decoder.Token()
	if err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	name := key.(string) // the decoder allows nothing else before a colon
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		return fmt.Errorf("value of %q: %w", name, err)
	}
	if name == "step" {
		return parseStep(value, row)
	}
	if row.has(name) {
		return fmt.Errorf("%q occurs twice", name)
	}
	if value[0] == '{' {
		h, err := parseHistogram(value)
		if err != nil {
			return fmt.Errorf("value of %q: %w", name, err)
		}
		h.Name = name
		row.AddHistogram(h)
		return nil
	}
	number, err := parseNumber(value)
	if err != nil {
		return fmt.Errorf("value of %q: %w", name, err)
	}
	row.Add(name, number)
	return nil
}

// has reports whether the row has anything under a name.
func (r Row) has(name string) bool {
	_, scalar := r.Value(name)
	_, histogram := r.Histogram(name)
	return scalar || histogram
}

// parseNumber reads a number, or null as NaN.
func parseNumber(value json.RawMessage) (float64, error) {
	switch {
	case string(value) == "null":
		return math.NaN(), nil
	case !isNumber(value):
		return 0, fmt.Errorf("%s is neither a number nor null", value)
	}
	number, err := strconv.ParseFloat(string(value), 64)
	if err != nil {
		return 0, fmt.Errorf("%s is out of range", value)
	}
	return number, nil
}

// isNumber tells a number from other JSON values by its first byte.
func isNumber(value json.RawMessage) bool {
	return value[0] == '-' || '0' <= value[0] && value[0] <= '9'
}

// parseHistogram reads a JSON object as a histogram.
func parseHistogram(value json.RawMessage) (Histogram, error) {
	var object struct {
		Low    float64 `json:"low"`
		High   float64 `json:"high"`
		Counts []int   `json:"counts"`
	}
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&object); err != nil {
		return Histogram{}, fmt.Errorf("not a histogram: %w", err)
	}
	h := Histogram{Low: object.Low, High: object.High, Counts: object.Counts}
	if err := h.check(); err != nil {
		return Histogram{}, fmt.Errorf("not a histogram: %w", err)
	}
	return h, nil
}

// parseStep reads the step of row, which is -1 as long as it is not known.
func parseStep(value json.RawMessage, row *Row) error {
	if row.Step >= 0 {
		return errors.New(`"step" occurs twice`)
	}
	if !isNumber(value) {
		return fmt.Errorf(`"step" is %s, not a number`, value)
	}
	step, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || step < 0 {
		return fmt.Errorf(`"step" is %s, not a whole number from 0 to 2⁶³ − 1`, value)
	}
	row.Step = step
	return nil
}

// Series returns the steps and the values of one metric, of those rows that
// have it. Both slices are new and equally long; x does not decrease.
func Series(rows []Row, name string) (x, y []float64) {
	for _, row := range rows {
		if value, ok := row.Value(name); ok {
			x = append(x, float64(row.Step))
			y = append(y, value)
		}
	}
	return x, y
}
