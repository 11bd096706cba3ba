package catalog

import (
	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/box2d"
	"github.com/proximal-rl/proximal/env/classic"
)

// table has one row for each task.
var table = map[string]task{
	"Acrobot-v1": newTask("Swing the free end of two links up with a motor in their joint.", 500,
		struct{}{},
		func(struct{}) env.Env { return classic.NewAcrobot() }),
	"BipedalWalker-v3": newTask("Walk to the end of rough ground on two jointed legs.", 1600,
		struct{}{},
		func(struct{}) env.Env { return box2d.NewBipedalWalker() }),
	"BipedalWalkerHardcore-v3": newTask("Walk on two jointed legs over stumps, stairs and pits.", 2000,
		struct{}{},
		func(struct{}) env.Env { return box2d.NewBipedalWalkerHardcore() }),
	"CarRacing-v3": newTask("Drive round a track that is seen from above, by its picture.", 1000,
		box2d.DefaultCarRacingOptions(),
		func(o box2d.CarRacingOptions) env.Env { return box2d.NewCarRacing(o) }),
	"CartPole-v1": newTask("Push a cart so that the pole on it stays upright.", 500,
		classic.CartPoleOptions{},
		func(o classic.CartPoleOptions) env.Env { return classic.NewCartPole(o) }),
	"LunarLander-v3": newTask("Land between two flags by firing one of three engines at a time.", 1000,
		box2d.DefaultLunarLanderOptions(),
		func(o box2d.LunarLanderOptions) env.Env { return box2d.NewLunarLander(o) }),
	"LunarLanderContinuous-v3": newTask("Land between two flags by throttling the engines.", 1000,
		box2d.DefaultLunarLanderOptions(),
		func(o box2d.LunarLanderOptions) env.Env { return box2d.NewLunarLanderContinuous(o) }),
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

// renamed are ids that Gymnasium has replaced because the task has changed, and
// their successors.
var renamed = map[string]string{
	"LunarLander-v2":           "LunarLander-v3",
	"LunarLanderContinuous-v2": "LunarLanderContinuous-v3",
	"BipedalWalker-v2":         "BipedalWalker-v3",
	"BipedalWalkerHardcore-v2": "BipedalWalkerHardcore-v3",
	"CarRacing-v2":             "CarRacing-v3",
}

// meanings says what each option does: for the options of a task the comment of
// their field, word for word.
var meanings = map[string]string{
	"continuous":           "Whether actions are steering, gas and brake; false: five actions.",
	"domain_randomize":     "Whether the colours of the ground are drawn anew for each episode.",
	"enable_wind":          "Whether wind pushes and turns the lander as long as no leg touches the ground.",
	"g":                    "Acceleration of gravity in m/s².",
	"goal_velocity":        "Least velocity with which the car must reach the flag, per step.",
	"gravity":              "Acceleration of gravity in m/s², downwards if negative.",
	"lap_complete_percent": "Share of the tiles that must be visited before the first one again makes a lap.",
	"max_episode_steps":    "Steps after which an episode is truncated; 0 or -1: never.",
	"sutton_barto_reward":  "Reward 0 for each step and -1 for the one at which the pole falls, as in Sutton and Barto's book, in place of 1 for each step.",
	"turbulence_power":     "Largest torque of the wind in N·m; sensible up to 2.",
	"wind_power":           "Largest force of the wind in N; sensible up to 20.",
}
