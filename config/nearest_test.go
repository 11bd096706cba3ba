package config_test

import (
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/config"
)

func TestNearest(t *testing.T) {
	environments := []string{"Acrobot-v1", "CartPole-v0", "CartPole-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Pendulum-v1"}
	for _, c := range []struct {
		name  string
		valid []string
		limit int
		want  []string
	}{
		{"cartpole-v1", environments, 3, []string{"CartPole-v1", "CartPole-v0"}},
		{"CartPole", environments, 3, []string{"CartPole-v0", "CartPole-v1"}},
		{"Cartpoel-v1", environments, 1, []string{"CartPole-v1"}},
		{"pendulum", environments, 3, []string{"Pendulum-v1"}},
		{"car", environments, 2, []string{"CartPole-v0", "CartPole-v1"}},
		{"Breakout", environments, 3, nil},
		{"", environments, 3, nil},
		{"CartPole-v1", environments, 0, nil},
		{"trpo", []string{"ppo", "trpo", "npg"}, 1, []string{"trpo"}},
		{"tpro", []string{"ppo", "trpo", "npg"}, 3, []string{"trpo"}},
		{"g", []string{"a", "m", "G"}, 3, []string{"G"}},
		{"ü", []string{"u", "Ü"}, 3, []string{"Ü"}},
		{"x", nil, 3, nil},
	} {
		if got := config.Nearest(c.name, c.valid, c.limit); !slices.Equal(got, c.want) {
			t.Errorf("Nearest(%q) of %v is %v, not %v", c.name, c.valid, got, c.want)
		}
	}
}

func TestNearestCountsSlips(t *testing.T) {
	for name, plausible := range map[string]bool{
		"gamma":  true, // nothing wrong
		"gama":   true, // a letter missing
		"gammma": true, // one too many
		"gamna":  true, // a wrong one
		"agmma":  true, // two swapped
		"ag":     false,
		"gimno":  false, // three of five wrong
		"delta":  false,
	} {
		if got := config.Nearest(name, []string{"gamma"}, 1); (len(got) == 1) != plausible {
			t.Errorf("Nearest(%q) of gamma is %v", name, got)
		}
	}
}
