package libm

import (
	"math"
	"math/big"
	"testing"
)

func TestPowRows(t *testing.T) {
	for _, row := range readRows(t, "pow.csv") {
		x, y, want := row[0], row[1], row[2]
		if got := Pow(x, y); !same(got, want) {
			t.Errorf("Pow(%x, %v) = %x, want %x", x, y, got, want)
		}
		if got := powBig(x, y); !same(got, want) {
			t.Errorf("powBig(%x, %v) = %x, want %x", x, y, got, want)
		}
	}
}

func TestPowSpecial(t *testing.T) {
	inf, nan, zero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	for _, c := range []struct{ x, y, want float64 }{
		// the list of C99, F.9.4.4
		{0, -3, inf}, {zero, -3, -inf},
		{0, -2, inf}, {zero, -2, inf}, {zero, -2.5, inf}, {zero, -inf, inf},
		{0, 3, 0}, {zero, 3, zero},
		{0, 2.5, 0}, {zero, 2, 0}, {zero, 2.5, 0}, {zero, inf, 0},
		{-1, inf, 1}, {-1, -inf, 1},
		{1, nan, 1}, {1, inf, 1}, {1, 0.3, 1},
		{nan, 0, 1}, {nan, zero, 1}, {inf, 0, 1}, {0, zero, 1},
		{-2, 0.5, nan}, {-2, -1.5, nan}, {-5e-324, 0.1, nan},
		{0.5, -inf, inf}, {-0.5, -inf, inf}, {2, -inf, 0}, {-2, -inf, 0},
		{0.5, inf, 0}, {-0.5, inf, 0}, {2, inf, inf}, {-2, inf, inf},
		{-inf, -3, zero}, {-inf, -2, 0}, {-inf, -2.5, 0},
		{-inf, 3, -inf}, {-inf, 2, inf}, {-inf, 2.5, inf},
		{inf, -1, 0}, {inf, 1, inf}, {inf, inf, inf}, {inf, -inf, 0}, {-inf, inf, inf}, {-inf, -inf, 0},
		{nan, 1, nan}, {2, nan, nan}, {nan, nan, nan}, {nan, 2, nan}, {nan, inf, nan},
		// signs, range and trivial powers
		{-3, 3, -27}, {-3, 4, 81}, {-2, -1, -0.5}, {-1, 0x1p52 + 1, -1}, {-1, 0x1p53, 1}, {-1, 1e300, 1},
		{-1.5, 1e300, inf}, {-1.5, -1e300, 0}, {-1.5, -(0x1p53 - 1), zero}, {-1.5, 0x1p53 - 1, -inf},
		{7, 1, 7}, {5e-324, 1, 5e-324}, {-5e-324, 1, -5e-324}, {5e-324, -1, inf}, {0x1p-1022, -1, 0x1p1022},
		{2, 1e-300, 1}, {2, 5e-324, 1}, {1e308, -5e-324, 1}, {4, 0.5, 2}, {2, 1024, inf}, {2, -1075, 0}, {2, -1074, 5e-324},
		{math.MaxFloat64, 1, math.MaxFloat64}, {1 + 0x1p-52, 1e300, inf}, {1 - 0x1p-53, 1e300, 0},
	} {
		if got := Pow(c.x, c.y); !same(got, c.want) {
			t.Errorf("Pow(%v, %v) = %v, want %v", c.x, c.y, got, c.want)
		}
	}
}

func TestPowSquare(t *testing.T) {
	state := splitMix(7)
	for range 100_000 {
		if x := state.finite(); !same(Pow(x, 2), x*x) {
			t.Fatalf("Pow(%x, 2) = %x, want %x", x, Pow(x, 2), x*x)
		}
	}
}

// TestLog2Errors measures the logarithm, next to 1 above all, where its relative accuracy is hardest to keep.
func TestLog2Errors(t *testing.T) {
	state, worst := splitMix(12), math.Inf(-1)
	for i := range 1000 {
		x := 1 + math.Ldexp(state.span(1), -(i%52))
		if i%3 == 0 {
			x = math.Abs(state.finite())
		}
		if x == 1 || x == 0 {
			continue
		}
		want := bigLog(x, firstPrecision)
		worst = max(worst, relativeError(log2Double(x), want.Quo(want, bigLn2(firstPrecision))))
	}
	if worst > -96 {
		t.Errorf("relative error 2^%.2f exceeds the bound", worst)
	}
	t.Logf("largest relative error 2^%.2f", worst)
}

// TestPowErrors measures the double-double path against math/big.
func TestPowErrors(t *testing.T) {
	for _, name := range []string{"plain", "wide", "near one", "few bits"} {
		state, worst := splitMix(8), math.Inf(-1)
		for range 200 {
			x, y := streams[name](&state)
			if p := y * math.Log2(x); x == 1 || y == 0 || math.Abs(p) > 1070 {
				continue
			}
			z, k := powDouble(log2Double(x), y)
			log := bigLog(x, firstPrecision+guard)
			want := bigExp(log.Mul(log, big.NewFloat(y)))
			worst = max(worst, relativeError(z, want.SetMantExp(want, -k)))
		}
		if worst > math.Log2(powError) {
			t.Errorf("%s: relative error 2^%.2f exceeds the bound", name, worst)
		}
		t.Logf("%-8s largest relative error 2^%.2f", name, worst)
	}
}

// TestPowPaths counts the arguments that leave the double-double path undecided.
func TestPowPaths(t *testing.T) {
	const count = 100_000
	for _, name := range []string{"plain", "wide", "near one"} {
		state, multiple := splitMix(9), 0
		for range count {
			x, y := streams[name](&state)
			if math.Abs(y*math.Log2(x)) > 1070 {
				continue
			}
			if z, _ := powDouble(log2Double(x), y); !decided(z, powError) {
				multiple++
			}
		}
		if multiple > 0 {
			t.Errorf("%s: %d of %d arguments left undecided", name, multiple, count)
		}
		t.Logf("%-8s %d arguments: %d to math/big", name, count, multiple)
	}
}

// FuzzPow compares the fast path with math/big.
func FuzzPow(f *testing.F) {
	f.Add(3.0, 3.0)
	f.Add(0.25, 537.25)
	f.Add(1+0x1p-52, 0.5)
	f.Add(3*0x1p-215, 5.0)
	f.Add(10.0, 308.0)
	f.Fuzz(func(t *testing.T, x, y float64) {
		x = math.Abs(x)
		if p := math.Abs(y * math.Log2(x)); !(p > 0x1p-60 && p < 1075) {
			return
		}
		if got, want := Pow(x, y), powBig(x, y); !same(got, want) {
			t.Errorf("Pow(%x, %x) = %x, want %x", x, y, got, want)
		}
	})
}

func benchmarkPow(b *testing.B, y float64) {
	state, x := splitMix(10), [1024]float64{}
	for i := range x {
		x[i] = 10 * state.unit()
	}
	b.ReportAllocs()
	i, sum := 0, 0.0
	for b.Loop() {
		sum += Pow(x[i&1023], y)
		i++
	}
	if sum != sum {
		b.Error("a positive base has no power")
	}
}

func BenchmarkPow(b *testing.B)       { benchmarkPow(b, 3.3) }
func BenchmarkPowSquare(b *testing.B) { benchmarkPow(b, 2) }
