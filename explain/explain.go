// Package explain computes the textbook of clipping: the table of the clipped
// surrogate, one sample in words, a softmax policy on its way through epochs
// and iterations, what a lucky batch does, and how far a surrogate may be
// believed.
//
// Everything here is a pure function of numbers that fit on a page, and every
// expectation is an exact sum over actions: nothing is sampled. Values and
// derivatives of the surrogates come from package objective; this package takes
// the clipped one apart into its terms and follows where it leads. Input that
// cannot be used is an error that begins with the name of the field.
//
// Results are the same bits on every platform.
package explain

import (
	"fmt"
	"math"

	"github.com/proximal-rl/proximal/objective"
)

// Curve returns the curve of the surrogate that objective.Find knows by name.
// It panics if there is none, or if a setting is out of its range.
func Curve(name string, s objective.Settings) objective.Curve {
	v, ok := objective.Find(name)
	if !ok {
		panic("explain: there is no surrogate " + name)
	}
	return v.Curve(s)
}

// The surrogates that this package names itself.
const (
	clipName      = "clip"
	unclippedName = "unclipped"
)

// first returns the first error that is not nil.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// leastRange is how far a bound of the ratio must be from 1, a few roundings.
const leastRange = 1e-15

// CheckRange returns an error unless both bounds of the ratio are positive and
// apart from 1, and the dual coefficient is off or above 1.
func CheckRange(s objective.Settings) error {
	switch {
	case !(s.Low > 0 && s.Low < 1):
		return fmt.Errorf("low = %v: must be in (0, 1), so that the lower bound 1 − low of the ratio is positive and below 1", s.Low)
	case !(s.High > 0) || math.IsInf(s.High, 0):
		return fmt.Errorf("high = %v: must be a finite number above 0", s.High)
	case s.Low < leastRange:
		return fmt.Errorf("low = %v: must be at least %v, or 1 − low is all but rounded to 1", s.Low, leastRange)
	case s.High < leastRange:
		return fmt.Errorf("high = %v: must be at least %v, or 1 + high is all but rounded to 1", s.High, leastRange)
	case s.Dual != 0 && !(s.Dual > 1) || math.IsInf(s.Dual, 0):
		return fmt.Errorf("dual = %v: must be 0 (off) or a finite number above 1", s.Dual)
	}
	return nil
}

// checkRatio returns an error unless x is a ratio of probabilities.
func checkRatio(field string, x float64) error {
	if !(x >= 0) || math.IsInf(x, 0) {
		return fmt.Errorf("%s = %v: must be a finite number of at least 0", field, x)
	}
	return nil
}

// checkFinite returns an error unless x is a number.
func checkFinite(field string, x float64) error {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return fmt.Errorf("%s = %v: must be a finite number", field, x)
	}
	return nil
}

// checkPositive returns an error unless x is a positive number.
func checkPositive(field string, x float64) error {
	if !(x > 0) || math.IsInf(x, 0) {
		return fmt.Errorf("%s = %v: must be a finite number above 0", field, x)
	}
	return nil
}

// checkCount returns an error unless n is from 1 to most.
func checkCount(field string, n, most int) error {
	if n < 1 || n > most {
		return fmt.Errorf("%s = %d: must be in [1, %d]", field, n, most)
	}
	return nil
}
