package record_test

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/proximal-rl/proximal/record"
)

// kind is one implementation of record.Recorder under test.
type kind struct {
	name string
	open func(dir string) (record.Recorder, error)
	read func(t *testing.T, dir string, r record.Recorder) []record.Row
	keep func(float64) float64 // what the format makes of a value
}

func kinds() []kind {
	exact := func(v float64) float64 { return v }
	finite := func(v float64) float64 {
		if math.IsInf(v, 0) {
			return math.NaN()
		}
		return v
	}
	return []kind{
		{"JSONLines", func(dir string) (record.Recorder, error) {
			return opened(record.NewJSONLines(filepath.Join(dir, "metrics.jsonl")))
		}, readJSONLines, finite},
		{"CSV", func(dir string) (record.Recorder, error) {
			return opened(record.NewCSV(filepath.Join(dir, "metrics.csv")))
		}, readCSV, exact},
		{"TensorBoard", func(dir string) (record.Recorder, error) {
			return opened(record.NewTensorBoard(filepath.Join(dir, record.TensorBoardFile), time.Now))
		}, readTensorBoard, func(v float64) float64 { return float64(float32(v)) }},
		{"Memory", func(string) (record.Recorder, error) {
			return &record.Memory{}, nil
		}, readMemory, exact},
		{"Multi", func(dir string) (record.Recorder, error) {
			j, err := record.NewJSONLines(filepath.Join(dir, "metrics.jsonl"))
			return record.NewMulti(&record.Memory{}, j), err
		}, readJSONLines, finite},
	}
}

// opened turns a typed nil into a plain one.
func opened[R record.Recorder](r R, err error) (record.Recorder, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}

func readJSONLines(t *testing.T, dir string, _ record.Recorder) []record.Row {
	t.Helper()
	rows, torn, err := record.ReadFile(filepath.Join(dir, "metrics.jsonl"))
	if err != nil || torn != 0 {
		t.Fatalf("read back: torn %d, %v", torn, err)
	}
	return rows
}

func readMemory(_ *testing.T, _ string, r record.Recorder) []record.Row {
	return r.(*record.Memory).Rows()
}

// readCSV reads the rows back in the order of the columns.
func readCSV(t *testing.T, dir string, _ record.Recorder) []record.Row {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "metrics.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), "\r\n"); n != strings.Count(string(data), "\n") {
		t.Errorf("some lines do not end in CR LF: %q", data)
	}
	table, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if table[0][0] != "step" {
		t.Errorf("first column is %q", table[0][0])
	}
	var rows []record.Row
	for _, fields := range table[1:] {
		step, err := strconv.ParseInt(fields[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		row := record.Row{Step: step}
		for i, field := range fields[1:] {
			if field == "" {
				continue
			}
			value, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			row.Add(table[0][i+1], value)
		}
		rows = append(rows, row)
	}
	return rows
}

func row(step int64, scalars ...record.Scalar) record.Row {
	return record.Row{Step: step, Scalars: scalars}
}

// sample has every kind of value, in the order of the list.
func sample() []record.Row {
	return []record.Row{
		row(0, record.Scalar{Name: record.RolloutReturnMean, Value: math.NaN()},
			record.Scalar{Name: record.PolicyKL, Value: 0}),
		row(2048, record.Scalar{Name: record.RolloutReturnMean, Value: 21.5},
			record.Scalar{Name: record.PolicyKL, Value: 0.1},
			record.Scalar{Name: record.OptimLearningRate, Value: 3e-4}),
		row(2048, record.Scalar{Name: record.EvalReturnMean, Value: -1e300}),
		row(1<<40, record.Scalar{Name: record.RolloutReturnMean, Value: math.Inf(1)},
			record.Scalar{Name: record.PolicyRatioMin, Value: 5e-324},
			record.Scalar{Name: record.PolicyRatioMax, Value: math.Inf(-1)},
			record.Scalar{Name: record.TimeSeconds, Value: math.Copysign(0, -1)}),
	}
}

func kept(rows []record.Row, keep func(float64) float64) []record.Row {
	for _, r := range rows {
		for i := range r.Scalars {
			r.Scalars[i].Value = keep(r.Scalars[i].Value)
		}
	}
	return rows
}

func TestRecorderKeepsRows(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			dir := t.TempDir()
			r := open(t, k, dir)
			for i, sent := range sample() {
				if err := r.Record(sent); err != nil {
					t.Fatal(err)
				}
				want := kept(sample()[:i+1], k.keep)
				if diff := cmp.Diff(want, k.read(t, dir, r), cmpopts.EquateNaNs()); diff != "" {
					t.Fatalf("before Close, rows up to %d (-want +got):\n%s", i, diff)
				}
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(kept(sample(), k.keep), k.read(t, dir, r), cmpopts.EquateNaNs()); diff != "" {
				t.Errorf("after Close (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRecorderLetsTheCallerReuseTheRow(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			dir := t.TempDir()
			r := open(t, k, dir)
			var reused record.Row
			for step := range int64(3) {
				reused.Step, reused.Scalars = step, reused.Scalars[:0]
				reused.Add(record.PolicyKL, float64(step))
				if err := r.Record(reused); err != nil {
					t.Fatal(err)
				}
			}
			reused.Scalars[0] = record.Scalar{Name: record.PolicyStd, Value: -1}
			x, y := record.Series(k.read(t, dir, r), record.PolicyKL)
			if want := []float64{0, 1, 2}; !slices.Equal(x, want) || !slices.Equal(y, want) {
				t.Errorf("series is %v %v, want %v twice", x, y, want)
			}
		})
	}
}

func TestRecorderRefusesBadRows(t *testing.T) {
	good := record.Scalar{Name: record.PolicyKL, Value: 1}
	bad := map[string]record.Row{
		`nearest is "policy/kl"`:      row(20, good, record.Scalar{Name: "policy/k", Value: 1}),
		"unknown metric":              row(20, record.Scalar{}),
		"twice":                       row(20, good, record.Scalar{Name: record.PolicyStd}, good),
		"no scalar":                   row(20),
		"step -1 ":                    row(-1, good),
		"step 9 of a row is below 10": row(9, good),
	}
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			dir := t.TempDir()
			r := open(t, k, dir)
			if err := r.Record(row(10, good)); err != nil {
				t.Fatal(err)
			}
			for fragment, r10 := range bad {
				err := r.Record(r10)
				if err == nil || !strings.Contains(err.Error(), fragment) {
					t.Errorf("error %v does not say %q", err, fragment)
				}
			}
			if err := r.Record(row(10, good)); err != nil {
				t.Errorf("a good row after refused ones: %v", err)
			}
			if rows := k.read(t, dir, r); len(rows) != 2 {
				t.Errorf("refused rows left a trace: %v", rows)
			}
		})
	}
}

func TestRecorderRefusesANegativeFirstStep(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			r := open(t, k, t.TempDir())
			if r.Record(row(-1, record.Scalar{Name: record.PolicyKL})) == nil {
				t.Error("step -1 was accepted")
			}
		})
	}
}

func TestRecorderAfterClose(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			dir := t.TempDir()
			r := open(t, k, dir)
			for range 2 {
				if err := r.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			}
			err := r.Record(row(1, record.Scalar{Name: record.PolicyKL}))
			if !errors.Is(err, os.ErrClosed) {
				t.Errorf("Record after Close: %v, want %v", err, os.ErrClosed)
			}
			if rows := k.read(t, dir, r); len(rows) != 0 {
				t.Errorf("Record after Close left %v", rows)
			}
		})
	}
}

func TestFileIsNeverOverwritten(t *testing.T) {
	for _, k := range kinds() {
		if k.name == "Memory" {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			dir := t.TempDir()
			first := open(t, k, dir)
			if err := first.Record(sample()[1]); err != nil {
				t.Fatal(err)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != 1 {
				t.Fatalf("%v, %v; want one file", entries, err)
			}
			path := filepath.Join(dir, entries[0].Name())
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = k.open(dir)
			if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), path) {
				t.Errorf("second open: %v; want an error that names %s", err, path)
			}
			after, err := os.ReadFile(path)
			if err != nil || string(after) != string(before) {
				t.Errorf("the file changed: %v", err)
			}
		})
	}
}

func open(t *testing.T, k kind, dir string) record.Recorder {
	t.Helper()
	r, err := k.open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}
