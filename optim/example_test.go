package optim_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/optim"
)

// Minimise (x-3)², a gradient at a time.
func Example() {
	config := optim.DefaultConfig()
	config.LearningRate = optim.Linear(0.1, 0)

	x := []float32{0}
	adam := optim.NewAdam(len(x), config.AdamConfig)
	const steps = 200
	for i := range steps {
		gradient := []float32{2 * (x[0] - 3)}
		_, scale, err := optim.ClipNorm(gradient, config.MaxGradientNorm)
		if err != nil {
			fmt.Println(err)
			return
		}
		adam.Step(x, gradient, config.LearningRate.At(float64(i)/steps), scale)
	}
	fmt.Printf("%.2f\n", x[0])
	// Output: 3.00
}

func ExampleSchedule() {
	var rate optim.Schedule
	if err := rate.UnmarshalText([]byte("linear(3e-4, 0)")); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rate, rate.At(0), rate.At(0.5), rate.At(1.1))
	fmt.Println(rate.UnmarshalText([]byte("cosine(3e-4, 0)")))
	// Output:
	// linear(0.0003, 0) 0.0003 0.00015 0
	// must be a number such as 3e-4, or linear(from, to): there is no shape "cosine"
}

func ExampleLinear() {
	clip := optim.Linear(0.2, 0.1)
	fmt.Printf("%.3f %.3f %.3f\n", clip.At(0), clip.At(0.75), clip.At(2))
	// Output: 0.200 0.125 0.100
}

func ExampleConstant() {
	fmt.Println(optim.Constant(3e-4).At(0.5))
	// Output: 0.0003
}

func ExampleClipNorm() {
	norm, scale, err := optim.ClipNorm([]float32{3, -4}, 0.5)
	fmt.Printf("%.1f %.2f %v\n", norm, scale, err)
	// Output: 5.0 0.10 <nil>
}

func ExampleAdam_Restore() {
	adam := optim.NewAdam(1, optim.DefaultAdamConfig())
	adam.Step([]float32{0}, []float32{1}, 0.1, 1)

	mean, square := adam.Moments() // save these and Steps; later:
	again := optim.NewAdam(1, optim.DefaultAdamConfig())
	if err := again.Restore(mean, square, adam.Steps()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(again.Steps())
	// Output: 1
}
