package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/proximal-rl/proximal/align"
	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/env/catalog"
	"github.com/proximal-rl/proximal/study"
	"github.com/proximal-rl/proximal/train"
)

// silence is how long a log may show nothing while runs are under way.
const silence = time.Minute

// sweepDisplay shows how a sweep goes: a few lines that are drawn over on a
// terminal; elsewhere a line for each run that has finished, and one a minute if
// none has. It is safe for concurrent use.
type sweepDisplay struct {
	*display
	plan *study.Plan
	jobs int
	cost map[string]float64 // seconds for a step of each kind of run, as far as known
	goal float64            // cost of all that has to be run

	mutex    sync.Mutex
	began    time.Time
	running  map[*study.Cell]string // their folders
	finished int                    // runs, those of earlier sweeps included
	paid     float64                // cost of the runs that finished since began
	latest   string                 // what finished last
}

func newSweepDisplay(w io.Writer, p *study.Plan, jobs int) *sweepDisplay {
	return &sweepDisplay{
		display: newDisplay(w, view{}), plan: p, jobs: jobs,
		cost: map[string]float64{}, running: map[*study.Cell]string{}, finished: p.Finished(),
	}
}

// announce says what is about to be done and how long it will take, judged by
// one update on each environment.
func (d *sweepDisplay) announce(ctx context.Context, threads int) {
	steps := 0
	for _, c := range d.plan.Cells {
		if c.Finished() {
			continue
		}
		if _, known := d.cost[kindOf(c)]; !known {
			d.cost[kindOf(c)] = secondsPerStep(ctx, c, threads)
		}
		steps += c.Steps
		d.goal += d.costOf(c)
	}
	all, finished := len(d.plan.Cells), d.finished
	fmt.Fprintf(d.w, "sweep     %s, %s\n", plural(len(d.plan.Variants), "variant"), plural(d.plan.Sweep.Seeds, "seed"))
	fmt.Fprintf(d.w, "budget    %s", plural(all, "run"))
	if finished > 0 {
		fmt.Fprintf(d.w, ", %d of them finished already", finished)
	}
	if finished < all {
		fmt.Fprintf(d.w, "; %s to train, about %s with %s at a time",
			plural(steps, "step"), seconds(d.goal/float64(min(d.jobs, all-finished))), plural(d.jobs, "run"))
	}
	fmt.Fprintf(d.w, "\nfolder    %s\n", d.plan.Dir)
}

// secondsPerStep trains for one update and returns what a step takes; 0 if that
// does not work, which the run itself will tell.
func secondsPerStep(ctx context.Context, c *study.Cell, threads int) float64 {
	s := c.Training()
	if s == nil {
		return secondsPerUpdate(ctx, c.Alignment(), threads)
	}
	maker, err := catalog.Make(s.Environment.ID, s.Environment.Options)
	if err != nil {
		return 0
	}
	r, err := train.Run(ctx, s.Algorithm, maker, train.Options{Seed: c.Seed, Steps: 1, Threads: threads})
	if err != nil {
		return 0
	}
	return r.Seconds / float64(r.Steps)
}

// secondsPerUpdate is that of a language model, judged by a new one of the usual
// size.
func secondsPerUpdate(ctx context.Context, s *align.Settings, threads int) float64 {
	t, err := task.Make(s.Task.Name, s.Task.Options)
	if err != nil {
		return 0
	}
	const updates = 3
	r, err := align.Run(ctx, s.Method, t, align.Options{Seed: s.Run.Seed, Steps: updates, Threads: threads})
	if err != nil {
		return 0
	}
	return r.Seconds / updates
}

// kindOf tells apart what costs differently.
func kindOf(c *study.Cell) string { return c.Environment + " " + c.Variant.Algorithm }

// costOf is what a run should take, in seconds.
func (d *sweepDisplay) costOf(c *study.Cell) float64 {
	return d.cost[kindOf(c)] * float64(c.Steps)
}

// begin starts the clock; stop ends the display and leaves its last state.
func (d *sweepDisplay) begin() (stop func()) {
	d.mutex.Lock()
	d.began, d.shown = d.now(), d.now()
	d.mutex.Unlock()
	period := silence
	if d.screen {
		period = 5 * screenPeriod
	}
	ticker := time.NewTicker(period)
	quit, quitted := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(quitted)
		for {
			select {
			case <-ticker.C:
				d.tick(period)
			case <-quit:
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(quit)
		<-quitted
		d.mutex.Lock()
		defer d.mutex.Unlock()
		if d.screen && d.drawn > 0 {
			d.draw()
		}
		fmt.Fprintln(d.w)
	}
}

// tick draws if nothing has been shown for a period.
func (d *sweepDisplay) tick(period time.Duration) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.screen || d.now().Sub(d.shown) >= period {
		d.draw()
	}
}

// started takes in that a run is under way.
func (d *sweepDisplay) started(c *study.Cell, dir string) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.running[c] = dir
}

// ended takes in that a run is not under way any more.
func (d *sweepDisplay) ended(c *study.Cell) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	delete(d.running, c)
}

// done shows a run that has finished.
func (d *sweepDisplay) done(c *study.Cell) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.finished++
	d.paid += d.costOf(c)
	d.latest = c.String() + ": " + finding(c)
	d.draw()
}

// finding is the result of a run in a few words.
func finding(c *study.Cell) string {
	o, err := study.ReadOutcome(c.Dir)
	switch {
	case err != nil:
		return err.Error()
	case o.Failure != nil:
		return "failed after " + plural(int(o.Failure.Steps), "step")
	}
	return fmt.Sprintf("return %.1f, %s CPU", o.Return, seconds(o.CPUSeconds))
}

// draw shows the state; d.mutex is held.
func (d *sweepDisplay) draw() {
	d.shown = d.now()
	all := len(d.plan.Cells)
	pace := fmt.Sprintf("%d/%d runs", d.finished, all)
	share := d.share()
	if left := d.now().Sub(d.began).Seconds() * (1 - share) / share; share > 0 && d.finished < all {
		pace += "  " + seconds(left) + " left"
	}
	if !d.screen {
		line := pace
		if d.latest != "" {
			line += "  " + d.latest
		}
		fmt.Fprintln(d.w, line)
		d.latest = ""
		return
	}
	var b strings.Builder
	if d.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", d.drawn)
	}
	for _, line := range []string{bar(share, sparkWidth) + "  " + pace, d.latest} {
		fmt.Fprintf(&b, "\r\x1b[K%s\n", cut(line, d.width))
	}
	d.drawn = 2
	io.WriteString(d.w, b.String())
}

// share is how much of the work is done, runs under way included.
func (d *sweepDisplay) share() float64 {
	if d.goal <= 0 {
		return 0
	}
	paid := d.paid
	for c, dir := range d.running {
		paid += d.cost[kindOf(c)] * min(float64(c.Steps), latestStep(dir))
	}
	return min(1, paid/d.goal)
}

// latestStep reads how far a run is from the end of its metrics; 0 if they do
// not tell yet.
func latestStep(dir string) float64 {
	const enough = 1 << 14 // bytes, for a line
	f, err := os.Open(filepath.Join(dir, train.MetricsFile))
	if err != nil {
		return 0
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	end := make([]byte, min(enough, info.Size()))
	n, _ := f.ReadAt(end, info.Size()-int64(len(end)))
	lines := bytes.Split(end[:n], []byte("\n"))
	if len(lines) < 2 {
		return 0
	}
	var row struct{ Step float64 }
	if json.Unmarshal(lines[len(lines)-2], &row) != nil {
		return 0
	}
	return row.Step
}
