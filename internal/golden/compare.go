package golden

import (
	"fmt"
	"math"
	"testing"
)

// Tolerance is how far a number may be from the one wanted:
//
//	|got − want| ≤ Absolute + Relative·|want|
//
// Why says what makes a difference legitimate. The zero value allows none. It
// is plain data, safe for concurrent use.
type Tolerance struct {
	Absolute, Relative float64
	Why                string
}

// Float is what this package compares.
type Float interface{ ~float32 | ~float64 }

// Close fails the test if any element of got is further from that of want than
// the tolerance allows, and reports the first and the worst one. NaN equals
// NaN and nothing else; an infinity equals itself. A tolerance without its
// reason stops the test.
func Close[G, W Float](t testing.TB, what string, got []G, want []W, tolerance Tolerance) {
	t.Helper()
	if tolerance != (Tolerance{}) && tolerance.Why == "" {
		t.Fatalf("%s: a tolerance needs its reason", what)
	}
	if len(got) != len(want) {
		t.Errorf("%s has %d elements and should have %d", what, len(got), len(want))
		return
	}
	first, worst, count, excess := -1, -1, 0, 0.0
	for i := range got {
		over := tolerance.excess(float64(got[i]), float64(want[i]))
		if over <= 1 {
			continue
		}
		count++
		if first < 0 {
			first = i
		}
		if worst < 0 || over > excess {
			worst, excess = i, over
		}
	}
	if count == 0 {
		return
	}
	t.Errorf("%s: %d of %d elements are further off than %g + %g·|want|\n\tfirst: %s\n\tworst: %s",
		what, count, len(got), tolerance.Absolute, tolerance.Relative, describe(first, got, want), describe(worst, got, want))
}

// excess is the distance of two numbers in units of what is allowed.
func (t Tolerance) excess(got, want float64) float64 {
	difference := math.Abs(got - want)
	switch {
	case got == want || got != got && want != want:
		return 0
	case math.IsNaN(difference) || math.IsInf(difference, 0):
		return math.Inf(1)
	}
	return difference / (t.Absolute + t.Relative*math.Abs(want))
}

// describe shows one element and how far it is off.
func describe[G, W Float](i int, got []G, want []W) string {
	g, w := got[i], want[i]
	return fmt.Sprintf("[%d] is %v and should be %v, off by %.3g or %d ulp", i, g, w, math.Abs(float64(g)-float64(w)), ulps(g, w))
}

// ulps is the distance of two numbers in steps of the coarser of their types.
func ulps[G, W Float](got G, want W) uint64 {
	if isSingle[G]() || isSingle[W]() {
		return ULP32(float32(got), float32(want))
	}
	return ULP64(float64(got), float64(want))
}

// isSingle reports whether F has single precision.
func isSingle[F Float]() bool {
	first := F(1 << 24) // the first whole number whose successor is no float32
	return first+1 == first
}

// Same fails the test if any bit of got differs from want: −0 is not 0 here,
// and NaNs are told apart. It reports the first difference and their number.
func Same[F Float](t testing.TB, what string, got, want []F) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s has %d elements and should have %d", what, len(got), len(want))
		return
	}
	first, count := -1, 0
	for i := range got {
		if bitsOf(got[i]) != bitsOf(want[i]) {
			count++
			if first < 0 {
				first = i
			}
		}
	}
	if count > 0 {
		t.Errorf("%s: %d of %d elements differ in their bits\n\tfirst: %s (%#x and %#x)",
			what, count, len(got), describe(first, got, want), bitsOf(got[first]), bitsOf(want[first]))
	}
}

// bitsOf is the representation of x.
func bitsOf[F Float](x F) uint64 {
	if isSingle[F]() {
		return uint64(math.Float32bits(float32(x)))
	}
	return math.Float64bits(float64(x))
}

// RelativeL2 is the distance of two vectors relative to the length of want:
//
//	sqrt(Σ (got − want)²) / sqrt(Σ want²)
//
// It is 0 for equal vectors and infinite if only want is zero.
// It panics if the lengths differ.
func RelativeL2[G, W Float](got []G, want []W) float64 {
	if len(got) != len(want) {
		panic("golden: lengths of got and want differ")
	}
	var difference, length float64
	for i := range got {
		d := float64(got[i]) - float64(want[i])
		difference += float64(d * d)
		length += float64(float64(want[i]) * float64(want[i]))
	}
	if difference == 0 {
		return 0
	}
	return math.Sqrt(difference) / math.Sqrt(length)
}

// ULP32 counts the steps from a to b along the float32 numbers, zero being one
// number. Two NaNs are 0 apart; NaN and a number, as far as can be.
func ULP32(a, b float32) uint64 {
	if a != a || b != b {
		return distanceToNaN(a != a && b != b)
	}
	return steps(rank(int64(int32(math.Float32bits(a))), math.MinInt32), rank(int64(int32(math.Float32bits(b))), math.MinInt32))
}

// ULP64 counts the steps from a to b along the float64 numbers, as [ULP32] does.
func ULP64(a, b float64) uint64 {
	if a != a || b != b {
		return distanceToNaN(a != a && b != b)
	}
	return steps(rank(int64(math.Float64bits(a)), math.MinInt64), rank(int64(math.Float64bits(b)), math.MinInt64))
}

// rank maps the bits of a float, as a signed integer, to its place among the
// floats: those with the sign bit, which is lowest, count downwards from zero.
func rank(bits, lowest int64) int64 {
	if bits < 0 {
		return lowest - bits
	}
	return bits
}

// steps is |a − b|, which may need all 64 bits.
func steps(a, b int64) uint64 {
	if a < b {
		a, b = b, a
	}
	return uint64(a) - uint64(b)
}

// distanceToNaN is the distance of two values of which both or one is NaN.
func distanceToNaN(both bool) uint64 {
	if both {
		return 0
	}
	return math.MaxUint64
}
