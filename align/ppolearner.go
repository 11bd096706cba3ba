package align

import (
	"errors"
	"path/filepath"
	"slices"

	"github.com/proximal-rl/proximal/checkpoint"
	"github.com/proximal-rl/proximal/record"
	"github.com/proximal-rl/proximal/seed"
)

// ppo is PPO at work. Its program is iterate; here is what that stands on.
type ppo struct {
	PPO
	*workplace
	source   *source
	actor    *actor
	critic   *critic
	penalty  *penalty
	shuffler *seed.Rand // of rewards
	shown    []Sample   // of the latest step

	// Of each completion, and of each token.
	score                                 []float64
	last                                  []float32
	reward, value, target                 []float32
	advantage, nextValue, discount, carry []float32
}

func (c PPO) start(w *workplace) (learner, error) {
	if err := c.Shape.fit(w.most()); err != nil {
		return nil, err
	}
	l := &ppo{
		PPO: c, workplace: w, source: newSource(w), penalty: newPenalty(c.Penalty),
		shuffler: seed.Stream(w.seed, "shuffle rewards", 0),
	}
	l.actor = newActor(w, c.Update, newTuner(w.model, w.pool, c.Optim, askTokens, w.sampling.Temperature), l.penalty)
	l.critic = newCritic(w, c.Critic, c.Optim, l.actor.normalize)
	return l, nil
}

// shuffleRewards deals the rewards of completions out anew.
func shuffleRewards(score []float64, order *seed.Rand) {
	dealt, from := slices.Clone(score), make([]int32, len(score))
	for i := range from {
		from[i] = int32(i)
	}
	order.Shuffle(from)
	for i, k := range from {
		score[i] = dealt[k]
	}
}

// report adds what the step saw to a row.
func (l *ppo) report(row *record.Row, e *experience) {
	e.report(row, l.workplace)
	e.reportReference(row)
	row.Add(record.TextTokens, float64(e.rows()))
	l.penalty.report(row)
	l.critic.report(row)
	l.actor.report(row)
}

func (l *ppo) samples() []Sample { return l.shown }

// save writes the optimiser, the critic with its own, and what the next step depends on.
func (l *ppo) save(folder string) error {
	state := struct {
		Source        sourceState `json:"source"`
		Order         []byte      `json:"order"`
		Critic        []byte      `json:"critic"`
		Shuffler      []byte      `json:"shuffler"`
		KLCoefficient float64     `json:"kl_coefficient"`
	}{l.source.state(), stateOf(l.actor.order), stateOf(l.critic.order), stateOf(l.shuffler), l.penalty.beta()}
	c := checkpoint.New()
	if err := c.Put("learner", state); err != nil {
		return err
	}
	if err := c.Save(filepath.Join(folder, learnerFile)); err != nil {
		return err
	}
	return errors.Join(l.actor.tuner.save(folder), l.critic.save(folder))
}

// stateOf is where a generator stands.
func stateOf(r *seed.Rand) []byte {
	state, _ := r.MarshalBinary() // never fails
	return state
}
