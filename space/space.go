// Package space says what an observation or an action may be. An element of any
// space is a flat row of float32; a discrete value is its number.
//
// Samples are Gymnasium's: drawn from seed.New(s), they are what a space gives
// there after seed(s), bit for bit.
package space

import "github.com/proximal-rl/proximal/seed"

// Space is a set of rows of numbers. The types of this package implement it; a
// space may be shared between goroutines as long as nobody changes it.
type Space interface {
	// Size is the number of float32 that one element has.
	Size() int

	// Contains reports whether x is an element. A row of another length is
	// not, nor is one with a NaN.
	Contains(x []float32) bool

	// Sample writes a random element to dst. It panics if the length of dst
	// is not Size().
	Sample(dst []float32, rng *seed.Rand)

	// Validate says why there can be no such space; nil if there can.
	Validate() error

	// String describes the space in a few words, for messages.
	String() string
}

// largestNumber bounds the numbers of a discrete space: float32 holds every
// integer up to it.
const largestNumber = 1 << 24

// checkLength panics unless dst has room for one element.
func checkLength(dst []float32, s Space) {
	if len(dst) != s.Size() {
		panic("space: length of a sample is not the size of its space")
	}
}
