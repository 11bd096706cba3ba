package explain

import (
	"errors"
	"fmt"
	"slices"

	"github.com/proximal-rl/proximal/objective"
)

// Reused is how far the gradient that a batch gives is from the true one, after
// the policy has moved. The zero value is none. It is only read.
type Reused struct {
	Epoch         int       // the batch is used for the Epoch-th time
	Probabilities []float64 // of the policy by then
	Unweighted    float64   // |E[estimate] − gradient|/|gradient| without importance weights
	Weighted      float64   // the same with them
	Effective     float64   // share of the batch that is left of it in effect: 1/E[r²]
}

// Reuse uses the data of one policy for several epochs. In each of them the
// policy π takes one step along the true gradient of its return, and before it
// the expectations of two estimates from actions of π_old are compared with
// that gradient:
//
//	without weights  E[A·∇log π(a)]     = Σₐ π_old(a)·Aₐ·∇log π(a)
//	with weights     E[r·A·∇log π(a)]   = Σₐ π_old(a)·rₐ·Aₐ·∇log π(a),  r = π/π_old
//
// The first is right in the first epoch only. The second is always right on
// average, and as the ratios spread ever fewer samples decide what it is.
//
// It is an error if [Softmax.Validate] finds one, if all actions are equally
// good, so that there is no gradient, or if the learning rate is so large that
// the probability of an action becomes 0. Only one iteration is made, and
// nothing is clipped.
func Reuse(s Softmax) ([]Reused, error) {
	s.Iterations = 1
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if slices.Min(s.Advantages) == slices.Max(s.Advantages) {
		return nil, errors.New("advantages: must not all be equal, or there is no gradient to compare with")
	}
	old := softmax(s.Logits)
	change := make([]float64, len(old))
	uses := make([]Reused, s.Epochs)
	zero := make([]float64, len(old))
	for i := range uses {
		p := tilt(old, change)
		truth := throughSoftmax(p, s.Advantages)
		size := distance(truth, zero)
		if size == 0 || impossible(p) >= 0 {
			return nil, fmt.Errorf("lr = %v: too large: the policy has become certain before epoch %d", s.LearningRate, i+1)
		}
		r := divide(p, old)
		uses[i] = Reused{
			Epoch: i + 1, Probabilities: p,
			Unweighted: distance(estimate(p, old, s.Advantages, nil), truth) / size,
			Weighted:   distance(estimate(p, old, s.Advantages, r), truth) / size,
			Effective:  1 / dot(p, r), // Σ π_old·r² = Σ π·r
		}
		climb(change, truth, s.LearningRate)
	}
	return uses, nil
}

// estimate is the expectation over a ~ old of weight·A·∇log p(a) by the logits
// of p, each a adding its share to every logit. A nil weight stands for ones.
func estimate(p, old, advantages, weight []float64) []float64 {
	g := make([]float64, len(p))
	for a := range p {
		w := old[a] * advantages[a]
		if weight != nil {
			w *= weight[a]
		}
		for k := range g {
			g[k] -= float64(w * p[k])
		}
		g[a] += w
	}
	return g
}

// Promise is what surrogates say about a policy, and what is true. The zero
// value is none. It is a plain value.
type Promise struct {
	Ratio       float64 // π(first arm)/π_old(first arm)
	Probability float64 // of the first arm
	Return      float64 // the true mean pay
	Unclipped   float64 // mean pay of π_old plus E[r·A]
	Clipped     float64 // the same with PPO's surrogate
}

// Promises plays a bandit with two arms twice and pays pay[first][second]. For
// each ratio the policy takes the first arm with probability ratio·old, in both
// pulls, and its true return stands beside what the surrogates, built from
// advantages under the old policy, promise. All of it is summed over the four
// ways to play.
//
// If the second pull does not matter, the unclipped surrogate is the true
// return at any ratio. If it does, the advantages of the first pull assume that
// the old policy makes the second; the surrogate is right at ratio 1 and to
// first order around it, and wrong in the square of the step.
//
// It is an error if old is not in (0, 1), if a ratio makes a probability
// greater than 1, or if the clip range or a pay cannot be used.
func Promises(ratios []float64, old float64, pay [2][2]float64, s objective.Settings) ([]Promise, error) {
	if err := checkGame(ratios, old, pay, s); err != nil {
		return nil, err
	}
	before := [2]float64{old, 1 - old}
	unclipped, clipped := Curve(unclippedName, s), Curve(clipName, s)
	promises := make([]Promise, len(ratios))
	for i, ratio := range ratios {
		now := [2]float64{times(ratio, old), plus(1, -times(ratio, old))}
		promises[i] = Promise{
			Ratio: ratio, Probability: now[0], Return: mean(now, now, pay),
			Unclipped: promise(before, now, pay, unclipped),
			Clipped:   promise(before, now, pay, clipped),
		}
	}
	return promises, nil
}

// checkGame returns an error about the first argument of Promises that cannot
// be used.
func checkGame(ratios []float64, old float64, pay [2][2]float64, s objective.Settings) error {
	if err := CheckRange(s); err != nil {
		return err
	}
	if !(old > 0 && old < 1) {
		return fmt.Errorf("old = %v: must be in (0, 1)", old)
	}
	for i, r := range ratios {
		if !(r >= 0 && r <= 1/old) {
			return fmt.Errorf("ratios[%d] = %v: must be in [0, %v], for a probability of at most 1", i, r, 1/old)
		}
	}
	for _, row := range pay {
		if err := first(checkFinite("pay", row[0]), checkFinite("pay", row[1])); err != nil {
			return err
		}
	}
	return nil
}

// mean is the mean pay if the pulls follow these two policies.
func mean(p, q [2]float64, pay [2][2]float64) float64 {
	return dot(p[:], []float64{dot(q[:], pay[0][:]), dot(q[:], pay[1][:])})
}

// promise is the return of before plus the surrogate of now over both pulls, of
// which the second is reached as before would.
func promise(before, now [2]float64, pay [2][2]float64, curve objective.Curve) float64 {
	value := mean(before, before, pay)
	sum := value
	for a := range before {
		reached := dot(before[:], pay[a][:]) // the value of having pulled a
		gain, _ := curve(now[a]/before[a], reached-value)
		sum += float64(before[a] * gain)
		for b := range before {
			gain, _ := curve(now[b]/before[b], pay[a][b]-reached)
			sum += float64(float64(before[a]*before[b]) * gain)
		}
	}
	return sum
}
