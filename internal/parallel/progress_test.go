package parallel

import (
	"testing"
	"time"
)

// TestTasksFollowAnother: what the first task has done can be read by those that
// wait for it, for any number of threads, one included.
func TestTasksFollowAnother(t *testing.T) {
	for _, threads := range []int{1, 2, 3, 8} {
		p := New(threads)
		defer p.Close()
		const steps = 40
		for range 20 {
			var progress Progress
			done, seen := make([]int, steps), make([]int, steps) // unsynchronised: the race detector watches
			p.For(1+steps, func(task, _ int) {
				if task == 0 {
					for i := range done {
						done[i] = i + 1
						progress.Report(i + 1)
					}
					return
				}
				progress.Wait(task)
				seen[task-1] = done[task-1]
			})
			for i, got := range seen {
				if got != i+1 {
					t.Fatalf("%d threads: step %d was seen as %d", threads, i, got)
				}
			}
		}
	}
}

// TestProgressOfASlowTask: who waits for longer than it stays awake goes on all the
// same.
func TestProgressOfASlowTask(t *testing.T) {
	p := New(2)
	defer p.Close()
	var progress Progress
	reported := false
	p.For(2, func(task, _ int) {
		if task == 0 {
			time.Sleep(20 * awake)
			reported = true
			progress.Report(1)
			return
		}
		progress.Wait(1)
		if !reported {
			t.Error("the wait ended before the report")
		}
	})
}
