package config_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/config"
)

func ExampleUnknown() {
	environments := []string{"CartPole-v1", "Pendulum-v1"}
	fmt.Println(config.Unknown("environment", "cartpole", environments))
	fmt.Println(config.Unknown("environment", "Tetris", environments))
	// Output:
	// unknown environment "cartpole"; did you mean CartPole-v1?
	// unknown environment "Tetris"; there are: CartPole-v1, Pendulum-v1
}
