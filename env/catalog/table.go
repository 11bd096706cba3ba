package catalog

import (
	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/classic"
)

// table has one row for each task.
var table = map[string]task{
	"CartPole-v1": newTask("Push a cart so that the pole on it stays upright.", 500,
		classic.CartPoleOptions{},
		func(o classic.CartPoleOptions) env.Env { return classic.NewCartPole(o) }),
	"Pendulum-v1": newTask("Swing up a rod with a weak motor and balance it.", 200,
		classic.DefaultPendulumOptions(),
		func(o classic.PendulumOptions) env.Env { return classic.NewPendulum(o) }),
}

// meanings says what each option does: for the options of a task the comment of
// their field, word for word.
var meanings = map[string]string{
	"g":                   "Acceleration of gravity in m/s².",
	"max_episode_steps":   "Steps after which an episode is truncated; 0 or -1: never.",
	"sutton_barto_reward": "Reward 0 for each step and -1 for the one at which the pole falls, as in Sutton and Barto's book, in place of 1 for each step.",
}
