package policy_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
	"github.com/proximal-rl/proximal/space"
)

// A policy saved in one program and used in another: Load needs no trainer.
func ExampleLoad() {
	folder, err := os.MkdirTemp("", "policy")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "best")
	if err := newThrottle().Save(path); err != nil {
		log.Fatal(err)
	}

	p, err := policy.Load(path)
	if err != nil {
		log.Fatal(err)
	}
	actor := p.NewActor() // one per goroutine
	action := make([]float32, p.Action().Size())
	actor.Act(action, []float32{0.5, -1}, policy.Greedy)
	fmt.Println("full throttle:", action[0] == 1)
	// Output:
	// full throttle: true
}

// Actions as drawn in training, and the likeliest one.
func ExampleActor_Act() {
	p := newThrottle()
	actor, action := p.NewActor(), make([]float32, 1)
	obs := []float32{0.5, -1}

	rng := seed.Stream(1, "action", 0)
	for range 3 {
		actor.Act(action, obs, policy.Sample(rng))
		fmt.Println("within the bounds:", action[0] >= 0 && action[0] <= 1)
	}
	actor.Act(action, obs, policy.Greedy)
	fmt.Println("likeliest:", action)
	// Output:
	// within the bounds: true
	// within the bounds: true
	// within the bounds: true
	// likeliest: [1]
}

// Observations of very different sizes become numbers around 0 and 1.
func ExampleNormalizer() {
	n := policy.NewNormalizer(2, 10)
	n.Update([]float32{
		1000, 0.1,
		3000, 0.3,
	})
	obs := []float32{1000, 0.3}
	n.Normalize(obs, obs)
	fmt.Printf("%.1f\n", obs)
	// Output:
	// [-1.0 1.0]
}

// newThrottle is an untrained policy for one continuous action in [0, 1] that
// means to pull with 2, which the bounds do not allow.
func newThrottle() *policy.Policy {
	observation, action := space.Bounded(-1, 1, 2), space.Bounded(0, 1, 1)
	p, err := policy.New(policy.DefaultConfig(), observation, action, seed.New(1))
	if err != nil {
		log.Fatal(err)
	}
	bias(p)[0] = 2
	return p
}
