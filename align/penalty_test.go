package align

import (
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/objective"
)

// twoTexts are completions of 2 tokens and of 1 that are 3 nats, and −1, from the reference.
func twoTexts() *experience {
	return &experience{
		texts:   make([]text, 2),
		segment: []int32{0, 2, 3},
		logProb: []float32{-1, -2, -3}, reference: []float32{-2, -4, -2},
		drawn: make([]float32, 3),
	}
}

func penaltyOf(change func(*PenaltySection)) *penalty {
	c := DefaultPenalty()
	c.Coefficient = 0.5
	change(&c)
	return newPenalty(c)
}

// TestPenaltyInTheReward: token by token, or for a completion as a whole, it is the same.
func TestPenaltyInTheReward(t *testing.T) {
	e := twoTexts()
	for _, c := range []struct {
		name   string
		change func(*PenaltySection)
		tokens []float32
		whole  []float64
	}{
		{"k1", func(*PenaltySection) {}, []float32{-0.5, 0, 2.5}, []float64{-0.5, 2.5}},
		{"k2", func(c *PenaltySection) { c.Estimator = "k2" }, []float32{-0.25, 0, 1.75}, []float64{-0.25, 1.75}},
		{"abs within 1.5", func(c *PenaltySection) { c.Estimator, c.Limit = "abs", 1.5 }, []float32{-0.5, 0.25, 1.5}, []float64{-0.25, 1.5}},
		{"in the loss", func(c *PenaltySection) { c.Place = "loss" }, []float32{0, 1, 2}, []float64{1, 2}},
		{"off", func(c *PenaltySection) { c.Coefficient = 0 }, []float32{0, 1, 2}, []float64{1, 2}},
	} {
		tokens, whole := []float32{0, 1, 2}, []float64{1, 2}
		p := penaltyOf(c.change)
		p.charge(tokens, e)
		p.chargeWhole(whole, e)
		golden.Same(t, c.name+", of tokens", tokens, c.tokens)
		golden.Same(t, c.name+", of completions", whole, c.whole)
	}
}

// TestPenaltyInTheLoss is the formula of the objective, times β.
func TestPenaltyInTheLoss(t *testing.T) {
	e, weight := twoTexts(), []float32{0.5, 0.25, 0.25}
	old := []float32{-1.5, -2, -3}
	for _, weighted := range []bool{false, true} {
		p := penaltyOf(func(c *PenaltySection) { c.Place, c.Estimator, c.Weighted = "loss", "k3", weighted })
		got, want := []float32{1, 1, 1}, []float32{1, 1, 1}
		loss := p.loss(got, e.logProb, old, e.reference, weight)
		expected := 0.5 * objective.KLInLoss(make([]float32, 3), e.logProb, e.reference, weight, 1, objective.K3)
		if weighted {
			expected = 0.5 * objective.WeightedKLInLoss(want, e.logProb, old, e.reference, weight, 0.5, objective.K3)
		} else {
			objective.KLInLoss(want, e.logProb, e.reference, weight, 0.5, objective.K3)
		}
		if loss != expected {
			t.Errorf("weighted %v: loss %v, want %v", weighted, loss, expected)
		}
		golden.Same(t, "derivatives", got, want)
	}
	if p := penaltyOf(func(*PenaltySection) {}); p.loss(nil, nil, nil, nil, nil) != 0 {
		t.Error("a penalty in the reward is in the loss too")
	}
}

// TestDivergence of whole completions: 3 and −1 nats by k1.
func TestDivergence(t *testing.T) {
	e := twoTexts()
	if a, b, m := e.divergence(0, objective.K1), e.divergence(1, objective.K1), e.meanDivergence(objective.K1); a != 3 || b != -1 || m != 1 {
		t.Errorf("%v and %v, mean %v", a, b, m)
	}
	if m := e.meanDivergence(objective.K2); m != (0.5+2+0.5)/2 {
		t.Errorf("mean k2 %v", m)
	}
}

// TestPenaltyAdapts by the law that is asked for. 9 and 5.5 nats for a target of 6 are
// the example of Ziegler et al.'s law with 256 completions.
func TestPenaltyAdapts(t *testing.T) {
	diverging := func(nats float32) *experience {
		e := &experience{texts: make([]text, 256), segment: []int32{0}}
		for range 256 {
			e.logProb, e.reference = append(e.logProb, 0), append(e.reference, -nats)
			e.segment = append(e.segment, int32(len(e.logProb)))
		}
		return e
	}
	for _, c := range []struct {
		name   string
		change func(*PenaltySection)
		nats   float32
		want   float64
	}{
		{"above", func(c *PenaltySection) {}, 9, 0.201024},
		{"below", func(c *PenaltySection) {}, 5.5, 0.199573333333},
		{"shorter horizon", func(c *PenaltySection) { c.Horizon = 512 }, 9, 0.22},
		{"doubling above", func(c *PenaltySection) { c.Law = "doubling" }, 9.1, 0.4},
		{"doubling near", func(c *PenaltySection) { c.Law = "doubling" }, 8.9, 0.2},
		{"doubling below", func(c *PenaltySection) { c.Law = "doubling" }, 3.9, 0.1},
		{"fixed", func(c *PenaltySection) { c.Target = 0 }, 9, 0.2},
	} {
		p := penaltyOf(func(s *PenaltySection) {
			s.Coefficient, s.Target = 0.2, 6
			c.change(s)
		})
		p.observe(diverging(c.nats))
		golden.Close(t, c.name, []float64{p.beta()}, []float64{c.want}, golden.Tolerance{Relative: 1e-9, Why: "the digits of the example"})
	}
}
