package libm

import "math"

// dd is a double-double: the unevaluated sum hi + lo of two float64, |lo| at most about half a unit in the last place
// of hi, some 106 bits in all. The zero value is the number zero; values are copied, so sharing them is safe.
type dd struct{ hi, lo float64 }

// twoSum returns a + b exactly.
func twoSum(a, b float64) dd {
	s := a + b
	t := s - a
	return dd{s, (a - (s - t)) + (b - t)}
}

// fastTwoSum returns a + b exactly, provided that |a| ≥ |b| or a = 0.
func fastTwoSum(a, b float64) dd {
	s := a + b
	return dd{s, b - (s - a)}
}

// twoProduct returns a·b exactly, provided that nothing underflows.
func twoProduct(a, b float64) dd {
	p := float64(a * b)
	return dd{p, math.FMA(a, b, -p)}
}

// add returns x + y with a relative error below 2⁻¹⁰⁴, also where the two cancel.
func (x dd) add(y dd) dd {
	s, t := twoSum(x.hi, y.hi), twoSum(x.lo, y.lo)
	s = fastTwoSum(s.hi, s.lo+t.hi)
	return fastTwoSum(s.hi, s.lo+t.lo)
}

// mul returns x·y with a relative error below 2⁻¹⁰².
func (x dd) mul(y dd) dd {
	p := twoProduct(x.hi, y.hi)
	return fastTwoSum(p.hi, p.lo+(float64(x.hi*y.lo)+float64(x.lo*y.hi)))
}

// div returns x/y for a single x, with a relative error below 2⁻¹⁰⁰.
func div(x float64, y dd) dd {
	q := x / y.hi
	rest := math.FMA(-q, y.hi, x) - float64(q*y.lo)
	return fastTwoSum(q, rest/y.hi)
}

// neg returns −x.
func (x dd) neg() dd { return dd{-x.hi, -x.lo} }

// round returns the float64 nearest to any number within err of x, and whether there is just one. This is Ziv's test:
// rounding is monotonic, so when both ends of the interval round alike everything between them does.
func (x dd) round(err float64) (y float64, ok bool) {
	y = x.hi + (x.lo + err)
	return y, y == x.hi+(x.lo-err)
}
