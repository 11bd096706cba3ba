package rollout

import (
	"context"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
)

// Player plays single whole episodes with a policy, for evaluation. It is used
// by one goroutine at a time.
type Player struct {
	// Watch, unless it is nil, is called with the environment after every reset
	// and every step, for instance to draw it. An error of it ends the episode.
	Watch func(e env.Env) error

	station *station
	actor   *policy.Actor
	seed    uint64
	mode    policy.Mode
	obs     []float32
}

// NewPlayer makes an environment for the policy to play in. With stochastic,
// actions are drawn from the distribution; otherwise the most likely is taken.
func NewPlayer(maker env.Maker, p *policy.Policy, run uint64, stochastic bool) (*Player, error) {
	e, err := maker()
	if err != nil {
		return nil, err
	}
	if err := fits(e.Spec(), p); err != nil {
		return nil, err
	}
	s := newStation(e, run, 0)
	player := &Player{station: s, actor: p.NewActor(), seed: run, obs: make([]float32, p.Observation().Size())}
	if stochastic {
		player.mode = policy.Sample(s.choices)
	}
	return player, nil
}

// Close releases the environment.
func (p *Player) Close() error { return p.station.close() }

// Play plays the episode with the given number to its end. Everything random in
// it depends only on the seed and that number. An environment that breaks is a
// *Failure; if ctx ends, so does the episode, with its error.
func (p *Player) Play(ctx context.Context, number int) (episode Episode, err error) {
	s := p.station
	working := s
	defer guard(&working, &err)
	*s.world = *seed.Stream(p.seed, "evaluation", number)
	*s.choices = *seed.Stream(p.seed, "evaluation action", number)
	s.started = number
	p.actor.Restart()
	if err := s.reset(p.obs); err != nil {
		return Episode{}, err
	}
	if err := p.watch(); err != nil {
		return Episode{}, err
	}
	for {
		p.actor.Act(s.action, p.obs, p.mode)
		_, end, err := s.step(p.obs)
		if err != nil {
			return Episode{}, err
		}
		if err := p.watch(); err != nil {
			return Episode{}, err
		}
		if end.Ended() {
			return s.current, nil
		}
		if s.current.Length%1024 == 0 && ctx.Err() != nil {
			return Episode{}, ctx.Err()
		}
	}
}

// watch shows the environment to whoever watches.
func (p *Player) watch() error {
	if p.Watch == nil {
		return nil
	}
	return p.Watch(p.station.env)
}
