package objective

import (
	"math"
	"math/big"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
)

// exact returns eˣ − 1 to far more digits than float64 has: the library's own
// functions are not exact either.
func exact(x float64) *big.Float {
	const precision = 200
	halvings := 0
	for math.Abs(x) > 1.0/1024 { // (e^{x/2ᵏ} − 1), squared up k times as (1 + y)² − 1 = y(y + 2)
		x /= 2
		halvings++
	}
	v := new(big.Float).SetPrec(precision).SetFloat64(x)
	sum, term := new(big.Float).SetPrec(precision), new(big.Float).SetPrec(precision).SetInt64(1)
	for n := int64(1); n < 24; n++ {
		term.Mul(term, v)
		term.Quo(term, new(big.Float).SetInt64(n))
		sum.Add(sum, term)
	}
	two := new(big.Float).SetInt64(2)
	for range halvings {
		sum.Mul(sum, new(big.Float).SetPrec(precision).Add(sum, two))
	}
	return sum
}

// units is the distance of got from want in units in the last place of want.
func units(got float64, want *big.Float) float64 {
	nearest, _ := want.Float64()
	unit := math.Abs(math.Nextafter(nearest, math.Inf(1)) - nearest)
	difference, _ := new(big.Float).Sub(want, new(big.Float).SetFloat64(got)).Float64()
	return math.Abs(difference) / unit
}

func TestExpm1(t *testing.T) {
	worst := 0.0
	check := func(x float64) {
		off := units(expm1(x), exact(x))
		worst = max(worst, off)
		if off > 2 {
			t.Errorf("expm1(%v) = %v, off by %.2f units", x, expm1(x), off)
		}
	}
	for x := -0.5; x <= 0.5; x += 1.0 / 1024 {
		for _, scale := range []float64{1, 1e-3, 1e-9} {
			if x != 0 {
				check(x * scale)
			}
		}
	}
	for x := -50.0; x <= 709; x += 0.37 {
		check(x)
	}
	check(math.Nextafter(0.5, 0))
	check(math.Nextafter(-0.5, 0))
	check(1e-300)
	t.Logf("worst: %.2f units", worst)
}

func TestLog(t *testing.T) {
	worst := 0.0
	check := func(x float64) {
		// log moves by 1/x: where it is right, x is e to its power.
		got := log(x)
		power := new(big.Float).SetPrec(200).Add(exact(got), new(big.Float).SetInt64(1))
		difference, _ := new(big.Float).Sub(power, new(big.Float).SetFloat64(x)).Float64()
		off := math.Abs(difference/x) / math.Abs(math.Nextafter(got, math.Inf(1))-got)
		worst = max(worst, off)
		if off > 2 {
			t.Errorf("log(%v) = %v, off by %.2f units", x, got, off)
		}
	}
	for x := 0.0009; x < 1e4; x *= 1.003 {
		check(x)
	}
	for n := 1; n < 50; n++ {
		check(1 + math.Ldexp(1, -n))
		check(1 - math.Ldexp(1, -n-1))
	}
	check(math.Nextafter(math.Sqrt2/2, 0))
	check(math.Sqrt2)
	t.Logf("worst: %.2f units", worst)
	for x := 1e-307; x < 1e300; x *= 1e10 { // where it is a number of whole digits, the library will do
		golden.Close(t, "log", []float64{log(x)}, []float64{math.Log(x)}, golden.Tolerance{
			Relative: 5e-16, Why: "one unit in the last place of each",
		})
	}
}

func TestExponentialAtTheEnds(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	got := []float64{
		expm1(inf), expm1(710), expm1(-inf), expm1(-800), expm1(nan), expm1(0),
		log(0), log(1), log(inf), log(-1), log(nan), log(math.SmallestNonzeroFloat64),
	}
	want := []float64{inf, inf, -1, -1, nan, 0, -inf, 0, inf, nan, nan, -744.4400719213812}
	golden.Close(t, "ends", got, want, golden.Tolerance{Relative: 5e-16, Why: "one unit in the last place of each"})
}

// The bits that every platform must give.
func TestExponentialBits(t *testing.T) {
	golden.Same(t, "expm1", []float64{expm1(0.1), expm1(-0.4), expm1(1.5), expm1(-7)},
		[]float64{0x1.aec7b35a00d3ap-04, -0x1.51979f31b1e25p-02, 0x1.bda7fcc9f8a83p+01, -0x1.ff887a518f6d6p-01})
	golden.Same(t, "log", []float64{log(0.8), log(1.2), log(3), log(1e-9)},
		[]float64{-0x1.c8ff7c79a9a1fp-03, 0x1.7565011e49674p-03, 0x1.193ea7aad030bp+00, -0x1.4b927f32bffb8p+04})
}
