package checkpoint_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/proximal-rl/proximal/checkpoint"
)

func ExampleCheckpoint() {
	folder, err := os.MkdirTemp("", "checkpoint")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "best")

	c := checkpoint.New()
	c.PutFloat32("actor.weight", []int{2, 2}, []float32{1, 2, 3, 4})
	if err := c.Put("progress", map[string]int{"steps": 2048}); err != nil {
		panic(err)
	}
	if err := c.Save(path); err != nil {
		panic(err)
	}

	c, err = checkpoint.Load(path)
	if err != nil {
		panic(err)
	}
	weight := make([]float32, 4)
	fmt.Println(c.Float32(weight, "actor.weight", 2, 2), weight)
	var progress map[string]int
	fmt.Println(c.Get("progress", &progress), progress)
	fmt.Println(c.Float32(weight, "actor.wieght", 2, 2))
	// Output:
	// <nil> [1 2 3 4]
	// <nil> map[steps:2048]
	// the checkpoint has no tensor "actor.wieght"; it has actor.weight
}
