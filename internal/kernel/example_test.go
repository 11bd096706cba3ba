package kernel_test

import (
	"fmt"

	"github.com/proximal-rl/proximal/internal/kernel"
)

// A linear layer with two inputs and three outputs, forward and backward.
func Example() {
	const rows, in, out = 1, 2, 3
	x := []float32{1, 2}
	w := []float32{
		1, 0, 3,
		0, 1, 4,
	}
	y := make([]float32, out)
	kernel.Linear(y, x, w, []float32{10, 20, 30}, rows, in, out)
	kernel.ReLU(y, y)
	fmt.Println(y)

	dy := []float32{1, 1, 1}
	dx, dw, dbias := make([]float32, in), make([]float32, in*out), make([]float32, out)
	kernel.ReLUBackward(dy, dy, y)
	kernel.LinearWeight(dw, dbias, x, dy, rows, in, out)
	kernel.LinearInput(dx, dy, w, rows, in, out)
	fmt.Println(dx, dw, dbias)
	// Output:
	// [11 22 41]
	// [4 5] [1 1 1 2 2 2] [1 1 1]
}

func ExampleFMA() {
	const a = 1 + 0x1p-23 // the float32 after 1
	const b = 1 - 0x1p-23
	fmt.Println(kernel.FMA(a, b, -1)) // a*b rounds to 1, but is a little less
	// Output: -1.4210855e-14
}

func ExampleLogSoftmax() {
	x := []float32{0, 0, 1, 3}
	kernel.LogSoftmax(x, x, 2, 2)
	fmt.Printf("%.4f\n", x)
	kernel.Exp(x, x)
	fmt.Printf("%.4f\n", x)
	// Output:
	// [-0.6931 -0.6931 -2.1269 -0.1269]
	// [0.5000 0.5000 0.1192 0.8808]
}

func ExampleTanh() {
	x := []float32{-1, 0, 1}
	kernel.Tanh(x, x)
	fmt.Println(x, kernel.Tanh1(1) == x[2])
	// Output: [-0.7615942 0 0.7615942] true
}

func ExampleDot() {
	x := []float32{3, 4}
	fmt.Println(kernel.Dot(x, x), kernel.SumSquares(x), kernel.Sum(x), kernel.Max(x))
	// Output: 25 25 7 4
}

func ExampleAxpy() {
	sum := []float32{1, 2}
	kernel.Add(sum, []float32{10, 20})
	kernel.Axpy(sum, 0.5, []float32{2, 4})
	kernel.Scale(sum, 2)
	fmt.Println(sum)
	// Output: [24 48]
}

// The first step of Adam moves every parameter by the learning rate.
func ExampleAdam() {
	param, grad := []float32{1, 1}, []float32{1000, -0.001}
	m, v := make([]float32, 2), make([]float32, 2)
	kernel.Adam(param, m, v, grad, kernel.AdamStep{
		LearningRate: 0.1, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8,
		Correction1: 0.1, Correction2Sqrt: 0.0316227766, GradientScale: 1,
	})
	fmt.Printf("%.3f\n", param)
	// Output: [0.900 1.100]
}

// The density of a standard normal distribution at its mean and one off it.
func ExampleGaussianLogProb() {
	dist := []float32{0, 0, 0, 0} // two rows: mean, logarithm of the standard deviation
	logProb, d := make([]float32, 2), make([]float32, 4)
	kernel.GaussianLogProb(logProb, []float32{0, 1}, dist, 2, 1)
	kernel.GaussianBackward(d, []float32{1, 1}, []float32{0, 0}, []float32{0, 1}, dist, 2, 1)
	fmt.Printf("%.3f, gradient %g\n", logProb, d)
	// Output: [-0.919 -1.419], gradient [0 -1 1 0]
}

func ExampleEntropy() {
	logProb, entropy := make([]float32, 4), make([]float32, 2)
	kernel.LogSoftmax(logProb, []float32{0, 0, 0, 100}, 2, 2)
	kernel.Entropy(entropy, logProb, 2, 2)
	fmt.Printf("%.3f\n", entropy)
	// Output: [0.693 0.000]
}

func ExampleStandardize() {
	x := []float32{1, 10, 3, 30} // two rows
	mean, variance := make([]float64, 2), make([]float64, 2)
	kernel.ColumnMoments(mean, variance, x, 2, 2)
	fmt.Println(mean, variance)
	kernel.Standardize(x, x, mean, []float64{1, 10}, 5, 2, 2)
	fmt.Println(x)
	// Output:
	// [2 20] [1 100]
	// [-1 -1 1 1]
}

func ExampleUse() {
	restore, err := kernel.Use("generic")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer restore()
	fmt.Println(kernel.Level())

	_, err = kernel.Use("quick")
	fmt.Println(err != nil)
	// Output:
	// generic
	// true
}
