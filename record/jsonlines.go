package record

import "strconv"

// JSONLines writes one JSON object for each row, on a line of its own, the
// histograms behind the scalars:
//
//	{"step":2048,"rollout/return_mean":21.5,"policy/kl":0.0041,"policy/log_ratio":{"low":-1,"high":1,"counts":[0,120,133,3]}}
//
// Numbers are in the shortest form that reads back as the same float64. JSON
// has no NaN and no infinities: all three are written as null and read back as
// NaN. The zero value does not work; see [NewJSONLines]. A JSONLines is used by
// one goroutine at a time.
type JSONLines struct{ file }

// NewJSONLines creates the file at path. A file that exists is an error and
// stays as it is.
func NewJSONLines(path string) (*JSONLines, error) {
	f, err := create(path)
	if err != nil {
		return nil, err
	}
	return &JSONLines{f}, nil
}

// Record writes one line.
func (j *JSONLines) Record(row Row) error {
	if err := j.check(row); err != nil {
		return err
	}
	j.buf = appendJSON(j.buf[:0], row)
	return j.keep(row.Step)
}

// appendJSON appends row as a line of JSON. Names come from the list, so they
// need no escapes.
func appendJSON(dst []byte, row Row) []byte {
	dst = append(dst, `{"step":`...)
	dst = strconv.AppendInt(dst, row.Step, 10)
	for _, s := range row.Scalars {
		dst = appendKey(dst, s.Name)
		dst = appendNumber(dst, s.Value)
	}
	for _, h := range row.Histograms {
		dst = appendKey(dst, h.Name)
		dst = appendFloat(append(dst, `{"low":`...), h.Low)
		dst = appendFloat(append(dst, `,"high":`...), h.High)
		dst = append(dst, `,"counts":[`...)
		for i, count := range h.Counts {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = strconv.AppendInt(dst, int64(count), 10)
		}
		dst = append(dst, `]}`...)
	}
	return append(dst, "}\n"...)
}

// appendKey appends the name of a further member.
func appendKey(dst []byte, name string) []byte {
	dst = append(dst, `,"`...)
	dst = append(dst, name...)
	return append(dst, `":`...)
}

// appendNumber appends v as JSON has it.
func appendNumber(dst []byte, v float64) []byte {
	if !isFinite(v) {
		return append(dst, "null"...)
	}
	return appendFloat(dst, v)
}
