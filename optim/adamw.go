package optim

import (
	"slices"

	"github.com/proximal-rl/proximal/internal/kernel"
)

// Range is a run of parameters, those from First up to but not including End:
// a tensor, or several that follow each other. It is plain data.
type Range struct{ First, End int }

// AdamW is [Adam] with weight decay beside it: parameters shrink by a share of
// themselves in every step, however large or small their gradients are. In
// Adam's own units, a decay added to the gradient would hardly touch those with
// large gradients.
//
// Its state is that of the Adam in it. The zero value is not usable; call
// [NewAdamW]. An AdamW is used by one goroutine at a time.
type AdamW struct {
	Adam
	decay   float64
	decayed []Range // in ascending order
	keep    float32 // what the step under way leaves of them
}

// NewAdamW returns the optimiser for n parameters before its first step. decay is
// the share λ that a step at a learning rate of 1 would take away; ranges in
// spared, such as biases and the gains of normalisation layers, do not decay.
//
// It panics if decay is negative or not finite, or as [NewAdam] does, or if a
// spared range is not one of the parameters.
func NewAdamW(n int, c AdamConfig, decay float64, spared ...Range) *AdamW {
	if !finite(decay) || decay < 0 {
		panic("optim: weight decay is negative or not finite")
	}
	return &AdamW{Adam: *NewAdam(n, c), decay: decay, decayed: outside(n, spared)}
}

// outside returns the parameters of n that no range holds, as ranges.
func outside(n int, ranges []Range) (rest []Range) {
	ranges = slices.Clone(ranges)
	slices.SortFunc(ranges, func(a, b Range) int { return a.First - b.First })
	next := 0
	for _, r := range append(ranges, Range{n, n}) {
		if r.First < 0 || r.First > r.End || r.End > n {
			panic("optim: spared range is not one of the parameters")
		}
		if r.First > next {
			rest = append(rest, Range{next, r.First})
		}
		next = max(next, r.End)
	}
	return rest
}

// Step moves the parameters once and updates the moments.
//
//	param = param * (1 - learningRate*λ)
//
// where it is not spared, then as in [Adam.Step], with the same demands. The
// gradient and its norm know nothing of the decay.
//
// It panics as Adam.Step does.
//
// Source: Loshchilov and Hutter, Decoupled Weight Decay Regularization (arXiv
// 1711.05101), algorithm 2, with the order of operations of torch.optim.AdamW.
func (a *AdamW) Step(param, grad []float32, learningRate, gradientScale float64) {
	checkStep(len(a.mean), param, grad, learningRate, gradientScale)
	a.Begin(learningRate, gradientScale)
	a.Move(param, grad, 0)
}

// Begin begins a [AdamW.Step] that is made in parts; see [Adam.Begin].
func (a *AdamW) Begin(learningRate, gradientScale float64) {
	a.Adam.Begin(learningRate, gradientScale)
	a.keep = float32(1 - float64(learningRate*a.decay))
}

// Move makes a part of the step begun; see [Adam.Move].
func (a *AdamW) Move(param, grad []float32, first int) {
	end := first + len(param)
	for _, r := range a.decayed {
		if lo, hi := max(r.First, first), min(r.End, end); lo < hi {
			kernel.Scale(param[lo-first:hi-first], a.keep)
		}
	}
	a.Adam.Move(param, grad, first)
}
