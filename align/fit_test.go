package align

import (
	"bufio"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/seed"
)

// bare is a task that neither demonstrates nor compares.
type bare struct{ task.Task }

// TestCheckFindsWhatDoesNotFit, as a run does, before anything is written and without a
// change to any model.
func TestCheckFindsWhatDoesNotFit(t *testing.T) {
	add, w := makeTask(t, "add", nil), bench(t, 1)
	sized := func(change func(c *lm.Config)) *lm.Model {
		c := w.model.Config
		change(&c)
		m, err := lm.New(c)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	broken := w.model.Clone()
	broken.Parameters[3] = float32(math.Inf(1))
	rating := sized(func(c *lm.Config) { c.Scalar = true })
	overlong := DefaultPPO()
	overlong.Shape.OverlongBuffer = 5
	cold := DefaultDPO()
	cold.Generate.Temperature = 0.5
	foreign, err := token.Characters("abc", token.Special{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		method Method
		task   task.Task
		o      Options
		want   string
	}{
		{"all is well", DefaultPPO(), add, Options{Model: w.model, Reference: w.reference, Reward: rating}, ""},
		{"no steps", DefaultSFT(), add, Options{Steps: -1}, "run.steps = -1: must be at least 1"},
		{"vocabulary", DefaultPPO(), add, Options{Model: w.model, Reference: sized(func(c *lm.Config) { c.Vocabulary++ })},
			"the reference has 15 tokens in its vocabulary, the model has 14"},
		{"vocabulary of the judge", DefaultPPO(), add, Options{Model: w.model, Reward: sized(func(c *lm.Config) { c.Vocabulary++ })},
			"the reward model has 15 tokens in its vocabulary, the model has 14"},
		{"context", DefaultPPO(), add, Options{Model: w.model, Reward: sized(func(c *lm.Config) { c.Context-- })},
			"the reward model has a context of 10 tokens, shorter than the model's 11"},
		{"no head", DefaultPPO(), add, Options{Model: w.model, Reward: w.reference}, "the reward model has no scalar head"},
		{"broken model", DefaultSFT(), add, Options{Model: broken}, "the model to start from is broken: its tensor embedding holds +Inf"},
		{"broken reference", DefaultDPO(), makeTask(t, "tilt", nil), Options{Reference: broken}, "the reference"},
		{"short context", DefaultGRPO(), add, Options{Model: sized(func(c *lm.Config) { c.Context = 9 })},
			`task add does not suit the model: prompt "`},
		{"letters", DefaultGRPO(), add, Options{Tokenizer: foreign}, "has no token"},
		{"no demonstrations", DefaultSFT(), bare{add}, Options{}, "task add has no demonstrations to imitate"},
		{"no pairs", DefaultReward(), add, Options{}, "task add prefers no completion to another"},
		{"no pairs either", DefaultDPO(), add, Options{}, "task add prefers no completion to another"},
		{"nothing to rate", DefaultSFT(), add, Options{Reward: rating}, "reward model: sft draws no completions that it could rate"},
		{"nothing to draw", DefaultDPO(), makeTask(t, "tilt", nil), Options{}, ""},
		{"nothing to draw coldly", cold, makeTask(t, "tilt", nil), Options{}, "section generate: dpo reads max_tokens of it alone"},
		{"buffer", overlong, add, Options{}, "ppo.shape.overlong_buffer = 5: must be at most 4"},
	} {
		if test.o.Steps == 0 {
			test.o.Steps = 1
		}
		test.o.Threads, test.o.Dir = 1, filepath.Join(t.TempDir(), "run")
		before := slices.Clone(w.model.Parameters)
		err := Check(test.method, test.task, test.o)
		golden.Same(t, "the caller's model", w.model.Parameters, before)
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: error %v", test.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
		if _, again := Run(t.Context(), test.method, test.task, test.o); again == nil || again.Error() != err.Error() {
			t.Errorf("%s: Check says %v, Run %v", test.name, err, again)
		}
		if _, err := os.Stat(test.o.Dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: something was written", test.name)
		}
	}
}

// TestWhatWasLearnedOutlivesABrokenVerifier: the model of the step before is saved,
// whether a step broke or the evaluation at the end.
func TestWhatWasLearnedOutlivesABrokenVerifier(t *testing.T) {
	c := fewGRPO() // 24 answers a step
	for _, test := range []struct {
		name    string
		answers int // that are judged before the verifier breaks
		steps   int
	}{{"in a step", 60, 2}, {"in the final evaluation", 3*24 + 10, 3}} {
		calls, most := 0, test.answers
		add := judged{Task: makeTask(t, "add", nil), limit: time.Minute, verify: func(string, task.Answer) float64 {
			if calls++; calls > most {
				panic("out of order")
			}
			return float64(calls % 2)
		}}
		o := Options{Seed: 1, Steps: 3, Threads: 1, Dir: filepath.Join(t.TempDir(), "run")}
		o.Evaluation = Evaluation{Prompts: 1, FinalPrompts: 20, Samples: 1}
		var broken *VerifierError
		if r, err := Run(t.Context(), c, add, o); r != nil || !errors.As(err, &broken) || broken.Stack == "" {
			t.Errorf("%s: result %v, error %v", test.name, r, err)
		}
		saved, _, err := LoadModel(o.Dir)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		calls, most = 0, math.MaxInt
		r, err := Run(t.Context(), c, add, Options{Seed: 1, Steps: test.steps, Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		golden.Same(t, test.name, saved.Parameters, r.Model.Parameters)
	}
}

// TestBrokenModelsAreNotAsked: a model whose log-probabilities are no numbers would
// answer nonsense, and no reward would tell.
func TestBrokenModelsAreNotAsked(t *testing.T) {
	w := bench(t, 1)
	s := newSource(w)
	for i := range w.model.Parameters {
		w.model.Parameters[i] = float32(math.NaN())
	}
	if _, err := s.draw(t.Context(), 2, 2); err == nil || !strings.Contains(err.Error(), "NaN: its parameters are broken") {
		t.Errorf("error %v", err)
	}
}

// TestImitationsAreShown: a method that draws no completions shows those of its
// evaluations.
func TestImitationsAreShown(t *testing.T) {
	dir, observed := filepath.Join(t.TempDir(), "run"), 0
	r, err := Run(t.Context(), DefaultSFT(), makeTask(t, "add", nil), Options{
		Seed: 1, Steps: 5, Threads: 1, Dir: dir,
		Evaluation: Evaluation{Every: 2, Prompts: 6, FinalPrompts: 3, Samples: 2},
		Observe:    func(p Progress) { observed += len(p.Samples) },
	})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(dir, CompletionsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var steps []int
	var last Sample
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if err := json.Unmarshal(lines.Bytes(), &last); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, last.Step)
	}
	if want := []int{2, 2, 2, 2, 4, 4, 4, 4, 5, 5, 5}; !slices.Equal(steps, want) {
		t.Errorf("completions of the steps %v, want %v", steps, want)
	}
	if observed != 8 || len(r.Samples) != 3 || r.Samples[2] != last || last.Prompt == "" {
		t.Errorf("%d were shown on the way, %v at the end; the last one written is %v", observed, r.Samples, last)
	}
}

// TestExaminationsAreOfTheModelItself, at temperature 1 and by the task, however a run
// draws its completions and whoever rewards them.
func TestExaminationsAreOfTheModelItself(t *testing.T) {
	var want *Scores
	for _, temperature := range []float64{1, 0.5} {
		c := DefaultGRPO()
		c.Prompts, c.Group = 2, 2
		c.Generate.Temperature = temperature
		c.Optim.LearningRate = optim.Constant(0)
		w := bench(t, 1)
		far := w.model.Clone()
		far.Initialize(seed.New(9))
		r, err := Run(t.Context(), c, makeTask(t, "add", nil), Options{
			Seed: 1, Steps: 1, Threads: 1, Model: w.model, Reference: far,
			Evaluation: Evaluation{Prompts: 1, FinalPrompts: 20, Samples: 4},
		})
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = r.Scores
		}
		if s := r.Scores; s.KL != want.KL || s.Imitated != want.Imitated || s.Length != want.Length || !(s.KL > 0) {
			t.Errorf("at temperature %v: %+v, want %+v", temperature, s, want)
		}
	}
}
