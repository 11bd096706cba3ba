package libm

import (
	"math"
	"math/big"
	"testing"
)

// TestReduce compares both reductions with math/big, on arguments of every size and on those next to a multiple of π/2.
func TestReduce(t *testing.T) {
	halfPi := bigPi(2048)
	halfPi.SetMantExp(halfPi, -1)
	check := func(x float64, r dd, n int, bound float64) {
		t.Helper()
		quotient := new(big.Float).Quo(bigFloat(x, 2048), halfPi)
		quotient.Sub(quotient, new(big.Float).Quo(bigFloat(r.hi, 2048), halfPi))
		whole := nearestInteger(quotient)
		if got := int(new(big.Int).And(whole, big.NewInt(3)).Int64()); got != n&3 {
			t.Fatalf("%x: n = %d, want %d modulo 4", x, n, got)
		}
		want := bigInteger(whole, 2048)
		want.Mul(want, halfPi).Sub(bigFloat(x, 2048), want)
		if e := relativeError(r, want); e > bound {
			t.Fatalf("%x: relative error 2^%.1f of the remainder exceeds 2^%v", x, e, bound)
		}
		if math.Abs(r.hi) > quarterPi+0x1p-20 {
			t.Fatalf("%x: remainder %v is larger than π/4", x, r.hi)
		}
	}
	both := func(x float64) {
		t.Helper()
		if math.Abs(x) < tinyAngle || math.IsInf(x, 0) {
			return
		}
		r, n := reduce(x)
		check(x, r, n, -69)
		r, n = reduceAccurately(x)
		check(x, r, n, -101)
	}
	for _, row := range readRows(t, "sincos.csv") {
		both(row[0])
		both(-row[0])
	}
	for _, next := range streams {
		state := splitMix(5)
		for range 200 {
			x, _ := next(&state)
			both(x)
		}
	}
}
