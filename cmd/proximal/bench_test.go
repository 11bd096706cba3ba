package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
	"github.com/proximal-rl/proximal/train"
)

var measured = []string{"name", "threads", "kernel", "seconds", "cpu_seconds", "steps", "updates", "steps_per_second",
	"gflops", "peak_gflops", "utilisation", "allocations", "peak_rss_mib", "return_mean"}

func TestBenchEnvironment(t *testing.T) {
	out := mustProximal(t, "bench", "env", "CartPole-v1", "--seconds", "0.02", "--json")
	keys(t, out, measured...)
	var m measurement
	if err := json.Unmarshal([]byte(out), &m); err != nil {
		t.Fatal(err)
	}
	if m.Steps < 200 || m.StepsPerSecond <= 0 || m.Allocations > 0.01 {
		t.Errorf("measured %+v", m)
	}
}

func TestBenchPPO(t *testing.T) {
	out := mustProximal(t, "bench", "ppo", "CartPole-v1", "--steps", "2048", "--episodes", "2", "--threads", "1", "--json")
	keys(t, out, measured...)
	var m measurement
	if err := json.Unmarshal([]byte(out), &m); err != nil {
		t.Fatal(err)
	}
	if m.Steps != 2048 || m.Updates != 8 || m.ReturnMean == nil || !(m.Utilisation > 0 && m.Utilisation < 1) {
		t.Errorf("measured %+v", m)
	}
	if out := mustProximal(t, "bench", "ppo", rltools, "--steps", "8192", "--episodes", "0"); !strings.Contains(out, "of the peak") {
		t.Errorf("bench says %q", out)
	}
}

// The work of RLtools' benchmark, counted by hand: two networks of 3·64 + 64·64
// + 64 weights.
func TestOperationsOfTheBenchmark(t *testing.T) {
	s := rltoolsPendulum()
	c := s.Algorithm.(*train.PPO)
	p, err := policy.New(c.Policy, space.NewBox([]float32{-1, -1, -8}, []float32{1, 1, 8}),
		space.NewBox([]float32{-2}, []float32{2}), seed.New(1))
	if err != nil {
		t.Fatal(err)
	}
	const weights, first = 2 * (3*64 + 64*64 + 64), 2 * 3 * 64
	want := 307200. * (2*weights + 2*2*(3*weights-first))
	if got := operations(p, c, s.Run.Steps); math.Abs(got-want) > 0.5 {
		t.Errorf("%v operations, want %v", got, want)
	}
	if want < 36e9 || want > 38e9 {
		t.Errorf("%v operations: the published work is 37.5e9", want)
	}
}

func TestBenchKernels(t *testing.T) {
	speeds := benchLayer("generic", 3, 5, 2)
	for _, s := range speeds {
		if s.GFLOPs <= 0 || s.Utilisation <= 0 {
			t.Errorf("measured %+v", s)
		}
	}
	if len(speeds) != 3 {
		t.Errorf("%d forms", len(speeds))
	}
}

func TestBenchRefusals(t *testing.T) {
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{"bench", "env", "CartPole"}, "CartPole-v1"},
		{[]string{"bench", "ppo", "rltools"}, "unknown environment"},
		{[]string{"bench", "kernels", "--level", "sse"}, "generic"},
		{[]string{"bench", "env", "CartPole-v1", "--threads", "0"}, "--threads 0"},
		{[]string{"bench", "env", "CartPole-v1", "--seconds", "-1"}, "--seconds -1"},
		{[]string{"bench", "ppo", "CartPole-v1", "--episodes", "-1"}, "--episodes -1"},
	} {
		o := proximal(t, "", test.args...)
		if o.code != exitUnusable || !strings.Contains(o.errs, test.says) {
			t.Errorf("%v: exit code %d, %q", test.args, o.code, o.errs)
		}
	}
}
