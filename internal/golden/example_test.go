package golden_test

import (
	"fmt"
	"math"

	"github.com/proximal-rl/proximal/internal/golden"
)

func ExampleULP32() {
	third := float32(1) / 3
	fmt.Println(golden.ULP32(third, math.Nextafter32(third, 1)))
	// Output: 1
}

func ExampleRelativeL2() {
	fmt.Println(golden.RelativeL2([]float32{3, 8}, []float64{3, 4}))
	// Output: 0.8
}
