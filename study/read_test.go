package study_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/study"
)

// folder makes a run folder; an empty text makes no file.
func folder(t *testing.T, summary, metrics string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"summary.json": summary, "metrics.jsonl": metrics} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	goodSummary = `{"run":"x","seconds":2.5,"cpu_seconds":2.25,"return_mean":480.5,"return_std":3}`
	goodMetrics = `{"step":256,"rollout/episodes":0}
{"step":512,"rollout/episodes":3,"rollout/return_mean":20}
{"step":768,"rollout/episodes":2,"rollout/return_mean":-30.5,"policy/kl":0.1}
`
)

func TestReadRun(t *testing.T) {
	// A torn last line is what a killed run leaves.
	for _, metrics := range []string{goodMetrics, goodMetrics + `{"step":1024,"roll`} {
		r, err := study.ReadRun(folder(t, goodSummary, metrics))
		if err != nil {
			t.Fatal(err)
		}
		if r.Return != 480.5 || r.Seconds != 2.5 || r.CPUSeconds != 2.25 ||
			!slices.Equal(r.Curve.Steps, []float64{512, 768}) || !slices.Equal(r.Curve.Values, []float64{20, -30.5}) ||
			!slices.Equal(r.Episodes, []float64{3, 2}) {
			t.Errorf("read %+v", r)
		}
	}
}

// TestReadLanguageRun: the curve is of the task's own reward in training, or of the
// evaluations with the final one as its end.
func TestReadLanguageRun(t *testing.T) {
	for _, test := range []struct {
		summary, metrics string
		steps, values    []float64
	}{
		{`{"method":"grpo","steps":400,"reward_mean":0.5,"pair_accuracy":null}`,
			`{"step":100,"text/reward_mean":0.25}` + "\n" + `{"step":200,"text/reward_mean":0.5,"eval/reward_mean":0.9}` + "\n",
			[]float64{100, 200}, []float64{0.25, 0.5}},
		{`{"method":"ppo","steps":400,"reward_mean":0.5,"pair_accuracy":null}`,
			`{"step":100,"text/reward_mean":9,"text/gold_mean":0.25}` + "\n" + `{"step":200,"text/reward_mean":9,"text/gold_mean":0.5}` + "\n",
			[]float64{100, 200}, []float64{0.25, 0.5}},
		{`{"method":"sft","steps":400,"reward_mean":0.5,"pair_accuracy":null}`, `{"step":200,"eval/reward_mean":0.25}` + "\n",
			[]float64{200, 400}, []float64{0.25, 0.5}},
		{`{"method":"reward","steps":400,"reward_mean":null,"pair_accuracy":0.5}`, `{"step":200,"eval/pair_accuracy":0.25}` + "\n",
			[]float64{200, 400}, []float64{0.25, 0.5}},
	} {
		r, err := study.ReadRun(folder(t, test.summary, test.metrics))
		if err != nil {
			t.Fatal(err)
		}
		if r.Return != 0.5 || !slices.Equal(r.Curve.Steps, test.steps) || !slices.Equal(r.Curve.Values, test.values) {
			t.Errorf("%s: read %+v", test.summary, r)
		}
		if at := r.Curve.Trailing(r.Episodes, study.Window).StepsTo(0.3); at != test.steps[1] {
			t.Errorf("%s: reached 0.3 after %v steps, want %v", test.summary, at, test.steps[1])
		}
	}
}

func TestRunsThatCannotBeCompared(t *testing.T) {
	for _, test := range []struct{ name, summary, metrics, want string }{
		{"not finished", "", goodMetrics, "summary.json: the run has not finished"},
		{"broken summary", "{", goodMetrics, "summary.json"},
		{"interrupted", `{"return_mean":null}`, goodMetrics, "no final evaluation"},
		{"no metrics", goodSummary, "", "metrics.jsonl"},
		{"broken metrics", goodSummary, "[]\n", "line 1"},
		{"no episode", goodSummary, "{\"step\":256,\"rollout/episodes\":0}\n", "no episode ended"},
		{"no number", goodSummary, "{\"step\":1,\"rollout/episodes\":1,\"rollout/return_mean\":null}\n", "step 1 has a mean return of NaN"},
		{"no count", goodSummary, "{\"step\":1,\"rollout/return_mean\":1}\n", "over 0 episodes"},
	} {
		if _, err := study.ReadRun(folder(t, test.summary, test.metrics)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error %v does not say %q", test.name, err, test.want)
		}
	}
}
