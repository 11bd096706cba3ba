package advantage_test

import (
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/advantage"
)

// The tests in this file are named after mistakes that let training go on and
// only learn worse. Each uses three steps that pay 1, with γ = 0.9 and λ = 0.8,
// and a critic that says 2, 3, 4, then 5 for the observation after the rollout;
// the middle step's real final observation is worth 7, were it to end there.
func threeSteps(middle status) history {
	h := running(0.9, 0.8, []float32{1, 1, 1}, []float32{2, 3, 4}, 5)
	h.finalValue[1], h.end[1] = 7, middle
	return h
}

func near(t *testing.T, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 1e-5 {
			t.Errorf("got %v, want %v", got, want)
			return
		}
	}
}

// δ of the last step is 1 + .9·5 - 4 = 1.5; of the middle step, running,
// 1 + .9·4 - 3 = 1.6; of the first 1 + .9·3 - 2 = 1.7. One step back is .72.

func TestTruncationBootstrapsAndTerminationDoesNot(t *testing.T) {
	near(t, threeSteps(status{truncated: true}).gae(), []float32{1.7 + 0.72*4.3, 1 + 0.9*7 - 3, 1.5})
	near(t, threeSteps(status{terminated: true}).gae(), []float32{1.7 + 0.72*-2, 1 - 3, 1.5})
}

func TestTruncationUsesTheFinalObservation(t *testing.T) {
	h := threeSteps(status{truncated: true})
	want := h.gae()
	h.value[2] = 100 // the next episode begins here; what it is worth is nobody's business
	if got := h.gae(); !slices.Equal(got[:2], want[:2]) {
		t.Errorf("the next episode's value reached back over the end: %v, want %v", got, want)
	}
	h.finalValue[1] = 8
	near(t, h.gae()[1:2], []float32{1 + 0.9*8 - 3})
}

func TestTerminationWinsOverTruncation(t *testing.T) {
	both, terminated := threeSteps(status{true, true}).gae(), threeSteps(status{terminated: true}).gae()
	if !slices.Equal(both, terminated) {
		t.Errorf("got %v, want %v", both, terminated)
	}
}

func TestLambdaZeroKeepsTheTerminalReward(t *testing.T) {
	h := threeSteps(status{terminated: true})
	h.lambda, h.reward[1] = 0, 10
	near(t, h.gae(), []float32{1.7, 10 - 3, 1.5})
	returns := h.gae()
	advantage.Returns(returns, returns, h.value)
	near(t, returns[1:2], []float32{10})
}

func TestEndBelongsToItsOwnStep(t *testing.T) {
	// Off by one, the end would cut the first or the last step instead.
	near(t, threeSteps(status{}).gae(), []float32{1.7 + 0.72*(1.6+0.72*1.5), 1.6 + 0.72*1.5, 1.5})
	near(t, threeSteps(status{terminated: true}).gae(), []float32{1.7 - 0.72*2, -2, 1.5})
}

func TestReturnsComeFromUnnormalizedAdvantages(t *testing.T) {
	h := threeSteps(status{terminated: true})
	estimate, returns, normalized := h.gae(), make([]float32, 3), make([]float32, 3)
	advantage.Returns(returns, estimate, h.value)
	advantage.Normalize(normalized, estimate)
	near(t, returns, []float32{2 + 1.7 - 0.72*2, 1, 5.5})
	near(t, estimate, h.gae()) // normalising elsewhere leaves the estimates be
}

func TestRolloutEndUsesTheLastValueUnlessTheEpisodeEnded(t *testing.T) {
	h := threeSteps(status{})
	near(t, h.gae()[2:], []float32{1.5})
	h.lastValue[0] = 6
	near(t, h.gae()[2:], []float32{1 + 0.9*6 - 4})
	h.end[2].terminated = true
	near(t, h.gae()[2:], []float32{1 - 4})
}

func TestOneRowStaysAsItIs(t *testing.T) {
	dst := []float32{-1}
	advantage.Normalize(dst, []float32{3})
	if dst[0] != 3 {
		t.Errorf("got %v, want 3", dst[0])
	}
	advantage.Normalize(nil, nil)
}

func TestEqualNumbersBecomeZero(t *testing.T) {
	for _, v := range []float32{0, 0.1, -3, 1e30} {
		x := slices.Repeat([]float32{v}, 1001)
		advantage.Normalize(x, x)
		if slices.ContainsFunc(x, func(y float32) bool { return y != 0 }) {
			t.Errorf("rows of %v became %v", v, x[0])
		}
	}
}

func TestNormalizeDividesByTheNumberLessOne(t *testing.T) {
	x := []float32{1, 2, 3, 4, 5}
	advantage.Normalize(x, x)
	near(t, x, []float32{-1.2649111, -0.6324555, 0, 0.6324555, 1.2649111}) // torch.std, not numpy.std
}

func TestExplainedVarianceTakesThePredictionFirst(t *testing.T) {
	value, target := []float32{1, 1, 1, 3}, []float32{1, 2, 3, 4}
	for _, test := range []struct {
		name          string
		value, target []float32
		want          float64
	}{
		{"part", value, target, 1 - 0.5/1.25},
		{"exchanged", target, value, 1 - 0.5/0.75},
		{"all", target, target, 1},
		{"all but a constant", []float32{11, 12, 13, 14}, target, 1},
		{"constant prediction", []float32{9, 9, 9, 9}, target, 0},
		{"opposite", []float32{4, 3, 2, 1}, target, -3},
		{"constant target", target, []float32{0.1, 0.1, 0.1, 0.1}, math.NaN()},
		{"nothing", nil, nil, math.NaN()},
	} {
		got := advantage.ExplainedVariance(test.value, test.target)
		if math.Abs(got-test.want) > 1e-12 || math.IsNaN(got) != math.IsNaN(test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}
