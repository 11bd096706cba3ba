package explain_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/explain"
	"github.com/proximal-rl/proximal/internal/golden"
)

// last is the tolerance of a closed form.
var last = golden.Tolerance{Relative: 1e-15, Absolute: 1e-16, Why: "math.Exp is another exponential; both are off by about an ulp"}

// TestProposalOfTheTextbook: exp(A)/Σ exp(A), its ratios to ⅓ and the caps, in
// closed form, and as the textbook rounds them.
func TestProposalOfTheTextbook(t *testing.T) {
	trace, err := explain.DefaultSoftmax().Trace()
	if err != nil {
		t.Fatal(err)
	}
	e := math.E
	sum := e + 1 + 1/e
	golden.Close(t, "old", trace.Old, []float64{1. / 3, 1. / 3, 1. / 3}, golden.Tolerance{})
	golden.Close(t, "proposal", trace.Proposal, []float64{e / sum, 1 / sum, 1 / (e * sum)}, last)
	golden.Close(t, "ratios", trace.ProposalRatios, []float64{3 * e / sum, 3 / sum, 3 / (e * sum)}, last)
	golden.Close(t, "caps", trace.Caps, []float64{1.2 / 3, math.NaN(), 0.8 / 3}, last)
	if !slices.Equal(trace.Outside, []bool{true, true, true}) {
		t.Errorf("outside %v", trace.Outside)
	}
	rounded := golden.Tolerance{Absolute: 0.0005, Why: "the textbook has three decimals"}
	golden.Close(t, "proposal of the text", trace.Proposal, []float64{0.665, 0.245, 0.090}, rounded)
	rounded = golden.Tolerance{Absolute: 0.001, Why: "the textbook divides rounded numbers"}
	golden.Close(t, "ratios of the text", trace.ProposalRatios, []float64{1.995, 0.735, 0.270}, rounded)
	golden.Close(t, "caps of the text", []float64{trace.Caps[0], trace.Caps[2]}, []float64{0.4, 0.267}, rounded)
}

// TestReadingsOfTheProposal: with and without π_old as a factor they are equal
// for a uniform old policy, and otherwise what they say they are.
func TestReadingsOfTheProposal(t *testing.T) {
	s := explain.DefaultSoftmax()
	s.Temperature = 0.5
	trace, err := s.Trace()
	if err != nil {
		t.Fatal(err)
	}
	golden.Same(t, "proposals of a uniform policy", trace.Weighted, trace.Proposal)
	golden.Same(t, "their ratios", trace.WeightedRatios, trace.ProposalRatios)

	s.Logits = []float64{math.Log(2), 0, math.Log(5)}
	if trace, err = s.Trace(); err != nil {
		t.Fatal(err)
	}
	a, b := math.Exp(2), math.Exp(-2)
	golden.Close(t, "old", trace.Old, []float64{0.25, 0.125, 0.625}, last)
	golden.Close(t, "without", trace.Proposal, []float64{a / (a + 1 + b), 1 / (a + 1 + b), b / (a + 1 + b)}, last)
	sum := 2*a + 1 + 5*b
	golden.Close(t, "with", trace.Weighted, []float64{2 * a / sum, 1 / sum, 5 * b / sum}, last)
	golden.Close(t, "ratios with", trace.WeightedRatios, []float64{8 * a / sum, 8 / sum, 8 * b / sum}, last)
	if !slices.Equal(trace.Outside, []bool{true, false, true}) { // 1/(a + 1 + b)·8 is 0.94
		t.Errorf("outside %v", trace.Outside)
	}
}

// TestTraceReachesTheOptimum, though no iteration takes the policy far.
func TestTraceReachesTheOptimum(t *testing.T) {
	s := explain.DefaultSoftmax()
	s.Iterations = 500
	trace, err := s.Trace()
	if err != nil {
		t.Fatal(err)
	}
	before := 1. / 3
	for _, step := range trace.Steps {
		if step.Probabilities[0] < before {
			t.Fatalf("iteration %d, epoch %d: the best action becomes less likely", step.Iteration, step.Epoch)
		}
		before = step.Probabilities[0]
	}
	if before < 0.999 {
		t.Errorf("after %d iterations the best action has the probability %v", s.Iterations, before)
	}
}

// TestTheClipDoesNotBoundTheStep: ratios leave the range, by one long step as by
// many short ones; an action whose own gradient is gone moves on with the
// others; and once all gradients are gone nothing moves.
func TestTheClipDoesNotBoundTheStep(t *testing.T) {
	s := explain.DefaultSoftmax()
	trace, err := s.Trace()
	if err != nil {
		t.Fatal(err)
	}
	third, fourth, fifth := trace.Steps[2], trace.Steps[3], trace.Steps[4]
	if !(third.Ratios[0] > 1.2 && fourth.Ratios[0] > third.Ratios[0]) {
		t.Errorf("ratios of the good action after three and four epochs: %v, %v", third.Ratios[0], fourth.Ratios[0])
	}
	if !slices.Equal(fifth.Gradient, []float64{0, 0, 0}) || !slices.Equal(fifth.Probabilities, fourth.Probabilities) {
		t.Errorf("the fifth epoch moves: %+v", fifth)
	}
	s.LearningRate, s.Epochs, s.Iterations = 3, 1, 1
	if trace, err = s.Trace(); err != nil {
		t.Fatal(err)
	}
	up, down, best, worst := trace.Furthest()
	if best != 0 || worst != 2 || up.Ratios[0] < 1.9 || down.Ratios[2] > 0.3 {
		t.Errorf("one long step ends at %v", trace.Steps)
	}
}

func TestSoftmaxRefuses(t *testing.T) {
	for _, test := range []struct {
		change func(*explain.Softmax)
		want   string
	}{
		{func(s *explain.Softmax) { s.Logits = nil }, "logits: must name from 2 to 1000 actions, not 0"},
		{func(s *explain.Softmax) { s.Logits = []float64{1}; s.Advantages = s.Logits }, "logits: must name from 2"},
		{func(s *explain.Softmax) { s.Advantages = s.Advantages[:2] }, "advantages: must be as many as the logits, 3, not 2"},
		{func(s *explain.Softmax) { s.Logits = []float64{0, math.NaN(), 0} }, "logits[1] = NaN: must be a finite number"},
		{func(s *explain.Softmax) { s.Advantages = []float64{0, 1, math.Inf(-1)} }, "advantages[2] = -Inf: must be"},
		{func(s *explain.Softmax) { s.Logits = []float64{0, 0, -1000} }, "logits[2] = -1000: must not be so far below"},
		{func(s *explain.Softmax) { s.Clip.Low = 1 }, "low = 1: must be in (0, 1)"},
		{func(s *explain.Softmax) { s.Clip.Dual = 0.5 }, "dual = 0.5: must be 0"},
		{func(s *explain.Softmax) { s.Temperature = 0 }, "temperature = 0: must be a finite number above 0"},
		{func(s *explain.Softmax) { s.Temperature = math.NaN() }, "temperature = NaN"},
		{func(s *explain.Softmax) { s.Temperature = 1e-320 }, "temperature = 1e-320: too small"},
		{func(s *explain.Softmax) { s.Advantages = []float64{1e300, 0, 0}; s.LearningRate = 1e10 }, "lr = 1e+10: too large"},
		{func(s *explain.Softmax) { s.LearningRate = -1 }, "lr = -1: must be a finite number above 0"},
		{func(s *explain.Softmax) { s.Epochs = 0 }, "epochs = 0: must be in [1, 100000]"},
		{func(s *explain.Softmax) { s.Iterations = 100_001 }, "iterations = 100001: must be in [1, 100000]"},
		{func(s *explain.Softmax) { s.Iterations = 10_001 }, "iterations = 10001: must be at most 10000 with 10 epochs"},
		{func(s *explain.Softmax) { s.LearningRate = 1e5 }, "lr = 100000: too large: the probability of action"},
	} {
		s := explain.DefaultSoftmax()
		test.change(&s)
		if _, err := s.Trace(); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("error %v, want %s", err, test.want)
		}
	}
}
