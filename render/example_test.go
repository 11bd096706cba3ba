package render_test

import (
	"fmt"
	"image"
	"os"
	"path/filepath"

	"github.com/proximal-rl/proximal/env/classic"
	"github.com/proximal-rl/proximal/render"
	"github.com/proximal-rl/proximal/seed"
)

func ExampleCreate() {
	dir, err := os.MkdirTemp("", "film")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	pendulum := classic.NewPendulum(classic.DefaultPendulumOptions())
	film, err := render.Create(filepath.Join(dir, "pendulum.gif"), pendulum.Frame())
	if err != nil {
		panic(err)
	}
	obs := make([]float32, 3)
	pendulum.Reset(seed.New(1), obs)
	picture := image.NewRGBA(image.Rect(0, 0, pendulum.Frame().Width, pendulum.Frame().Height))
	for range 10 {
		pendulum.Render(picture)
		if err := film.Add(picture); err != nil {
			panic(err)
		}
		pendulum.Step([]float32{2}, obs)
	}
	fmt.Println(film.Close())
	// Output: <nil>
}
