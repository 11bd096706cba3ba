package record

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// broken is a file that cannot be written to.
func broken(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAFailedWriteIsFinal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	j, err := NewJSONLines(path)
	if err != nil {
		t.Fatal(err)
	}
	sound := j.out
	defer sound.Close()
	row := Row{Step: 1, Scalars: []Scalar{{PolicyKL, 1}}}

	j.out = broken(t)
	first := j.Record(row)
	if first == nil || !strings.Contains(first.Error(), "write metrics") {
		t.Fatalf("a write that fails returned %v", first)
	}
	j.out = sound
	if again := j.Record(row); !errors.Is(again, first) {
		t.Errorf("the next Record returned %v, want %v", again, first)
	}
	if info, err := sound.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("bytes were written behind the failure: %v, %v", info.Size(), err)
	}
}

func TestMultiReachesAllAndReportsEveryFailure(t *testing.T) {
	var healthy Memory
	failing := func(name string) *JSONLines {
		j, err := NewJSONLines(filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		if err := j.out.Close(); err != nil {
			t.Fatal(err)
		}
		return j
	}
	m := NewMulti(failing("a.jsonl"), &healthy, failing("b.jsonl"))
	for _, err := range []error{
		m.Record(Row{Step: 1, Scalars: []Scalar{{PolicyKL, 1}}}),
		m.Close(),
	} {
		if err == nil || !strings.Contains(err.Error(), "a.jsonl") || !strings.Contains(err.Error(), "b.jsonl") {
			t.Errorf("error %v does not name both files", err)
		}
	}
	if len(healthy.Rows()) != 1 {
		t.Error("the healthy recorder missed the row")
	}
	if err := m.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestCSVColumns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.csv")
	for fragment, columns := range map[string][]string{
		`nearest is "policy/kl"`:            {PolicyStd, "policy/kll"},
		`"policy/std" occurs twice`:         {PolicyStd, PolicyKL, PolicyStd},
		`"policy/log_ratio" is a histogram`: {PolicyLogRatio},
	} {
		if _, err := NewCSV(path, columns...); err == nil || !strings.Contains(err.Error(), fragment) {
			t.Errorf("error %v does not say %q", err, fragment)
		}
	}
	c, err := NewCSV(path, PolicyStd, PolicyKL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	other := Row{Step: 5, Scalars: []Scalar{{PolicyKL, 1}, {ValueLoss, 2}}}
	if err := c.Record(other); err == nil || !strings.Contains(err.Error(), ValueLoss) {
		t.Errorf("error %v does not name the metric that is no column", err)
	}
	for _, row := range []Row{
		{Step: 3, Scalars: []Scalar{{PolicyKL, 0.5}, {PolicyStd, 1e-7}}},
		{Step: 4, Scalars: []Scalar{{PolicyKL, math.Inf(-1)}}},
	} {
		if err := c.Record(row); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	want := "step,policy/std,policy/kl\r\n3,1e-07,0.5\r\n4,,-Inf\r\n"
	if err != nil || string(got) != want {
		t.Errorf("%v; file is %q, want %q", err, got, want)
	}
}

func TestAppendFloatReadsBack(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.1: "0.1", -2.5: "-2.5", 1e6: "1000000", 123456789: "123456789",
		1e-6: "0.000001", 9.5e-7: "9.5e-07", 1e20: "100000000000000000000", 1e21: "1e+21",
		math.MaxFloat64:             "1.7976931348623157e+308",
		math.SmallestNonzeroFloat64: "5e-324",
	} {
		got := string(appendFloat(nil, v))
		back, err := strconv.ParseFloat(got, 64)
		if got != want || err != nil || back != v {
			t.Errorf("%v is written %q (back: %v, %v), want %q", v, got, back, err, want)
		}
	}
}

func TestRecordDoesNotAllocate(t *testing.T) {
	dir := t.TempDir()
	j, err := NewJSONLines(filepath.Join(dir, "metrics.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewTensorBoard(filepath.Join(dir, TensorBoardFile), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewCSV(filepath.Join(dir, "metrics.csv"))
	if err != nil {
		t.Fatal(err)
	}
	all := NewMulti(j, b, c)
	defer all.Close()
	var row Row
	for i, m := range metrics {
		if m.Histogram {
			row.AddHistogram(Histogram{m.Name, -1, 1.5, []int{7, 0, 100, i}})
			continue
		}
		row.Add(m.Name, math.Sqrt(float64(i)))
	}
	for _, r := range []Recorder{j, b, c} {
		record := func() {
			row.Step++
			if err := r.Record(row); err != nil {
				t.Fatal(err)
			}
		}
		if n := testing.AllocsPerRun(20, record); n != 0 {
			t.Errorf("%T: %v allocations a row", r, n)
		}
	}
}

func TestMemoryIsReadWhileItRecords(t *testing.T) {
	var m Memory
	done := make(chan error)
	go func() {
		defer close(done)
		for step := range int64(1000) {
			if err := m.Record(Row{Step: step, Scalars: []Scalar{{PolicyKL, float64(step)}}}); err != nil {
				done <- err
				return
			}
		}
	}()
	for running := true; running; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		default:
		}
		for i, row := range m.Rows() {
			if v, _ := row.Value(PolicyKL); v != float64(i) {
				t.Fatalf("row %d holds %v", i, v)
			}
		}
	}
	if n := len(m.Rows()); n != 1000 {
		t.Errorf("%d rows, want 1000", n)
	}
}
