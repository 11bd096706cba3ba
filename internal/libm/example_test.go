package libm_test

import (
	"fmt"
	"math"

	"github.com/proximal-rl/proximal/internal/libm"
)

func ExampleSincos() {
	sin, cos := libm.Sincos(1)
	fmt.Printf("%.17g %.17g\n", sin, cos)
	// Output: 0.8414709848078965 0.54030230586813977
}

func ExampleSin() {
	// The float64 nearest to π is not π, and its sine says by how much.
	fmt.Printf("%.17g\n", libm.Sin(math.Pi))
	// Output: 1.2246467991473532e-16
}

func ExampleCos() {
	fmt.Printf("%.17g\n", libm.Cos(1e300))
	// Output: -0.57538611195754907
}

func ExamplePow() {
	fmt.Println(libm.Pow(3, 2), libm.Pow(2, -1074), libm.Pow(-8, 1.0/3))
	// Output: 9 5e-324 NaN
}

func ExampleSincos32() {
	sin, cos := libm.Sincos32(0.5)
	fmt.Printf("%.9g %.9g\n", sin, cos)
	// Output: 0.47942555 0.87758255
}

func ExampleSin32() {
	fmt.Printf("%.9g\n", libm.Sin32(1e30))
	// Output: -0.791163445
}

func ExampleCos32() {
	fmt.Printf("%.9g\n", libm.Cos32(1e-5))
	// Output: 1
}
