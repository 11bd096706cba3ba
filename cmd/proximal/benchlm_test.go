package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/lm"
)

func TestBenchLM(t *testing.T) {
	out := mustProximal(t, "bench", "lm", "sft-nano", "grpo-nano", "--seconds", "0.01", "--threads", "1", "--json")
	var found []measurement
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 || found[0].Name != "sft-nano" || found[1].Name != "grpo-nano" {
		t.Fatalf("measured %+v", found)
	}
	for _, m := range found {
		tokens := map[string]int{"sft-nano": 64 * 4, "grpo-nano": 512 * 5}[m.Name]
		if m.Updates < 1 || m.Steps != m.Updates*tokens || !(m.Utilisation > 0 && m.Utilisation < 1) {
			t.Errorf("measured %+v", m)
		}
	}
	if found[0].Allocations != 0 {
		t.Errorf("a training step allocates %v times", found[0].Allocations)
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(out), "["), "}")
	keys(t, first+"}", measured...)
	if out := mustProximal(t, "bench", "lm", "sft-nano", "--seconds", "0.01"); !strings.Contains(out, "of the peak") {
		t.Errorf("bench says %q", out)
	}
}

func TestBenchLMRefusals(t *testing.T) {
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{"bench", "lm", "sft-nono"}, "sft-nano"},
		{[]string{"bench", "lm", "--seconds", "0"}, "--seconds 0"},
		{[]string{"bench", "lm", "--threads", "0"}, "--threads 0"},
	} {
		o := proximal(t, "", test.args...)
		if o.code != exitUnusable || !strings.Contains(o.errs, test.says) {
			t.Errorf("%v: exit code %d, %q", test.args, o.code, o.errs)
		}
	}
}

// Operations counted by hand, for one layer of width 2 with one head of width 2, a
// hidden layer of 3 and a vocabulary of 5: 3 rows of which 2 are asked for.
func TestLanguageOperations(t *testing.T) {
	c := &lm.Config{Family: lm.Llama, Vocabulary: 5, Width: 2, Layers: 1, Heads: 1, KeyValueHeads: 1, HeadWidth: 2, Hidden: 3}
	const (
		project = 3 * 2 * 6         // queries, keys and values of all rows
		scores  = 2 * 2 * (2 + 3)   // with each key, and with each value, of rows 2 and 3
		rest    = 2 * (2*2 + 3*2*3) // out and the hidden layer
		head    = 2 * 2 * 5         // the output matrix
		want    = 2 * (project + scores + rest + head)
	)
	if got := forwardOperations(c, 3, 2); got != want {
		t.Errorf("%v operations, want %v", got, want)
	}
	w := languageWork{prompts: 7, samples: 1, given: 2, drawn: 2, trains: true}
	if got := w.operations(c); got != 7*3*want {
		t.Errorf("%v operations of training, want %v", got, 7*3*want)
	}
	// Two prompts of 2 tokens, three samples of 2 tokens each: the prompt up to its
	// last row once, then one row for each sample.
	w = languageWork{prompts: 2, samples: 3, given: 2, drawn: 2, generates: true}
	prompt := forwardOperations(c, 2, 1)
	row := forwardOperations(c, 3, 3) - forwardOperations(c, 2, 2)
	if got := w.operations(c); got != 2*(prompt+3*row) {
		t.Errorf("%v operations of generation, want %v", got, 2*(prompt+3*row))
	}
}
