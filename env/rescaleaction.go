package env

import (
	"math"

	"github.com/proximal-rl/proximal/space"
)

// RescaleAction returns e with other bounds of its actions, as Gymnasium's
// RescaleAction: an action is mapped in a straight line from the new bounds to
// those of e. The optional abilities of e remain visible to [As].
//
//	(action − shift) / scale    scale = (High−Low) / (high−low),  shift = Low − scale·low
//
// element by element in float32, with the new bounds Low and High and those of e,
// low and high. Where a bound is infinite, the new one must be the same, and scale
// is 1. Nothing is clipped; see [ClipAction].
//
// RescaleAction panics if the action space of e is not a space.Box or does not
// have the size of bounds, if bounds are infinite where those of e are not or the
// other way round, or if a lower bound equals the upper one.
func RescaleAction(e Env, bounds space.Box) Env {
	own, ok := e.Spec().Action.(space.Box)
	if !ok || own.Size() != bounds.Size() {
		panic("env: actions that are rescaled must be a space.Box of the same size")
	}
	n := own.Size()
	r := &rescaleAction{Env: e, spec: e.Spec(), scale: make([]float32, n), shift: make([]float32, n), rescaled: make([]float32, n)}
	r.spec.Action = space.NewBox(bounds.Low, bounds.High, own.Shape...)
	for i := range n {
		r.scale[i], r.shift[i] = rescaling(own.Low[i], own.High[i], bounds.Low[i], bounds.High[i])
	}
	return r
}

// rescaling returns the scale and the shift of one element.
func rescaling(low, high, newLow, newHigh float32) (scale, shift float32) {
	if low == high || newLow == newHigh {
		panic("env: bounds between which actions are rescaled must differ")
	}
	below, above := isInfinite(low), isInfinite(high)
	if (below || isInfinite(newLow)) && low != newLow || (above || isInfinite(newHigh)) && high != newHigh {
		panic("env: infinite bounds of actions cannot be rescaled")
	}
	switch {
	case below && above:
		return 1, 0
	case below:
		return 1, newHigh - high
	case above:
		return 1, newLow - low
	}
	scale = float32((float64(newHigh) - float64(newLow)) / (float64(high) - float64(low)))
	return scale, newLow - float32(scale*low)
}

// isInfinite reports whether x is an infinity.
func isInfinite(x float32) bool { return math.IsInf(float64(x), 0) }

// rescaleAction rescales actions.
type rescaleAction struct {
	Env
	spec         Spec
	scale, shift []float32
	rescaled     []float32
}

func (r *rescaleAction) Unwrap() Env { return r.Env }
func (r *rescaleAction) Spec() Spec  { return r.spec }

func (r *rescaleAction) Step(action, obs []float32) (float64, Status) {
	for i, a := range action {
		r.rescaled[i] = (a - r.shift[i]) / r.scale[i]
	}
	return r.Env.Step(r.rescaled, obs)
}
