package train

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/proximal-rl/proximal/config"
	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/internal/clock"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/rollout"
	"github.com/proximal-rl/proximal/seed"
)

// Options say what a run does besides training. The zero value, with Steps set,
// trains in memory on all cores and evaluates nothing. It is plain data.
type Options struct {
	Seed  uint64 // everything random in the run comes from it
	Steps int    // environment steps, rounded up to whole rollouts; at least 1
	Dir   string // folder of the run, made anew; empty: nothing is written

	// Threads does not change any result. 0: as many as there are cores.
	Threads int
	// Evaluation is how the policy is examined; the zero value: not at all.
	Evaluation Evaluation
	// From is a policy to start from, in place of a fresh one. It stays as it is.
	From *policy.Policy
	// EnvironmentOptions are recorded in config.toml; the maker has them already.
	EnvironmentOptions map[string]any
	// Observe is called after every update, from the goroutine of Run. The row
	// is only valid during the call.
	Observe func(Progress)
}

// Progress is how far a run is. It is plain data.
type Progress struct {
	Steps, Total int
	Seconds      float64 // since the start
	Row          *record.Row
}

// Result is the outcome of a run. It is plain data.
type Result struct {
	Policy      *policy.Policy // after the last update
	Environment env.Spec
	Steps       int     // environment steps taken in training
	Updates     int     // rollouts learned from
	Seconds     float64 // of the whole run, evaluations included
	CPUSeconds  float64 // likewise, of all threads
	// StepsPerSecond is the speed of training alone, without evaluations.
	StepsPerSecond float64
	Scores         *Scores // final evaluation; nil if there was none
}

// Run trains a policy for the tasks that maker makes. With Options.Dir it
// writes the folder of the run: settings, metrics, and checkpoints of the last
// and of the best policy, each replaced only by a complete new one.
//
// If ctx ends, Run finishes the update it is in, saves, and returns the result
// so far together with ctx.Err(). Other errors end the run at once; the last
// checkpoint stays. They are *rollout.Failure if an environment breaks and
// *NumericalError if an update does.
func Run(ctx context.Context, a Algorithm, maker env.Maker, o Options) (*Result, error) {
	r, err := prepare(a, maker, o)
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
	algorithm Algorithm
	maker     env.Maker
	spec      env.Spec
	work      *workplace
	learner   learner
	recorder  record.Recorder // nil without a folder

	rows           int // of a rollout
	steps, updates int
	began          time.Time
	beganCPU       time.Duration
	examining      time.Duration // spent in evaluations
	best           float64       // highest mean return of an evaluation
	examined       bool
	episodes       []rollout.Episode // that ended in the latest rollout
	ended          Scores            // of these
	row            record.Row
	result         *Result
}

// prepare checks everything before it makes anything.
func prepare(a Algorithm, maker env.Maker, o Options) (*run, error) {
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	r := &run{Options: o, algorithm: a, maker: maker}
	if err := r.inspect(); err != nil {
		return nil, err
	}
	settings := a.sections()
	if o.From != nil {
		*settings.Policy = o.From.Config()
	}
	d := r.document(settings)
	if err := d.Check(); err != nil {
		return nil, err
	}
	p, err := r.policy(*settings.Policy)
	if err != nil {
		return nil, &SettingsError{err}
	}
	r.work = &workplace{policy: p, pool: parallel.New(o.Threads), seed: o.Seed}
	r.rows = settings.Rollout.Rows()
	r.began, r.beganCPU = time.Now(), clock.CPU()
	r.work.collector, err = rollout.NewCollector(maker, p, *settings.Rollout, r.work.pool, o.Seed)
	if err == nil && o.Dir != "" {
		err = r.open(d)
	}
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	r.learner = a.start(r.work)
	return r, nil
}

// SettingsError reports settings that do not suit the task, such as noise for
// continuous actions where there are none. Nothing has been trained or written. It
// is plain data.
type SettingsError struct{ Err error }

// Error says which and what would suit.
func (e *SettingsError) Error() string { return e.Err.Error() }

// Unwrap returns what the setting's room said.
func (e *SettingsError) Unwrap() error { return e.Err }

// inspect asks a first environment what the task is.
func (r *run) inspect() error {
	e, err := r.maker()
	if err != nil {
		return fmt.Errorf("make environment: %w", err)
	}
	r.spec = e.Spec()
	if c, ok := env.As[io.Closer](e); ok {
		return c.Close()
	}
	return nil
}

// document is the settings of the run as config.toml shows them.
func (r *run) document(a sections) config.Document {
	s := Settings{
		Run:         RunSection{Algorithm: r.algorithm.Name(), Seed: r.Seed, Steps: r.Steps},
		Environment: EnvironmentSection{ID: r.spec.ID, Options: r.EnvironmentOptions},
		Evaluation:  r.Evaluation,
	}
	if s.Evaluation == (Evaluation{}) {
		s.Evaluation.Episodes = 1 // no evaluation at all; any number does
	}
	return s.document(a)
}

// policy makes a fresh policy or a copy of the one to start from.
func (r *run) policy(c policy.Config) (*policy.Policy, error) {
	if r.From != nil {
		return r.From.Clone(), nil
	}
	return policy.New(c, r.spec.Observation, r.spec.Action, seed.Stream(r.Seed, "policy", 0))
}

// open makes the folder, writes the settings and opens the records.
func (r *run) open(d config.Document) error {
	settings, err := d.Encode(help)
	if err != nil {
		return err
	}
	r.recorder, err = record.CreateFolder(r.Dir, settings)
	return err
}

func (r *run) close() error {
	var errs []error
	if r.work.collector != nil {
		errs = append(errs, r.work.collector.Close())
	}
	if r.recorder != nil {
		errs = append(errs, r.recorder.Close())
	}
	r.work.pool.Close()
	return errors.Join(errs...)
}

// train goes round the circle until the steps are done.
func (r *run) train(ctx context.Context) error {
	for r.steps < r.Steps && ctx.Err() == nil {
		if err := r.iterate(ctx); err != nil {
			return err
		}
	}
	return r.finish(ctx)
}

// iterate is one rollout, one update and what is due after it.
func (r *run) iterate(ctx context.Context) error {
	before := r.steps
	r.steps += r.rows
	r.row = record.Row{Step: int64(r.steps), Scalars: r.row.Scalars[:0], Histograms: r.row.Histograms[:0]}
	if err := r.learner.iterate(float64(r.steps)/float64(r.Steps), &r.row); err != nil {
		return fmt.Errorf("after %d steps: %w", before, err)
	}
	r.updates++
	r.reportRollout()
	if every := r.Evaluation.Every; every > 0 && r.steps/every > before/every {
		if err := r.examine(ctx); err != nil {
			return err
		}
	}
	r.reportClock()
	if r.recorder != nil {
		if err := r.recorder.Record(r.row); err != nil {
			return fmt.Errorf("record: %w", err)
		}
	}
	if r.Observe != nil {
		r.Observe(Progress{Steps: r.steps, Total: r.Steps, Seconds: time.Since(r.began).Seconds(), Row: &r.row})
	}
	return nil
}
