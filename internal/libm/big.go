package libm

import (
	"math"
	"math/big"
)

// The last resort: math/big, with a precision that doubles until the rounding is settled. It always is. The sine and
// cosine of a float64 other than zero are transcendental (Lindemann), so they are no ties, nor any float64; x^y is tested
// for being one first, and if it is not it keeps its distance too. In practice the first round suffices: where the bits
// behind the 53rd behave like random ones, 2¹²⁸ arguments do not ask for more than 53 + 128.
const (
	firstPrecision = 192 // bits of relative accuracy in the first round
	guard          = 128 // more bits, for cancellation and for the rounding of some hundred operations
)

// settleBig returns the float64 nearest to a value whose approximations evaluate returns, each with a relative error below
// 2^−precision.
func settleBig(evaluate func(precision uint) *big.Float) float64 {
	for precision := uint(firstPrecision); ; precision *= 2 {
		v := evaluate(precision)
		margin := new(big.Float).SetMantExp(v, -int(precision))
		low, _ := new(big.Float).Sub(v, margin).Float64()
		high, _ := new(big.Float).Add(v, margin).Float64()
		if low == high {
			return low
		}
	}
}

// sineBig returns sin(x + quarter·π/2), correctly rounded, for finite x ≠ 0.
func sineBig(x float64, quarter int) float64 {
	return settleBig(func(precision uint) *big.Float { return bigSine(bigFloat(x, 53), quarter, precision) })
}

// bigSine returns sin(x + quarter·π/2) with a relative error below 2^−precision, x being zero only for odd quarters.
func bigSine(x *big.Float, quarter int, precision uint) *big.Float {
	p := precision + guard + uint(max(0, x.MantExp(nil)))
	r := new(big.Float).SetPrec(p).Set(x)
	if limit := big.NewFloat(quarterPi); new(big.Float).Abs(x).Cmp(limit) > 0 {
		halfPi := bigPi(p)
		halfPi.SetMantExp(halfPi, -1)
		n := nearestInteger(new(big.Float).Quo(r, halfPi))
		r.Sub(r, new(big.Float).SetPrec(2*p).Mul(bigInteger(n, p), halfPi))
		quarter += int(new(big.Int).And(n, big.NewInt(3)).Int64())
	}
	z := new(big.Float).Mul(r, r)
	z.Neg(z)
	var s *big.Float
	if quarter&1 == 0 {
		s = series(r, z, func(k int) int { return (2*k + 2) * (2*k + 3) })
	} else {
		s = series(bigFloat(1, p), z, func(k int) int { return (2*k + 1) * (2*k + 2) })
	}
	if quarter&2 != 0 {
		s.Neg(s)
	}
	return s
}

// powBig returns x^y, correctly rounded, for finite x > 0 and finite y whose power lies between 2⁻¹⁰⁷⁷ and 2¹⁰²⁶.
func powBig(x, y float64) float64 {
	if z, ok := exactPower(x, y); ok {
		v, _ := z.Float64()
		return v
	}
	return settleBig(func(precision uint) *big.Float {
		p := precision + guard
		t := bigLog(x, p)
		return bigExp(t.Mul(t, bigFloat(y, p)))
	})
}

// exactPower returns x^y if that is a number of 54 bits at most, so possibly a float64 or a tie between two. With
// x = a·2^e and |y| = b·2^f, a and b odd, this takes e divisible and a square −f times over, and after that a = 1, or a
// positive power that is small: 3³⁵ has more than 54 bits.
func exactPower(x, y float64) (z *big.Float, ok bool) {
	a, e := oddPart(x)
	b, f := oddPart(math.Abs(y))
	for ; f < 0; f++ {
		root := uint64(math.Sqrt(float64(a)))
		if root*root != a || e&1 != 0 {
			return nil, false
		}
		a, e = root, e/2
	}
	power := math.Ldexp(float64(b), f)
	product := big.NewInt(1)
	if a != 1 {
		if y < 0 || power > 34 {
			return nil, false
		}
		product.Exp(new(big.Int).SetUint64(a), big.NewInt(int64(power)), nil)
	}
	z = new(big.Float).SetInt(product)
	return z.SetMantExp(z, e*int(math.Copysign(power, y))), product.BitLen() <= 54
}

// oddPart writes a finite x > 0 as odd·2^e.
func oddPart(x float64) (odd uint64, e int) {
	fraction, e := math.Frexp(x)
	odd, e = uint64(math.Ldexp(fraction, 53)), e-53
	for ; odd&1 == 0; odd >>= 1 {
		e++
	}
	return odd, e
}

// bigLog returns ln x for finite x > 0 to about p bits.
//
//	ln x = e·ln 2 + 2·artanh((m − 1)/(m + 1)),  x = m·2^e,  0.7 ≤ m < 1.4
func bigLog(x float64, p uint) *big.Float {
	fraction, e := math.Frexp(x)
	if fraction < 0.7 {
		fraction, e = 2*fraction, e-1
	}
	m, one := bigFloat(fraction, p), bigFloat(1, p)
	l := artanh(new(big.Float).Quo(new(big.Float).Sub(m, one), new(big.Float).Add(m, one)))
	l.SetMantExp(l, 1)
	return l.Add(l, new(big.Float).Mul(bigLn2(p), bigFloat(float64(e), p)))
}

// bigExp returns e^t for |t| < 2¹¹ to t's absolute accuracy.
//
//	e^t = 2^n·e^(t − n·ln 2)
func bigExp(t *big.Float) *big.Float {
	p := t.Prec()
	log := bigLn2(p)
	n := nearestInteger(new(big.Float).Quo(t, log))
	t = new(big.Float).Sub(t, new(big.Float).Mul(bigInteger(n, p), log))
	v := series(bigFloat(1, p), t, func(k int) int { return k + 1 })
	return v.SetMantExp(v, int(n.Int64()))
}

// bigPi returns π to about p bits by Machin's formula π/4 = 4·arctan(1/5) − arctan(1/239).
func bigPi(p uint) *big.Float {
	one := bigFloat(1, p+16)
	v := arctan(new(big.Float).Quo(one, big.NewFloat(5)))
	v.SetMantExp(v, 2)
	v.Sub(v, arctan(new(big.Float).Quo(one, big.NewFloat(239))))
	return v.SetMantExp(v, 2)
}

// bigLn2 returns ln 2 = 2·artanh(1/3) to about p bits.
func bigLn2(p uint) *big.Float {
	v := artanh(new(big.Float).Quo(bigFloat(1, p+16), big.NewFloat(3)))
	return v.SetMantExp(v, 1)
}

// artanh returns s + s³/3 + s⁵/5 + … for |s| well below 1.
func artanh(s *big.Float) *big.Float { return oddPowers(s, new(big.Float).Mul(s, s)) }

// arctan returns s − s³/3 + s⁵/5 − … for |s| well below 1.
func arctan(s *big.Float) *big.Float {
	z := new(big.Float).Mul(s, s)
	return oddPowers(s, z.Neg(z))
}

// oddPowers returns s·(1 + z/3 + z²/5 + …).
func oddPowers(s, z *big.Float) *big.Float {
	sum, power := new(big.Float).Copy(s), new(big.Float).Copy(s)
	for k := 3; !negligible(power, sum); k += 2 {
		power.Mul(power, z)
		sum.Add(sum, new(big.Float).Quo(power, bigFloat(float64(k), 64)))
	}
	return sum
}

// series returns the sum of the terms that begin with first, each the one before times z/divisor(k), k = 0, 1, ….
func series(first, z *big.Float, divisor func(k int) int) *big.Float {
	sum, term := new(big.Float).Copy(first), new(big.Float).Copy(first)
	for k := 0; !negligible(term, sum); k++ {
		term.Mul(term, z)
		term.Quo(term, bigFloat(float64(divisor(k)), 64))
		sum.Add(sum, term)
	}
	return sum
}

// negligible reports whether a term lies below the precision of the sum.
func negligible(term, sum *big.Float) bool {
	return term.Sign() == 0 || term.MantExp(nil) < sum.MantExp(nil)-int(sum.Prec())
}

// nearestInteger returns v rounded to an integer.
func nearestInteger(v *big.Float) *big.Int {
	half := big.NewFloat(math.Copysign(0.5, float64(v.Sign())))
	n, _ := new(big.Float).Add(v, half).Int(nil)
	return n
}

// bigFloat returns v with a precision of p bits.
func bigFloat(v float64, p uint) *big.Float { return new(big.Float).SetPrec(p).SetFloat64(v) }

// bigInteger returns n with a precision of p bits.
func bigInteger(n *big.Int, p uint) *big.Float { return new(big.Float).SetPrec(p).SetInt(n) }
