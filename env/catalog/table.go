package catalog

import (
	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/classic"
)

// table has one row for each task.
var table = map[string]task{
	"Acrobot-v1": newTask("Swing the free end of two links up with a motor in their joint.", 500,
		struct{}{},
		func(struct{}) env.Env { return classic.NewAcrobot() }),
	"CartPole-v1": newTask("Push a cart so that the pole on it stays upright.", 500,
		classic.CartPoleOptions{},
		func(o classic.CartPoleOptions) env.Env { return classic.NewCartPole(o) }),
	"MountainCar-v0": newTask("Drive a weak car out of a valley by gaining speed on both hills.", 200,
		classic.MountainCarOptions{},
		func(o classic.MountainCarOptions) env.Env { return classic.NewMountainCar(o) }),
	"MountainCarContinuous-v0": newTask("Drive a weak car out of a valley at the least cost of its engine.", 999,
		classic.MountainCarOptions{},
		func(o classic.MountainCarOptions) env.Env { return classic.NewMountainCarContinuous(o) }),
	"Pendulum-v1": newTask("Swing up a rod with a weak motor and balance it.", 200,
		classic.DefaultPendulumOptions(),
		func(o classic.PendulumOptions) env.Env { return classic.NewPendulum(o) }),
}

// meanings says what each option does: for the options of a task the comment of
// their field, word for word.
var meanings = map[string]string{
	"g":                   "Acceleration of gravity in m/s².",
	"goal_velocity":       "Least velocity with which the car must reach the flag, per step.",
	"max_episode_steps":   "Steps after which an episode is truncated; 0 or -1: never.",
	"sutton_barto_reward": "Reward 0 for each step and -1 for the one at which the pole falls, as in Sutton and Barto's book, in place of 1 for each step.",
}
