package replay_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/env"
	"github.com/proximal-rl/proximal/env/classic"
	"github.com/proximal-rl/proximal/internal/replay"
	"github.com/proximal-rl/proximal/space"
)

// An episode of cart-pole as Gymnasium has it from the same seed.
func Example() {
	e := env.Limit(classic.NewCartPole(classic.CartPoleOptions{}), 500)
	r := replay.Start(e, 0)
	for !r.End.Ended() {
		r.Step(replay.Rule(e.Spec().Action, r.Steps))
	}
	fmt.Printf("%d steps, return %v, %v, checksums %08x and %08x\n", r.Steps, r.Total, r.End, r.Obs.Sum32(), r.Rewards.Sum32())
	// Output: 14 steps, return 14, terminated, checksums 98ff41c0 and 781a6f15
}

func ExampleRule() {
	box := space.NewBox([]float32{-1, 0}, []float32{1, 4})
	fmt.Println(replay.Rule(space.Discrete{N: 4}, 3), replay.Rule(box, 0), replay.Rule(box, 1))
	// Output: [2] [-1 0] [0.45 2.1]
}
