package explain

import (
	"errors"
	"fmt"
	"math"

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
// an advantage of this sign. The slice is the caller's.
func Ratios(advantage float64) []float64 {
	if advantage < 0 {
		return []float64{0.5, 0.7, 0.8, 1, 1.2, 1.5, 2}
	}
	return []float64{0.5, 0.8, 1, 1.1, 1.2, 1.3, 1.5, 2}
}

// Table returns a row for each ratio. It is an error if there is no ratio, if
// one is negative or not finite, or if the advantage or the clip range cannot
// be used.
func Table(ratios []float64, advantage float64, s objective.Settings) ([]Row, error) {
	if len(ratios) == 0 {
		return nil, errors.New("ratios: must name at least one")
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
// it, though 1 − 0.7 is another number in binary. An edge is a boundary under
// both signs of the advantage, also where the objective has no knee.
//
// It is an error if the ratio is negative, if it, the advantage or their product
// is not finite, or if the clip range cannot be used.
func Sample(ratio, advantage float64, s objective.Settings) (Row, error) {
	if err := first(CheckRange(s), checkRatio("ratio", ratio), checkFinite("advantage", advantage)); err != nil {
		return Row{}, err
	}
	low, high := Edges(s)
	row := Row{Ratio: ratio, Advantage: advantage, Case: Free}
	row.Clip = min(max(ratio, low), high)
	row.Unclipped, row.Clipped = times(ratio, advantage), times(row.Clip, advantage)
	dual := times(s.Dual, advantage)
	if math.IsInf(row.Unclipped, 0) || math.IsInf(row.Clipped, 0) || math.IsInf(dual, 0) {
		return Row{}, fmt.Errorf("advantage = %v: too large to be multiplied by the ratio %v or the dual coefficient %v", advantage, ratio, s.Dual)
	}

	at := ratio // where the curve, which computes its edges in binary, has what belongs to this ratio
	switch {
	case near(ratio, low):
		at, row.Case = 1-s.Low, Boundary
	case near(ratio, high):
		at, row.Case = 1+s.High, Boundary
	case advantage < 0 && ratio == s.Dual:
		row.Case = Boundary
	}
	value, slope := Curve(clipName, s)(at, advantage)
	row.Gradient = slope
	if slope == 0 && advantage != 0 {
		row.Case = Flat
	}
	row.pick(value, dual)
	return row, nil
}

// pick finds out which of its terms the objective is.
func (r *Row) pick(value, dual float64) {
	distance := math.Inf(1)
	for _, t := range []struct {
		term  Term
		value float64
	}{{Unclipped, r.Unclipped}, {Clipped, r.Clipped}, {Dual, dual}} {
		if d := math.Abs(value - t.value); d < distance {
			distance, r.Objective, r.Term = d, t.value, t.term
		}
	}
	if r.Term == Unclipped && r.Unclipped == r.Clipped {
		r.Term = Either
	}
}

// Edges returns the bounds 1 − low and 1 + high of the clip range, as decimal
// arithmetic has them.
func Edges(s objective.Settings) (low, high float64) {
	return plus(1, -s.Low), plus(1, s.High)
}

// near reports whether a ratio is an edge, or what binary arithmetic makes of
// it.
func near(ratio, edge float64) bool {
	return math.Abs(ratio-edge) <= 0x1p-52*max(1, edge)
}
