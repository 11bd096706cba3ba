package explain

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/proximal-rl/proximal/objective"
)

// Lucky is a policy with two actions, and a batch in which the first of them
// happened to do well: each has been tried as often as its probability says,
// the first with the advantage +1, the second with −1. It is plain data: start
// from [DefaultLucky].
type Lucky struct {
	Probability  float64            // of the lucky action before the update
	Clip         objective.Settings // of all surrogates
	LearningRate float64            // of plain gradient ascent on the logits
	Epochs       int                // over the one batch
}

// DefaultLucky returns a policy that takes the lucky action six times of ten,
// and an update that takes it to ninety-nine of a hundred if nothing holds it.
func DefaultLucky() Lucky {
	return Lucky{Probability: 0.6, Clip: objective.DefaultSettings(), LearningRate: 0.5, Epochs: 60}
}

// Validate returns an error about the first field that is out of its range.
func (l Lucky) Validate() error {
	if !(l.Probability > 0 && l.Probability < 1) {
		return fmt.Errorf("probability = %v: must be in (0, 1)", l.Probability)
	}
	return first(
		CheckRange(l.Clip),
		checkPositive("lr", l.LearningRate),
		checkCount("epochs", l.Epochs, mostSteps),
	)
}

// Luck is the probability of the lucky action after some epochs, under three
// surrogates. The zero value is none. It is a plain value.
type Luck struct {
	Epoch                       int // 0: before the update
	Unclipped, Clipped, Maximum float64
}

// Update follows the ascent on the lucky batch: on the unclipped surrogate, on
// PPO's, and on what PPO's would be with a maximum in place of the minimum; see
// [Counterfactual]. It is an error if [Lucky.Validate] finds one, or if the
// learning rate is so large that a probability becomes 0.
func (l Lucky) Update() ([]Luck, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	path := make([]Luck, l.Epochs+1)
	for _, way := range []struct {
		curve objective.Curve
		to    func(*Luck) *float64
	}{
		{Curve(unclippedName, l.Clip), func(x *Luck) *float64 { return &x.Unclipped }},
		{Curve(clipName, l.Clip), func(x *Luck) *float64 { return &x.Clipped }},
		{maximum(l.Clip), func(x *Luck) *float64 { return &x.Maximum }},
	} {
		old := []float64{l.Probability, 1 - l.Probability}
		p, change := old, make([]float64, 2)
		for epoch := range path {
			if impossible(p) >= 0 {
				return nil, fmt.Errorf("lr = %v: too large: a probability becomes 0 in epoch %d", l.LearningRate, epoch)
			}
			path[epoch].Epoch = epoch
			*way.to(&path[epoch]) = p[0]
			climb(change, gradient(p, old, []float64{1, -1}, way.curve), l.LearningRate)
			p = tilt(old, change)
		}
	}
	return path, nil
}

// maximum is the clipped surrogate with max in place of min: the same two terms,
// the other one picked.
func maximum(s objective.Settings) objective.Curve {
	low, high := 1-s.Low, 1+s.High
	return func(ratio, advantage float64) (value, slope float64) {
		clipped := min(max(ratio, low), high) * advantage
		switch unclipped := ratio * advantage; {
		case unclipped > clipped, ratio >= low && ratio <= high:
			return unclipped, advantage
		}
		return clipped, 0
	}
}

// Contrast is the clipped surrogate of a sample beside its counterfactual. The
// zero value is none. It is a plain value.
type Contrast struct {
	Ratio, Advantage float64
	Minimum          float64 // PPO's
	MinimumGradient  float64 // its derivative by the ratio
	Maximum          float64 // with max in place of min
	MaximumGradient  float64
}

// Counterfactual returns the clipped surrogate and what it would be with max in
// place of min; a dual coefficient bounds the minimum alone. The maximum has a
// gradient where the policy has gone too far, and pushes it further; it has none
// where the policy has gone astray, and leaves it there. It is an error if a
// ratio, the advantage or the clip range cannot be used.
func Counterfactual(ratios []float64, advantage float64, s objective.Settings) ([]Contrast, error) {
	rows, err := Table(ratios, advantage, s)
	if err != nil {
		return nil, err
	}
	contrasts := make([]Contrast, len(rows))
	for i, r := range rows {
		contrasts[i] = Contrast{
			Ratio: r.Ratio, Advantage: advantage,
			Minimum: r.Objective, MinimumGradient: r.Gradient,
			Maximum: max(r.Unclipped, r.Clipped), MaximumGradient: advantage,
		}
		if r.Ratio != r.Clip && (r.Ratio > r.Clip) == (advantage < 0) { // the clipped term is the larger
			contrasts[i].MaximumGradient = 0
		}
	}
	return contrasts, nil
}

// Outlier is what one sample does to the gradient of a batch, under one
// surrogate. The zero value is none. It is only read.
type Outlier struct {
	Variant   string // as objective.Variants has it
	Advantage float64
	Ratios    []float64
	Gradients []float64 // of the surrogate by the sample's log-probability, r·∂L/∂r
	Shares    []float64 // |gradient| over that of the whole batch, the other samples having the ratio 1
}

// mostSamples is far beyond any batch.
const mostSamples = 1 << 30

// Outliers returns, for every surrogate and both signs of an advantage of 1,
// what samples of the given ratios do to a batch of which each is the only one
// with a ratio other than 1. It is an error if there is no ratio, if one is not
// a finite number above 0, or if the batch has fewer than two samples or a
// setting is out of its range.
func Outliers(ratios []float64, batch int, s objective.Settings) ([]Outlier, error) {
	if err := first(CheckRange(s), s.Validate()); err != nil {
		return nil, err
	}
	if batch < 2 || batch > mostSamples {
		return nil, fmt.Errorf("batch = %d: must be in [2, %d]", batch, mostSamples)
	}
	if len(ratios) == 0 {
		return nil, errors.New("ratios: must name at least one finite number above 0, such as 1,10,100")
	}
	for i, r := range ratios {
		if err := checkPositive(fmt.Sprintf("ratios[%d]", i), r); err != nil {
			return nil, err
		}
	}
	var all []Outlier
	for _, v := range objective.Variants() {
		curve := v.Curve(s)
		for _, advantage := range []float64{1, -1} {
			_, ordinary := curve(1, advantage)
			o := Outlier{Variant: v.Name, Advantage: advantage, Ratios: slices.Clone(ratios)}
			for _, r := range ratios {
				_, slope := curve(r, advantage)
				g := r * slope
				o.Gradients = append(o.Gradients, g)
				o.Shares = append(o.Shares, share(g, float64(batch-1)*ordinary))
			}
			all = append(all, o)
		}
	}
	return all, nil
}

// share returns |x| as a part of |x| + |rest|; 0 if both are 0.
func share(x, rest float64) float64 {
	if x == 0 {
		return 0
	}
	return math.Abs(x) / (math.Abs(x) + math.Abs(rest))
}
