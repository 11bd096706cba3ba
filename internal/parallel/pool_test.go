package parallel

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestEveryTaskRunsOnce(t *testing.T) {
	for _, threads := range []int{1, 2, 3, 8} {
		p := New(threads)
		defer p.Close()
		if p.Threads() != threads {
			t.Errorf("Threads is %d, want %d", p.Threads(), threads)
		}
		for _, tasks := range []int{0, 1, 2, 3, 7, 100} {
			for range 50 {
				runs := make([]atomic.Int32, tasks)
				p.For(tasks, func(task, worker int) {
					if worker < 0 || worker >= threads {
						t.Errorf("worker %d of %d", worker, threads)
					}
					runs[task].Add(1)
				})
				for task := range runs {
					if n := runs[task].Load(); n != 1 {
						t.Fatalf("%d threads, %d tasks: task %d ran %d times", threads, tasks, task, n)
					}
				}
			}
		}
	}
}

// TestWorkersHaveTheirOwnScratch: two tasks never run as the same worker at once.
func TestWorkersHaveTheirOwnScratch(t *testing.T) {
	p := New(4)
	defer p.Close()
	scratch := make([]int, p.Threads()) // unsynchronised: the race detector watches
	for range 200 {
		p.For(16, func(_, worker int) { scratch[worker]++ })
	}
	sum := 0
	for _, n := range scratch {
		sum += n
	}
	if sum != 200*16 {
		t.Errorf("%d tasks ran, want %d", sum, 200*16)
	}
}

// TestResultsAreVisible: what tasks wrote can be read after For, and what was
// written before it can be read by tasks, over many jobs with and without pauses
// in which workers park.
func TestResultsAreVisible(t *testing.T) {
	p := New(3)
	defer p.Close()
	in, out := 0, make([]int, 20)
	for round := range 2000 {
		in = round
		p.For(len(out), func(task, _ int) { out[task] = in + task })
		for task, got := range out {
			if got != round+task {
				t.Fatalf("round %d: task %d wrote %d", round, task, got)
			}
		}
		if round%400 == 0 {
			time.Sleep(2 * time.Millisecond)
		}
	}
}

// TestThreadsRunAtOnce: tasks that wait for each other come to an end.
func TestThreadsRunAtOnce(t *testing.T) {
	p := New(3)
	defer p.Close()
	var here atomic.Int32
	p.For(3, func(int, int) {
		here.Add(1)
		for deadline := time.Now().Add(10 * time.Second); here.Load() < 3; {
			if time.Now().After(deadline) {
				t.Error("three tasks did not run at once on three threads")
				return
			}
			runtime.Gosched()
		}
	})
}

// TestIdleWorkersPark: a pool that has nothing to do takes no time.
func TestIdleWorkersPark(t *testing.T) {
	for _, threads := range []int{2, 2 * runtime.GOMAXPROCS(0)} {
		p := New(threads)
		defer p.Close()
		p.For(2*threads, func(int, int) {})
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			parked := 0
			for _, w := range p.workers {
				if w.parked.Load() {
					parked++
				}
			}
			if parked == threads-1 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d of %d workers are asleep", parked, threads-1)
			}
		}
	}
}

func TestUnevenTasks(t *testing.T) {
	p := New(2)
	defer p.Close()
	var slow atomic.Bool
	p.For(2, func(task, _ int) {
		if task == 1 {
			time.Sleep(20 * time.Millisecond) // the caller must sleep until it is done
			slow.Store(true)
		}
	})
	if !slow.Load() {
		t.Error("For returned before its last task")
	}
}

func TestNestedForRunsInPlace(t *testing.T) {
	p := New(4)
	defer p.Close()
	var inner atomic.Int32
	p.For(8, func(int, int) {
		p.For(5, func(_, worker int) {
			if worker != 0 {
				t.Errorf("nested task as worker %d", worker)
			}
			inner.Add(1)
		})
	})
	if inner.Load() != 40 {
		t.Errorf("%d nested tasks, want 40", inner.Load())
	}
}

func TestPanicOfTheLowestTaskReachesTheCaller(t *testing.T) {
	p := New(3)
	defer p.Close()
	boom := errors.New("boom")
	for range 20 {
		var ran atomic.Int32
		f := catch(t, func() {
			p.For(30, func(task, _ int) {
				ran.Add(1)
				if task%7 == 5 {
					panic(fmt.Errorf("task %d: %w", task, boom))
				}
			})
		})
		if f.Task != 5 || !errors.Is(f, boom) || !strings.Contains(string(f.Stack), "pool_test.go") {
			t.Fatalf("panic of task %d: %v", f.Task, f.Value)
		}
		if ran.Load() != 30 {
			t.Fatalf("%d tasks ran, want all 30", ran.Load())
		}
	}
	p.For(4, func(int, int) {}) // the pool is still good
}

// TestTaskThatEndsItsGoroutine must not keep For waiting.
func TestTaskThatEndsItsGoroutine(t *testing.T) {
	p := New(2)
	defer p.Close()
	var here atomic.Int32
	f := catch(t, func() {
		p.For(2, func(_, worker int) {
			for here.Add(1); here.Load() < 2; { // one task on each thread
				runtime.Gosched()
			}
			if worker == 1 {
				runtime.Goexit()
			}
		})
	})
	if f.Value != "the task ended its goroutine" {
		t.Errorf("panic with %v", f.Value)
	}
}

// catch returns the *Panic that f panics with.
func catch(t *testing.T, f func()) (failure *Panic) {
	t.Helper()
	defer func() {
		var ok bool
		if failure, ok = recover().(*Panic); !ok {
			t.Fatal("no *Panic")
		}
	}()
	f()
	return nil
}

func TestForAllocatesNothing(t *testing.T) {
	for _, threads := range []int{1, 2, 4} {
		p := New(threads)
		defer p.Close()
		var sum atomic.Int64
		fn := func(task, _ int) { sum.Add(int64(task)) }
		p.For(8, fn)
		if n := testing.AllocsPerRun(200, func() { p.For(8, fn) }); n > 0 {
			t.Errorf("%d threads: %v allocations", threads, n)
		}
	}
}

func TestCloseEndsTheWorkers(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		p := New(5)
		p.For(10, func(int, int) {})
		p.Close()
		p.Close()
		defer func() {
			if recover() == nil {
				t.Error("For on a closed pool did not panic")
			}
		}()
		defer p.For(1, func(int, int) {})
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestShardsCoverEverything(t *testing.T) {
	for n := range 200 {
		for size := 1; size < 70; size++ {
			at := 0
			for i := range Shards(n, size) {
				lo, hi := Shard(i, n, size)
				if lo != at || hi <= lo || hi-lo > size {
					t.Fatalf("shard %d of %d by %d is %d to %d after %d", i, n, size, lo, hi, at)
				}
				at = hi
			}
			if at != n {
				t.Fatalf("%d by %d: shards end at %d", n, size, at)
			}
		}
	}
}

func ExamplePool_For() {
	p := New(4)
	defer p.Close()
	data := make([]int, 1000)
	for i := range data {
		data[i] = i
	}
	const size = 300 // depends on the work, not on the threads
	sums := make([]int, Shards(len(data), size))
	p.For(len(sums), func(task, _ int) {
		lo, hi := Shard(task, len(data), size)
		for _, v := range data[lo:hi] {
			sums[task] += v
		}
	})
	total := 0
	for _, s := range sums { // in the order of the shards
		total += s
	}
	fmt.Println(len(sums), total)
	// Output: 4 499500
}

func BenchmarkFor(b *testing.B) {
	for _, threads := range []int{1, 2} {
		for _, tasks := range []int{2, 16} {
			b.Run(fmt.Sprintf("%dthreads/%dtasks", threads, tasks), func(b *testing.B) {
				p := New(threads)
				defer p.Close()
				fn := func(int, int) {}
				for b.Loop() {
					p.For(tasks, fn)
				}
			})
		}
	}
}

// BenchmarkForAfterWork is a job after the caller has worked alone for a while, as
// between two updates. What it costs beyond the work shows whether the workers
// were still awake.
func BenchmarkForAfterWork(b *testing.B) {
	for _, alone := range []time.Duration{5 * time.Microsecond, 30 * time.Microsecond, 300 * time.Microsecond} {
		b.Run(alone.String(), func(b *testing.B) {
			p := New(2)
			defer p.Close()
			work := func(int, int) { spin(20 * time.Microsecond) }
			for b.Loop() {
				spin(alone)
				p.For(2, work)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)-float64(alone+20*time.Microsecond), "ns-lost/op")
		})
	}
}

// spin works for so long.
func spin(d time.Duration) {
	for start := time.Now(); time.Since(start) < d; {
	}
}
