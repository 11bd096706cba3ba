package align

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/internal/parallel"
	"github.com/proximal-rl/proximal/lm"
	"github.com/proximal-rl/proximal/optim"
)

// text is a sequence of tokens of which the first, prompt of them, are given.
type text struct {
	tokens []int32
	prompt int
}

// length is the number of tokens after the prompt.
func (t text) length() int { return len(t.tokens) - t.prompt }

// question is what a batch asks about a text.
type question func(b *lm.Batch, t text)

// The questions: about each token of the completion, about the value before each of
// them, and about the value of the whole.
func askTokens(b *lm.Batch, t text) { b.Append(t.tokens, t.prompt) }
func askValues(b *lm.Batch, t text) { b.AppendValues(t.tokens, t.prompt) }
func askLast(b *lm.Batch, t text)   { b.AppendLast(t.tokens) }

// tuner is a model with what it takes to move its parameters. It allocates nothing
// once it has seen a minibatch as large.
type tuner struct {
	Optim
	model    *lm.Model
	pass     *lm.Pass
	ask      question
	gradient []float32
	adam     *optim.AdamW
	follower *optim.Follower

	batch                      lm.Batch
	dLogProb, dEntropy, dValue []float32
}

// newTuner makes a tuner for a model, which is asked the given question at the given
// temperature.
func newTuner(m *lm.Model, pool *parallel.Pool, c Optim, ask question, temperature float64) *tuner {
	t := &tuner{
		Optim: c, model: m, pass: lm.NewPass(m, pool), ask: ask,
		gradient: make([]float32, len(m.Parameters)),
		adam: optim.NewAdamW(len(m.Parameters),
			optim.AdamConfig{Beta1: c.Beta1, Beta2: c.Beta2, Epsilon: c.Epsilon}, c.WeightDecay, vectors(m)...),
	}
	t.follower = optim.NewFollower(t.adam, pool)
	t.pass.Temperature = temperature
	return t
}

// vectors are the parameters that are no matrices: biases and gains.
func vectors(m *lm.Model) (spared []optim.Range) {
	for _, tensor := range m.Layout().Tensors() {
		if len(tensor.Shape) < 2 {
			spared = append(spared, optim.Range{First: tensor.Offset, End: tensor.Offset + tensor.Size()})
		}
	}
	return spared
}

// part is what goes through the model at once: the results lo to before hi of a
// minibatch, with what the model says about them, and what a loss answers.
type part struct {
	first, last             int // texts of the minibatch: from first to before last
	lo, hi                  int // results of the minibatch
	logProb, entropy, value []float32

	// The derivatives of the loss, to be written; zero so far. dEntropy is nil
	// without entropies, dValue without a scalar head.
	dLogProb, dEntropy, dValue []float32
}

// each lets texts go through the model, as many at a time as are allowed, and shows
// what it says about them. Nothing can be derived from it.
func (t *tuner) each(texts []text, visit func(p *part)) {
	t.walk(texts, func(p *part) {
		t.pass.Evaluate(&t.batch)
		t.see(p)
		visit(p)
	})
}

// differentiate computes the gradient of a loss over a minibatch of texts, part by
// part: loss answers with the derivatives by what the model says. Its sum over the
// parts must be the loss of the whole, so weights are settled before.
func (t *tuner) differentiate(texts []text, loss func(p *part)) {
	clear(t.gradient)
	t.walk(texts, func(p *part) {
		t.pass.Forward(&t.batch)
		t.see(p)
		n := p.hi - p.lo
		p.dLogProb = zeros(&t.dLogProb, n)
		if p.entropy != nil {
			p.dEntropy = zeros(&t.dEntropy, n)
		}
		if p.value != nil {
			p.dValue = zeros(&t.dValue, n)
		}
		loss(p)
		t.pass.Backward(t.gradient, p.dLogProb, p.dEntropy, p.dValue)
	})
}

// walk cuts texts into parts and gathers the batch of each.
func (t *tuner) walk(texts []text, visit func(p *part)) {
	most := t.MicroBatch
	if most == 0 {
		most = len(texts)
	}
	p := part{}
	for p.first < len(texts) {
		p.last = min(p.first+most, len(texts))
		t.batch.Reset()
		for _, one := range texts[p.first:p.last] {
			t.ask(&t.batch, one)
		}
		p.hi = p.lo + t.batch.Results()
		visit(&p)
		p.first, p.lo = p.last, p.hi
	}
}

// see shows a part what the pass has computed.
func (t *tuner) see(p *part) {
	p.logProb, p.entropy, p.value = t.pass.LogProb, t.pass.Entropy, t.pass.Value
}

// zeros returns n zeros in memory that is kept.
func zeros(room *[]float32, n int) []float32 {
	*room = sized(*room, n)
	clear(*room)
	return *room
}

// sized returns a slice of n elements, x itself if it is large enough.
func sized[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}

// step moves the parameters against the gradient, shortened to the norm allowed.
func (t *tuner) step(learningRate float64) (norm float64, err error) {
	norm, err = t.follower.Follow(t.model.Parameters, t.gradient, learningRate, t.MaxGradientNorm)
	return norm, t.diagnose(err)
}

// diagnose names the tensor in which a gradient is not finite.
func (t *tuner) diagnose(err error) error {
	var bad *optim.GradientError
	if !errors.As(err, &bad) {
		return err
	}
	for _, tensor := range t.model.Layout().Tensors() {
		if bad.Index < tensor.Offset+tensor.Size() {
			return &NumericalError{What: "gradient of " + tensor.Name, Value: float64(bad.Value)}
		}
	}
	return err
}

// NumericalError reports an update that would have made the model unusable. It is
// plain data.
type NumericalError struct {
	What  string // that is not finite
	Value float64
}

// Error says what is wrong, and what usually helps.
func (e *NumericalError) Error() string {
	return fmt.Sprintf("%s is %v: the update was not made; a smaller learning rate, a bound on the gradient norm or a reward without such values usually helps",
		e.What, e.Value)
}

// The files of a tuner in the folder of a checkpoint.
const optimizerFile = "optimizer.safetensors"

// save writes the state of the optimiser into the folder of a checkpoint.
func (t *tuner) save(folder string) error {
	c := checkpoint.New()
	mean, square := t.adam.Moments()
	c.PutFloat32("mean", []int{len(mean)}, mean)
	c.PutFloat32("square", []int{len(square)}, square)
	if err := c.Put("steps", t.adam.Steps()); err != nil {
		return err
	}
	return c.Save(filepath.Join(folder, optimizerFile))
}
