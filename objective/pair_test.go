package objective_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/gradcheck"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/seed"
)

// reward is the loss of a reward model, its derivatives and the statistics.
func reward(value, margin, weight []float32, center float64) (float64, []float32, objective.PairStats) {
	var s objective.PairStats
	d := make([]float32, len(value))
	return objective.BradleyTerry(d, value, margin, weight, center, &s), d, s
}

// Rewards of 1.2 and .7, computed apart in float64.
func TestBradleyTerryOfOnePair(t *testing.T) {
	value, one := []float32{1.2, 0.7}, []float32{1}
	plain, _, s := reward(value, nil, one, 0)
	apart, _, _ := reward(value, []float32{0.3}, one, 0)
	centred, _, _ := reward(value, nil, one, 0.01)
	golden.Close(t, "losses", []float64{plain, apart, centred - plain}, []float64{0.474077, 0.598139, 0.0361}, golden.Tolerance{
		Absolute: 6e-7, Why: "six decimals, and float32 inputs",
	})
	golden.Close(t, "statistics", []float64{s.Accuracy(), s.Chosen(), s.Rejected(), s.Margin()}, []float64{1, 1.2, 0.7, 0.5}, rounding)
}

// Losses and gradients as TRL computes them, and as torch does by the formula.
func TestBradleyTerryAgainstTorch(t *testing.T) {
	var cases []struct {
		Center                float64
		TRL                   map[string]float64 `json:"trl"`
		Value, Margin, Weight []float32
		Loss                  float64
		DValue                []float64 `json:"d_value"`
	}
	golden.Read(t, "testdata/rewards.json", &cases)
	for i, c := range cases {
		what := fmt.Sprintf("case %d, centre %v, by TRL: %v", i, c.Center, c.TRL != nil)
		loss, d, s := reward(c.Value, c.Margin, c.Weight, c.Center)
		golden.Close(t, what, []float64{loss}, []float64{c.Loss}, golden.Tolerance{
			Absolute: 1e-12, Relative: 1e-12, Why: "float64 sums in another order",
		})
		golden.Close(t, what+": derivatives", d, c.DValue, golden.Tolerance{
			Absolute: 1e-12, Relative: 6.1e-8, Why: "derivatives are rounded to float32",
		})
		if c.TRL != nil {
			golden.Close(t, what+": statistics",
				[]float64{s.Accuracy(), s.Margin(), (s.Chosen() + s.Rejected()) / 2},
				[]float64{c.TRL["accuracy"], c.TRL["margin"], c.TRL["mean_reward"]},
				golden.Tolerance{Absolute: 1e-12, Relative: 1e-7, Why: "TRL counts in float32"})
		}
	}
}

func TestBradleyTerryAgainstFiniteDifferences(t *testing.T) {
	rng := seed.New(41)
	value, margin, weight := normal(24, 2, rng), normal(12, 1, rng), normal(12, 1, rng)
	_, d, _ := reward(value, margin, weight, 0.07)
	want := gradcheck.Gradient(func(x []float64) float64 {
		near := make([]float32, len(x))
		for i := range x {
			near[i] = float32(x[i])
		}
		loss, _, _ := reward(near, margin, weight, 0.07)
		return loss
	}, widen(value))
	golden.Close(t, "derivatives", d, want, golden.Tolerance{
		Absolute: 2e-4, Relative: 2e-4, Why: "finite differences at float32 values",
	})
}

// The log-loss keeps its digits wherever the difference lies.
func TestBradleyTerryFarAway(t *testing.T) {
	for _, x := range []float32{0, 1e-30, 1e-9, 0.1, 0.5, 0.7, 1, 3, 17, 36, 40, 88, 103, 700, 744, 746, 1e5, 3e38} {
		for _, x := range []float32{x, -x} {
			e := math.Exp(-math.Abs(float64(x)))
			want, slope := math.Max(-float64(x), 0)+math.Log1p(e), 1/(1+e)
			if x > 0 {
				slope = e / (1 + e)
			}
			loss, d, s := reward([]float32{x, 0}, nil, []float32{1}, 0)
			golden.Close(t, fmt.Sprint("loss at ", x), []float64{loss}, []float64{want}, golden.Tolerance{
				Relative: 1e-15, Absolute: 5e-324, Why: "a few roundings, and the smallest number",
			})
			golden.Close(t, fmt.Sprint("derivatives at ", x), d, []float64{-slope, slope}, golden.Tolerance{
				Relative: 6.1e-8, Absolute: 1e-45, Why: "derivatives are rounded to float32",
			})
			if math.IsNaN(s.Margin()) || math.IsInf(loss, 0) {
				t.Errorf("at %v: loss %v, margin %v", x, loss, s.Margin())
			}
		}
	}
}

func TestUnlawfulRewardsAreNaN(t *testing.T) {
	for _, x := range []float32{nan, inf, -inf} {
		for what, spoil := range map[string]func(value, margin, weight []float32){
			"chosen":   func(value, _, _ []float32) { value[2] = x },
			"rejected": func(value, _, _ []float32) { value[3] = x },
			"both":     func(value, _, _ []float32) { value[2], value[3] = x, x },
			"margin":   func(_, margin, _ []float32) { margin[1] = x },
			"weight":   func(_, _, weight []float32) { weight[1] = x },
		} {
			value, margin, weight := []float32{1, 2, 3, 4}, []float32{0, 0}, []float32{1, 1}
			spoil(value, margin, weight)
			loss, d, s := reward(value, margin, weight, 0.01)
			for _, got := range []float64{loss, s.Accuracy(), s.Margin(), float64(d[2]), float64(d[3])} {
				if got == got {
					t.Errorf("%s %v: loss %v, statistics %+v, derivatives %v", what, x, loss, s, d)
					break
				}
			}
			if math.IsNaN(float64(d[0] + d[1])) {
				t.Errorf("%s %v spoils another pair", what, x)
			}
			weight[1] = 0
			loss, d, s = reward(value, margin, weight, 0.01)
			if loss != loss || d[2] != 0 || d[3] != 0 || s.Pairs != 1 || s.Accuracy() != 0 {
				t.Errorf("%s %v without weight: loss %v, statistics %+v, derivatives %v", what, x, loss, s, d)
			}
		}
	}
}

func TestPairStatsByHand(t *testing.T) {
	// Right, wrong, a tie, and one with no weight.
	_, _, s := reward([]float32{3, 1, -1, 0, 2, 2, 9, 9}, nil, []float32{1, 1, 1, 0}, 0)
	golden.Close(t, "statistics", []float64{s.Accuracy(), s.Chosen(), s.Rejected(), s.Margin()},
		[]float64{0.5, 4. / 3, 1, 1. / 3}, rounding)
	if s.Pairs != 3 || s.ZeroGradient != 0 {
		t.Errorf("statistics %+v", s)
	}
	var empty objective.PairStats
	merged := s
	if merged.Merge(&empty); merged != s {
		t.Error("merging nothing changed something")
	}
	if empty.Merge(&s); empty != s {
		t.Error("what was merged into nothing is not the same")
	}
	// The wrong one three times as heavy.
	_, _, s = reward([]float32{3, 1, -1, 0}, nil, []float32{0.5, 1.5}, 0)
	golden.Close(t, "weighted statistics", []float64{s.Accuracy(), s.Chosen(), s.Rejected(), s.Margin()},
		[]float64{0.25, 0, 0.25, -0.25}, rounding)
	// Far beyond a margin, where float32 has no smaller derivative than none.
	_, _, s = reward([]float32{400, 0}, nil, []float32{1}, 0)
	if s.ZeroGradient != 1 {
		t.Errorf("statistics %+v", s)
	}
}

func TestImpossibleRewards(t *testing.T) {
	x, s := make([]float32, 4), new(objective.PairStats)
	for _, center := range []float64{-1, math.NaN(), math.Inf(1)} {
		wantPanic(t, func() { objective.BradleyTerry(x, x, nil, x[:2], center, s) })
	}
	wantPanic(t, func() { objective.BradleyTerry(x, x, nil, x, 0, s) })
	wantPanic(t, func() { objective.BradleyTerry(x[:2], x, nil, x[:2], 0, s) })
	wantPanic(t, func() { objective.BradleyTerry(x, x, x, x[:2], 0, s) })
}

// A reward model that has two answers the wrong way round.
func ExampleBradleyTerry() {
	var stats objective.PairStats
	dValue := make([]float32, 2)
	loss := objective.BradleyTerry(dValue, []float32{0.5, 1.5}, nil, []float32{1}, 0, &stats)
	fmt.Printf("loss %.3f, derivatives %.3f, accuracy %.0f\n", loss, dValue, stats.Accuracy())
	// Output: loss 1.313, derivatives [-0.731 0.731], accuracy 0
}
