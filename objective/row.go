package objective

import "math"

// furthest is the largest |log r| that is exponentiated. It is that of
// volcengine/verl and OpenRLHF; beyond it only the sign of a change means
// anything.
const furthest = 20

// row is what a formula reads: one row of a batch in float64. All is NaN if one
// of the numbers in the batch is not lawful. The zero value is of no use. It has
// four fields because so many travel in registers.
type row struct {
	ratio     float64 // r = π/π_old
	change    float64 // log r
	logProb   float64 // log π
	advantage float64
}

// row reads row i, whose weight is w. excess is r − 1 without the rounding of
// the subtraction; guarded says that log r was held at ±furthest.
func (b *Batch) row(i int, w float64) (r row, excess float64, guarded bool) {
	return newRow(float64(b.LogProb[i]), float64(b.OldLogProb[i]), float64(b.Advantage[i]), w)
}

// newRow is the row of the given numbers, as [Batch.row] has them.
func newRow(logProb, old, advantage, w float64) (r row, excess float64, guarded bool) {
	change := logProb - old
	if !(change >= -furthest && change <= furthest && finite(float64(advantage*w))) { // so all four are finite
		switch {
		case !(logProb <= math.MaxFloat32 && finite(old) && finite(float64(advantage*w))):
			nan := math.NaN()
			return row{nan, nan, nan, nan}, nan, false
		case change > 0:
			change, logProb, guarded = furthest, old+furthest, true
		default:
			change, logProb, guarded = -furthest, old-furthest, true
		}
	}
	excess = expm1(change)
	return row{1 + excess, change, logProb, advantage}, excess, guarded
}

// finite reports whether x is a number below infinity.
func finite(x float64) bool { return x-x == 0 }

// term computes what a row adds to the objective that is maximised, before its
// weight, and the slope along which the policy is to move.
type term func(r row) (objective, slope float64)

// formula is a surrogate of one row. The zero value is of no use; it is
// immutable and safe for concurrent use.
type formula struct {
	of        term
	byLogProb bool // the slope is one by log π instead of by r

	// picked, if not nil, is the term of the rows in Batch.Selected.
	picked term
	// behavior, if not nil, makes of π_old/μ, with μ the policy that drew the
	// action, the factor of a row.
	behavior func(v float64) (factor float64)
}

// gain returns the objective of a row by one of the formula's terms, and the
// derivative of it by log π.
func (f *formula) gain(of term, r row, guarded bool) (objective, gain float64) {
	objective, slope := of(r)
	switch {
	case r.ratio != r.ratio:
		return r.ratio, r.ratio // even where the term looks at neither
	case f.byLogProb:
		return objective, slope
	case guarded:
		return objective, 0
	}
	return objective, slope * r.ratio
}

// factor returns what row i of a batch is multiplied with because another policy
// drew its action: NaN unless the logarithm of that is finite.
func (f *formula) factor(b *Batch, i int) float64 {
	if b.Behavior == nil {
		return f.behavior(1)
	}
	old, behavior := float64(b.OldLogProb[i]), float64(b.Behavior[i])
	if !finite(behavior) {
		return math.NaN()
	}
	return f.behavior(1 + expm1(min(max(old-behavior, -furthest), furthest)))
}

// surrogate is the loss of a batch, row by row. Of the settings it reads the
// range, by which the statistics count, whether or not the formula clips.
func (f formula) surrogate(s Settings) Surrogate {
	lowest, highest := s.bounds()
	return func(dLogProb []float32, b *Batch, seen *Stats) float64 {
		n := b.rows(dLogProb)
		if f.picked != nil && b.Selected == nil && n > 0 {
			panic("objective: the surrogate needs Selected, which Variant.Select fills from the whole batch")
		}
		loss := 0.0
		logProb, old, advantage := b.LogProb[:n], b.OldLogProb[:n], b.Advantage[:n]
		for i, w := range b.Weight[:n] {
			dLogProb[i] = 0
			w := float64(w)
			if w == 0 { // whatever stands there, even where a product with it would be NaN
				continue
			}
			r, excess, guarded := newRow(float64(logProb[i]), float64(old[i]), float64(advantage[i]), w)
			of := f.of
			if f.picked != nil && b.Selected[i] {
				of = f.picked
			}
			objective, gain := f.gain(of, r, guarded)
			if f.behavior != nil {
				factor := f.factor(b, i)
				objective, gain = factor*objective, factor*gain
			}
			loss -= float64(w * objective)
			if gain != 0 {
				dLogProb[i] = float32(-w * gain)
			}
			seen.ratio(r, guarded, w, lowest, highest)
			seen.divergence(r.change, excess, w)
			seen.gradient(dLogProb[i] != 0, r.advantage)
		}
		return loss
	}
}

// curve is the formula as a function of the ratio alone.
func (f formula) curve() Curve {
	return func(ratio, advantage float64) (objective, slope float64) {
		change := log(ratio)
		objective, slope = f.of(row{ratio, change, change, advantage})
		if f.byLogProb {
			slope /= ratio
		}
		return objective, slope
	}
}
