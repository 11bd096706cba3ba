package preset_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/preset"
	"github.com/proximal-rl/proximal/train"
)

// TestPresetsAreComplete: valid, for a task that exists, with a source, and the
// same after a walk through config.toml.
func TestPresetsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range preset.List() {
		name := p.Environment + " " + p.Algorithm + " " + p.Name
		if seen[name] {
			t.Errorf("%s: there are two", name)
		}
		seen[name] = true
		if p.Source == "" {
			t.Errorf("%s has no source", name)
		}
		if _, err := catalog.Make(p.Environment, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		s := p.Settings()
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		text, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := train.ParseSettings(text, name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if back, err := again.Encode(); err != nil || !bytes.Equal(back, text) {
			t.Errorf("%s changes on the way through TOML (%v)", name, err)
		}
	}
}

// TestSettingsAreTheCallersOwn: changing them does not change the preset.
func TestSettingsAreTheCallersOwn(t *testing.T) {
	p, ok := preset.Find("CartPole-v1", "ppo")
	if !ok {
		t.Fatal("no preset for CartPole-v1")
	}
	if err := p.Settings().Set([]string{"ppo.epochs=3", "policy.actor=[1]"}); err != nil {
		t.Fatal(err)
	}
	text, err := p.Settings().Encode()
	if err != nil || !bytes.Contains(text, []byte("epochs = 20\n")) || !bytes.Contains(text, []byte("actor = [64, 64]\n")) {
		t.Errorf("the preset has changed (%v):\n%s", err, text)
	}
}

func TestDefaultIsForTasksWithoutPreset(t *testing.T) {
	if _, ok := preset.Find("Lift", "ppo"); ok {
		t.Fatal("there is a preset for Lift")
	}
	s, err := preset.Default("Lift", "ppo")
	if err != nil || s.Environment.ID != "Lift" || s.Check() != nil {
		t.Errorf("defaults: %+v, %v", s, err)
	}
	if _, err := preset.Default("Lift", "pppo"); err == nil {
		t.Error("an unknown algorithm has defaults")
	}
}

func ExampleFind() {
	p, ok := preset.Find("CartPole-v1", "ppo")
	fmt.Println(ok, p.Steps, p.Source)
	// Output: true 100000 rl-baselines3-zoo, hyperparams/ppo.yml
}
