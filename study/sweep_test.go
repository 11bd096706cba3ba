package study_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/study"
)

const described = `
title = "What the clip is for"
environments = ["CartPole-v1", "Pendulum-v1"]
seeds = 2
first_seed = 10
set = ["eval.final_episodes=5"]

[[variant]]
set = ["ppo.clip=0.1,0.2"]

[[variant]]
name = "warm"
algorithm = "ppo"
environments = ["CartPole-v1"]
set = ["ppo.clip=0.05"]
steps = 1e4
from = "ppo.clip=0.2"
`

func TestParseSweep(t *testing.T) {
	s, err := study.ParseSweep([]byte(described), "file.toml")
	if err != nil {
		t.Fatal(err)
	}
	want := study.Sweep{
		Title: "What the clip is for", Algorithm: "ppo", Environments: []string{"CartPole-v1", "Pendulum-v1"},
		Seeds: 2, FirstSeed: 10, Set: []string{"eval.final_episodes=5"},
		Variants: study.Variants{
			{Set: []string{"ppo.clip=0.1,0.2"}},
			{Name: "warm", Algorithm: "ppo", Environments: []string{"CartPole-v1"}, Set: []string{"ppo.clip=0.05"},
				Steps: 10_000, From: "ppo.clip=0.2"},
		},
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("read %+v\nwant %+v", s, want)
	}
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := study.ParseSweep(text, "again")
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if back, err := again.Encode(); err != nil || string(back) != string(text) {
		t.Errorf("the sweep changes on its way through TOML:\n%s\n%s", text, back)
	}
}

func TestParseSweepRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"seeds = 0":                                "file.toml:1: seeds = 0: must be in [1, 10000]",
		"enviroments = []":                         "did you mean environments?",
		"[[variant]]\nnam = \"x\"":                 "number 1: nam: unknown key; did you mean name?",
		"[[variant]]\n[[variant]]\nsteps = \"x\"":  "number 2: steps",
		"variant = 3":                              "must be a list of tables",
		"variant = [3]":                            "must be a list of tables",
		"seeds = 2\nseeds = 3":                     "file.toml:2",
		"[[variant]]\nset = \"ppo.clip=0.1\"":      "set",
		"[[variant]]\nsteps = -1":                  "steps = -1",
		"[[variant]]\nenvironments = \"Pendulum\"": "must be an array",
	} {
		if _, err := study.ParseSweep([]byte(text), "file.toml"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

// A grid of four variants, each with five seeds.
func ExampleSweep_Plan() {
	s := study.DefaultSweep()
	s.Environments = []string{"CartPole-v1"}
	s.Set = []string{"ppo.clip=0.1,0.2", "policy.actor=[64,64],[8]"}
	plan, err := s.Plan("runs/clip")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range plan.Cells[:4] {
		fmt.Println(c)
	}
	fmt.Println(len(plan.Cells), "runs")
	// Output:
	// CartPole-v1, ppo.clip=0.1, policy.actor=[64,64], seed 0
	// CartPole-v1, ppo.clip=0.1, policy.actor=[8], seed 0
	// CartPole-v1, ppo.clip=0.2, policy.actor=[64,64], seed 0
	// CartPole-v1, ppo.clip=0.2, policy.actor=[8], seed 0
	// 20 runs
}

func ExampleAlternatives() {
	several, err := study.Alternatives("ppo.clip=0.1,linear(0.2, 0)")
	fmt.Printf("%q %v\n", several, err)
	// Output: ["ppo.clip=0.1" "ppo.clip=linear(0.2, 0)"] <nil>
}
