package space

import (
	"fmt"
	"math"

	"github.com/proximal-rl/proximal/seed"
)

// Discrete is the N numbers from Start on; an element is one float32 that holds
// the number. The zero value has no numbers and is not valid. It is safe for
// concurrent use.
type Discrete struct {
	N     int // how many
	Start int // the least
}

// NewDiscrete returns the numbers 0 to n−1. It panics if there are none or
// float32 cannot tell them apart.
func NewDiscrete(n int) Discrete {
	d := Discrete{N: n}
	if d.Validate() != nil {
		panic("space: impossible number of discrete values")
	}
	return d
}

// Size implements [Space]: 1.
func (d Discrete) Size() int { return 1 }

// Contains implements [Space].
func (d Discrete) Contains(x []float32) bool {
	return len(x) == 1 && isNumber(x[0], d.Start, d.N)
}

// isNumber reports whether x is one of the n integers from start on.
func isNumber(x float32, start, n int) bool {
	v := float64(x)
	return v == math.Trunc(v) && v >= float64(start) && v < float64(start)+float64(n)
}

// Sample implements [Space]:
//
//	dst[0] = Start + rng.Integers(0, N)
func (d Discrete) Sample(dst []float32, rng *seed.Rand) {
	checkLength(dst, d)
	dst[0] = float32(int64(d.Start) + rng.Integers(0, int64(d.N)))
}

// Validate implements [Space].
func (d Discrete) Validate() error {
	if err := checkCount("Discrete.N", d.N); err != nil {
		return err
	}
	if d.Start < -largestNumber || d.Start > largestNumber-d.N+1 {
		return fmt.Errorf("space: Discrete.Start is %d, must be in [%d, %d] with N = %d",
			d.Start, -largestNumber, largestNumber-d.N+1, d.N)
	}
	return nil
}

// checkCount says whether a discrete value can have n different numbers.
func checkCount(field string, n int) error {
	if n < 1 || n > largestNumber {
		return fmt.Errorf("space: %s is %d, must be in [1, %d]", field, n, largestNumber)
	}
	return nil
}

// String implements [Space].
func (d Discrete) String() string {
	if d.Start == 0 {
		return fmt.Sprintf("Discrete(%d)", d.N)
	}
	return fmt.Sprintf("Discrete(%d) from %d", d.N, d.Start)
}
