package align

import (
	"context"
	"errors"
	"fmt"
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
	// Some completions of the step; of methods that draw none, those of an evaluation.
	Samples []Sample
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
	Scores          *Scores  // final evaluation; nil if there was none
	Samples         []Sample // some completions of it
	Last            record.Row
}

// Run aligns a model by a method on a task. With Options.Dir it writes the folder of
// the run: settings, metrics, sampled completions, and the models of the last and of
// the best evaluation, as folders that Hugging Face's tools read.
//
// If ctx ends, Run finishes the step it is in, saves, and returns the result so far
// together with ctx.Err(). Other errors end the run at once; the last checkpoint
// stays. They are *NumericalError if an update cannot be made, and *VerifierError if
// the task's verifier breaks, before which the model is saved. What [Check] reports
// comes before anything is written.
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
	task    task.Task
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
	answers   []Sample // of the latest evaluation, until they have been shown
	row       record.Row
	result    *Result
}

// prepare checks everything before it makes anything.
func prepare(m Method, t task.Task, o Options) (*run, error) {
	r, err := gather(m, t, o)
	if err != nil {
		return nil, err
	}
	w := r.work
	if r.Model != nil {
		w.model = r.Model.Clone() // the caller's stays as it is
	} else {
		w.model.Initialize(seed.Stream(r.Seed, "model", 0))
	}
	if w.reference == nil {
		w.reference = w.model.Clone()
	}
	w.pool = parallel.New(r.Threads)
	if r.learner, err = m.start(w); err == nil && o.Dir != "" {
		r.folder, err = newFolder(o.Dir, r.document())
	}
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// document is the settings of the run as config.toml shows them.
func (r *run) document() config.Document {
	s := Settings{
		Run:        RunSection{Method: r.method.Name(), Seed: r.Seed, Steps: r.Steps},
		Task:       TaskSection{Name: r.task.Spec().Name, Options: r.TaskOptions},
		Model:      r.Names,
		Evaluation: r.Evaluation,
	}
	if s.Evaluation == (Evaluation{}) {
		s.Evaluation.Prompts, s.Evaluation.Samples = 1, 1 // no evaluation at all; any number does
	}
	return s.document(r.method.sections())
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
			if stop := ctx.Err(); stop != nil && errors.Is(err, stop) { // while it drew: the model is as it was
				break
			}
			return r.rescue(err)
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
	if r.folder != nil {
		if err := r.folder.recorder.Record(r.row); err != nil {
			return fmt.Errorf("record: %w", err)
		}
	}
	samples, due := r.samples()
	if r.folder != nil && due {
		if err := r.folder.show(samples); err != nil {
			return err
		}
	}
	if r.Observe != nil {
		r.Observe(Progress{Step: r.steps, Steps: r.Steps, Tokens: r.tokens, Seconds: time.Since(r.began).Seconds(), Row: &r.row, Samples: samples})
	}
	return nil
}

// shownEvery is how many steps lie between two whose completions are written down.
const shownEvery = 10

// samples returns some completions of the step, and whether it is time to write them
// down: those that the learner has drawn or, if it draws none, those of an evaluation.
func (r *run) samples() (shown []Sample, due bool) {
	if s, ok := r.learner.(shower); ok {
		return s.samples(), r.steps%shownEvery == 1
	}
	shown, r.answers = r.answers, nil
	return shown, true
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
