package kernel

import (
	"flag"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

var exhaustive = flag.Bool("exhaustive", false, "try every float32 where a grid is usual (minutes)")

// eachLevel runs the test once for every level that this processor can run.
func eachLevel(t *testing.T, f func(t *testing.T)) {
	for _, name := range Levels() {
		t.Run(name, func(t *testing.T) {
			restore, err := Use(name)
			if err != nil {
				t.Fatal(err)
			}
			defer restore()
			f(t)
		})
	}
}

const (
	longest = 130 // lengths 0 … longest are tried
	offsets = 16  // at offsets 0 … offsets-1
	margin  = 24  // guard words on both sides of a slice
)

// stride is the step from one offset to the next; -short skips most of them.
func stride() int {
	if testing.Short() {
		return 5
	}
	return 1
}

// guard is a pattern that no kernel writes: a NaN with a payload.
var guard = math.Float32frombits(0x7fa5a5a5)

// A guarded slice lies between guard words.
type guarded struct {
	all   []float32
	slice []float32
}

// place copies x between guard words, at an offset from where memory begins.
func place(x []float32, offset int) guarded {
	all := make([]float32, margin+offset+len(x)+margin)
	for i := range all {
		all[i] = guard
	}
	from := margin + offset
	copy(all[from:], x)
	return guarded{all, all[from : from+len(x) : from+len(x)]}
}

// mustHold fails unless the slice holds want and the guard words are whole.
func (g guarded) mustHold(t *testing.T, what string, want []float32) {
	t.Helper()
	for i, v := range g.slice {
		if !same(v, want[i]) {
			t.Fatalf("%s: element %d of %d is %x (%g), want %x (%g)",
				what, i, len(want), math.Float32bits(v), v, math.Float32bits(want[i]), want[i])
		}
	}
	before := (len(g.all) - len(g.slice)) - margin
	for i, v := range g.all {
		if (i < before || i >= len(g.all)-margin) && math.Float32bits(v) != math.Float32bits(guard) {
			t.Fatalf("%s: wrote outside the slice, at %d of %d", what, i-before, len(want))
		}
	}
}

// same reports whether a and b have the same bits or are both NaN.
func same(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// A source draws float32 of one kind.
type source struct {
	name string
	draw func(r *rand.Rand) float32
}

// sources are the kinds of numbers that every kernel is tried on.
var sources = []source{
	{"normal", func(r *rand.Rand) float32 { return float32(r.NormFloat64()) }},
	// few bits: sums that end half way between two float32
	{"short", func(r *rand.Rand) float32 { return float32(r.IntN(15)-7) * float32(math.Ldexp(1, 12*r.IntN(3)-12)) }},
	// products that vanish in the subnormal numbers
	{"tiny", func(r *rand.Rand) float32 { return float32(math.Ldexp(r.NormFloat64(), -60-r.IntN(90))) }},
	// products around the finest that a sum of float64 can hold above the subnormal numbers
	{"small", func(r *rand.Rand) float32 { return float32(math.Ldexp(r.NormFloat64(), -50-r.IntN(25))) }},
	{"huge", func(r *rand.Rand) float32 { return float32(math.Ldexp(r.NormFloat64(), 50+r.IntN(30))) }},
	{"any", func(r *rand.Rand) float32 { return math.Float32frombits(r.Uint32()) }},
	{"special", func(r *rand.Rand) float32 { return specials[r.IntN(len(specials))] }},
}

var specials = []float32{
	0, float32(math.Copysign(0, -1)), 1, -1, 0.5, 2, math.MaxFloat32, -math.MaxFloat32,
	math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 0x1p-126, 0x1.fffffcp-127,
	float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 0x1p-75, 0x1.000002p0, -0x1.fffffep0,
}

func (s source) slice(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = s.draw(r)
	}
	return x
}

// eachSource runs the test once for every kind of number, with its own random
// numbers.
func eachSource(t *testing.T, f func(t *testing.T, s source, r *rand.Rand)) {
	for i, s := range sources {
		t.Run(s.name, func(t *testing.T) { f(t, s, rand.New(rand.NewPCG(uint64(i), 7))) })
	}
}

// bigFMA is the definition of FMA in numbers of unlimited precision.
//
// It asks math/big only where it must: the exact sum lies between the neighbours
// of the one that float64 gives, so where both of these round to the same
// float32, the exact sum does too.
func bigFMA(a, b, c float32) float32 {
	p := float64(a) * float64(b)
	s := p + float64(c)
	if math.IsNaN(s) || math.IsInf(s, 0) || s == 0 {
		return float32(s) // float64 holds zero, and no finite sum of these is too large for it
	}
	if y := float32(math.Nextafter(s, math.Inf(1))); y == float32(math.Nextafter(s, math.Inf(-1))) && y != 0 {
		return y
	}
	const prec = 700 // from 2²⁵⁷ down to 2⁻²⁹⁸
	x := new(big.Float).SetPrec(prec).SetFloat64(float64(a))
	x.Mul(x, new(big.Float).SetFloat64(float64(b)))
	x.Add(x, new(big.Float).SetFloat64(float64(c)))
	y, _ := x.Float32()
	return y
}

// elementwise tries a kernel that maps each element on its own, on all lengths
// and offsets, in place and not, against want, which is its definition.
func elementwise(t *testing.T, kernel func(dst, x []float32), want func(x float32) float32) {
	eachLevel(t, func(t *testing.T) {
		eachSource(t, func(t *testing.T, s source, r *rand.Rand) {
			for n := range longest + 1 {
				x := s.slice(r, n)
				y := make([]float32, n)
				for i, v := range x {
					y[i] = want(v)
				}
				for offset := 0; offset < offsets; offset += stride() {
					what := fmt.Sprintf("length %d, offset %d", n, offset)
					from, to := place(x, offset), place(make([]float32, n), (offset*7+n)%offsets)
					kernel(to.slice, from.slice)
					to.mustHold(t, what, y)
					from.mustHold(t, what+", input", x)
					kernel(from.slice, from.slice)
					from.mustHold(t, what+", in place", y)
				}
			}
		})
	})
}

// elementwise2 is elementwise for a kernel with two inputs.
func elementwise2(t *testing.T, kernel func(dst, x, y []float32), want func(x, y float32) float32) {
	eachLevel(t, func(t *testing.T) {
		eachSource(t, func(t *testing.T, s source, r *rand.Rand) {
			for n := range longest + 1 {
				x, y := s.slice(r, n), s.slice(r, n)
				z := make([]float32, n)
				for i := range z {
					z[i] = want(x[i], y[i])
				}
				for offset := 0; offset < offsets; offset += stride() {
					what := fmt.Sprintf("length %d, offset %d", n, offset)
					from, and := place(x, offset), place(y, (offset*5+n)%offsets)
					to := place(make([]float32, n), (offset*7+n)%offsets)
					kernel(to.slice, from.slice, and.slice)
					to.mustHold(t, what, z)
					from.mustHold(t, what+", first input", x)
					and.mustHold(t, what+", second input", y)
					kernel(from.slice, from.slice, and.slice)
					from.mustHold(t, what+", in place of the first", z)
					copy(from.slice, x)
					kernel(and.slice, from.slice, and.slice)
					and.mustHold(t, what+", in place of the second", z)
				}
			}
		})
	})
}

// mustPanic fails unless f panics with the message.
func mustPanic(t *testing.T, message string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got := recover(); got != message {
			t.Errorf("panic %v, want %q", got, message)
		}
	}()
	f()
}
