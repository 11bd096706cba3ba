package classic_test

import (
	"fmt"
	"image"

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

func ExampleNewMountainCar() {
	e := classic.NewMountainCar(classic.MountainCarOptions{})
	obs := make([]float32, 2)
	e.Reset(seed.New(123), obs)
	steps := 0
	for end := env.Running; !end.Ended(); steps++ {
		action := []float32{0} // push the way the car rolls
		if obs[1] > 0 {
			action[0] = 2
		}
		_, end = e.Step(action, obs)
	}
	fmt.Printf("arrives after %d steps with velocity %.3f\n", steps, obs[1])
	// Output: arrives after 97 steps with velocity 0.017
}

func ExampleNewMountainCarContinuous() {
	e := classic.NewMountainCarContinuous(classic.MountainCarOptions{})
	obs := make([]float32, 2)
	e.Reset(seed.New(123), obs)
	reward, end := e.Step([]float32{1}, obs)
	fmt.Println("position, velocity:", obs)
	fmt.Println(reward, end)
	// Output:
	// position, velocity: [-0.4624777 0.0010519158]
	// -0.1 running
}

func ExampleNewAcrobot() {
	e := classic.NewAcrobot()
	obs := make([]float32, 6)
	e.Reset(seed.New(123), obs)
	fmt.Println(obs)
	reward, end := e.Step([]float32{2}, obs)
	fmt.Println(reward, end)
	// Output:
	// [0.99933505 0.03646229 0.99602115 -0.089117415 -0.055928025 -0.06312564]
	// -1 running
}

// Every task draws itself.
func ExamplePendulum_Render() {
	e := classic.NewPendulum(classic.DefaultPendulumOptions())
	e.Reset(seed.New(0), make([]float32, 3))
	frame := e.Frame()
	picture := image.NewRGBA(image.Rect(0, 0, frame.Width, frame.Height))
	e.Render(picture)
	fmt.Println("axle:", picture.At(frame.Width/2, frame.Height/2))
	// Output: axle: {0 0 0 255}
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
