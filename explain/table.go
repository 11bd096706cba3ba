package explain

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/proximal-rl/proximal/objective"
)

// Case says whether the clip takes the gradient from a sample. Its zero value
// is no case.
type Case string

// The cases.
const (
	Free     Case = "no"       // the gradient is that of ratio times advantage
	Flat     Case = "yes"      // the gradient is exactly zero
	Boundary Case = "boundary" // the ratio is on an edge of the range, the gradient still the full one
)

// Term is the part of the clipped surrogate that was picked. Its zero value is
// none.
type Term string

// The terms.
const (
	Either    Term = "either"    // the first two are equal
	Unclipped Term = "unclipped" // r·A
	Clipped   Term = "clipped"   // clip(r)·A
	Dual      Term = "dual"      // dual·A
)

// Row is the clipped surrogate of one sample, taken apart. The zero value
// describes none. It is a plain value.
type Row struct {
	Ratio, Advantage float64
	Unclipped        float64 // r·A
	Clip             float64 // clip(r, 1−low, 1+high)
	Clipped          float64 // clip(r, 1−low, 1+high)·A
	Objective        float64 // L, which is maximised
	Gradient         float64 // ∂L/∂r
	Case             Case
	Term             Term
}

// Ratios returns the ratios at which it is instructive to look at a sample with
// an advantage of this sign, in ascending order:
//
//	A ≥ 0   below, 1 − low, 1, between, 1 + high, and three above
//	A < 0   two below, 1 − low, 1, 1 + high, and two above
//
// With a dual coefficient c and A < 0, those above are one between 1 + high and
// c, c itself, and one beyond it. With low = high = 0.2 and no c they are the
// ratios of the textbook. The settings must be those of a range that
// [CheckRange] accepts. The slice is the caller's.
func Ratios(advantage float64, s objective.Settings) []float64 {
	low, high := Edges(s)
	above := func(part float64) float64 { return along(1, part, s.High) }
	ratios := []float64{times(0.625, low), low, 1, high}
	switch {
	case advantage >= 0:
		ratios = append(ratios, above(0.5), above(1.5), above(2.5), above(5))
	case s.Dual != 0:
		ratios = append(ratios, times(0.875, low), plus(times(0.5, high), times(0.5, s.Dual)), s.Dual, along(-0.5, 1.5, s.Dual))
	default:
		ratios = append(ratios, times(0.875, low), above(2.5), above(5))
	}
	ratios = slices.DeleteFunc(ratios, func(r float64) bool { return math.IsInf(r, 0) })
	slices.Sort(ratios)
	return slices.Compact(ratios) // a narrow range leaves no room between
}

// Table returns a row for each ratio. It is an error if there is no ratio, if
// one is negative or not finite, or if the advantage or the clip range cannot
// be used.
func Table(ratios []float64, advantage float64, s objective.Settings) ([]Row, error) {
	if len(ratios) == 0 {
		return nil, errors.New("ratios: must name at least one finite number of at least 0, such as 0.5,1,1.5")
	}
	rows := make([]Row, len(ratios))
	for i, ratio := range ratios {
		if err := checkRatio(fmt.Sprintf("ratios[%d]", i), ratio); err != nil {
			return nil, err
		}
		row, err := Sample(ratio, advantage, s)
		if err != nil {
			return nil, err
		}
		rows[i] = row
	}
	return rows, nil
}

// Sample returns the clipped surrogate of one sample:
//
//	L = min(r·A, clip(r, 1−low, 1+high)·A), for A < 0 at least dual·A if that is on
//
// L and its gradient are those of objective's "clip". The numbers are those of
// decimal arithmetic: with low = 0.7 the edge is 0.3 and a ratio of 0.3 is on
// it, though 1 − 0.7 is another number in binary; the ratio next to it is not.
// An edge is a boundary under both signs of the advantage, also where the
// objective has no knee.
//
// It is an error if the ratio is negative, if it, the advantage or their product
// is not finite, or if the clip range cannot be used.
func Sample(ratio, advantage float64, s objective.Settings) (Row, error) {
	if err := first(CheckRange(s), checkRatio("ratio", ratio), checkFinite("advantage", advantage)); err != nil {
		return Row{}, err
	}
	low, high := Edges(s)
	row := Row{Ratio: ratio, Advantage: advantage, Clip: min(max(ratio, low), high), Case: Free}
	row.Unclipped, row.Clipped = times(ratio, advantage), times(row.Clip, advantage)
	if math.IsInf(row.Unclipped, 0) {
		return Row{}, fmt.Errorf("advantage = %v: too large to be multiplied by the ratio %v", advantage, ratio)
	}
	row.pick(s)
	if row.slopes(s) {
		row.Gradient = advantage
	}
	switch {
	case row.Gradient != advantage:
		row.Case = Flat
	case ratio == low, ratio == high, row.onDual(s):
		row.Case = Boundary
	}
	return row, nil
}

// pick finds out which of its terms the objective is. That follows from where
// the ratio is, whatever the products are rounded to.
func (r *Row) pick(s objective.Settings) {
	switch above := r.Ratio > r.Clip; {
	case r.Advantage < 0 && s.Dual != 0 && r.Ratio > s.Dual:
		r.Term, r.Objective = Dual, times(s.Dual, r.Advantage)
	case r.Advantage == 0, r.Ratio == r.Clip:
		r.Term, r.Objective = Either, r.Unclipped
	case above == (r.Advantage > 0):
		r.Term, r.Objective = Clipped, r.Clipped
	default:
		r.Term, r.Objective = Unclipped, r.Unclipped
	}
}

// slopes reports whether objective's "clip" has a gradient here. Its curve is
// asked with an advantage of 1 or −1, whose products are exact.
func (r Row) slopes(s objective.Settings) bool {
	unit := 0.0
	switch {
	case r.Advantage > 0:
		unit = 1
	case r.Advantage < 0:
		unit = -1
	}
	_, slope := Curve(clipName, s)(inBinary(r.Ratio, s), unit)
	return slope != 0
}

// onDual reports whether the ratio is on the bound of the dual clip.
func (r Row) onDual(s objective.Settings) bool {
	return r.Advantage < 0 && s.Dual != 0 && r.Ratio == s.Dual
}

// inBinary returns a ratio that is to the edges 1 − low and 1 + high of the
// curves, which compute them in binary, as this one is to those of [Edges].
func inBinary(ratio float64, s objective.Settings) float64 {
	switch low, high := Edges(s); {
	case ratio < low:
		return min(ratio, math.Nextafter(1-s.Low, 0))
	case ratio > high:
		return max(ratio, math.Nextafter(1+s.High, math.Inf(1)))
	}
	return min(max(ratio, 1-s.Low), 1+s.High)
}

// Edges returns the bounds 1 − low and 1 + high of the clip range, as decimal
// arithmetic has them.
func Edges(s objective.Settings) (low, high float64) {
	return plus(1, -s.Low), plus(1, s.High)
}
