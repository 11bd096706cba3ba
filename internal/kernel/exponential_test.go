package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestExp(t *testing.T) { elementwise(t, Exp, Exp1) }

func TestLog(t *testing.T) { elementwise(t, Log, Log1) }

// horner is polynomial with the definition of FMA.
func horner(x float32, terms []float64) float32 {
	y := float32(terms[0])
	for _, c := range terms[1:] {
		y = bigFMA(y, x, float32(c))
	}
	return y
}

// reducedByDefinition is p and n of the comment of Exp1.
func reducedByDefinition(x float32) (p float32, n int) {
	shifted := float32(x*log2e) + shifter
	whole := shifted - shifter
	r := bigFMA(whole, -ln2Low, x-float32(whole*ln2High))
	square := r * r
	return 1 + bigFMA(square, horner(r, expTerms), r), int(whole)
}

func expByDefinition(x float32) float32 {
	p, n := reducedByDefinition(min(max(x, -104), 89))
	half := int(math.Floor(float64(n) / 2))
	return p * float32(math.Ldexp(1, half)) * float32(math.Ldexp(1, n-half))
}

func tanhByDefinition(x float32) float32 {
	a := float32(min(math.Abs(float64(x)), 10))
	var y float32
	if a < tanhBound {
		z := a * a
		cube := a * z
		y = bigFMA(cube, horner(z, tanhTerms), a)
	} else {
		p, n := reducedByDefinition(2 * a)
		y = 1 - 2/(1+float32(p*float32(math.Ldexp(1, n))))
	}
	return float32(math.Copysign(float64(y), float64(x)))
}

func logByDefinition(x float32) float32 {
	m, e := math.Frexp(float64(x))
	if float32(m) < math.Float32frombits(rootHalf) {
		m, e = 2*m, e-1
	}
	f, n := float32(m)-1, float32(e)
	s := bigFMA(f*f, horner(f, logTerms), n*ln2Low)
	return float32(n*ln2High) + (f + s)
}

// TestElementaryByDefinition compares the three functions with the formulas in
// their comments, as numbers of unlimited precision compute them.
func TestElementaryByDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for i := range 60_000 {
		scale := r.IntN(9) - 2
		if i%3 == 0 {
			scale = -r.IntN(150)
		}
		x := float32(math.Ldexp(r.NormFloat64(), scale))
		if got, want := Exp1(x), expByDefinition(x); !same(got, want) {
			t.Fatalf("Exp1(%g) is %x, want %x", x, got, want)
		}
		if got, want := Tanh1(x), tanhByDefinition(x); !same(got, want) {
			t.Fatalf("Tanh1(%g) is %x, want %x", x, got, want)
		}
		x = math.Float32frombits(r.Uint32() % 0x7f800000)
		if x == 0 {
			continue
		}
		if got, want := Log1(x), logByDefinition(x); !same(got, want) {
			t.Fatalf("Log1(%g) is %x, want %x", x, got, want)
		}
	}
}

// A stretch of arguments on which a function is compared with float64, where it
// never decreases with the argument.
type stretch struct {
	name     string
	f        func(float32) float32
	exact    func(float64) float64
	from, to float32
	bound    float64 // in units in the last place of the exact result
}

var stretches = []stretch{
	{"exp", Exp1, math.Exp, 1e-30, 89.5, 1.02},
	{"exp", Exp1, math.Exp, -1e-30, -105, 1.02},
	{"tanh", Tanh1, math.Tanh, 0x1p-149, 12, 1.34},
	{"tanh", Tanh1, math.Tanh, -0x1p-149, -12, 1.34},
	{"log", Log1, math.Log, 0x1p-149, math.MaxFloat32, 0.9},
}

// seams are arguments around which the functions change from one formula, or
// one reduction, to another.
func seams() []float32 {
	all := []float32{tanhBound, 1, 0x1p-126, 9.01, 88.72, 103.97, 0.0625}
	for n := range 150 {
		all = append(all, (float32(n)+0.5)*math.Ln2, (float32(n)+0.5)*math.Ln2/2)
	}
	for e := -140; e < 128; e++ {
		all = append(all, float32(math.Ldexp(math.Sqrt2, e)))
	}
	return all
}

func TestElementaryError(t *testing.T) {
	step := uint32(4093)
	if *exhaustive {
		step = 1
	}
	for _, s := range stretches {
		t.Run(fmt.Sprintf("%s to %g", s.name, s.to), func(t *testing.T) {
			t.Parallel()
			worst, at := s.compare(t, math.Float32bits(s.from)&^signBit, math.Float32bits(s.to)&^signBit, step)
			for _, seam := range seams() {
				u := math.Float32bits(seam)
				if from, to := max(u-300, math.Float32bits(s.from)&^signBit), min(u+300, math.Float32bits(s.to)&^signBit); from < to {
					if w, x := s.compare(t, from, to, 1); w > worst {
						worst, at = w, x
					}
				}
			}
			t.Logf("largest error %.4f units in the last place, at %g", worst, at)
			if worst > s.bound {
				t.Errorf("largest error is %.4f, at %g (%x), want at most %.4f", worst, at, at, s.bound)
			}
		})
	}
}

// compare tries the arguments with the sign of s.from and the bit patterns from,
// from+step, … to, and returns the largest error.
func (s stretch) compare(t *testing.T, from, to, step uint32) (worst float64, at float32) {
	sign := math.Float32bits(s.from) & signBit
	before := s.f(math.Float32frombits(from | sign))
	for u := uint64(from); u <= uint64(to); u += uint64(step) {
		x := math.Float32frombits(uint32(u) | sign)
		y := s.f(x)
		if y != before && (y < before) == (sign == 0) {
			t.Fatalf("%s(%x) is %x after %x: it does not grow with its argument", s.name, x, y, before)
		}
		before = y
		if e := ulps(y, s.exact(float64(x))); e > worst {
			worst, at = e, x
		}
	}
	return worst, at
}

// ulps returns the distance of y from the exact result in units of the last
// place that a float32 of its size has.
func ulps(y float32, exact float64) float64 {
	if math.Abs(exact) > math.MaxFloat32 && math.IsInf(float64(y), 0) {
		return 0
	}
	_, e := math.Frexp(exact)
	return math.Abs(float64(y)-exact) / math.Ldexp(1, max(e-24, -149))
}

func TestElementarySpecials(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	negativeZero := float32(math.Copysign(0, -1))
	for _, c := range []struct {
		name    string
		f       func(float32) float32
		x, want float32
	}{
		{"Exp1", Exp1, 0, 1}, {"Exp1", Exp1, negativeZero, 1}, {"Exp1", Exp1, inf, inf}, {"Exp1", Exp1, -inf, 0},
		{"Exp1", Exp1, nan, nan}, {"Exp1", Exp1, 88.72284, inf}, {"Exp1", Exp1, 88.72283, 0x1.ffff08p127},
		{"Exp1", Exp1, -103.97208, 0x1p-149}, {"Exp1", Exp1, -103.97209, 0}, {"Exp1", Exp1, 0x1p-149, 1},
		{"Exp1", Exp1, math.MaxFloat32, inf}, {"Exp1", Exp1, -math.MaxFloat32, 0},
		{"Tanh1", Tanh1, 0, 0}, {"Tanh1", Tanh1, negativeZero, negativeZero}, {"Tanh1", Tanh1, inf, 1},
		{"Tanh1", Tanh1, -inf, -1}, {"Tanh1", Tanh1, nan, nan}, {"Tanh1", Tanh1, 9.1, 1}, {"Tanh1", Tanh1, -9.1, -1},
		{"Tanh1", Tanh1, 0x1p-149, 0x1p-149}, {"Tanh1", Tanh1, math.MaxFloat32, 1}, {"Tanh1", Tanh1, 9, 0x1.fffffep-1},
		{"Log1", Log1, 1, 0}, {"Log1", Log1, 0, -inf}, {"Log1", Log1, negativeZero, -inf}, {"Log1", Log1, inf, inf},
		{"Log1", Log1, -inf, nan}, {"Log1", Log1, -1, nan}, {"Log1", Log1, -0x1p-149, nan}, {"Log1", Log1, nan, nan},
	} {
		if got := c.f(c.x); !same(got, c.want) {
			t.Errorf("%s(%g) is %x, want %x", c.name, c.x, got, c.want)
		}
	}
}

func TestLogSoftmax(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		eachSource(t, func(t *testing.T, s source, r *rand.Rand) {
			for n := range longest + 1 {
				const rows = 3
				x, want := s.slice(r, rows*n), make([]float32, rows*n)
				for row := range rows {
					logSoftmaxByDefinition(want[row*n:][:n], x[row*n:][:n])
				}
				for offset := 0; offset < offsets; offset += stride() {
					what := fmt.Sprintf("rows of %d, offset %d", n, offset)
					from, to := place(x, offset), place(make([]float32, rows*n), (offset*7+n)%offsets)
					LogSoftmax(to.slice, from.slice, rows, n)
					to.mustHold(t, what, want)
					from.mustHold(t, what+", input", x)
					LogSoftmax(from.slice, from.slice, rows, n)
					from.mustHold(t, what+", in place", want)
				}
			}
		})
	})
}

func logSoftmaxByDefinition(dst, x []float32) {
	top := maxByDefinition(x)
	e := make([]float32, len(x))
	for i, v := range x {
		e[i] = Exp1(v - top)
	}
	logSum := Log1(sumByDefinition(e))
	for i, v := range x {
		dst[i] = v - top
		dst[i] -= logSum
	}
}

func TestLogSoftmaxError(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(9, 9))
		const rows, n = 200, 37
		x, y := sources[0].slice(r, rows*n), make([]float32, rows*n)
		x[5], x[n+7] = float32(math.Inf(-1)), 90
		LogSoftmax(y, x, rows, n)
		worst := 0.0
		for row := range rows {
			top, sum := float64(maxByDefinition(x[row*n:][:n])), 0.0
			for _, v := range x[row*n:][:n] {
				sum += math.Exp(float64(v) - top)
			}
			for i, v := range x[row*n:][:n] {
				if exact := float64(v) - top - math.Log(sum); !math.IsInf(exact, 0) {
					worst = max(worst, math.Abs(float64(y[row*n+i])-exact)/(1+math.Abs(exact)))
				} else if float64(y[row*n+i]) != exact {
					t.Errorf("an impossible class has log-probability %g", y[row*n+i])
				}
			}
		}
		t.Logf("largest error %.3g, relative to 1 + |exact|", worst)
		if worst > 0x1p-22 {
			t.Errorf("largest error is %g, relative to 1 + |exact|", worst)
		}
	})
}

func TestExponentialPanics(t *testing.T) {
	a, b := make([]float32, 2), make([]float32, 3)
	mustPanic(t, "kernel: Exp: length of x differs from dst", func() { Exp(a, b) })
	mustPanic(t, "kernel: Log: length of x differs from dst", func() { Log(a, b) })
	mustPanic(t, "kernel: LogSoftmax: negative dimension", func() { LogSoftmax(a, a, -1, -2) })
	mustPanic(t, "kernel: LogSoftmax: length of dst is not rows*n", func() { LogSoftmax(b, a, 1, 2) })
	mustPanic(t, "kernel: LogSoftmax: length of x is not rows*n", func() { LogSoftmax(a, b, 1, 2) })
}
