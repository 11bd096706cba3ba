package classic_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/classic"
	"github.com/proximal-rl/proximal/seed"
)

func ExampleNewCartPole() {
	e := env.Limit(classic.NewCartPole(classic.CartPoleOptions{}), 500)
	obs := make([]float32, e.Spec().Observation.Size())
	e.Reset(seed.New(0), obs)
	total := 0.0
	for end := env.Running; !end.Ended(); {
		action := []float32{0} // push to where the pole leans
		if obs[2] > 0 {
			action[0] = 1
		}
		var reward float64
		reward, end = e.Step(action, obs)
		total += reward
	}
	fmt.Println("return", total)
	// Output: return 41
}

func ExampleNewPendulum() {
	e := classic.NewPendulum(classic.DefaultPendulumOptions())
	obs := make([]float32, 3)
	e.Reset(seed.New(123), obs)
	fmt.Println("cos, sin, speed:", obs)
	reward, end := e.Step([]float32{2}, obs)
	fmt.Printf("reward %.4f, %v\n", reward, end)
	// Output:
	// cos, sin, speed: [0.4123625 0.91101986 -0.89235795]
	// reward -1.3964, running
}
