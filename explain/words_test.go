package explain_test

import (
	"math"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/explain"
	"github.com/proximal-rl/proximal/internal/golden"
)

// TestWords: what is said about a sample agrees with its row, wherever the ratio
// is.
func TestWords(t *testing.T) {
	for _, test := range []struct {
		ratio, advantage, dual   float64
		move, pick, pull, thrown string
	}{
		{1.5, -1, 0, "1.5 times as likely as it was, above the range, whose upper edge is 1.2: the wrong way, as the action was worse", "is the first, the unclipped", "A = -1, and gradient ascent makes the action less likely.", "No. It counts in full, with the weight r·A = -1.5."},
		{1.5, 1, 0, "above the range, whose upper edge is 1.2: the right way, as the action was better", "is the second, the clipped", "exactly zero", "For this step, yes; not from the update. What it asked for has happened: its own gradient, or that of other samples, has taken the ratio past 1.2. It counts again once others, which share its parameters, push the ratio back below that edge."},
		{0.5, -1, 0, "below the range, whose lower edge is 0.8: the right way, as the action was worse", "is the second, the clipped", "exactly zero", "past 0.8. It counts again once others, which share its parameters, push the ratio back above"},
		{0.5, 1, 0, "below the range, whose lower edge is 0.8: the wrong way", "is the first, the unclipped", "more likely.", "No. It counts in full"},
		{1, 2, 0, "as likely as it was, inside the range [0.8, 1.2]: no move yet", "Both terms are 2", "A = 2, and gradient ascent makes the action more likely.", "No."},
		{1.2, 1, 0, "on the upper edge of the range [0.8, 1.2]: the right way", "Both terms are 1.2", "any further and it is exactly zero", "No."},
		{0.8, 1, 0, "on the lower edge of the range [0.8, 1.2]: the wrong way", "Both terms are 0.8", "the same on both sides", "No."},
		{0.8, -1, 0, "on the lower edge", "Both terms are -0.8", "any further and it is exactly zero", "No."},
		{1.2, -1, 0, "on the upper edge", "Both terms are -1.2", "the same on both sides", "No."},
		{4, -1, 3, "the wrong way", "but the dual clip picked c·A = 3·-1 = -3, below which nothing counts", "exactly zero", "nothing in it brings the policy back. It counts again once other samples, which share its parameters, have brought the ratio to 3 or less."},
		{3, -1, 3, "upper edge is 1.2, and on the dual bound 3: the wrong way", "is the first", "On the dual bound itself the gradient is still the full one; any further and it is exactly zero", "No."},
		{1.15, -1, 1.1, "inside the range", "Both terms are -1.15, but the dual clip picked c·A = 1.1·-1 = -1.1", "exactly zero", "to 1.1 or less"},
		{0, 1, 0, "impossible, below the range", "is the first", "if it can", "Not by the clip, which leaves the sample alone. But its weight r·A is 0"},
		{0, -1, 0, "impossible, below the range", "is the second", "exactly zero", "For this step, yes. What it asked for has happened, entirely"},
		{2, 0, 0, "does not matter which way", "Both terms are 0", "A = 0.", "nothing to say"},
	} {
		s := clip(0.2, 0.2, test.dual)
		row, err := explain.Sample(test.ratio, test.advantage, s)
		if err != nil {
			t.Fatal(err)
		}
		w := explain.Explain(row, s)
		for _, c := range [][2]string{{w.Move, test.move}, {w.Pick, test.pick}, {w.Gradient, test.pull}, {w.Thrown, test.thrown}} {
			if !strings.Contains(c[0], c[1]) {
				t.Errorf("r = %v, A = %v, dual %v: %q does not say %q", test.ratio, test.advantage, test.dual, c[0], c[1])
			}
		}
	}
}

// TestByLogits compares the derivatives by the logits with finite differences of
// the objective of a softmax policy.
func TestByLogits(t *testing.T) {
	s := clip(0.2, 0.3, 2)
	z := []float64{0.3, -1, 0.8}
	probability := func(z []float64, a int) float64 {
		return math.Exp(z[a]) / (math.Exp(z[0]) + math.Exp(z[1]) + math.Exp(z[2]))
	}
	now := probability(z, 2)
	p := []float64{probability(z, 0), probability(z, 1), now}
	for _, ratio := range []float64{0.4, 0.9, 1.15, 1.6, 2.5} {
		old := now / ratio
		for _, advantage := range []float64{1.5, -0.5} {
			value := func(z []float64) float64 {
				row, err := explain.Sample(probability(z, 2)/old, advantage, s)
				if err != nil {
					t.Fatal(err)
				}
				return row.Objective
			}
			row, err := explain.Sample(ratio, advantage, s)
			if err != nil {
				t.Fatal(err)
			}
			const step = 1e-5
			var numeric []float64
			for j := range z {
				up, down := append([]float64(nil), z...), append([]float64(nil), z...)
				up[j] += step
				down[j] -= step
				numeric = append(numeric, (value(up)-value(down))/(2*step))
			}
			golden.Close(t, "derivatives by the logits", row.ByLogits(p, 2), numeric,
				golden.Tolerance{Absolute: 1e-9, Why: "a central difference with a step of 1e-5"})
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("an action that does not exist is taken")
		}
	}()
	explain.Row{}.ByLogits(p, 3)
}

func TestShareOf(t *testing.T) {
	if got, want := explain.ShareOf([]float64{0.5, math.NaN(), 0.25, 0}), (explain.Share{Updates: 3, Mean: 0.25, Low: 0, High: 0.5}); got != want {
		t.Errorf("share %+v, want %+v", got, want)
	}
	if got := explain.ShareOf([]float64{math.NaN()}); got != (explain.Share{}) {
		t.Errorf("share of nothing: %+v", got)
	}
}
