package align

import (
	"fmt"
	"path/filepath"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/optim"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/seed"
)

// CriticSection is the section critic of PPO's own: how the critic learns. All else
// about its optimiser is as in the section optim. It is plain data; start from
// DefaultCritic.
type CriticSection struct {
	// Learning rate of the critic: a number or a schedule.
	LearningRate optim.Schedule `toml:"learning_rate" range:"[0, inf)"`
	// Steps at the beginning in which the critic learns alone and the model stays as it is.
	Warmup int `toml:"warmup" range:"[0, inf)"`
	// Passes of the critic over the experience in one update.
	Epochs int `toml:"epochs" range:"[1, 1000]"`
	// Completions in a minibatch of the critic, each of which is a step of its optimiser. 0: all of them.
	Minibatch int `toml:"minibatch" range:"[0, inf)"`
	// Weight of the value loss, the mean squared error without a factor ½. It counts where the norm of the gradient is bounded.
	Coefficient float64 `toml:"coefficient" range:"(0, inf)"`
	// A new value is kept within this distance of the one before the update. 0: off.
	ValueClip float64 `toml:"value_clip" range:"[0, inf)"`
	// With a value clip, the worse of the clipped and the unclipped error counts. false: the clipped one alone.
	ValueClipPessimistic bool `toml:"value_clip_pessimistic"`
}

// DefaultCritic is one pass with half the mean squared error, as in ROLL, at a rate
// that a small critic takes.
func DefaultCritic() CriticSection {
	return CriticSection{LearningRate: optim.Constant(1e-3), Epochs: 1, Minibatch: 256, Coefficient: 0.5, ValueClipPessimistic: true}
}

// critic is a model of its own that says what is to be expected after each token of
// a completion. It begins as a copy of the model that training starts from, with a
// scalar head that answers 0 to everything.
type critic struct {
	CriticSection
	tuner     *tuner
	order     *seed.Rand // of the completions
	normalize objective.Normalizer

	// A minibatch, token by token.
	texts       []text
	old, target []float32
	batch       objective.Batch // for the weights

	// Of the update under way.
	minibatches int
	loss        float64 // sum over them
	explained   float64
}

// newCritic makes the critic of a run. Its minibatches are weighted as the actor's.
func newCritic(w *workplace, c CriticSection, o Optim, normalize objective.Normalizer) *critic {
	o.LearningRate = c.LearningRate
	own := w.model.WithScalar(0, seed.Stream(w.seed, "critic", 0))
	return &critic{
		CriticSection: c, normalize: normalize,
		tuner: newTuner(own, w.pool, o, askValues, 1),
		order: seed.Stream(w.seed, "critic", 1),
	}
}

// values are what the critic expects before each token of the experience.
func (k *critic) values(e *experience) []float32 {
	value := make([]float32, e.rows())
	k.tuner.each(e.texts, func(p *part) { copy(value[p.lo:p.hi], p.value) })
	return value
}

// fit makes the critic's passes over the experience. value is what it said before
// the update, target what it is to say.
func (k *critic) fit(e *experience, value, target []float32, progress float64) error {
	k.minibatches, k.loss = 0, 0
	k.explained = advantage.ExplainedVariance(value, target)
	rate := k.LearningRate.At(progress)
	for range k.Epochs {
		for completions := range shuffled(e.size(), k.Minibatch, k.order) {
			k.gather(e, value, target, completions)
			k.tuner.differentiate(k.texts, k.lossOf)
			if _, err := k.tuner.step(rate); err != nil {
				return fmt.Errorf("critic: %w", err)
			}
			k.minibatches++
		}
	}
	return nil
}

// gather fills the minibatch with completions of an experience.
func (k *critic) gather(e *experience, value, target []float32, completions []int32) {
	k.texts, k.old, k.target = k.texts[:0], k.old[:0], k.target[:0]
	b := &k.batch
	b.Mask, b.Segment = b.Mask[:0], append(b.Segment[:0], 0)
	for _, i := range completions {
		lo, hi := e.segment[i], e.segment[i+1]
		k.texts = append(k.texts, e.texts[i])
		k.old = append(k.old, value[lo:hi]...)
		k.target = append(k.target, target[lo:hi]...)
		for range hi - lo {
			b.Mask = append(b.Mask, 1)
		}
		b.Segment = append(b.Segment, int32(len(b.Mask)))
	}
	b.Weight = sized(b.Weight, len(b.Mask))
	k.normalize(b.Weight, b)
}

// lossOf is the value loss of a part of the minibatch.
func (k *critic) lossOf(p *part) {
	old, target, weight := k.old[p.lo:p.hi], k.target[p.lo:p.hi], k.batch.Weight[p.lo:p.hi]
	switch {
	case k.ValueClip == 0:
		k.loss += objective.SquaredError(p.dValue, p.value, target, weight, k.Coefficient)
	case k.ValueClipPessimistic:
		k.loss += objective.ClippedError(p.dValue, p.value, old, target, weight, k.ValueClip, k.Coefficient)
	default:
		k.loss += objective.NearError(p.dValue, p.value, old, target, weight, k.ValueClip, k.Coefficient)
	}
}

// report adds what the critic saw to a row.
func (k *critic) report(row *record.Row) {
	row.Add(record.ValueLoss, k.loss/float64(k.minibatches))
	row.Add(record.ValueExplainedVariance, k.explained)
}

// criticFolder is the critic's in the folder of a checkpoint: a model folder too.
const criticFolder = "critic"

// save writes the critic with its optimiser into the folder of a checkpoint.
func (k *critic) save(folder string) error {
	own := filepath.Join(folder, criticFolder)
	if err := k.tuner.model.Save(own); err != nil {
		return err
	}
	return k.tuner.save(own)
}
