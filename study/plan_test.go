package study

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// warm is a sweep in which a variant starts from another, which comes later.
func warm() Sweep {
	s := DefaultSweep()
	s.Environments, s.Seeds, s.Steps = []string{"CartPole-v1"}, 2, 512
	s.Set = []string{"policy.actor=[8]", "policy.critic=[8]", "rollout.steps=32", "ppo.epochs=1", "eval.final_episodes=2"}
	s.Variants = Variants{{Name: "warm", Set: []string{"ppo.clip=0.05"}, From: "cold"}, {Name: "cold"}}
	return s
}

func TestPlanOrdersRuns(t *testing.T) {
	p, err := warm().Plan("out")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range p.Cells {
		line := fmt.Sprintf("%s %d", filepath.ToSlash(c.Dir), c.Steps)
		if c.From != nil {
			line += " from " + filepath.ToSlash(c.From.Dir)
		}
		got = append(got, line)
	}
	want := []string{
		"out/CartPole-v1/cold/seed-0 512",
		"out/CartPole-v1/warm/seed-0 512 from out/CartPole-v1/cold/seed-0",
		"out/CartPole-v1/cold/seed-1 512",
		"out/CartPole-v1/warm/seed-1 512 from out/CartPole-v1/cold/seed-1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("runs\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for i, c := range p.Cells {
		if want := fmt.Sprintf("\nseed = %d\n", i/2); !bytes.Contains(c.Config, []byte(want)) {
			t.Errorf("%v: its settings have no %q", c, want)
		}
	}
}

// Steps are the variant's, else the sweep's, else the preset's.
func TestPlanCountsSteps(t *testing.T) {
	s := DefaultSweep()
	s.Environments, s.Seeds = []string{"CartPole-v1", "MountainCarContinuous-v0"}, 1
	s.Variants = Variants{{Name: "usual"}, {Name: "short", Steps: 99}}
	for steps, want := range map[int][]int{0: {100_000, 20_000, 99, 99}, 500: {500, 500, 99, 99}} {
		s.Steps = steps
		p, err := s.Plan("out")
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, c := range p.Cells {
			got = append(got, c.Training().Run.Steps)
		}
		if !slices.Equal(got, want) {
			t.Errorf("steps %v, want %v", got, want)
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	change := func(f func(s *Sweep)) Sweep {
		s := warm()
		f(&s)
		return s
	}
	for want, s := range map[string]Sweep{
		`variant "warm" on CartPole-v1: ppo.clipp: unknown key; did you mean ppo.clip?`: change(func(s *Sweep) { s.Variants[0].Set = []string{"ppo.clipp=1"} }),
		"ppo.clip = 1.5":               change(func(s *Sweep) { s.Variants[0].Set = []string{"ppo.clip=1.5"} }),
		"is set more than once":        change(func(s *Sweep) { s.Variants[0].Set = []string{"ppo.epochs=3"} }),
		"run.seed=3: a sweep has":      change(func(s *Sweep) { s.Set = append(s.Set, "run.seed=3") }),
		"env.id=Acrobot-v1: a sweep":   change(func(s *Sweep) { s.Set = append(s.Set, "env.id=Acrobot-v1") }),
		`unknown algorithm "pppo"`:     change(func(s *Sweep) { s.Algorithm = "pppo" }),
		"has no environment":           change(func(s *Sweep) { s.Environments = nil }),
		"seeds = 0":                    change(func(s *Sweep) { s.Seeds = 0 }),
		"eval.final_episodes = 0":      change(func(s *Sweep) { s.Set[4] = "eval.final_episodes=0" }),
		`starts from an unknown`:       change(func(s *Sweep) { s.Variants[0].From = "colt" }),
		"did you mean cold?":           change(func(s *Sweep) { s.Variants[0].From = "colt" }),
		"starts from itself":           change(func(s *Sweep) { s.Variants[1].From = "warm" }),
		"which is not run on Pendulum": change(func(s *Sweep) { s.Variants[0].Environments = []string{"Pendulum-v1"} }),
	} {
		if _, err := s.Plan("out"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestWithSection(t *testing.T) {
	text := "[a]\nx = 1\n\n# About b.\n[b]\ny = 1\n\n[c]\nz = 1\n"
	other := "[a]\nx = 2\n\n[b]\ny = 2\n\n[c]\nz = 2\n"
	if got, want := string(withSection([]byte(text), []byte(other), "b")), "[a]\nx = 1\n\n[b]\ny = 2\n\n[c]\nz = 1\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
