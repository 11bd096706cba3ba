package align

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/parallel"
)

// judged is a task with a verifier of the test's own.
type judged struct {
	task.Task
	verify func(prompt string, answer task.Answer) float64
	limit  time.Duration
}

func (j judged) Verify(prompt string, answer task.Answer) float64 { return j.verify(prompt, answer) }
func (j judged) VerifierLimit() time.Duration                     { return j.limit }

// questions are n answers to be judged, "0" to "n-1".
func questions(n int) (prompts []string, answers []task.Answer) {
	for i := range n {
		prompts = append(prompts, fmt.Sprint("prompt ", i))
		answers = append(answers, task.Answer{Text: fmt.Sprint(i), Ended: true})
	}
	return prompts, answers
}

// verifyWith asks a verifier on so many threads.
func verifyWith(t *testing.T, n, threads int, limit time.Duration, verify func(string, task.Answer) float64) ([]float64, error) {
	t.Helper()
	pool := parallel.New(threads)
	defer pool.Close()
	prompts, answers := questions(n)
	dst := make([]float64, n)
	err := newVerifier(judged{makeTask(t, "add", nil), verify, limit}, pool).verify(t.Context(), dst, prompts, answers)
	return dst, err
}

func TestVerifierAsksAboutEveryAnswer(t *testing.T) {
	for _, threads := range []int{1, 2, 5} {
		for _, n := range []int{0, 1, 3, 100} {
			rewards, err := verifyWith(t, n, threads, time.Minute, func(prompt string, answer task.Answer) float64 {
				var i int
				fmt.Sscanf(answer.Text, "%d", &i)
				if prompt != fmt.Sprint("prompt ", i) {
					return -1
				}
				return float64(i)
			})
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range rewards {
				if r != float64(i) {
					t.Fatalf("%d threads: answer %d of %d has the reward %v", threads, i, n, r)
				}
			}
		}
	}
}

// A broken verifier is an error with the prompt and the answer, on any number of
// threads the one of the lowest answer; the rewards stay as they were.
func TestBrokenVerifiers(t *testing.T) {
	forever := make(chan struct{})
	defer close(forever)
	at := func(from string, what func() float64) func(string, task.Answer) float64 {
		return func(_ string, answer task.Answer) float64 {
			if len(answer.Text) == 1 && answer.Text >= from {
				return what()
			}
			return 1
		}
	}
	for _, test := range []struct {
		name, want string
		verify     func(string, task.Answer) float64
	}{
		{"panic", "panicked: too clever", at("3", func() float64 { panic("too clever") })},
		{"runtime panic", "panicked: runtime error: index out of range [3] with length 0", at("3", func() float64 { return []float64{}[len("abc")] })},
		{"nil panic", "panicked: panic called with nil argument", at("3", func() float64 { panic(error(nil)) })},
		{"NaN", "returned NaN", at("3", math.NaN)},
		{"infinity", "returned +Inf", at("3", func() float64 { return math.Inf(1) })},
		{"goroutine ended", "ended its goroutine", at("3", func() float64 { runtime.Goexit(); return 0 })},
		{"hang", "did not return within 50ms", at("9", func() float64 { <-forever; return 1 })},
	} {
		for _, threads := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s, %d threads", test.name, threads), func(t *testing.T) {
				limit := time.Minute
				if test.name == "hang" {
					limit = 50 * time.Millisecond
				}
				rewards, err := verifyWith(t, 10, threads, limit, test.verify)
				var broken *VerifierError
				if !errors.As(err, &broken) {
					t.Fatalf("error %v", err)
				}
				wrong := 3
				if test.name == "hang" {
					wrong = 9
				}
				if !strings.HasPrefix(broken.What, test.want) || broken.Task != "add" ||
					broken.Prompt != fmt.Sprint("prompt ", wrong) || broken.Answer.Text != fmt.Sprint(wrong) {
					t.Errorf("error %v, want %q at answer %d", err, test.want, wrong)
				}
				if strings.Contains(test.name, "panic") != (broken.Stack != "") {
					t.Errorf("stack %q", broken.Stack)
				}
				for _, r := range rewards {
					if r != 0 {
						t.Fatalf("rewards %v were written", rewards)
					}
				}
			})
		}
	}
}

// The message is one that can be acted upon, however long prompt and answer are.
func TestVerifierErrorText(t *testing.T) {
	err := &VerifierError{Task: "add", Prompt: strings.Repeat("1", 500), Answer: task.Answer{Text: "4\n"}, What: "returned NaN"}
	want := "the verifier of task add returned NaN, for the answer \"4\\n\" to the prompt \"" + strings.Repeat("1", 80) + "\""
	if err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

// TestBrokenVerifiersEndTheRun: with the error, and with the last checkpoint in place.
func TestBrokenVerifiersEndTheRun(t *testing.T) {
	calls := 0
	add := judged{Task: makeTask(t, "add", nil), limit: time.Minute, verify: func(string, task.Answer) float64 {
		if calls++; calls > 40 {
			return math.NaN()
		}
		return float64(calls % 2)
	}}
	c := DefaultGRPO()
	c.Prompts, c.Group = 4, 4
	steps := 0
	r, err := Run(t.Context(), c, add, Options{Seed: 1, Steps: 10, Threads: 1, Observe: func(Progress) { steps++ }})
	var broken *VerifierError
	if r != nil || !errors.As(err, &broken) || broken.What != "returned NaN" || steps != 2 {
		t.Errorf("result %v after %d steps, error %v", r, steps, err)
	}
	if err != nil && !strings.HasPrefix(err.Error(), "after 2 steps: ") {
		t.Errorf("error %q does not say when", err)
	}
}

// TestInterruptedVerifiersAreNotWaitedFor: a slow verifier keeps nobody who wants to
// stop, and what was learned before is there.
func TestInterruptedVerifiersAreNotWaitedFor(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	release := make(chan struct{})
	defer close(release)
	step := 0
	add := judged{Task: makeTask(t, "add", nil), limit: time.Hour, verify: func(string, task.Answer) float64 {
		if step == 2 {
			stop()
			<-release
		}
		return 0
	}}
	r, err := Run(ctx, fewGRPO(), add, Options{Seed: 1, Steps: 9, Threads: 1, Observe: func(p Progress) { step = p.Step }})
	if r == nil || r.Steps != 2 || err != context.Canceled {
		t.Errorf("result %+v, error %v", r, err)
	}
}
