package physics_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/internal/physics"
)

func Example() {
	w := physics.NewWorld(physics.Vec{Y: -10})
	ground := w.AddBody(physics.Body{})
	all := physics.Material{Friction: 0.5, Category: 1, Mask: 1}
	w.AddEdge(ground, all, physics.Vec{X: -9}, physics.Vec{X: 9})
	box := w.AddBody(physics.Body{Moving: true, Position: physics.Vec{Y: 4}})
	all.Density = 1
	w.AddBox(box, all, 0.5, 0.5)
	for step := 1; w.Awake(box); step++ {
		for _, t := range w.Step() {
			if t.Began {
				fmt.Printf("lands after %.2f s\n", float64(step)/50)
			}
		}
	}
	fmt.Printf("rests at a height of %.2f m\n", w.Position(box).Y)
	// Output:
	// lands after 0.84 s
	// rests at a height of 0.51 m
}
