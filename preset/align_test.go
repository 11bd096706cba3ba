package preset_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/preset"
)

// everyAlignment lists the presets of alignment, those for any task for add.
func everyAlignment(t *testing.T) []preset.Alignment {
	t.Helper()
	all := preset.Alignments()
	for _, name := range preset.NamedAlignments() {
		a, ok := preset.NamedAlignment(name, "add")
		if !ok {
			t.Fatalf("no preset %s", name)
		}
		all = append(all, a)
	}
	return all
}

// TestAlignmentsAreComplete: valid, for a task that exists, with a source, and the
// same after a walk through config.toml.
func TestAlignmentsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range preset.Alignments() {
		name := a.Task + " " + a.Method
		if seen[name] {
			t.Errorf("%s: there are two", name)
		}
		seen[name] = true
	}
	for _, a := range everyAlignment(t) {
		name := a.Task + " " + a.Method
		if a.Source == "" {
			t.Errorf("%s has no source", name)
		}
		s := a.Settings()
		if s.Run.Method != s.Method.Name() {
			t.Errorf("%s is of the method %s", name, s.Method.Name())
		}
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := task.Make(s.Task.Name, s.Task.Options); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		text, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := align.ParseSettings(text, name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if back, err := again.Encode(); err != nil || !bytes.Equal(back, text) {
			t.Errorf("%s changes on the way through TOML (%v)", name, err)
		}
	}
}

// TestAlignmentsAreTheCallersOwn: changing them does not change the preset.
func TestAlignmentsAreTheCallersOwn(t *testing.T) {
	a, ok := preset.FindAlignment("add", "sft")
	if !ok {
		t.Fatal("no preset for add")
	}
	before, err := a.Settings().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Settings().Set([]string{"sft.batch=3", "task.digits=1"}); err != nil {
		t.Fatal(err)
	}
	if after, err := a.Settings().Encode(); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the preset has changed (%v):\n%s", err, after)
	}
}

// Every preset gets through a step on its task.
func TestEveryAlignmentTrains(t *testing.T) {
	for _, a := range everyAlignment(t) {
		s := a.Settings()
		made, err := task.Make(s.Task.Name, s.Task.Options)
		if err != nil {
			t.Fatal(err)
		}
		r, err := align.Run(t.Context(), s.Method, made, align.Options{Seed: 1, Steps: 1, Names: s.Model})
		if err != nil {
			t.Errorf("%s %s: %v", a.Task, a.Method, err)
		} else if r.Steps != 1 {
			t.Errorf("%s %s: %d steps", a.Task, a.Method, r.Steps)
		}
	}
}

func TestAlignmentsThatThereAreNot(t *testing.T) {
	if _, ok := preset.FindAlignment("add", "sftt"); ok {
		t.Error("there is a preset for an unknown method")
	}
	s, err := preset.DefaultAlignment("countdown", "grpo")
	if err != nil || s.Task.Name != "countdown" || s.Check() != nil {
		t.Errorf("defaults: %+v, %v", s, err)
	}
	if _, err := preset.DefaultAlignment("add", "sftt"); err == nil {
		t.Error("an unknown method has defaults")
	}
	if _, ok := preset.NamedAlignment("rol", "add"); ok {
		t.Error("an unknown name has a preset")
	}
}

func ExampleFindAlignment() {
	a, ok := preset.FindAlignment("add", "sft")
	fmt.Println(ok, a.Steps, a.Model)
	// Output: true 800 nano
}

func ExampleNamedAlignment() {
	a, ok := preset.NamedAlignment("roll", "add")
	fmt.Println(ok, a.Method, a.Task, a.Steps)
	// Output: true ppo add 500
}
