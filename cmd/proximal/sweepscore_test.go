package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/study"
)

// TestRandomReturn: the random policy plays what the trace command plays.
func TestRandomReturn(t *testing.T) {
	const episodes = 3
	sum := 0.0
	for seed := range episodes {
		lines := strings.Split(mustProximal(t, "trace", "Acrobot-v1", "--seed", fmt.Sprint(seed), "--actions", "random", "--no-obs"), "\n")
		for _, line := range lines[1 : len(lines)-1] {
			var step struct{ Reward float64 }
			if err := json.Unmarshal([]byte(line), &step); err != nil {
				t.Fatal(err)
			}
			sum += step.Reward
		}
	}
	maker, err := catalog.Make("Acrobot-v1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := randomReturn(maker, episodes); err != nil || got != sum/episodes || got == 0 {
		t.Errorf("got %v, %v; the episodes have %v", got, err, sum/episodes)
	}
}

// TestSweepScores: the scores of a sweep that was not trained but written down.
// One variant is described for each environment apart, and one misses one of them.
func TestSweepScores(t *testing.T) {
	t.Chdir(t.TempDir())
	s := study.DefaultSweep()
	s.Seeds = 2
	s.Variants = study.Variants{
		{Name: "a", Environments: []string{"CartPole-v1"}},
		{Name: "a", Environments: []string{"Acrobot-v1"}, Set: []string{"ppo.clip=0.1"}},
		{Name: "b", Environments: []string{"CartPole-v1", "Acrobot-v1"}},
		{Name: "c", Environments: []string{"CartPole-v1"}},
	}
	p, err := s.Plan("out")
	if err != nil {
		t.Fatal(err)
	}
	returns := map[string]float64{"CartPole-v1 a": 500, "Acrobot-v1 a": -100, "CartPole-v1 b": 300, "Acrobot-v1 b": -80, "CartPole-v1 c": 9}
	for _, c := range p.Cells {
		write(t, c.Dir+"/summary.json", fmt.Sprintf(`{"return_mean":%v,"seconds":1,"cpu_seconds":2}`, returns[c.Environment+" "+c.Variant.Name]))
		write(t, c.Dir+"/metrics.jsonl", `{"step":1000,"rollout/episodes":20,"rollout/return_mean":480,"policy/kl":0.0125}`+"\n")
	}
	b := study.DefaultBootstrap()
	r, err := assess(p, b)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.score(p, b); err != nil {
		t.Fatal(err)
	}
	cart, acrobot := *r.Environments[0].Random, *r.Environments[1].Random
	onCart, onAcrobot := (300-cart)/(500-cart), (-100-acrobot)/(-80-acrobot)
	if got, want := fmt.Sprintf("%.3f %.3f", *r.Scores[0].Score, *r.Scores[1].Score), fmt.Sprintf("%.3f %.3f", (1+onAcrobot)/2, (onCart+1)/2); got != want {
		t.Errorf("scores %s, want %s", got, want)
	}
	if v := r.Environments[0].Variants[2]; len(r.Scores) != 3 || r.Scores[2].Score != nil || !(*v.Score < 0) {
		t.Errorf("scores %+v, and %+v of what is worse than random", r.Scores, v.Score)
	}
	var text bytes.Buffer
	if err := r.write(&text, sweepFormat{}); err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(text.String(), "Scores: 0 is a policy that acts at random, 1 the best variant\n\n")
	want := fmt.Sprintf("b %.2f 1.00 %.2f %.2f … %.2f", onCart, (onCart+1)/2, *r.Scores[1].Low, *r.Scores[1].High)
	if lines := strings.Split(table, "\n"); len(lines) < 4 || strings.Join(strings.Fields(lines[2]), " ") != want {
		t.Errorf("there is no %q in\n%s", want, text.String())
	}
}

// TestCostsBySize: variants of different sizes have a panel of what updates cost,
// with one line for what is alike but for the size.
func TestCostsBySize(t *testing.T) {
	e := sweepEnvironment{Env: "Pendulum-v1"}
	for i, size := range []int{100, 1000} {
		for _, epochs := range []string{"1", "10"} {
			seconds := float64(1 + i)
			e.Variants = append(e.Variants, sweepVariant{
				Algo: "ppo", Parameters: &size, CPUPerUpdate: &seconds,
				Set: []string{"eval.every=0", fmt.Sprintf("policy.actor=[%d]", size), "ppo.epochs=" + epochs},
			})
		}
	}
	panels := e.panels(0.95)
	if len(panels) != 1 || len(panels[0].Lines) != 2 {
		t.Fatalf("panels %+v", panels)
	}
	for i, name := range []string{"ppo, ppo.epochs=1", "ppo, ppo.epochs=10"} {
		if l := panels[0].Lines[i]; l.Name != name || fmt.Sprint(l.X, l.Y) != "[100 1000] [1 2]" {
			t.Errorf("line %+v, want %s", l, name)
		}
	}
	if table := e.updates(); table[0][1] != "parameters" || table[4][1] != "1,000" {
		t.Errorf("table %q", table)
	}
	e.Variants = e.Variants[:2]
	if len(e.panels(0.95)) != 0 || e.updates()[0][1] != "KL" {
		t.Error("variants of one size have a panel of their own")
	}
}
