package explain

import (
	"fmt"
	"math"
	"strconv"

	"github.com/proximal-rl/proximal/objective"
)

// Number writes x in as few digits as tell it from every other float64.
func Number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// Words are what there is to say about one sample, a sentence or two each. The
// zero value says nothing. It is a plain value.
type Words struct {
	Move     string // what the policy has done to the action, and whether that was right
	Pick     string // which term the minimum picked, and why
	Gradient string // what gradient ascent now does
	Thrown   string // whether the sample is thrown away
}

// Explain puts a row into words. The settings must be those it was made with.
func Explain(r Row, s objective.Settings) Words {
	return Words{r.move(s), r.pickWords(s), r.pull(s), r.thrown(s)}
}

// move says where the ratio is, and whether it should have gone there.
func (r Row) move(s objective.Settings) string {
	low, high := Edges(s)
	where := fmt.Sprintf("inside the range [%s, %s]", Number(low), Number(high))
	switch {
	case r.Ratio == low:
		where = fmt.Sprintf("on the lower edge of the range [%s, %s]", Number(low), Number(high))
	case r.Ratio == high:
		where = fmt.Sprintf("on the upper edge of the range [%s, %s]", Number(low), Number(high))
	case r.Ratio < low:
		where = "below the range, whose lower edge is " + Number(low)
	case r.Ratio > high:
		where = "above the range, whose upper edge is " + Number(high)
	}
	if r.onDual(s) {
		where += ", and on the dual bound " + Number(s.Dual)
	}
	change := "as likely as it was"
	switch {
	case r.Ratio == 0:
		change = "impossible"
	case r.Ratio != 1:
		change = Number(r.Ratio) + " times as likely as it was"
	}
	return fmt.Sprintf("The action is now %s, %s: %s.", change, where, r.judge())
}

// judge says whether the policy moved as the advantage asks.
func (r Row) judge() string {
	switch up := r.Ratio > 1; {
	case r.Advantage == 0:
		return "with the advantage 0 it does not matter which way"
	case r.Ratio == 1:
		return "no move yet"
	case up == (r.Advantage > 0):
		return "the right way, as the action was " + r.quality()
	}
	return "the wrong way, as the action was " + r.quality()
}

// quality is what the sign of the advantage says about the action.
func (r Row) quality() string {
	if r.Advantage > 0 {
		return "better than expected"
	}
	return "worse than expected"
}

// pickWords says which term is the objective.
func (r Row) pickWords(s objective.Settings) string {
	u, c := Number(r.Unclipped), Number(r.Clipped)
	switch r.Term {
	case Either:
		return fmt.Sprintf("Both terms are %s, and the minimum is either of them.", u)
	case Unclipped:
		return fmt.Sprintf("The minimum of %s and %s is the first, the unclipped term: the clip has no say on this side.", u, c)
	case Clipped:
		return fmt.Sprintf("The minimum of %s and %s is the second, the clipped term, which does not change with the ratio.", u, c)
	}
	terms := fmt.Sprintf("The minimum of %s and %s is %s", u, c, Number(min(r.Unclipped, r.Clipped)))
	if r.Unclipped == r.Clipped {
		terms = "Both terms are " + u
	}
	return fmt.Sprintf("%s, but the dual clip picked c·A = %s·%s = %s, below which nothing counts and which does not change with the ratio.",
		terms, Number(s.Dual), Number(r.Advantage), Number(r.Objective))
}

// pull says what gradient ascent does to the action's probability.
func (r Row) pull(s objective.Settings) string {
	if r.Gradient == 0 {
		if r.Advantage == 0 {
			return "So ∂L/∂r = A = 0."
		}
		return "So ∂L/∂r is exactly zero, not merely small: this sample moves no parameter."
	}
	direction := "more"
	if r.Gradient < 0 {
		direction = "less"
	}
	text := fmt.Sprintf("So ∂L/∂r = A = %s, and gradient ascent makes the action %s likely", Number(r.Gradient), direction)
	low, high := Edges(s)
	switch {
	case r.onDual(s):
		return text + ". On the dual bound itself the gradient is still the full one; any further and it is exactly zero."
	case r.Advantage > 0 && r.Ratio == high, r.Advantage < 0 && r.Ratio == low:
		return text + ". On the edge itself the gradient is still the full one; any further and it is exactly zero."
	case r.Case == Boundary:
		return text + ". Under this sign of A the objective has no knee at this edge: the gradient is the same on both sides."
	case r.Ratio == 0:
		return text + ", if it can: by the log-probability and by the logits the gradient is r·A, which is 0."
	}
	return text + "."
}

// thrown answers whether the sample is thrown away.
func (r Row) thrown(s objective.Settings) string {
	low, high := Edges(s)
	switch {
	case r.Advantage == 0:
		return "It has nothing to say at any ratio: its advantage is 0."
	case r.Ratio == 0:
		return r.thrownAtZero()
	case r.Gradient != 0:
		return "No. It counts in full, with the weight r·A = " + Number(r.Unclipped) + "."
	case r.Term == Dual:
		return fmt.Sprintf("For this step, yes, and nothing in it brings the policy back. It counts again once other samples, which share its parameters, have brought the ratio to %s or less.",
			Number(s.Dual))
	}
	way, edge := "below", high
	if r.Advantage < 0 {
		way, edge = "above", low
	}
	return fmt.Sprintf("For this step, yes; not from the update. What it asked for has happened: its own gradient, or that of other samples, "+
		"has taken the ratio past %s. It counts again once others, which share its parameters, push the ratio back %s that edge.", Number(edge), way)
}

// thrownAtZero answers it for an action that the policy no longer takes.
func (r Row) thrownAtZero() string {
	if r.Gradient == 0 {
		return "For this step, yes. What it asked for has happened, entirely: the policy no longer takes the action."
	}
	return "Not by the clip, which leaves the sample alone. But its weight r·A is 0, as the policy no longer takes the action, and so it moves no logit."
}

// ByLogProb returns the derivative of the objective by the action's
// log-probability, r·∂L/∂r.
func (r Row) ByLogProb() float64 { return times(r.Ratio, r.Gradient) }

// ByLogits returns the derivatives of the objective by the logits of a softmax
// policy p that took action a: ByLogProb·(1[j = a] − pⱼ). It panics if there is
// no such action.
func (r Row) ByLogits(p []float64, a int) []float64 {
	if a < 0 || a >= len(p) {
		panic("explain: no such action")
	}
	pull := r.ByLogProb()
	g := make([]float64, len(p))
	for j := range g {
		g[j] = 0 - float64(pull*p[j]) // 0 and not −0 without a pull
	}
	g[a] = pull * (1 - p[a])
	return g
}

// Share is how much of a run's data had no gradient. The zero value is that of
// a run that has recorded nothing. It is a plain value.
type Share struct {
	Updates         int
	Mean, Low, High float64
}

// ShareOf returns the mean, the lowest and the highest of a series, one value
// per update, those that are no numbers aside.
func ShareOf(values []float64) (s Share) {
	s.Low, s.High = math.Inf(1), math.Inf(-1)
	sum := 0.0
	for _, v := range values {
		if math.IsNaN(v) {
			continue
		}
		s.Updates++
		sum += v
		s.Low, s.High = min(s.Low, v), max(s.High, v)
	}
	if s.Updates == 0 {
		return Share{}
	}
	s.Mean = sum / float64(s.Updates)
	return s
}
