package record_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/proximal-rl/proximal/record"
)

// written returns the bytes of the sample as JSON lines.
func written(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	j, err := record.NewJSONLines(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range sample() {
		if err := j.Record(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestJSONLinesBytes(t *testing.T) {
	want := `{"step":0,"rollout/return_mean":null,"policy/kl":0}
{"step":2048,"rollout/return_mean":21.5,"policy/kl":0.1,"optim/learning_rate":0.0003,"policy/log_ratio":{"low":-1,"high":0.5,"counts":[0,120,135,0,1]}}
{"step":2048,"eval/return_mean":-1e+300}
{"step":1099511627776,"rollout/return_mean":null,"policy/ratio_min":5e-324,"policy/ratio_max":null,"time/seconds":-0,"policy/log_ratio":{"low":-1,"high":0.5,"counts":[0,120,135,0,0]}}
`
	if diff := cmp.Diff(want, string(written(t))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for line := range strings.Lines(want) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

// A process may be killed inside a write: every prefix of a file is readable.
func TestParseReadsAFileCutAnywhere(t *testing.T) {
	data := written(t)
	all, _, err := record.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range data {
		whole := strings.LastIndexByte(string(data[:cut]), '\n') + 1
		rows, torn, err := record.Parse(data[:cut])
		if err != nil || torn != cut-whole {
			t.Fatalf("cut at %d: torn %d, %v; want %d", cut, torn, err, cut-whole)
		}
		want := all[:strings.Count(string(data[:cut]), "\n")]
		if diff := cmp.Diff(want, rows, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
		}
	}
}

func TestParseRefusesDamage(t *testing.T) {
	const good = `{"step":7,"policy/kl":1}` + "\n"
	for damage, fragment := range map[string]string{
		"\n":                             "not a JSON object",
		"\x00\x00\x00":                   "not a JSON object", // what a power cut may leave
		"step,policy/kl":                 "not a JSON object",
		"[1]\n":                          "not a JSON object",
		"null\n":                         "not a JSON object",
		"{\n":                            "not a JSON object",
		`{"step":8,"policy/kl"` + "\n":   "policy/kl",
		`{"step":8,"policy/kl":1` + "\n": "not a JSON object",
		`{"step":8,"policy/kl":1}{"step":9}` + "\n":                         "more than one JSON object",
		`{"step":8} x` + "\n":                                               "more than one JSON object",
		`{"policy/kl":1}` + "\n":                                            `no "step"`,
		`{"step":6}` + "\n":                                                 "step 6 comes after step 7",
		`{"step":-8}` + "\n":                                                "-8, not a whole number",
		`{"step":8.5}` + "\n":                                               "8.5, not a whole number",
		`{"step":1e99}` + "\n":                                              "1e99, not a whole number",
		`{"step":"8"}` + "\n":                                               "not a number",
		`{"step":8,"step":9}` + "\n":                                        `"step" occurs twice`,
		`{"step":8,"a":1,"a":2}` + "\n":                                     `"a" occurs twice`,
		`{"step":8,"a":"1"}` + "\n":                                         "neither a number nor null",
		`{"step":8,"a":true}` + "\n":                                        "neither a number nor null",
		`{"step":8,"a":[1]}` + "\n":                                         "neither a number nor null",
		`{"step":8,"a":{}}` + "\n":                                          "number of counts is 0",
		`{"step":8,"a":{"low":2,"high":1,"counts":[1,1,1]}}` + "\n":         `value of "a": not a histogram: range is 2 to 1`,
		`{"step":8,"a":{"low":0,"high":1,"counts":[1,-1,1]}}` + "\n":        "negative",
		`{"step":8,"a":{"low":0,"high":1,"counts":[1,0.5,1]}}` + "\n":       "not a histogram",
		`{"step":8,"a":{"low":"0","high":1,"counts":[1,1,1]}}` + "\n":       "not a histogram",
		`{"step":8,"a":{"low":0,"high":1,"counts":[1,1,1],"sum":3}}` + "\n": "not a histogram",
		`{"step":8,"a":{"low":0,"high":1,"counts":[1,1,1]},"a":0}` + "\n":   `"a" occurs twice`,
		`{"step":8,"a":1e999}` + "\n":                                       "1e999 is out of range",
		`{"step":8,"a":NaN}` + "\n":                                         `value of "a"`,
	} {
		for name, data := range map[string]string{"last": good + damage, "first": damage + good} {
			line := map[string]string{"last": "line 2: ", "first": "line 1: "}[name]
			if name == "first" && (!strings.HasSuffix(damage, "\n") || strings.Contains(fragment, "comes after")) {
				continue
			}
			rows, torn, err := record.Parse([]byte(data))
			if err == nil || !strings.Contains(err.Error(), line) || !strings.Contains(err.Error(), fragment) {
				t.Errorf("%q: error %v does not say %q and %q", data, err, line, fragment)
			}
			if torn != 0 || len(rows) != map[string]int{"last": 1, "first": 0}[name] {
				t.Errorf("%q: %d rows, torn %d", data, len(rows), torn)
			}
		}
	}
}

func TestParseAcceptsNamesOfOtherVersions(t *testing.T) {
	rows, torn, err := record.Parse([]byte(" {\"a/b\": 0.5, \"step\": 3}\r\n"))
	want := []record.Row{row(3, record.Scalar{Name: "a/b", Value: 0.5})}
	if diff := cmp.Diff(want, rows); diff != "" || torn != 0 || err != nil {
		t.Errorf("torn %d, %v (-want +got):\n%s", torn, err, diff)
	}
}

// What was written before there were histograms, or with them only in some rows,
// and with the members of one in another order.
func TestParseReadsHistogramsWhereThereAreSome(t *testing.T) {
	rows, torn, err := record.Parse([]byte(`{"step":3,"a/b":1}
{"step":4,"h":{"counts":[0,2,0],"high":1.5,"low":-1},"a/b":2}
`))
	want := []record.Row{
		row(3, record.Scalar{Name: "a/b", Value: 1}),
		row(4, record.Scalar{Name: "a/b", Value: 2}),
	}
	want[1].AddHistogram(record.Histogram{Name: "h", Low: -1, High: 1.5, Counts: []int{0, 2, 0}})
	if diff := cmp.Diff(want, rows, cmpopts.EquateNaNs()); diff != "" || torn != 0 || err != nil {
		t.Errorf("torn %d, %v (-want +got):\n%s", torn, err, diff)
	}
	if h, ok := rows[1].Histogram("h"); !ok || h.Total() != 2 {
		t.Errorf("histogram %+v, %v", h, ok)
	}
	if _, ok := rows[0].Histogram("h"); ok {
		t.Error("the first row has a histogram")
	}
}

func TestReadFileNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	if _, _, err := record.ReadFile(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte("x\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, _, err := record.ReadFile(path)
	if err == nil || !strings.Contains(err.Error(), path+": line 1") {
		t.Errorf("error %v does not name file and line", err)
	}
}

func TestSeries(t *testing.T) {
	x, y := record.Series(sample(), record.RolloutReturnMean)
	if !slices.Equal(x, []float64{0, 2048, 1 << 40}) {
		t.Errorf("x is %v", x)
	}
	if len(y) != 3 || !math.IsNaN(y[0]) || y[1] != 21.5 || !math.IsInf(y[2], 1) {
		t.Errorf("y is %v", y)
	}
	if x, y := record.Series(sample(), record.ValueLoss); x != nil || y != nil {
		t.Errorf("a metric nobody recorded: %v %v", x, y)
	}
}

// FuzzParse holds what Parse promises for any input: whatever it accepts is in
// order and free of doubles, and parses to the same rows without the torn end.
func FuzzParse(f *testing.F) {
	f.Add(written(f))
	f.Add(written(f)[:100])
	f.Add([]byte(`{"step":1,"a":null,"b":-0.0e-5}` + "\n" + `{"st`))
	f.Add([]byte("{\"step\":1,\"\\ud800\":1}\n\n"))
	f.Add([]byte(`{"step":1,"a":{"low":-1e9,"high":2,"counts":[0,0,9]},"b":{}}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, torn, err := record.Parse(data)
		if torn < 0 || torn > len(data) || (err != nil && torn != 0) {
			t.Fatalf("torn %d of %d bytes, error %v", torn, len(data), err)
		}
		last := int64(0)
		for _, r := range rows {
			if r.Step < last {
				t.Fatalf("step %d after %d", r.Step, last)
			}
			last = r.Step
			seen := make(map[string]bool)
			for _, s := range r.Scalars {
				if seen[s.Name] || math.IsInf(s.Value, 0) {
					t.Fatalf("scalar %+v", s)
				}
				seen[s.Name] = true
			}
			for _, h := range r.Histograms {
				if seen[h.Name] || h.Bins() < 1 || h.Total() <= 0 || !(h.Low < h.High) {
					t.Fatalf("histogram %+v", h)
				}
				seen[h.Name] = true
			}
		}
		if err != nil {
			return
		}
		again, rest, err := record.Parse(data[:len(data)-torn])
		if diff := cmp.Diff(rows, again, cmpopts.EquateNaNs()); diff != "" || rest != 0 || err != nil {
			t.Fatalf("without the torn end: torn %d, %v\n%s", rest, err, diff)
		}
	})
}
