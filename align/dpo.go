package align

import (
	"context"
	"fmt"

	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/record"
)

// DPO is direct preference optimisation (Rafailov et al. 2023,
// https://arxiv.org/abs/2305.18290) and its relatives: a policy is made to prefer what
// is preferred, without a reward model and without drawing completions.
// docs/algorithms/dpo.md has the details. It is plain data: start from DefaultDPO;
// zero means zero.
type DPO struct {
	Generate lm.Sampling
	Optim    Optim

	Comparisons
	// Name of the loss; docs/algorithms/dpo.md has all with their formulas. ipo averages log-ratios over tokens, ipo-sum does not.
	Loss string `toml:"loss" oneof:"sigmoid sigmoid-mean robust hinge ipo ipo-sum"`
	// Coefficient β: how much a nat of divergence from the reference costs in reward. For ipo it is the paper's τ.
	Beta float64 `toml:"beta" range:"(0, 1000]"`
	// Share ε of the labels that are taken to be wrong: conservative DPO with sigmoid and sigmoid-mean, unbiased with robust. 0: none.
	LabelSmoothing float64 `toml:"label_smoothing" range:"[0, 0.5)"`
}

// DefaultDPO returns DPO with a β that keeps small models on small tasks near their
// reference, where what was compared still says something about what they write.
func DefaultDPO() DPO {
	return DPO{
		Generate: lm.DefaultSampling(), Optim: DefaultOptim(),
		Comparisons: Comparisons{Pairs: 8192, Batch: 64},
		Loss:        "sigmoid", Beta: 0.5,
	}
}

// Name is "dpo".
func (c DPO) Name() string { return "dpo" }

// Validate reports settings that contradict each other.
func (c DPO) Validate() error {
	if p, ok := objective.FindPreference(c.Loss); ok && c.LabelSmoothing > 0 && !p.Smooths {
		return fmt.Errorf("label_smoothing = %v: must be 0 for the loss %s, which takes none; sigmoid, sigmoid-mean and robust do", c.LabelSmoothing, c.Loss)
	}
	return nil
}

func (c DPO) sections() sections { return c.edit() }

func (c *DPO) edit() sections { return sections{&c.Generate, &c.Optim, c.Name(), c} }

// dpo is DPO at work.
type dpo struct {
	DPO
	*workplace
	comparer *comparer
	loss     objective.PairLoss
	tuner    *tuner
	frozen   *lm.Pass // of the reference
	asked    lm.Batch
}

func (c DPO) fit(w *workplace) error { return w.compares(c.Name()) }

func (c DPO) start(w *workplace) (learner, error) {
	d, err := newComparer(w, c.Comparisons)
	if err != nil {
		return nil, err
	}
	p, _ := objective.FindPreference(c.Loss) // one of those that settings allow
	return &dpo{
		DPO: c, workplace: w, comparer: d, loss: p.New(c.Beta, c.LabelSmoothing),
		tuner:  newTuner(w.model, w.pool, c.Optim.inPairs(), askTokens, 1),
		frozen: lm.NewPass(w.reference, w.pool),
	}, nil
}

// iterate is the whole of DPO, once around.
func (l *dpo) iterate(_ context.Context, step int, progress float64, row *record.Row) error {
	// comparisons
	batch, err := l.comparer.next(step)
	if err != nil {
		return err
	}
	l.refer(batch)
	m := lay(batch)

	// objective → gradient
	var seen objective.PairStats
	loss := 0.0
	l.tuner.differentiate(m.texts, func(p *part) {
		loss += l.loss(p.dLogProb, &objective.Batch{
			LogProb: p.logProb, Reference: m.reference[p.lo:p.hi],
			Weight: m.of(p), Segment: l.tuner.batch.Segment,
		}, &seen)
	})

	// optim
	rate := l.Optim.LearningRate.At(progress)
	norm, err := l.tuner.step(rate)
	if err != nil {
		return err
	}
	reportPairs(row, loss, &seen)
	row.Add(record.OptimLearningRate, rate)
	row.Add(record.OptimGradientNorm, norm)
	row.Add(record.TextTokens, float64(rowsOf(m.texts)))
	return nil
}

// refer asks the reference about the pairs that it has not been asked about. It stays
// as it is, so once is enough.
func (l *dpo) refer(batch []*comparison) {
	l.asked.Reset()
	var asked []*comparison
	for _, c := range batch {
		if c.reference == nil {
			askTokens(&l.asked, c.chosen)
			askTokens(&l.asked, c.rejected)
			c.reference = make([]float32, c.chosen.length()+c.rejected.length())
			asked = append(asked, c)
		}
	}
	l.frozen.Evaluate(&l.asked)
	at := 0
	for _, c := range asked {
		at += copy(c.reference, l.frozen.LogProb[at:])
	}
}

func (l *dpo) save(folder string) error { return l.tuner.save(folder) }
