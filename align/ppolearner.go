package align

import (
	"errors"
	"path/filepath"

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

func (c PPO) fit(w *workplace) error { return c.Shape.fit(c.Name(), w.most()) }

func (c PPO) start(w *workplace) (learner, error) {
	l := &ppo{
		PPO: c, workplace: w, source: newSource(w), penalty: newPenalty(c.Penalty),
		shuffler: seed.Stream(w.seed, "shuffle rewards", 0),
	}
	l.actor = newActor(w, c.Update, newTuner(w.model, w.pool, c.Optim, askTokens, w.sampling.Temperature), l.penalty)
	l.critic = newCritic(w, c.Critic, c.Optim, l.actor.normalize)
	return l, nil
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

// samples implements shower.
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
