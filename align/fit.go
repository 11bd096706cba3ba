package align

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/internal/clock"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/seed"
)

// Check reports why a run could not begin: settings that are out of range, or a method,
// a task and models that do not go together. It is what Run finds before it writes
// anything, and draws a few prompts for it. nil: nothing is known to be wrong.
func Check(m Method, t task.Task, o Options) error {
	_, err := gather(m, t, o)
	return err
}

// gather makes a run with all that was asked for, once it is found to go together. The
// model is still the caller's, or one that nobody has initialised.
func gather(m Method, t task.Task, o Options) (*run, error) {
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if o.Names.Start == "" {
		o.Names.Start = lm.Sizes()[0]
	}
	r := &run{Options: o, method: m, task: t, began: time.Now(), beganCPU: clock.CPU()}
	d := r.document()
	if err := d.Check(); err != nil {
		return nil, err
	}
	w := &workplace{
		task: t, spec: t.Spec(), tokenizer: o.Tokenizer,
		reference: o.Reference, reward: o.Reward,
		sampling: lm.DefaultSampling(), seed: o.Seed,
	}
	if w.tokenizer == nil {
		w.tokenizer = w.spec.Tokenizer
	}
	if how := m.sections().Generate; how != nil {
		w.sampling = *how
	}
	var err error
	if w.model = o.Model; w.model == nil {
		w.model, err = w.blank(o.Names.Start)
	}
	if err == nil {
		err = m.fit(w)
	}
	if err == nil {
		err = w.fits()
	}
	if err == nil {
		err = w.rehearse()
	}
	r.work = w
	return r, err
}

// blank is a model of a size for the task, which nobody has initialised.
func (w *workplace) blank(size string) (*lm.Model, error) {
	c, err := lm.Sized(size, w.tokenizer.Size(), w.spec.MaxPrompt+w.spec.MaxCompletion)
	if err != nil {
		return nil, err
	}
	c.Begin, c.Pad = int(w.tokenizer.Begin()), int(w.tokenizer.Pad())
	for _, end := range w.stops() {
		c.End = append(c.End, int(end))
	}
	return lm.New(c)
}

// drawsNothing reports what is of no use to a method that learns from no completions of
// its own: a reward model, and settings of how they are drawn. Evaluations draw from the
// model's own distribution, and ask the task.
func (w *workplace) drawsNothing(method string) error {
	if w.reward != nil {
		return fmt.Errorf("reward model: %s draws no completions that it could rate; grpo and ppo do", method)
	}
	own := lm.DefaultSampling()
	if own.MaxTokens = w.sampling.MaxTokens; w.sampling != own {
		return fmt.Errorf("section generate: %s reads max_tokens of it alone, since it draws completions in evaluations only, and those from the model's own distribution; the others must be as they are by default", method)
	}
	return nil
}

// fits reports why models and tokenizer do not go together.
func (w *workplace) fits() error {
	if err := errors.Join(
		w.speaks(),
		sound("model to start from", w.model),
		w.stands("reference", w.reference),
		w.stands("reward model", w.reward),
	); err != nil {
		return err
	}
	if w.reward != nil && !w.reward.Config.Scalar {
		return errors.New("the reward model has no scalar head: train one with the method reward")
	}
	return nil
}

// speaks reports why the model cannot read what the tokenizer writes.
func (w *workplace) speaks() error {
	if need := w.tokenizer.Size(); need > w.model.Config.Vocabulary {
		return fmt.Errorf("the tokenizer has %d tokens, the model's vocabulary %d: they do not belong together", need, w.model.Config.Vocabulary)
	}
	return nil
}

// stands reports why a model, if there is one, cannot stand beside the one that learns.
func (w *workplace) stands(role string, m *lm.Model) error {
	if m == nil {
		return nil
	}
	if m.Config.Vocabulary != w.model.Config.Vocabulary {
		return fmt.Errorf("the %s has %d tokens in its vocabulary, the model has %d: they must share a tokenizer",
			role, m.Config.Vocabulary, w.model.Config.Vocabulary)
	}
	if m.Config.Context < w.model.Config.Context {
		return fmt.Errorf("the %s has a context of %d tokens, shorter than the model's %d", role, m.Config.Context, w.model.Config.Context)
	}
	return sound(role, m)
}

// sound reports a parameter that is no number. A model with one draws nonsense, and in
// some methods nothing else would tell.
func sound(role string, m *lm.Model) error {
	for _, tensor := range m.Layout().Tensors() {
		for _, x := range m.Parameters[tensor.Offset:][:tensor.Size()] {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return fmt.Errorf("the %s is broken: its tensor %s holds %v", role, tensor.Name, x)
			}
		}
	}
	return nil
}

// rehearsals is how many prompts are tried before a run begins.
const rehearsals = 16

// rehearse reports why the model cannot take the prompts of the task, or what the task
// demonstrates: some of them are written in its tokens. They are drawn from a stream of
// their own, so the run is the same without.
func (w *workplace) rehearse() error {
	rng := seed.Stream(w.seed, "rehearsal", 0)
	teacher, _ := w.task.(task.Demonstrator)
	for range rehearsals {
		prompt, err := task.Draw(w.task, task.Training, rng)
		if err != nil {
			return err
		}
		if teacher == nil {
			_, err = w.encodePrompt(prompt)
		} else {
			_, err = w.encode(prompt, teacher.Demonstrate(rng, prompt))
		}
		if err != nil {
			return fmt.Errorf("task %s does not suit the model: %w", w.spec.Name, err)
		}
	}
	return nil
}
