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
	name       string
	open       func(dir string) (record.Recorder, error)
	read       func(t *testing.T, dir string, r record.Recorder) []record.Row
	keep       func(float64) float64 // what the format makes of a value
	histograms bool                  // whether it keeps them
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
		}, readJSONLines, finite, true},
		{"CSV", func(dir string) (record.Recorder, error) {
			return opened(record.NewCSV(filepath.Join(dir, "metrics.csv")))
		}, readCSV, exact, false},
		{"TensorBoard", func(dir string) (record.Recorder, error) {
			return opened(record.NewTensorBoard(filepath.Join(dir, record.TensorBoardFile), time.Now))
		}, readTensorBoard, func(v float64) float64 { return float64(float32(v)) }, true},
		{"Memory", func(string) (record.Recorder, error) {
			return &record.Memory{}, nil
		}, readMemory, exact, true},
		{"Multi", func(dir string) (record.Recorder, error) {
			j, err := record.NewJSONLines(filepath.Join(dir, "metrics.jsonl"))
			return record.NewMulti(&record.Memory{}, j), err
		}, readJSONLines, finite, true},
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

// ratios is a histogram whose last count is the one given.
func ratios(last int) record.Histogram {
	return record.Histogram{Name: record.PolicyLogRatio, Low: -1, High: 0.5, Counts: []int{0, 120, 135, 0, last}}
}

// sample has every kind of value, in the order of the list.
func sample() []record.Row {
	rows := []record.Row{
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
	rows[1].AddHistogram(ratios(1))
	rows[3].AddHistogram(ratios(0))
	return rows
}

// kept is what a kind of recorder keeps of rows.
func kept(rows []record.Row, k kind) []record.Row {
	for i := range rows {
		r := &rows[i]
		for i := range r.Scalars {
			r.Scalars[i].Value = k.keep(r.Scalars[i].Value)
		}
		if !k.histograms {
			r.Histograms = nil
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
				want := kept(sample()[:i+1], k)
				if diff := cmp.Diff(want, k.read(t, dir, r), cmpopts.EquateNaNs()); diff != "" {
					t.Fatalf("before Close, rows up to %d (-want +got):\n%s", i, diff)
				}
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(kept(sample(), k), k.read(t, dir, r), cmpopts.EquateNaNs()); diff != "" {
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
			h := ratios(0)
			for step := range int64(3) {
				reused.Step, reused.Scalars, reused.Histograms = step, reused.Scalars[:0], reused.Histograms[:0]
				reused.Add(record.PolicyKL, float64(step))
				h.Counts[4] = int(step)
				reused.AddHistogram(h)
				if err := r.Record(reused); err != nil {
					t.Fatal(err)
				}
			}
			reused.Scalars[0] = record.Scalar{Name: record.PolicyStd, Value: -1}
			h.Counts[4] = -1
			rows := k.read(t, dir, r)
			x, y := record.Series(rows, record.PolicyKL)
			if want := []float64{0, 1, 2}; !slices.Equal(x, want) || !slices.Equal(y, want) {
				t.Errorf("series is %v %v, want %v twice", x, y, want)
			}
			for step, row := range rows {
				if h, ok := row.Histogram(record.PolicyLogRatio); ok && h.Counts[4] != step {
					t.Errorf("histogram of step %d has become %+v", step, h)
				}
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
		"is a histogram":              row(20, good, record.Scalar{Name: record.PolicyLogRatio}),
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

func TestRecorderRefusesBadHistograms(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			dir := t.TempDir()
			r := open(t, k, dir)
			for fragment, spoil := range map[string]func(*record.Histogram){
				`nearest is "policy/log_ratio"`: func(h *record.Histogram) { h.Name = "policy/log_ratios" },
				"is a scalar":                   func(h *record.Histogram) { h.Name = record.PolicyKL },
				"counts is 2":                   func(h *record.Histogram) { h.Counts = h.Counts[:2] },
				"range is -1 to +Inf":           func(h *record.Histogram) { h.High = math.Inf(1) },
				"range is -1 to -1":             func(h *record.Histogram) { h.High = -1 },
				"range is NaN":                  func(h *record.Histogram) { h.Low = math.NaN() },
				"negative":                      func(h *record.Histogram) { h.Counts[0] = -1 },
				"all counts are zero":           func(h *record.Histogram) { clear(h.Counts) },
			} {
				h := ratios(1)
				spoil(&h)
				bad := row(1, record.Scalar{Name: record.PolicyKL})
				bad.AddHistogram(h)
				if err := r.Record(bad); err == nil || !strings.Contains(err.Error(), fragment) {
					t.Errorf("error %v does not say %q", err, fragment)
				}
			}
			twice := row(1, record.Scalar{Name: record.PolicyKL})
			twice.AddHistogram(ratios(1))
			twice.AddHistogram(ratios(1))
			if err := r.Record(twice); err == nil || !strings.Contains(err.Error(), "twice") {
				t.Errorf("error %v does not say that a name occurs twice", err)
			}
			if rows := k.read(t, dir, r); len(rows) != 0 {
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
