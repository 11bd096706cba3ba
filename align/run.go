package align

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/internal/clock"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/seed"
)

// Options say what a run does besides training. The zero value, with Steps set,
// trains a nano model in memory on all cores and evaluates nothing. It is plain
// data.
type Options struct {
	Seed  uint64 // everything random in the run comes from it
	Steps int    // updates; at least 1
	Dir   string // folder of the run, made anew; empty: nothing is written

	// Model is the one to start from, and Tokenizer the one it understands; nil: the
	// task's. It stays as it is.
	Model     *lm.Model
	Tokenizer *token.Tokenizer
	Reference *lm.Model // frozen; nil: a copy of the model at the start
	Reward    *lm.Model // takes the place of the task's verifier in training; nil: none

	// Names is how config.toml calls these models. Start is also the size of a new
	// model where there is none to start from; empty: nano.
	Names ModelSection
	// TaskOptions are recorded in config.toml; the task has them already.
	TaskOptions map[string]any

	// Threads does not change any result. 0: as many as there are cores.
	Threads int
	// Evaluation is how the model is examined; the zero value: not at all.
	Evaluation Evaluation
	// Observe is called after every step, from the goroutine of Run. What it is shown
	// is only valid during the call.
	Observe func(Progress)
}

// Progress is how far a run is. It is plain data.
type Progress struct {
	Step, Steps int
	Tokens      int64   // learned from so far
	Seconds     float64 // since the start
	Row         *record.Row
	Samples     []Sample // some completions of the step; nil where none were drawn
}

// Result is the outcome of a run. It is plain data.
type Result struct {
	Model      *lm.Model // after the last step
	Tokenizer  *token.Tokenizer
	Steps      int
	Tokens     int64   // learned from, prompts not counted
	Seconds    float64 // of the whole run, evaluations included
	CPUSeconds float64 // likewise, of all threads
	// TokensPerSecond is the speed of training alone, without evaluations.
	TokensPerSecond float64
	Scores          *Scores // final evaluation; nil if there was none
	Last            record.Row
}

// Run aligns a model by a method on a task. With Options.Dir it writes the folder of
// the run: settings, metrics, sampled completions, and the models of the last and of
// the best evaluation, as folders that Hugging Face's tools read.
//
// If ctx ends, Run finishes the step it is in, saves, and returns the result so far
// together with ctx.Err(). Other errors end the run at once; the last checkpoint
// stays. They are *NumericalError if an update cannot be made, and *VerifierError if
// the task's verifier breaks.
func Run(ctx context.Context, m Method, t task.Task, o Options) (*Result, error) {
	r, err := prepare(m, t, o)
	if err != nil {
		return nil, err
	}
	err = r.train(ctx)
	if closing := r.close(); err == nil {
		err = closing
	}
	if err != nil && (r.result == nil || ctx.Err() == nil) {
		return nil, err
	}
	return r.result, err
}

// run is a run under way.
type run struct {
	Options
	method  Method
	work    *workplace
	learner learner
	folder  *folder // nil: nothing is written

	steps     int
	tokens    int64
	began     time.Time
	beganCPU  time.Duration
	examining time.Duration // spent in evaluations
	best      float64       // of an evaluation
	examined  bool
	row       record.Row
	result    *Result
}

// prepare checks everything before it makes anything.
func prepare(m Method, t task.Task, o Options) (*run, error) {
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if o.Names.Start == "" {
		o.Names.Start = lm.Sizes()[0]
	}
	r := &run{Options: o, method: m, began: time.Now(), beganCPU: clock.CPU()}
	d := r.document(t)
	if err := d.Check(); err != nil {
		return nil, err
	}
	if err := r.workplace(t); err != nil {
		return nil, err
	}
	var err error
	if r.learner, err = m.start(r.work); err == nil && o.Dir != "" {
		r.folder, err = newFolder(o.Dir, d)
	}
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// document is the settings of the run as config.toml shows them.
func (r *run) document(t task.Task) config.Document {
	s := Settings{
		Run:        RunSection{Method: r.method.Name(), Seed: r.Seed, Steps: r.Steps},
		Task:       TaskSection{Name: t.Spec().Name, Options: r.TaskOptions},
		Model:      r.Names,
		Evaluation: r.Evaluation,
	}
	if s.Evaluation == (Evaluation{}) {
		s.Evaluation.Prompts, s.Evaluation.Samples = 1, 1 // no evaluation at all; any number does
	}
	return s.document(r.method.sections())
}

// workplace gathers what the learner works with.
func (r *run) workplace(t task.Task) error {
	w := &workplace{
		task: t, spec: t.Spec(), tokenizer: r.Tokenizer,
		reference: r.Reference, reward: r.Reward,
		sampling: lm.DefaultSampling(), seed: r.Seed,
	}
	if w.tokenizer == nil {
		w.tokenizer = w.spec.Tokenizer
	}
	if how := r.method.sections().Generate; how != nil {
		w.sampling = *how
	}
	var err error
	if w.model, err = r.model(w); err != nil {
		return err
	}
	if err := errors.Join(w.speaks(), w.fits("reference", r.Reference), w.fits("reward model", r.Reward)); err != nil {
		return err
	}
	if r.Reward != nil && !r.Reward.Config.Scalar {
		return errors.New("the reward model has no scalar head: train one with the method reward")
	}
	if w.reference == nil {
		w.reference = w.model.Clone()
	}
	w.pool = parallel.New(r.Threads)
	r.work = w
	return nil
}

// model is a copy of the model to start from, or a new one.
func (r *run) model(w *workplace) (*lm.Model, error) {
	if r.Model != nil {
		return r.Model.Clone(), nil
	}
	c, err := lm.Sized(r.Names.Start, w.tokenizer.Size(), w.spec.MaxPrompt+w.spec.MaxCompletion)
	if err != nil {
		return nil, err
	}
	c.Begin, c.Pad = int(w.tokenizer.Begin()), int(w.tokenizer.Pad())
	for _, end := range w.stops() {
		c.End = append(c.End, int(end))
	}
	m, err := lm.New(c)
	if err != nil {
		return nil, err
	}
	m.Initialize(seed.Stream(r.Seed, "model", 0))
	return m, nil
}

func (r *run) close() error {
	r.work.pool.Close()
	if r.folder == nil {
		return nil
	}
	return r.folder.close()
}

// train goes round the circle until the steps are done.
func (r *run) train(ctx context.Context) error {
	for r.steps < r.Steps && ctx.Err() == nil {
		if err := r.iterate(ctx); err != nil {
			if ctx.Err() != nil { // interrupted while it drew: the model is as it was
				break
			}
			return err
		}
	}
	return r.finish(ctx)
}

// iterate is one step and what is due after it.
func (r *run) iterate(ctx context.Context) error {
	r.row = record.Row{Step: int64(r.steps + 1), Scalars: r.row.Scalars[:0], Histograms: r.row.Histograms[:0]}
	if err := r.learner.iterate(ctx, r.steps, float64(r.steps)/float64(r.Steps), &r.row); err != nil {
		return fmt.Errorf("after %d steps: %w", r.steps, err)
	}
	r.steps++
	tokens, _ := r.row.Value(record.TextTokens)
	r.tokens += int64(tokens)
	if every := r.Evaluation.Every; every > 0 && r.steps%every == 0 && r.steps < r.Steps {
		if err := r.examine(ctx); err != nil {
			return err
		}
	}
	r.reportClock()
	var samples []Sample
	if s, ok := r.learner.(shower); ok {
		samples = s.samples()
	}
	if r.folder != nil {
		if err := r.folder.record(r.row, samples); err != nil {
			return err
		}
	}
	if r.Observe != nil {
		r.Observe(Progress{Step: r.steps, Steps: r.Steps, Tokens: r.tokens, Seconds: time.Since(r.began).Seconds(), Row: &r.row, Samples: samples})
	}
	return nil
}

func (r *run) reportClock() {
	r.row.Add(record.TimeSeconds, time.Since(r.began).Seconds())
	r.row.Add(record.TimeCPUSeconds, (clock.CPU() - r.beganCPU).Seconds())
	r.row.Add(record.TimeTokensPerSecond, r.speed())
}

// speed is tokens learned from per second of training, evaluations apart.
func (r *run) speed() float64 {
	return float64(r.tokens) / (time.Since(r.began) - r.examining).Seconds()
}
