package objective_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/objective"
)

// recorded is one case of testdata/surrogates.json.
type recorded struct {
	Name       string
	Settings   json.RawMessage
	Segment    []int32
	LogProb    []float32 `json:"log_prob"`
	OldLogProb []float32 `json:"old_log_prob"`
	Behavior   []float32
	Advantage  []float32
	Weight     []float32
	Mask       []float32
	Selected   []bool
	Band       []bool // of clip-cov: rows that it draws its own from
	Loss       float64
	DLogProb   []float64 `json:"d_log_prob"`
}

// settings are the defaults but for what the case has of its own.
func (c *recorded) settings(t *testing.T) objective.Settings {
	s := objective.DefaultSettings()
	if err := json.Unmarshal(c.Settings, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func (c *recorded) batch() *objective.Batch {
	return &objective.Batch{
		LogProb: c.LogProb, OldLogProb: c.OldLogProb, Behavior: c.Behavior, Advantage: c.Advantage,
		Weight: c.Weight, Mask: c.Mask, Selected: c.Selected, Segment: c.Segment,
	}
}

func readRecorded(t *testing.T) []recorded {
	var cases []recorded
	golden.Read(t, "testdata/surrogates.json", &cases)
	return cases
}

// find returns a variant that must be there.
func find(t testing.TB, name string) objective.Variant {
	t.Helper()
	v, ok := objective.Find(name)
	if !ok {
		t.Fatalf("there is no variant %q", name)
	}
	return v
}

// Losses and gradients of every variant as torch computes them.
func TestSurrogatesAgainstAutograd(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range readRecorded(t) {
		t.Run(fmt.Sprintf("%s %s", c.Name, c.Settings), func(t *testing.T) {
			seen[c.Name] = true
			loss, d, _ := apply(find(t, c.Name).New(c.settings(t)), c.batch())
			golden.Close(t, "loss", []float64{loss}, []float64{c.Loss}, golden.Tolerance{
				Absolute: 1e-12, Relative: 1e-12, Why: "float64 sums in another order",
			})
			golden.Close(t, "derivatives", d, c.DLogProb, golden.Tolerance{
				Absolute: 1e-12, Relative: 6.1e-8, Why: "derivatives are rounded to float32",
			})
		})
	}
	for _, v := range objective.Variants() {
		if !seen[v.Name] {
			t.Errorf("%s is in none of the cases", v.Name)
		}
	}
}

// A selection of clip-cov is made of the rows that qualify; one of kl-cov is the
// top.
func TestSelectionAgainstTorch(t *testing.T) {
	for _, c := range readRecorded(t) {
		v := find(t, c.Name)
		if v.Select == nil {
			continue
		}
		selected, s := make([]bool, len(c.LogProb)), c.settings(t)
		want := c.Selected
		if c.Band != nil {
			want, s.Share = c.Band, 1
		}
		v.Select(selected, c.batch(), s, func() float64 { return 0.5 })
		if !slices.Equal(selected, want) {
			t.Errorf("%s selects %v, want %v", c.Name, selected, want)
		}
	}
}
