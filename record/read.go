package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
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

// Parse reads JSON lines as [JSONLines] writes them. null is read as NaN.
// Names need not be in [Metrics], so that what another version of the program
// wrote stays readable.
//
// A line ends with its newline. If the process was killed while it wrote, the
// bytes after the last newline are half a row: they are left out, and torn is
// their number. Who follows a growing file parses them again with what comes.
//
// Anything else that is not such a file is an error with the number of the
// line: a blank line, invalid JSON, a missing, negative or decreasing step, a
// value that is no number, a name that occurs twice. The rows before that line
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
	decoder.UseNumber()
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
	value, err := decoder.Token()
	if err != nil {
		return fmt.Errorf("value of %q: %w", name, err)
	}
	if name == "step" {
		return parseStep(value, row)
	}
	if _, twice := row.Value(name); twice {
		return fmt.Errorf("%q occurs twice", name)
	}
	switch value := value.(type) {
	case nil:
		row.Add(name, math.NaN())
	case json.Number:
		number, err := value.Float64()
		if err != nil {
			return fmt.Errorf("value of %q: %s is out of range", name, value)
		}
		row.Add(name, number)
	default:
		return fmt.Errorf("value of %q: %v is neither a number nor null", name, value)
	}
	return nil
}

// parseStep reads the step of row, which is -1 as long as it is not known.
func parseStep(value json.Token, row *Row) error {
	if row.Step >= 0 {
		return errors.New(`"step" occurs twice`)
	}
	number, ok := value.(json.Number)
	if !ok {
		return fmt.Errorf(`"step" is %v, not a number`, value)
	}
	step, err := number.Int64()
	if err != nil || step < 0 {
		return fmt.Errorf(`"step" is %s, not a whole number from 0 to 2⁶³ − 1`, number)
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
