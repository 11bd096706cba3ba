package libm

import (
	"math"
	"math/big"
	"testing"
)

// TestDoubleDouble compares sums, products and quotients with exact arithmetic.
func TestDoubleDouble(t *testing.T) {
	exact := func(x dd) *big.Float {
		return new(big.Float).Add(bigFloat(x.hi, 512), bigFloat(x.lo, 512))
	}
	state := splitMix(6)
	number := func() dd {
		scale := math.Ldexp(1, int(state.draw()>>58)-32)
		return twoSum(state.span(scale), state.span(0x1p-53*scale))
	}
	for range 10_000 {
		x, y := number(), number()
		if state.draw()&1 == 0 {
			y = dd{-x.hi, x.lo * state.span(1)} // cancels but for the tails
		}
		if x.hi == 0 || x.lo == 0 {
			continue
		}
		a, b := exact(x), exact(y)
		for _, c := range []struct {
			name  string
			got   dd
			want  *big.Float
			bound float64
		}{
			{"twoSum", twoSum(x.hi, y.lo), new(big.Float).Add(bigFloat(x.hi, 512), bigFloat(y.lo, 512)), math.Inf(-1)},
			{"twoProduct", twoProduct(x.hi, y.hi), new(big.Float).Mul(bigFloat(x.hi, 512), bigFloat(y.hi, 512)), math.Inf(-1)},
			{"add", x.add(y), new(big.Float).Add(a, b), -104},
			{"mul", x.mul(y), new(big.Float).Mul(a, b), -102},
			{"div", div(x.hi, y), new(big.Float).Quo(bigFloat(x.hi, 512), b), -100},
		} {
			if e := relativeError(c.got, c.want); e > c.bound {
				t.Fatalf("%s of %x and %x is off by 2^%.1f, more than 2^%v", c.name, x, y, e, c.bound)
			}
		}
	}
}

func TestRound(t *testing.T) {
	for _, c := range []struct {
		x   dd
		err float64
		y   float64
		ok  bool
	}{
		{dd{1, 0}, 0x1p-60, 1, true},
		{dd{1, 0x1p-53}, 0x1p-80, 1, false},                       // a tie
		{dd{1, 0x1p-53 + 0x1p-70}, 0x1p-80, 1 + 0x1p-52, true},    // above it
		{dd{1, 0x1p-53 + 0x1p-70}, 0x1p-60, 1, false},             // not known to be
		{dd{-1, -0x1p-53 - 0x1p-70}, 0x1p-80, -1 - 0x1p-52, true}, // signs do not matter
	} {
		if y, ok := c.x.round(c.err); ok != c.ok || ok && y != c.y {
			t.Errorf("%x.round(%x) = %x, %v, want %x, %v", c.x, c.err, y, ok, c.y, c.ok)
		}
	}
}
