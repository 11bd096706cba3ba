package task

import (
	"slices"
	"strings"

	"github.com/proximal-rl/proximal/seed"
)

// fraction is a ratio of whole numbers; below is never 0. Neither is ever reduced:
// each is at most a sum of 16 products of five numbers of two digits.
type fraction struct{ above, below int64 }

// operators are those of an expression.
const operators = "+-*/"

// apply returns a ∘ b, and false for a division by zero.
func (a fraction) apply(operator byte, b fraction) (fraction, bool) {
	switch operator {
	case '+':
		return fraction{a.above*b.below + b.above*a.below, a.below * b.below}, true
	case '-':
		return fraction{a.above*b.below - b.above*a.below, a.below * b.below}, true
	case '*':
		return fraction{a.above * b.above, a.below * b.below}, true
	}
	return fraction{a.above * b.below, a.below * b.above}, b.above != 0
}

// whole returns the value if it is a whole number.
func (a fraction) whole() (n int64, ok bool) { return a.above / a.below, a.above%a.below == 0 }

// is reports whether the value is n.
func (a fraction) is(n int64) bool { return a.above == n*a.below }

// evaluation walks through the text of an expression:
//
//	sum     = product {("+" | "-") product}
//	product = factor {("*" | "/") factor}
//	factor  = number | "(" sum ")"
//
// A number must be one of those that are not used yet. Every method consumes
// what it reads and returns its value, and false where the text is at fault.
type evaluation struct {
	rest   string
	unused []int64
}

func (e *evaluation) sum() (fraction, bool) { return e.chain("+-", e.product) }

func (e *evaluation) product() (fraction, bool) { return e.chain("*/", e.factor) }

// chain reads operands with some of the operators between them, from the left.
func (e *evaluation) chain(operators string, operand func() (fraction, bool)) (value fraction, ok bool) {
	value, ok = operand()
	for ok && e.rest != "" && strings.IndexByte(operators, e.rest[0]) >= 0 {
		operator := e.rest[0]
		e.rest = e.rest[1:]
		var right fraction
		if right, ok = operand(); ok {
			value, ok = value.apply(operator, right)
		}
	}
	return value, ok
}

func (e *evaluation) factor() (value fraction, ok bool) {
	if inner, found := strings.CutPrefix(e.rest, "("); found {
		e.rest = inner
		if value, ok = e.sum(); !ok {
			return value, false
		}
		e.rest, ok = strings.CutPrefix(e.rest, ")")
		return value, ok
	}
	return e.number()
}

func (e *evaluation) number() (fraction, bool) {
	n, length := int64(0), 0
	for length < len(e.rest) && '0' <= e.rest[length] && e.rest[length] <= '9' {
		if length == 2 || length == 1 && n == 0 { // larger than any, or a leading zero
			return fraction{}, false
		}
		n = 10*n + int64(e.rest[length]-'0')
		length++
	}
	i := slices.Index(e.unused, n)
	if length == 0 || i < 0 {
		return fraction{}, false
	}
	e.rest, e.unused = e.rest[length:], slices.Delete(e.unused, i, i+1)
	return fraction{n, 1}, true
}

// kind of an expression: what holds its parts together.
type kind int

const (
	number kind = iota
	product
	sum
)

// term is a part of an expression that is being put together.
type term struct {
	value fraction
	text  string
	kind  kind
}

// inside returns the text of t as an operand: in parentheses if what holds it
// together is looser than the given kind.
func (t term) inside(loosest kind) string {
	if t.kind > loosest {
		return "(" + t.text + ")"
	}
	return t.text
}

// join returns a ∘ b, which must have a value.
func (a term) join(operator byte, b term) term {
	value, _ := a.value.apply(operator, b.value)
	left, right, result := product, product, product
	switch operator {
	case '+':
		left, right, result = sum, sum, sum
	case '-':
		left, result = sum, sum
	case '/':
		right = number
	}
	return term{value, a.inside(left) + string(operator) + b.inside(right), result}
}

// solve returns an expression of all terms with the value of target, the first
// that a search in random order comes to; "" if there is none. No pair of terms
// and operators is tried twice with the same others.
func solve(rng *seed.Rand, terms []term, target int64) string {
	if len(terms) == 1 {
		if terms[0].value.is(target) {
			return terms[0].text
		}
		return ""
	}
	n := int32(len(terms))
	tries := make([]int32, 0, n*n*int32(len(operators)))
	for try := range n * n * int32(len(operators)) {
		i, j, operator := pick(try, n)
		if i < j || i > j && (operator == '-' || operator == '/') { // the others are the same either way
			tries = append(tries, try)
		}
	}
	rng.Shuffle(tries)
	for _, try := range tries {
		i, j, operator := pick(try, n)
		value, ok := terms[i].value.apply(operator, terms[j].value)
		if !ok || n == 2 && !value.is(target) {
			continue
		}
		rest := []term{terms[i].join(operator, terms[j])}
		for k, t := range terms {
			if int32(k) != i && int32(k) != j {
				rest = append(rest, t)
			}
		}
		if text := solve(rng, rest, target); text != "" {
			return text
		}
	}
	return ""
}

// pick returns the two terms of n and the operator that a try stands for.
func pick(try, n int32) (i, j int32, operator byte) {
	return try / n % n, try % n, operators[try/(n*n)]
}
