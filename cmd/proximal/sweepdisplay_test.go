package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/proximal-rl/proximal/study"
)

// displayed makes the display of a sweep of four equal runs, two of them under
// way, after ten seconds.
func displayed(t *testing.T, w *bytes.Buffer) *sweepDisplay {
	t.Helper()
	s := study.DefaultSweep()
	s.Environments, s.Seeds, s.Steps = []string{"CartPole-v1"}, 4, 1000
	p, err := s.Plan("out")
	if err != nil {
		t.Fatal(err)
	}
	d := newSweepDisplay(w, p, 2)
	d.cost["CartPole-v1 ppo"], d.goal = 0.001, 4
	d.began = time.Unix(100, 0)
	d.now = func() time.Time { return time.Unix(110, 0) }
	d.started(p.Cells[0], "a")
	d.started(p.Cells[1], "b")
	write(t, "a/metrics.jsonl", `{"step":250}`+"\n"+`{"step":500}`+"\n"+`{"st`)
	write(t, p.Cells[2].Dir+"/summary.json", `{"return_mean":12.5,"cpu_seconds":3}`)
	write(t, p.Cells[2].Dir+"/metrics.jsonl", "")
	return d
}

func TestSweepDisplayInALog(t *testing.T) {
	t.Chdir(t.TempDir())
	var w bytes.Buffer
	d := displayed(t, &w)
	d.done(d.plan.Cells[2])
	d.tick(time.Minute) // something has just been shown
	d.shown = time.Unix(0, 0)
	d.tick(time.Minute)
	// 1.5 of 4 runs are done in 10 s.
	want := "1/4 runs  16.7 s left  CartPole-v1, preset, seed 2: return 12.5, 3.00 s CPU\n1/4 runs  16.7 s left\n"
	if w.String() != want {
		t.Errorf("%q, want %q", w.String(), want)
	}
}

func TestSweepDisplayOnATerminal(t *testing.T) {
	t.Chdir(t.TempDir())
	var w bytes.Buffer
	d := displayed(t, &w)
	d.screen, d.width = true, 60
	d.draw()
	d.ended(d.plan.Cells[0])
	d.done(d.plan.Cells[2])
	want := "\r\x1b[K█████                                     0/4 runs  70.0 s l\n\r\x1b[K\n" +
		"\x1b[2A\r\x1b[K██████████                                1/4 runs  30.0 s l\n\r\x1b[KCartPole-v1, preset, seed 2: return 12.5, 3.00 s CPU\n"
	if w.String() != want {
		t.Errorf("%q, want %q", w.String(), want)
	}
}

func TestLatestStepOfWhatIsNotThere(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "empty/metrics.jsonl", "")
	write(t, "torn/metrics.jsonl", `{"step":2`)
	write(t, "odd/metrics.jsonl", "odd\n")
	for _, dir := range []string{"nowhere", "empty", "torn", "odd"} {
		if step := latestStep(dir); step != 0 {
			t.Errorf("%s is at step %v", dir, step)
		}
	}
}
