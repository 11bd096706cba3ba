package config_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/config"
)

type training struct {
	PPO struct {
		Clip   float64 `toml:"clip" range:"(0, 1)"`
		Epochs int     `toml:"epochs" range:"[1, inf)"`
	} `toml:"ppo"`
}

func defaultTraining() (t training) {
	t.PPO.Clip, t.PPO.Epochs = 0.2, 10
	return t
}

func ExampleDecode() {
	t := defaultTraining()
	err := config.Decode([]byte("[ppo]\nclip = 0.1\n"), "run.toml", &t)
	fmt.Println(t.PPO.Clip, t.PPO.Epochs, err)

	err = config.Decode([]byte("[ppo]\nclip = 1.4\nepoch = 3\n"), "run.toml", &t)
	fmt.Println(err)
	// Output:
	// 0.1 10 <nil>
	// run.toml:2: ppo.clip = 1.4: must be in (0, 1)
	// run.toml:3: ppo.epoch: unknown key; did you mean ppo.epochs?
}

func ExampleSet() {
	t := defaultTraining()
	fmt.Println(config.Set(&t, []string{"ppo.clip=0.3", "ppo.epochs=4"}), t.PPO.Clip, t.PPO.Epochs)
	fmt.Println(config.Set(&t, []string{"ppo.clip=wide"}))
	// Output:
	// <nil> 0.3 4
	// ppo.clip = "wide": must be a number, not a string
}

func ExampleSetMap() {
	var pendulum struct {
		Gravity float64 `toml:"g" range:"(0, inf)"`
	}
	fmt.Println(config.SetMap(&pendulum, "env", map[string]any{"g": int64(-1)}))
	// Output:
	// env.g = -1.0: must be above 0
}

func ExampleEncode() {
	document, err := config.Encode(defaultTraining(), map[string]string{
		"ppo.clip": "Bound of the probability ratio.",
	})
	fmt.Print(string(document))
	fmt.Println(err)
	// Output:
	// [ppo]
	// # Bound of the probability ratio.
	// clip = 0.2
	// epochs = 10
	// <nil>
}

func ExampleCheck() {
	t := defaultTraining()
	t.PPO.Epochs = 0
	fmt.Println(config.Check(t))
	// Output:
	// ppo.epochs = 0: must be at least 1
}

func ExampleKeys() {
	fmt.Println(config.Keys(training{}))
	// Output:
	// [ppo ppo.clip ppo.epochs]
}

func ExampleNearest() {
	fmt.Println(config.Nearest("cartpole", []string{"CartPole-v1", "Pendulum-v1"}, 3))
	// Output:
	// [CartPole-v1]
}
