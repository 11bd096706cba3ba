package align

import (
	"path/filepath"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/seed"
)

// grpo is GRPO at work. Its program is iterate; here is what that stands on.
type grpo struct {
	GRPO
	*workplace
	source    *source
	estimator advantage.GroupEstimator
	penalty   *penalty
	actor     *actor
	shuffler  *seed.Rand // of rewards

	// Of the step under way.
	shaped                []float64 // reward of each completion
	whole                 []float32 // advantage of each completion
	tokens                []float32 // advantage of each token
	next, discount, carry []float32 // how tokens follow each other
	rewards               []float32 // of each completion, as they are compared
	lengths               []int32
	groups                []int32
	shown                 []Sample
}

func (c GRPO) fit(w *workplace) error { return c.Shape.fit(c.Name(), w.most()) }

func (c GRPO) start(w *workplace) (learner, error) {
	p := newPenalty(c.Penalty)
	named, ok := advantage.FindGroupEstimator(c.Advantage)
	if !ok {
		panic("align: there is no advantage " + c.Advantage) // the settings were not checked
	}
	return &grpo{
		GRPO: c, workplace: w,
		source:    newSource(w),
		estimator: named.New(c.AdvantageEpsilon),
		penalty:   p,
		shuffler:  seed.Stream(w.seed, "shuffle rewards", 0),
		actor:     newActor(w, c.Update, newTuner(w.model, w.pool, c.Optim, askTokens, w.sampling.Temperature), p),
	}, nil
}

// outcomes are the completions of an experience, with the rewards given, as estimators
// see them.
func (l *grpo) outcomes(e *experience, reward []float64) *advantage.Outcomes {
	l.rewards, l.lengths, l.groups = l.rewards[:0], l.lengths[:0], append(l.groups[:0], 0)
	for i, r := range reward {
		l.rewards = append(l.rewards, float32(r))
		l.lengths = append(l.lengths, int32(e.texts[i].length()))
		if (i+1)%e.samples == 0 {
			l.groups = append(l.groups, int32(i+1))
		}
	}
	return &advantage.Outcomes{Reward: l.rewards, Length: l.lengths, Group: l.groups}
}

// informative tells which groups of an experience have signal.
func (l *grpo) informative(e *experience) (has func(group int) bool) {
	marks := make([]bool, e.groups())
	advantage.Informative(marks, l.outcomes(e, e.score), l.SignalSpread)
	return func(group int) bool { return marks[group] }
}

// report adds what a step has seen to a row.
func (l *grpo) report(row *record.Row, drawn, kept *experience) {
	drawn.report(row, l.workplace)
	silent, has := 0, l.informative(drawn)
	for g := range drawn.groups() {
		if !has(g) {
			silent++
		}
	}
	row.Add(record.TextWithoutSignal, float64(silent)/float64(drawn.groups()))
	row.Add(record.TextGroupsDropped, float64(drawn.groups()-kept.groups()))
	row.Add(record.TextTokens, float64(kept.rows()))
	row.Add(record.TextTokensDrawn, float64(drawn.rows()))
	kept.reportReference(row)
	l.penalty.report(row)
	l.actor.report(row)
}

// samples implements shower.
func (l *grpo) samples() []Sample { return l.shown }

// learnerFile is what a checkpoint keeps of a learner besides its models and their
// optimisers.
const learnerFile = "learner.safetensors"

// save writes the optimiser and what the next step depends on.
func (l *grpo) save(folder string) error {
	state := struct {
		Source        sourceState `json:"source"`
		Order         []byte      `json:"order"`
		KLCoefficient float64     `json:"kl_coefficient"`
	}{l.source.state(), stateOf(l.actor.order), l.penalty.beta()}
	c := checkpoint.New()
	if err := c.Put("learner", state); err != nil {
		return err
	}
	if err := c.Save(filepath.Join(folder, learnerFile)); err != nil {
		return err
	}
	return l.actor.tuner.save(folder)
}
