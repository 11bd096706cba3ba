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

// The clip range follows the divergence of the last update.
func ExampleController() {
	clip := optim.NewController(0.2, 0.05, 0.4, optim.AdaptiveStep(0.01))
	for _, kl := range []float64{0.03, 0.004, 0.012} {
		clip.Observe(kl, 2048)
		fmt.Printf("KL %v: clip range %.3f\n", kl, clip.Value())
	}
	// Output:
	// KL 0.03: clip range 0.133
	// KL 0.004: clip range 0.200
	// KL 0.012: clip range 0.200
}

// A learning rate that is far too large for (x-3)², undone until it is not.
func ExampleGuard() {
	x := []float32{0}
	adam, guard := optim.NewAdam(1, optim.DefaultAdamConfig()), optim.NewGuard(1, 5)
	loss := func() float32 { return (x[0] - 3) * (x[0] - 3) }

	guard.Save(x, adam)
	before := loss()
	for {
		adam.Step(x, []float32{2 * (x[0] - 3)}, 20*guard.Scale(), 1)
		fmt.Printf("%v of a step: x = %.1f\n", guard.Scale(), x[0])
		if loss() <= before || !guard.Undo(x, adam) {
			break
		}
	}
	// Output:
	// 1 of a step: x = 20.0
	// 0.5 of a step: x = 10.0
	// 0.25 of a step: x = 5.0
}

// The second parameter does not decay.
func ExampleAdamW() {
	adamw := optim.NewAdamW(2, optim.DefaultAdamConfig(), 0.1, optim.Range{First: 1, End: 2})
	x := []float32{1, 1}
	adamw.Step(x, []float32{0, 0}, 0.5, 1)
	fmt.Printf("%.2f\n", x)
	// Output: [0.95 1.00]
}

func ExampleRMSProp() {
	x, rmsprop := []float32{0}, optim.NewRMSProp(1, optim.DefaultRMSPropConfig())
	for range 400 {
		rmsprop.Step(x, []float32{2 * (x[0] - 3)}, 0.01, 1)
	}
	fmt.Printf("%.1f\n", x[0])
	// Output: 3.0
}

func ExampleSGD() {
	x := []float32{0}
	for range 50 {
		optim.SGD{}.Step(x, []float32{2 * (x[0] - 3)}, 0.1, 1)
	}
	fmt.Printf("%.2f\n", x[0])
	// Output: 3.00
}

// The natural gradient of two parameters, of which the second matters three
// times as much to the distribution.
func ExampleConjugateGradient() {
	fisher := func(dst, v []float32) { dst[0], dst[1] = v[0], 3*v[1] }
	natural := make([]float32, 2)
	residual, iterations, err := optim.NewConjugateGradient(2).Solve(natural, []float32{6, 6}, fisher, 10, 1e-5)
	fmt.Printf("%.2f %v %d %v\n", natural, residual <= 1e-5, iterations, err)
	// Output: [6.00 2.00] true 2 <nil>
}

// A step of 8 from 0 towards 3 overshoots; a quarter of it does not.
func ExampleBacktrack() {
	x, start, step := []float32{0}, []float32{0}, []float32{8}
	scale := optim.Backtrack(x, start, step, 0.5, 10, func() bool { return x[0] < 3 })
	fmt.Println(scale, x)
	// Output: 0.25 [2]
}
