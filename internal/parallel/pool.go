// Package parallel runs numbered tasks on several threads. What a task is
// depends on the work alone, never on the number of threads, so that results
// that are combined in the order of the tasks have the same bits for any
// number.
package parallel

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Pool is a set of workers that wait for tasks. It is used by one goroutine at
// a time; a For from inside a task is allowed. The zero value is not usable.
type Pool struct {
	workers []*worker // all but the caller, who is worker 0
	closed  bool
	busy    bool // a For is under way

	patience time.Duration // how long a worker stays awake

	// The job: written by For before it opens the gate, read by those who have
	// passed it.
	run   func(task, worker int)
	tasks atomic.Int64
	next  atomic.Int64 // number of the next task

	// gate is the job's generation, whether it is open, and how many workers
	// are inside; see below. Workers that wait look at nothing else, so it has
	// a line of the cache for itself.
	_    line
	gate atomic.Uint64
	_    line

	waiting atomic.Bool // the caller sleeps until the last worker has left
	mutex   sync.Mutex  // guards left and failure
	left    *sync.Cond
	failure *Panic // of the lowest task
}

// line keeps what stands before it out of the cache line of what stands behind.
type line [128]byte

// Parts of the gate: workers inside in the low bits, then the open flag, then
// the generation. A worker enters only while the flag is set; so once For has
// cleared it and the count is zero, nobody looks at the job any more.
const (
	oneInside  = 1
	insideMask = 1<<16 - 1
	openFlag   = 1 << 16
	generation = 1 << 17
)

// worker is a goroutine that takes tasks.
type worker struct {
	parked atomic.Bool
	wake   chan struct{} // capacity 1
}

// A sleeping worker takes some 60 µs to wake, more than the update of a small
// network. So it stays awake for about as long after its last task, which costs at
// most twice what the better choice would have, and an idle pool nothing. The
// clock is read only now and then, and others are let in between.
const (
	awake = 100 * time.Microsecond
	looks = 64 // between two readings of the clock
)

// New starts a pool of the given number of threads, the caller's own included.
// It panics if there are none.
func New(threads int) *Pool {
	if threads < 1 || threads > insideMask {
		panic("parallel: number of threads must be at least 1 and below 65536")
	}
	p := &Pool{patience: awake}
	if threads > runtime.GOMAXPROCS(0) {
		p.patience = 0 // whoever stays awake keeps others from working
	}
	p.left = sync.NewCond(&p.mutex)
	for i := 1; i < threads; i++ {
		w := &worker{wake: make(chan struct{}, 1)}
		p.workers = append(p.workers, w)
		go p.work(w, i)
	}
	return p
}

// Threads is the number of tasks that can run at once.
func (p *Pool) Threads() int { return len(p.workers) + 1 }

// For runs fn for every task from 0 to tasks−1, each exactly once, and returns
// when all have returned. The caller takes part; worker, below Threads, tells
// which thread runs the task, for scratch memory that is not shared. Tasks start
// in ascending order. For allocates nothing.
//
// A For from inside a task runs on that task's thread alone, all tasks as
// worker 0: memory by worker must belong to one level of nesting.
//
// If tasks panic, the others still run, and then For panics with the *Panic of
// the lowest of them; where all tasks run on the caller's own thread, the first
// panic passes through as it is. It panics if the pool is closed.
func (p *Pool) For(tasks int, fn func(task, worker int)) {
	if p.closed {
		panic("parallel: pool is closed")
	}
	if p.busy || len(p.workers) == 0 || tasks <= 1 {
		for task := range tasks {
			fn(task, 0)
		}
		return
	}
	p.busy, p.failure = true, nil
	p.run = fn
	p.tasks.Store(int64(tasks))
	p.next.Store(0)
	p.gate.Store((p.gate.Load()&^(openFlag|insideMask) + generation) | openFlag)
	p.wakeUp(tasks - 1)
	p.drain(0)
	p.shut()
	p.run, p.busy = nil, false
	if p.failure != nil {
		panic(p.failure)
	}
}

// wakeUp wakes parked workers, at most so many.
func (p *Pool) wakeUp(most int) {
	for _, w := range p.workers[:min(most, len(p.workers))] {
		if w.parked.CompareAndSwap(true, false) {
			w.wake <- struct{}{}
		}
	}
}

// shut closes the gate and waits until every worker has left.
func (p *Pool) shut() {
	p.gate.And(^uint64(openFlag))
	if p.soon(p.empty) {
		return
	}
	p.waiting.Store(true)
	p.mutex.Lock()
	for p.gate.Load()&insideMask != 0 {
		p.left.Wait()
	}
	p.mutex.Unlock()
	p.waiting.Store(false)
}

// work is the life of a worker: enter, take tasks, leave, wait. A task that ends
// the goroutine takes the worker with it, but does not keep For waiting.
func (p *Pool) work(w *worker, number int) {
	inside := false
	defer func() {
		if inside {
			p.leave()
		}
	}()
	for {
		if inside = p.enter(); inside {
			p.drain(number)
			p.leave()
			inside = false
		}
		if !p.await(w) {
			return
		}
	}
}

// enter passes the gate if it is open.
func (p *Pool) enter() bool {
	for {
		g := p.gate.Load()
		if g&openFlag == 0 {
			return false
		}
		if p.gate.CompareAndSwap(g, g+oneInside) {
			return true
		}
	}
}

// leave goes back through the gate and, if it was the last one inside a closed
// gate, wakes the caller.
func (p *Pool) leave() {
	g := p.gate.Add(^uint64(0))
	if g&(openFlag|insideMask) == 0 && p.waiting.Load() {
		p.mutex.Lock()
		p.left.Broadcast()
		p.mutex.Unlock()
	}
}

// await waits for an open gate with tasks left: awake for a moment, then parked.
// It returns false when the pool is closed.
func (p *Pool) await(w *worker) bool {
	if p.soon(p.promising) {
		return true
	}
	w.parked.Store(true)
	if p.promising() && w.parked.CompareAndSwap(true, false) {
		return true
	}
	_, ok := <-w.wake
	return ok
}

// soon waits until ready, awake, and reports whether that came about before the
// pool's patience ended.
func (p *Pool) soon(ready func() bool) bool {
	var start time.Time
	for {
		for range looks {
			if ready() {
				return true
			}
		}
		if now := time.Now(); start.IsZero() {
			start = now
		} else if now.Sub(start) >= p.patience {
			return false
		}
		runtime.Gosched()
	}
}

// empty reports whether no worker is inside the gate.
func (p *Pool) empty() bool { return p.gate.Load()&insideMask == 0 }

// promising reports whether the gate is open and tasks seem to be left.
func (p *Pool) promising() bool {
	return p.gate.Load()&openFlag != 0 && p.next.Load() < p.tasks.Load()
}

// drain takes tasks until there are none.
func (p *Pool) drain(worker int) {
	for !p.takeTasks(worker) {
	}
}

// takeTasks runs tasks until there are none or one panics; it reports whether
// there are none.
func (p *Pool) takeTasks(worker int) (done bool) {
	task := int64(-1)
	defer func() {
		if done {
			return
		}
		value := recover()
		if value == nil {
			value = "the task ended its goroutine"
		}
		p.record(&Panic{Task: int(task), Value: value, Stack: debug.Stack()})
	}()
	for {
		task = p.next.Add(1) - 1
		if task >= p.tasks.Load() {
			return true
		}
		p.run(int(task), worker)
	}
}

// record keeps the failure of the lowest task.
func (p *Pool) record(f *Panic) {
	p.mutex.Lock()
	if p.failure == nil || f.Task < p.failure.Task {
		p.failure = f
	}
	p.mutex.Unlock()
}

// Close ends the workers. A second call does nothing.
func (p *Pool) Close() {
	if p.closed {
		return
	}
	p.closed = true
	for _, w := range p.workers {
		close(w.wake)
	}
}

// Panic is what For panics with when a task has panicked.
type Panic struct {
	Task  int
	Value any    // what the task panicked with
	Stack []byte // of its goroutine
}

// Error says which task panicked with what, and where.
func (p *Panic) Error() string {
	return fmt.Sprintf("task %d panicked: %v\n%s", p.Task, p.Value, p.Stack)
}

// Unwrap returns the task's value if it was an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}
