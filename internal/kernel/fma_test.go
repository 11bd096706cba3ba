package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestFMA(t *testing.T) {
	eachSource(t, func(t *testing.T, s source, r *rand.Rand) {
		for range 60_000 {
			checkFMA(t, s.draw(r), s.draw(r), s.draw(r))
		}
	})
	t.Run("mixed", func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 1))
		draw := func() float32 { return sources[r.IntN(len(sources))].draw(r) }
		for range 100_000 {
			checkFMA(t, draw(), draw(), draw())
		}
	})
	t.Run("all specials", func(t *testing.T) {
		for _, a := range specials {
			for _, b := range specials {
				for _, c := range specials {
					checkFMA(t, a, b, c)
				}
			}
		}
	})
}

// nearOne draws a float32 a a little above 1 for which a·(1/a), with 1/a rounded
// to float32, is so close to 1 that it matters only in a float64, if at all.
func nearOne(r *rand.Rand) float32 {
	if r.IntN(2) == 0 {
		return 1 + float32(math.Ldexp(1, -16-r.IntN(8)))
	}
	return 1 + float32(r.IntN(1<<13))*0x1p-23
}

// nearMidpoint draws b and c such that a*2⁻⁴⁰*b + c, with a from nearOne, lies
// close to half way between two float32, subnormal ones included: often so close
// that the 53 bits of a float64 cannot tell the difference.
func nearMidpoint(r *rand.Rand, a float32) (b, c float32) {
	c = math.Float32frombits(r.Uint32() & mantissa)
	if r.IntN(3) > 0 {
		c = math.Float32frombits(uint32(100+r.IntN(90))<<mantissaBits + r.Uint32()&mantissa)
	}
	unit := math.Nextafter32(c, math.MaxFloat32) - c
	b = 1 / a * (unit * 0x1p39)
	if r.IntN(2) == 0 {
		b = -b
	}
	if r.IntN(2) == 0 {
		b, c = -b, -c
	}
	return b, c
}

func TestFMANearMidpoint(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	const tries = 200_000
	slipped := 0
	for range tries {
		a := nearOne(r)
		b, c := nearMidpoint(r, a)
		a *= 0x1p-40
		checkFMA(t, a, b, c)
		if FMA(a, b, c) != float32(float64(a)*float64(b)+float64(c)) {
			slipped++
		}
	}
	t.Logf("rounding twice errs in %d of %d", slipped, tries)
	if slipped < tries/8 {
		t.Error("rounding twice hardly ever errs: the test tests nothing")
	}
}

func checkFMA(t *testing.T, a, b, c float32) {
	t.Helper()
	if got, want := FMA(a, b, c), bigFMA(a, b, c); !same(got, want) {
		t.Fatalf("FMA(%x, %x, %x) is %x, want %x", a, b, c, got, want)
	}
}

func FuzzFMA(f *testing.F) {
	f.Add(uint32(0x3f800001), uint32(0x3f800001), uint32(0x33800000))
	f.Add(uint32(0x00800000), uint32(0x3f000001), uint32(0x00000001))
	f.Add(uint32(0x7f7fffff), uint32(0x40000000), uint32(0xff800000))
	f.Fuzz(func(t *testing.T, a, b, c uint32) {
		checkFMA(t, math.Float32frombits(a), math.Float32frombits(b), math.Float32frombits(c))
	})
}
