package align

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/parallel"
)

// verifierLimit is how long a verifier may take over one answer.
const verifierLimit = 10 * time.Second

// Patient is a task whose verifier may take another time over an answer than the
// usual 10 seconds, because it runs programs, say. It is asked once, before the run.
type Patient interface {
	task.Task
	VerifierLimit() time.Duration
}

// VerifierError reports a verifier that broke: it panicked, gave no finite number, or
// did not return. Training ends with it rather than learn from a reward that nobody
// gave; the last checkpoint stays. It is plain data.
type VerifierError struct {
	Task   string
	Prompt string
	Answer task.Answer
	What   string // happened, such as "panicked: index out of range"
	Stack  string // of a panic
}

// Error says what happened, and for what answer to what prompt.
func (e *VerifierError) Error() string {
	return fmt.Sprintf("the verifier of task %s %s, for the answer %.80q to the prompt %.80q", e.Task, e.What, e.Answer.Text, e.Prompt)
}

// verifier asks a task's verifier what answers are worth, on several goroutines, and
// survives what the verifier does.
type verifier struct {
	task    task.Task
	threads int
	limit   time.Duration
}

// newVerifier makes the verifier of a task, on as many goroutines as the pool has.
func newVerifier(t task.Task, pool *parallel.Pool) *verifier {
	v := &verifier{task: t, threads: pool.Threads(), limit: verifierLimit}
	if p, ok := t.(Patient); ok {
		v.limit = p.VerifierLimit()
	}
	return v
}

// verify writes the reward of each answer. The error is a *VerifierError: of those
// that returned at all, the one of the lowest answer; or that of ctx. A verifier that
// does not return cannot be stopped: its goroutine stays behind, and has nothing of dst.
func (v *verifier) verify(ctx context.Context, dst []float64, prompts []string, answers []task.Answer) error {
	h := &hearing{
		verifier: v, prompts: prompts, answers: answers,
		reward: make([]float64, len(dst)), judges: make([]judge, min(v.threads, len(dst))),
		done: make(chan struct{}),
	}
	if err := h.hold(ctx); err != nil {
		return err
	}
	copy(dst, h.reward)
	return nil
}

// hearing is one call of verify under way. It outlives the call if a verifier hangs.
type hearing struct {
	*verifier
	prompts []string
	answers []task.Answer
	reward  []float64
	judges  []judge
	next    atomic.Int64 // answer that nobody has taken
	working sync.WaitGroup
	done    chan struct{} // closed when all have finished

	mutex    sync.Mutex // guards failures
	failures []failure
}

// judge is what one goroutine is at: the answer, counted from 1, since when. 0 is
// between two answers.
type judge struct {
	answer atomic.Int64
	since  atomic.Int64 // nanoseconds since verifierEpoch
}

// failure is an answer that could not be judged.
type failure struct {
	answer int
	err    *VerifierError
}

// verifierEpoch is where judges count their time from, by a clock that does not jump.
var verifierEpoch = time.Now()

// hold lets all answers be judged.
func (h *hearing) hold(ctx context.Context) error {
	for i := range h.judges {
		h.working.Add(1)
		go h.judge(&h.judges[i])
	}
	go func() {
		h.working.Wait()
		close(h.done)
	}()
	looking := time.NewTicker(max(time.Millisecond, h.limit/8))
	defer looking.Stop()
	for {
		select {
		case <-h.done:
			if len(h.failures) > 0 {
				return slices.MinFunc(h.failures, func(a, b failure) int { return cmp.Compare(a.answer, b.answer) }).err
			}
			return nil
		case <-ctx.Done():
			h.next.Store(int64(len(h.reward))) // nobody takes another answer
			return fmt.Errorf("verify answers: %w", ctx.Err())
		case <-looking.C:
			if i, ok := h.overdue(); ok {
				return h.fault(i, fmt.Sprintf("did not return within %v", h.limit), "")
			}
		}
	}
}

// overdue returns an answer that has been with a judge for too long.
func (h *hearing) overdue() (answer int, found bool) {
	for i := range h.judges {
		j := &h.judges[i]
		at := j.answer.Load()
		if at > 0 && time.Since(verifierEpoch)-time.Duration(j.since.Load()) > h.limit && j.answer.Load() == at {
			return int(at - 1), true
		}
	}
	return 0, false
}

// judge takes answers until there are no more.
func (h *hearing) judge(j *judge) {
	defer h.working.Done()
	for {
		i := int(h.next.Add(1)) - 1
		if i >= len(h.reward) {
			return
		}
		j.since.Store(int64(time.Since(verifierEpoch)))
		j.answer.Store(int64(i + 1))
		h.ask(i)
		j.answer.Store(0)
	}
}

// ask asks the task what one answer is worth.
func (h *hearing) ask(i int) {
	returned := false
	defer func() {
		if returned {
			return
		}
		what, stack := "ended its goroutine", ""
		if reason := recover(); reason != nil {
			what, stack = fmt.Sprintf("panicked: %v", reason), string(debug.Stack())
		}
		h.fail(i, what, stack)
	}()
	reward := h.task.Verify(h.prompts[i], h.answers[i])
	returned = true
	if math.IsNaN(reward) || math.IsInf(reward, 0) {
		h.fail(i, fmt.Sprintf("returned %v", reward), "")
		return
	}
	h.reward[i] = reward
}

// fail records an answer that could not be judged.
func (h *hearing) fail(i int, what, stack string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.failures = append(h.failures, failure{i, h.fault(i, what, stack)})
}

func (h *hearing) fault(i int, what, stack string) *VerifierError {
	return &VerifierError{Task: h.task.Spec().Name, Prompt: h.prompts[i], Answer: h.answers[i], What: what, Stack: stack}
}
