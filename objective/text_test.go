package objective_test

import (
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/objective"
)

// The golden batch: two sequences of four and three tokens, with log-probabilities
// of the policy, of the one before the update and of the one that drew the tokens.
func textBatch(weights func(length int) float32) *objective.Batch {
	b := &objective.Batch{
		LogProb:    []float32{-0.7, -0.5, -2.5, -0.05, -0.9, -1, -0.2, 0},
		OldLogProb: []float32{-1, -0.5, -2, -0.1, -0.3, -2.5, -0.7, 0},
		Behavior:   []float32{-1.1, -0.45, -1.7, -0.1, -0.25, -2.6, -0.7, 0},
		Advantage:  []float32{1, 1, 1, 1, -0.5, -0.5, -0.5, -0.5},
		Mask:       []float32{1, 1, 1, 1, 1, 1, 1, 0},
		Segment:    []int32{0, 4, 8},
	}
	for i, m := range b.Mask {
		length := 4
		if i >= 4 {
			length = 3
		}
		b.Weight = append(b.Weight, m*weights(length))
	}
	return b
}

// Losses of that batch, computed apart in float64, under the usual normalisers.
func TestLossesOfTwoSequences(t *testing.T) {
	normalizers := map[string]func(length int) float32{
		"token mean":              func(int) float32 { return 1. / 7 },
		"sequence mean":           func(n int) float32 { return 1 / (2 * float32(n)) },
		"sequence sum":            func(int) float32 { return 1. / 2 },
		"padded length":           func(int) float32 { return 1. / 4 },
		"padded length and batch": func(int) float32 { return 1. / 8 },
	}
	all := []string{"token mean", "sequence mean", "sequence sum", "padded length", "padded length and batch"}
	token, sequence := all[:1], all[1:2]
	type settings = objective.Settings
	for _, c := range []struct {
		name        string
		settings    settings
		normalizers []string
		losses      []float64
	}{
		{"clip", settings{Low: 0.2, High: 0.2}, all, []float64{-0.056085, 0.095309, -0.196298, -0.098149, -0.049075}},
		{"clip", settings{Low: 0.2, High: 0.28}, all, []float64{-0.067514, 0.085309, -0.236298, -0.118149, -0.059075}},
		{"clip", settings{Low: 0.2, High: 0.2, Dual: 1.4}, all, []float64{-0.293972, -0.182225, -1.028901, -0.514450, -0.257225}},
		{"clip", settings{Low: 0.2, High: 0.2, Dual: 3}, all, []float64{-0.161920, -0.028165, -0.566721, -0.283360, -0.141680}},
		{"gspo", settings{Low: 0.2, High: 0.2}, sequence, []float64{-0.082930}},
		{"gmpo", settings{Low: 0.2, High: 0.2}, sequence, []float64{-0.014177}},
		{"cispo", settings{Low: 0.1, High: 0.1}, token, []float64{0.358223}},
		{"cispo", settings{Low: 0.2, High: 0.2}, token, []float64{0.330366}},
		{"cispo", settings{Low: 0.999, High: 4}, token, []float64{0.051587}}, // as TRL, with an upper bound of 5 alone
		{"sapo", settings{Temperature: 1, Negative: 1.05}, sequence, []float64{-0.359065}},
		{"vanilla", settings{}, token, []float64{0.385714}},
		{"tis", settings{Cap: 1}, token, []float64{0.274194}},
		{"topr", settings{Cap: 1}, token, []float64{0.414719}},
		{"quadratic", settings{Quadratic: 0.1}, token, []float64{0.408589}},
		{"decoupled", settings{Low: 0.2, High: 0.2, BehaviorCap: 2}, token, []float64{-0.013809}},
	} {
		for i, n := range c.normalizers {
			loss, _, _ := apply(find(t, c.name).New(c.settings), textBatch(normalizers[n]))
			golden.Close(t, c.name+", "+n, []float64{loss}, c.losses[i:i+1], golden.Tolerance{
				Absolute: 6e-7, Why: "six decimals, and float32 inputs",
			})
		}
	}
}
