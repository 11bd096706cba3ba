package explain

import (
	"fmt"
	"math"

	"github.com/proximal-rl/proximal/objective"
)

// Limits of a trace, so that a slip of the finger ends in an error and not in a
// full memory.
const (
	mostActions = 1000
	mostSteps   = 100_000
)

// Softmax is a policy with one state, π(a) ∝ exp(Logits[a]), and the advantage
// of every action, which stays what it is. It is plain data: start from
// [DefaultSoftmax].
type Softmax struct {
	Logits, Advantages []float64
	Clip               objective.Settings // of which Low, High and Dual count
	Temperature        float64            // of the proposal
	LearningRate       float64            // of plain gradient ascent on the logits
	Epochs             int                // steps of ascent between two resets of the old policy
	Iterations         int                // resets, the first included
}

// DefaultSoftmax returns three equally likely actions: a good one, one that is
// as good as the policy, and a bad one.
func DefaultSoftmax() Softmax {
	return Softmax{
		Logits:       []float64{0, 0, 0},
		Advantages:   []float64{1, 0, -1},
		Clip:         objective.DefaultSettings(),
		Temperature:  1,
		LearningRate: 0.2,
		Epochs:       10,
		Iterations:   20,
	}
}

// Validate returns an error about the first field that is out of its range.
func (s Softmax) Validate() error {
	n := len(s.Logits)
	if n < 2 || n > mostActions {
		return fmt.Errorf("logits: must name from 2 to %d actions, not %d", mostActions, n)
	}
	if len(s.Advantages) != n {
		return fmt.Errorf("advantages: must be as many as the logits, %d, not %d", n, len(s.Advantages))
	}
	for a := range n {
		if err := first(
			checkFinite(fmt.Sprintf("logits[%d]", a), s.Logits[a]),
			checkFinite(fmt.Sprintf("advantages[%d]", a), s.Advantages[a]),
		); err != nil {
			return err
		}
	}
	if a := impossible(softmax(s.Logits)); a >= 0 {
		return fmt.Errorf("logits[%d] = %v: must not be so far below the largest that the action has probability 0", a, s.Logits[a])
	}
	if err := first(
		CheckRange(s.Clip),
		checkPositive("temperature", s.Temperature),
		checkPositive("lr", s.LearningRate),
		checkCount("epochs", s.Epochs, mostSteps),
		checkCount("iterations", s.Iterations, mostSteps),
	); err != nil {
		return err
	}
	for a := range n {
		if math.IsInf(s.Logits[a]+s.Advantages[a]/s.Temperature, 0) {
			return fmt.Errorf("temperature = %v: too small: the advantage %v divided by it is no number", s.Temperature, s.Advantages[a])
		}
	}
	if s.Epochs*s.Iterations > mostSteps {
		return fmt.Errorf("iterations = %d: must be at most %d with %d epochs, for %d steps in all",
			s.Iterations, mostSteps/s.Epochs, s.Epochs, mostSteps)
	}
	return nil
}

// Trace is the way of a [Softmax] policy. The zero value is none. It is only
// read.
type Trace struct {
	Old            []float64 // π_old, the policy of the logits
	Proposal       []float64 // ∝ exp(A/T)
	ProposalRatios []float64 // Proposal/Old
	Outside        []bool    // whether that ratio leaves the clip range
	Weighted       []float64 // ∝ π_old·exp(A/T)
	WeightedRatios []float64 // Weighted/Old
	Caps           []float64 // beyond which an action gains nothing; NaN for those of advantage 0
	Steps          []Step    // Epochs for each of the Iterations
}

// Step is one epoch: a step of gradient ascent over all actions. The zero value
// is none. It is only read.
type Step struct {
	Iteration, Epoch int       // both from 1
	Probabilities    []float64 // after the step
	Ratios           []float64 // after the step, to the policy before the iteration
	Gradient         []float64 // by the logits, that the step followed
}

// Trace returns what an update without a bound would propose, where the clip
// puts its caps, and the ascent itself. Every epoch adds the learning rate
// times the gradient of
//
//	J(z) = Σₐ π_old(a)·L(rₐ, Aₐ),  r = π/π_old,  ∂J/∂zₖ = πₖ·(L'(rₖ, Aₖ) − Σₐ πₐ·L'(rₐ, Aₐ))
//
// to the logits z, where L is objective's "clip" and L' its derivative by the
// ratio; every iteration begins with π_old = π.
//
// There are two readings of an exponentiated-advantage proposal. Proposal
// forgets the old policy. Weighted has it as a factor, and is the policy that
// maximises E[A] − T·KL(π‖π_old). They are the same where π_old is uniform.
//
// It is an error if [Softmax.Validate] finds one, or if the learning rate is so
// large that the probability of an action becomes 0.
func (s Softmax) Trace() (Trace, error) {
	if err := s.Validate(); err != nil {
		return Trace{}, err
	}
	t := Trace{Old: softmax(s.Logits)}
	t.propose(s)
	curve := Curve(clipName, s.Clip)
	old := t.Old
	for iteration := 1; iteration <= s.Iterations; iteration++ {
		change := make([]float64, len(old)) // of the logits since π_old
		p := old
		for epoch := 1; epoch <= s.Epochs; epoch++ {
			g := gradient(p, old, s.Advantages, curve)
			climb(change, g, s.LearningRate)
			p = tilt(old, change)
			if a := impossible(p); a >= 0 {
				return Trace{}, fmt.Errorf("lr = %v: too large: the probability of action %d becomes 0 in iteration %d, epoch %d",
					s.LearningRate, a+1, iteration, epoch)
			}
			t.Steps = append(t.Steps, Step{iteration, epoch, p, divide(p, old), g})
		}
		old = p
	}
	return t, nil
}

// propose fills in the proposals and the caps.
func (t *Trace) propose(s Softmax) {
	n := len(t.Old)
	scaled, sum := make([]float64, n), make([]float64, n)
	for a := range n {
		scaled[a] = s.Advantages[a] / s.Temperature
		sum[a] = s.Logits[a] + scaled[a]
	}
	t.Proposal, t.Weighted = softmax(scaled), softmax(sum)
	t.ProposalRatios, t.WeightedRatios = divide(t.Proposal, t.Old), divide(t.Weighted, t.Old)
	low, high := Edges(s.Clip)
	for a, p := range t.Old {
		r := t.ProposalRatios[a]
		t.Outside = append(t.Outside, r < low || r > high)
		bound := math.NaN()
		switch {
		case s.Advantages[a] > 0:
			bound = min(float64(p*high), 1)
		case s.Advantages[a] < 0:
			bound = float64(p * low)
		}
		t.Caps = append(t.Caps, bound)
	}
}

// Furthest returns the steps with the largest and the smallest ratio of all,
// and the actions. It panics if there is no step.
func (t Trace) Furthest() (up, down Step, upAction, downAction int) {
	up, down = t.Steps[0], t.Steps[0]
	for _, s := range t.Steps {
		for a, r := range s.Ratios {
			if r > up.Ratios[upAction] {
				up, upAction = s, a
			}
			if r < down.Ratios[downAction] {
				down, downAction = s, a
			}
		}
	}
	return up, down, upAction, downAction
}
