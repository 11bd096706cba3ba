package align

import (
	"fmt"

	"github.com/proximal-rl/proximal/align/task"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/seed"
)

// Comparisons are the settings that methods which learn from pairs of completions
// have in common. It is plain data.
type Comparisons struct {
	// Pairs to learn from, drawn before the first step and gone through again and again, each time in another order. 0: new ones in every step.
	Pairs int `toml:"pairs" range:"[0, 10000000]"`
	// Pairs in a step.
	Batch int `toml:"batch" range:"[1, 1000000]"`
	// Each pair counts both ways, weighted by the task's own probability of preferring the one to the other, instead of the one way that a label was drawn. That takes twice the time.
	ExactLabels bool `toml:"exact_labels"`
}

// comparison is a pair of completions of a prompt. It is not changed once it is made,
// but for its reference.
type comparison struct {
	chosen, rejected text
	certainty        float64   // probability that the chosen one is preferred; 1 of a drawn label
	reference        []float32 // log-probabilities of the tokens of both; nil: nobody has asked
}

// comparer draws comparisons by number, and hands them out. A number stands for the
// same pair whenever, and with whatever others, it is drawn.
type comparer struct {
	*workplace
	Comparisons
	judge task.Comparer
	fixed []*comparison // all there are; nil: new ones in every step
	order []int32       // of those, in the pass at hand
	pass  int
}

// compares reports a task that has no pairs to learn from, and what is of no use to a
// method that does.
func (w *workplace) compares(method string) error {
	if _, ok := w.task.(task.Comparer); !ok {
		return fmt.Errorf("task %s prefers no completion to another, so there are no pairs to learn from; preference and tilt do", w.spec.Name)
	}
	return w.drawsNothing(method)
}

// newComparer makes the comparer of a run and draws the pairs to go through.
func newComparer(w *workplace, c Comparisons) (*comparer, error) {
	d := &comparer{workplace: w, Comparisons: c, judge: w.task.(task.Comparer), order: make([]int32, c.Pairs), pass: -1}
	for k := range c.Pairs {
		one, err := d.draw(k)
		if err != nil {
			return nil, err
		}
		d.fixed = append(d.fixed, one)
	}
	return d, nil
}

// draw draws pair number k, of a prompt of the training side.
func (d *comparer) draw(k int) (*comparison, error) {
	rng := seed.Stream(d.seed, "pair", k)
	prompt, err := task.Draw(d.task, task.Training, rng)
	if err != nil {
		return nil, err
	}
	if !d.ExactLabels {
		p := task.Compare(d.judge, rng, prompt)
		return d.encodePair(prompt, p.Chosen, p.Rejected, 1)
	}
	return d.weigh(d.judge, prompt, rng)
}

// weigh draws two completions of a prompt, and no label.
func (w *workplace) weigh(judge task.Comparer, prompt string, rng *seed.Rand) (*comparison, error) {
	a, b := judge.Demonstrate(rng, prompt), judge.Demonstrate(rng, prompt)
	certainty := judge.Prefer(prompt, a, b)
	if !(certainty >= 0 && certainty <= 1) {
		return nil, fmt.Errorf("task %s prefers %.60q to %.60q, after the prompt %.60q, with a probability of %v", w.spec.Name, a, b, prompt, certainty)
	}
	return w.encodePair(prompt, a, b, certainty)
}

// encodePair makes texts of two completions.
func (w *workplace) encodePair(prompt, chosen, rejected string, certainty float64) (*comparison, error) {
	c := &comparison{certainty: certainty}
	var err error
	if c.chosen, err = w.encode(prompt, chosen); err != nil {
		return nil, err
	}
	c.rejected, err = w.encode(prompt, rejected)
	return c, err
}

// next returns the pairs of a step.
func (d *comparer) next(step int) ([]*comparison, error) {
	batch := make([]*comparison, d.Batch)
	for i := range batch {
		k := step*d.Batch + i
		if d.fixed != nil {
			batch[i] = d.fixed[d.shuffled(k)]
			continue
		}
		var err error
		if batch[i], err = d.draw(k); err != nil {
			return nil, err
		}
	}
	return batch, nil
}

// shuffled is the number of the pair that is gone through as the k-th of all.
func (d *comparer) shuffled(k int) int32 {
	n := len(d.fixed)
	if pass := k / n; pass != d.pass {
		for i := range d.order {
			d.order[i] = int32(i)
		}
		seed.Stream(d.seed, "pair order", pass).Shuffle(d.order)
		d.pass = pass
	}
	return d.order[k%n]
}

// couples is a minibatch of pairs of texts, 2i chosen and 2i+1 rejected.
type couples struct {
	texts     []text
	weight    []float32 // of each pair; together 1
	reference []float32 // of each token; empty if nobody has asked
}

// lay lays comparisons out as a minibatch. A label that is not certain counts both
// ways.
func lay(batch []*comparison) *couples {
	m, share := &couples{}, 1/float64(len(batch))
	for _, c := range batch {
		m.texts, m.weight = append(m.texts, c.chosen, c.rejected), append(m.weight, float32(share*c.certainty))
		m.reference = append(m.reference, c.reference...)
		if c.certainty == 1 {
			continue
		}
		m.texts, m.weight = append(m.texts, c.rejected, c.chosen), append(m.weight, float32(share*(1-c.certainty)))
		if c.reference != nil {
			n := c.chosen.length()
			m.reference = append(append(m.reference, c.reference[n:]...), c.reference[:n]...)
		}
	}
	return m
}

// of returns the weights of the pairs in a part of the minibatch.
func (m *couples) of(p *part) []float32 { return m.weight[p.first/2 : p.last/2] }

// inPairs returns the settings with a bound on what goes through the model at once
// that cuts no pair in two.
func (c Optim) inPairs() Optim {
	c.MicroBatch += c.MicroBatch % 2
	return c
}

// reportPairs adds to a row what a step has seen of its pairs.
func reportPairs(row *record.Row, loss float64, s *objective.PairStats) {
	row.Add(record.PairsLoss, loss)
	row.Add(record.PairsAccuracy, s.Accuracy())
	row.Add(record.PairsMargin, s.Margin())
	row.Add(record.PairsChosen, s.Chosen())
	row.Add(record.PairsRejected, s.Rejected())
}
