package align

import (
	"context"
	"fmt"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/seed"
)

// SFT is supervised fine-tuning: imitation of demonstrations, by the mean negative
// log-probability of their tokens. docs/algorithms/sft.md has the details. It is
// plain data: start from DefaultSFT; zero means zero.
type SFT struct {
	Generate lm.Sampling
	Optim    Optim

	// Demonstrations in a step.
	Batch int `toml:"batch" range:"[1, 1000000]"`
}

// DefaultSFT returns settings that teach a small model a small task within a few
// hundred steps.
func DefaultSFT() SFT {
	o := DefaultOptim()
	o.LearningRate = optim.Linear(3e-3, 3e-4)
	return SFT{Generate: lm.DefaultSampling(), Optim: o, Batch: 64}
}

// Name is "sft".
func (c SFT) Name() string { return "sft" }

func (c SFT) sections() sections { return c.edit() }

func (c *SFT) edit() sections { return sections{&c.Generate, &c.Optim, c.Name(), c} }

// sft is SFT at work.
type sft struct {
	SFT
	*workplace
	teacher task.Demonstrator
	tuner   *tuner
}

func (c SFT) fit(w *workplace) error {
	if _, ok := w.task.(task.Demonstrator); !ok {
		return fmt.Errorf("task %s has no demonstrations to imitate: begin with a method that draws its own completions, such as grpo", w.spec.Name)
	}
	return w.drawsNothing(c.Name())
}

func (c SFT) start(w *workplace) (learner, error) {
	return &sft{SFT: c, workplace: w, teacher: w.task.(task.Demonstrator), tuner: newTuner(w.model, w.pool, c.Optim, askTokens, 1)}, nil
}

// iterate is the whole of SFT, once around.
func (l *sft) iterate(_ context.Context, step int, progress float64, row *record.Row) error {
	// demonstrations
	texts, err := l.demonstrations(l.teacher, task.Training, l.Batch, seed.Stream(l.seed, "demonstration", step))
	if err != nil {
		return err
	}

	// objective → gradient: −Σ log π / (number of tokens in the whole batch)
	loss, tokens := 0.0, rowsOf(texts)
	weight := 1 / float32(tokens)
	l.tuner.differentiate(texts, func(p *part) {
		for i, logProb := range p.logProb {
			loss -= float64(weight) * float64(logProb)
			p.dLogProb[i] = -weight
		}
	})

	// optim
	rate := l.Optim.LearningRate.At(progress)
	norm, err := l.tuner.step(rate)
	if err != nil {
		return err
	}
	row.Add(record.SFTLoss, loss)
	row.Add(record.OptimLearningRate, rate)
	row.Add(record.OptimGradientNorm, norm)
	row.Add(record.TextTokens, float64(tokens))
	return nil
}

// rowsOf is the number of tokens after the prompts.
func rowsOf(texts []text) (rows int) {
	for _, t := range texts {
		rows += t.length()
	}
	return rows
}

func (l *sft) save(folder string) error { return l.tuner.save(folder) }
