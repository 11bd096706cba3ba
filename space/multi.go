package space

import (
	"errors"
	"fmt"

	"github.com/proximal-rl/proximal/seed"
)

// MultiDiscrete is rows of numbers; element i is one of 0 to N[i]−1. The zero
// value has no elements and is not valid. It is safe for concurrent use while
// nobody changes N.
type MultiDiscrete struct {
	N []int
}

// NewMultiDiscrete returns the rows whose element i is one of 0 to n[i]−1. It
// panics if n is empty, or if a number is less than 1 or more than float32 can
// tell apart.
func NewMultiDiscrete(n ...int) MultiDiscrete {
	m := MultiDiscrete{N: append([]int(nil), n...)}
	if m.Validate() != nil {
		panic("space: impossible numbers of discrete values")
	}
	return m
}

// Size implements [Space]: the length of N.
func (m MultiDiscrete) Size() int { return len(m.N) }

// Contains implements [Space].
func (m MultiDiscrete) Contains(x []float32) bool {
	if len(x) != len(m.N) {
		return false
	}
	for i, n := range m.N {
		if !isNumber(x[i], 0, n) {
			return false
		}
	}
	return true
}

// Sample implements [Space]:
//
//	dst[i] = ⌊rng.Float64()·N[i]⌋
func (m MultiDiscrete) Sample(dst []float32, rng *seed.Rand) {
	checkLength(dst, m)
	for i, n := range m.N {
		dst[i] = float32(int(rng.Float64() * float64(n)))
	}
}

// Validate implements [Space].
func (m MultiDiscrete) Validate() error {
	if len(m.N) == 0 {
		return errors.New("space: MultiDiscrete.N is empty, must have at least one number")
	}
	for i, n := range m.N {
		if err := checkCount(fmt.Sprintf("MultiDiscrete.N[%d]", i), n); err != nil {
			return err
		}
	}
	return nil
}

// String implements [Space].
func (m MultiDiscrete) String() string {
	return fmt.Sprintf("MultiDiscrete(%s)", list(len(m.N), ", ", func(i int) string { return fmt.Sprint(m.N[i]) }))
}

// MultiBinary is rows of N zeros and ones. The zero value has no elements and is
// not valid. It is safe for concurrent use.
type MultiBinary struct {
	N int
}

// NewMultiBinary returns the rows of n zeros and ones. It panics if n is less
// than 1.
func NewMultiBinary(n int) MultiBinary {
	m := MultiBinary{N: n}
	if m.Validate() != nil {
		panic("space: impossible number of binary values")
	}
	return m
}

// Size implements [Space]: N.
func (m MultiBinary) Size() int { return m.N }

// Contains implements [Space].
func (m MultiBinary) Contains(x []float32) bool {
	if len(x) != m.N {
		return false
	}
	for _, v := range x {
		if v != 0 && v != 1 {
			return false
		}
	}
	return true
}

// Sample implements [Space]: NumPy's integers(0, 2, size=N, dtype=int8), which
// has four elements from the bytes of one 32-bit draw, the lowest first.
//
//	dst[i] = the highest bit of byte i mod 4
func (m MultiBinary) Sample(dst []float32, rng *seed.Rand) {
	checkLength(dst, m)
	var draw uint32
	for i := range dst {
		if i%4 == 0 {
			draw = rng.Uint32()
		}
		dst[i] = float32(draw >> 7 & 1)
		draw >>= 8
	}
}

// Validate implements [Space].
func (m MultiBinary) Validate() error {
	if m.N < 1 {
		return fmt.Errorf("space: MultiBinary.N is %d, must be at least 1", m.N)
	}
	return nil
}

// String implements [Space].
func (m MultiBinary) String() string { return fmt.Sprintf("MultiBinary(%d)", m.N) }
