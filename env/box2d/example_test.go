package box2d_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/box2d"
	"github.com/proximal-rl/proximal/seed"
)

func ExampleNewLunarLander() {
	lander := env.Limit(box2d.NewLunarLander(box2d.DefaultLunarLanderOptions()), 1000)
	obs := make([]float32, 8)
	lander.Reset(seed.New(0), obs)
	fmt.Printf("starts at (%.3f, %.3f)\n", obs[0], obs[1])
	total, steps, end := 0.0, 0, env.Running
	for !end.Ended() {
		var reward float64
		reward, end = lander.Step([]float32{0}, obs) // no engine
		total += reward
		steps++
	}
	fmt.Printf("%v after %d steps, return %.1f\n", end, steps, total)
	// Output:
	// starts at (0.006, 1.399)
	// terminated after 52 steps, return -119.1
}

func ExampleNewBipedalWalker() {
	walker := env.Limit(box2d.NewBipedalWalker(), 1600)
	obs := make([]float32, 24)
	walker.Reset(seed.New(0), obs)
	reward, end := walker.Step([]float32{0.5, 0, -0.5, 0}, obs)
	fmt.Printf("%.4f, %v\n", reward, end)
	fmt.Printf("ground %.2f m below the hull\n", 160.0/30*obs[14])
	// Output:
	// -0.1069, running
	// ground 2.40 m below the hull
}

func ExampleNewRace() {
	race := box2d.NewRace(0.95)
	race.Start(seed.New(1))
	total := 0.0
	for range 50 {
		reward, _ := race.Drive(0, 0.5, 0)
		total += reward
	}
	fmt.Printf("%.1f after a second\n", total)
	// Output:
	// 27.7 after a second
}
