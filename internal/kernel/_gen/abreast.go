package main

import (
	. "github.com/mmcloughlin/avo/build"
)

// abreast does arithmetic on n vectors, each step for all of them before the next. A
// processor looks only so far ahead in its instructions, and in a long formula that
// is not far enough for the next vector to fill the time in which one waits for
// itself.
type abreast struct {
	machine
	n int
}

// A tuple holds a value for each of the vectors. A constant stands for itself.
type tuple []value

func (tuple) Asm() string { panic("a tuple is no operand") }

// vectorsOf returns what a tuple holds, or the value itself.
func vectorsOf(v value) []value {
	if t, ok := v.(tuple); ok {
		return t
	}
	return []value{v}
}

// each does a step for every vector; v holds its operands.
func (a abreast) each(step func(v []value) value, operands ...value) value {
	results := make(tuple, a.n)
	for i := range results {
		v := make([]value, len(operands))
		for k, x := range operands {
			all := vectorsOf(x)
			v[k] = all[i%len(all)]
		}
		results[i] = step(v)
	}
	return results
}

func (a abreast) two(step func(x, y value) value, x, y value) value {
	return a.each(func(v []value) value { return step(v[0], v[1]) }, x, y)
}

func (a abreast) three(step func(x, y, z value) value, x, y, z value) value {
	return a.each(func(v []value) value { return step(v[0], v[1], v[2]) }, x, y, z)
}

func (a abreast) shift(step func(x value, n uint64) value, x value, n uint64) value {
	return a.each(func(v []value) value { return step(v[0], n) }, x)
}

func (a abreast) add(x, y value) value        { return a.two(a.machine.add, x, y) }
func (a abreast) sub(x, y value) value        { return a.two(a.machine.sub, x, y) }
func (a abreast) mul(x, y value) value        { return a.two(a.machine.mul, x, y) }
func (a abreast) div(x, y value) value        { return a.two(a.machine.div, x, y) }
func (a abreast) lesser(x, y value) value     { return a.two(a.machine.lesser, x, y) }
func (a abreast) greater(x, y value) value    { return a.two(a.machine.greater, x, y) }
func (a abreast) addInteger(x, y value) value { return a.two(a.machine.addInteger, x, y) }
func (a abreast) subInteger(x, y value) value { return a.two(a.machine.subInteger, x, y) }
func (a abreast) and(x, y value) value        { return a.two(a.machine.and, x, y) }
func (a abreast) or(x, y value) value         { return a.two(a.machine.or, x, y) }

func (a abreast) fused(x, y, z value) value { return a.three(a.machine.fused, x, y, z) }

func (a abreast) fusedNegative(x, y, z value) value {
	return a.three(a.machine.fusedNegative, x, y, z)
}

func (a abreast) choose(mask, yes, no value) value { return a.three(a.machine.choose, mask, yes, no) }

func (a abreast) shiftLeft(x value, n uint64) value  { return a.shift(a.machine.shiftLeft, x, n) }
func (a abreast) shiftRight(x value, n uint64) value { return a.shift(a.machine.shiftRight, x, n) }

func (a abreast) sqrt(x value) value {
	return a.each(func(v []value) value { return a.machine.sqrt(v[0]) }, x)
}

func (a abreast) fromInteger(x value) value {
	return a.each(func(v []value) value { return a.machine.fromInteger(v[0]) }, x)
}

func (a abreast) compare(x value, p predicate, y value) value {
	return a.each(func(v []value) value { return a.machine.compare(v[0], p, v[1]) }, x, y)
}

func (a abreast) horner(x value, coefficients []float32) value {
	y := a.each(func([]value) value { return a.copied(a.constant(coefficients[0])) })
	for _, c := range coefficients[1:] {
		a.each(func(v []value) value { VFMADD213PS(a.constant(c), v[0], v[1]); return nil }, x, y)
	}
	return y
}
