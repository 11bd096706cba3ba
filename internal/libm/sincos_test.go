package libm

import (
	"math"
	"testing"
)

var angleStreams = []string{"reduced", "moderate", "finite", "quarters"}

func TestSincosRows(t *testing.T) {
	undecided := 0
	for _, row := range readRows(t, "sincos.csv") {
		x := row[0]
		for quarter, want := range row[1:] {
			got := map[string]float64{"sine": sine(x, quarter), "sineBig": sineBig(x, quarter)}
			if math.Abs(x) >= tinyAngle {
				got["sineAccurate"] = sineAccurate(x, quarter)
				if !decided(sineDouble(x, quarter), accurateError) {
					undecided++
				}
			}
			for name, v := range got {
				if !same(v, want) {
					t.Errorf("%s(%x, %d) = %x, want %x", name, x, quarter, v, want)
				}
			}
		}
		if sin, cos := Sincos(x); !same(sin, row[1]) || !same(cos, row[2]) {
			t.Errorf("Sincos(%x) = %x, %x, want %x, %x", x, sin, cos, row[1], row[2])
		}
		if sin, cos := Sincos(-x); !same(sin, -row[1]) || !same(cos, row[2]) {
			t.Errorf("Sincos(%x) = %x, %x, want %x, %x", -x, sin, cos, -row[1], row[2])
		}
	}
	if undecided == 0 {
		t.Error("no row is hard enough for math/big")
	}
	t.Logf("%d values are left to math/big", undecided)
}

func TestSincosSpecial(t *testing.T) {
	negativeZero := math.Copysign(0, -1)
	for _, c := range []struct{ x, sin, cos float64 }{
		{0, 0, 1},
		{negativeZero, negativeZero, 1},
		{math.Inf(1), math.NaN(), math.NaN()},
		{math.Inf(-1), math.NaN(), math.NaN()},
		{math.NaN(), math.NaN(), math.NaN()},
		{-math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 1},
	} {
		sin, cos := Sincos(c.x)
		if !same(sin, c.sin) || !same(cos, c.cos) {
			t.Errorf("Sincos(%v) = %v, %v, want %v, %v", c.x, sin, cos, c.sin, c.cos)
		}
		if sin, cos := Sin(c.x), Cos(c.x); !same(sin, c.sin) || !same(cos, c.cos) {
			t.Errorf("Sin(%v), Cos(%v) = %v, %v, want %v, %v", c.x, c.x, sin, cos, c.sin, c.cos)
		}
	}
}

// TestSincosAgrees holds Sincos, which repeats the steps of Sin and Cos, to their bits.
func TestSincosAgrees(t *testing.T) {
	for _, name := range angleStreams {
		next, state := streams[name], splitMix(1)
		for range 20_000 {
			x, _ := next(&state)
			if sin, cos := Sincos(x); !same(sin, Sin(x)) || !same(cos, Cos(x)) {
				t.Fatalf("%s: Sincos(%x) = %x, %x, but Sin %x, Cos %x", name, x, sin, cos, Sin(x), Cos(x))
			}
		}
	}
}

// TestSineErrors measures both paths before rounding against math/big, and logs how often each is left.
func TestSineErrors(t *testing.T) {
	for _, name := range angleStreams {
		next, state := streams[name], splitMix(2)
		worstFast, worstDouble := math.Inf(-1), math.Inf(-1)
		for i := range 500 {
			x, _ := next(&state)
			if math.Abs(x) < tinyAngle || math.IsInf(x, 0) {
				continue
			}
			want := bigSine(bigFloat(x, 53), i&1, firstPrecision)
			worstFast = max(worstFast, relativeError(sineFast(x, i&1), want))
			worstDouble = max(worstDouble, relativeError(sineDouble(x, i&1), want))
		}
		if worstFast > math.Log2(fastError) || worstDouble > math.Log2(accurateError) {
			t.Errorf("%s: relative errors 2^%.2f and 2^%.2f exceed the bounds", name, worstFast, worstDouble)
		}
		t.Logf("%-8s largest relative errors 2^%.2f (fast), 2^%.2f (accurate)", name, worstFast, worstDouble)
	}
}

// TestSinePaths counts the arguments that leave the fast and the accurate path undecided.
func TestSinePaths(t *testing.T) {
	const count = 100_000
	for _, name := range angleStreams {
		next, state := streams[name], splitMix(3)
		accurate, multiple := 0, 0
		for i := range count {
			x, _ := next(&state)
			if math.Abs(x) < tinyAngle || math.IsInf(x, 0) {
				continue
			}
			if s := sineFast(x, i&1); !decided(s, fastError) {
				accurate++
				if s = sineDouble(x, i&1); !decided(s, accurateError) {
					multiple++
				}
			}
		}
		if accurate > count/500 || multiple > 0 {
			t.Errorf("%s: of %d arguments %d left the fast path and %d of them the accurate one", name, count, accurate, multiple)
		}
		t.Logf("%-8s %d arguments: %d to the accurate path, %d to math/big", name, count, accurate, multiple)
	}
}

// decided reports whether a result with a given relative error rounds to one float64.
func decided(s dd, bound float64) bool {
	_, ok := s.round(math.Abs(s.hi) * bound)
	return ok
}

func TestSincosAllocates(t *testing.T) {
	x := 0.1
	if n := testing.AllocsPerRun(1000, func() {
		sin, cos := Sincos(x)
		x += sin * cos
	}); n != 0 {
		t.Errorf("Sincos allocates %v times", n)
	}
}

// FuzzSine compares the fast path with math/big.
func FuzzSine(f *testing.F) {
	for _, x := range []float64{0.5, 3, 0x1p20, 0x1p-27, math.MaxFloat64, 0x1.6ac5b262ca1ffp+849} {
		f.Add(x)
	}
	f.Fuzz(func(t *testing.T, x float64) {
		if x == 0 || x-x != 0 {
			return
		}
		sin, cos := Sincos(x)
		if wantSin, wantCos := sineBig(x, 0), sineBig(x, 1); !same(sin, wantSin) || !same(cos, wantCos) {
			t.Errorf("Sincos(%x) = %x, %x, want %x, %x", x, sin, cos, wantSin, wantCos)
		}
	})
}

func benchmarkSincos(b *testing.B, scale float64) {
	state, x := splitMix(4), [1024]float64{}
	for i := range x {
		x[i] = state.span(scale)
	}
	b.ReportAllocs()
	i, sum := 0, 0.0
	for b.Loop() {
		sin, cos := Sincos(x[i&1023])
		sum += sin + cos
		i++
	}
	if sum != sum {
		b.Error("a finite angle has no sine")
	}
}

func BenchmarkSincosReduced(b *testing.B)  { benchmarkSincos(b, quarterPi) }
func BenchmarkSincosModerate(b *testing.B) { benchmarkSincos(b, 100) }
func BenchmarkSincosHuge(b *testing.B)     { benchmarkSincos(b, 1e300) }

// BenchmarkSincosChained times what a simulation sees, each angle waiting for the one before.
func BenchmarkSincosChained(b *testing.B) {
	x := 0.3
	for b.Loop() {
		sin, cos := Sincos(x)
		x = 0.3 + float64(1e-9*(sin+cos))
	}
}
