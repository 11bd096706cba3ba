package objective_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/objective"
)

// What Stable-Baselines3's own training step computes from the same numbers in
// float64: losses, statistics and, by autograd, derivatives.
func TestLossesOfStableBaselines(t *testing.T) {
	var cases []struct {
		Clip               float64
		ValueClip          float64   `json:"value_clip"`
		ValueCoefficient   float64   `json:"value_coefficient"`
		EntropyCoefficient float64   `json:"entropy_coefficient"`
		LogProb            []float32 `json:"log_prob"`
		OldLogProb         []float32 `json:"old_log_prob"`
		Advantage, Value   []float32
		OldValue           []float32 `json:"old_value"`
		Return, Entropy    []float32
		PolicyLoss         float64   `json:"policy_loss"`
		ValueLoss          float64   `json:"value_loss"`
		EntropyLoss        float64   `json:"entropy_loss"`
		ClipFraction       float64   `json:"clip_fraction"`
		ApproxKL           float64   `json:"approx_kl"`
		DLogProb           []float64 `json:"d_log_prob"`
		DValue             []float64 `json:"d_value"`
		DEntropy           []float64 `json:"d_entropy"`
		ClippedValueLoss   float64   `json:"clipped_value_loss"`
		DClippedValue      []float64 `json:"d_clipped_value"`
	}
	golden.Read(t, "testdata/stablebaselines.json", &cases)
	for _, c := range cases {
		t.Run(fmt.Sprintf("clip=%v,rows=%d", c.Clip, len(c.LogProb)), func(t *testing.T) {
			rows := len(c.LogProb)
			weight := slices.Repeat([]float32{1 / float32(rows)}, rows)
			dLogProb, dEntropy := make([]float32, rows), make([]float32, rows)
			dValue, dClippedValue := make([]float32, rows), make([]float32, rows)
			var s objective.Stats
			policyLoss := objective.Clip(c.Clip, c.Clip, 0)(dLogProb, &objective.Batch{
				LogProb: c.LogProb, OldLogProb: c.OldLogProb, Advantage: c.Advantage, Weight: weight,
			}, &s)
			valueLoss := objective.SquaredError(dValue, c.Value, c.Return, weight, c.ValueCoefficient)
			entropyLoss := objective.Entropy(dEntropy, c.Entropy, weight, c.EntropyCoefficient)
			clippedValueLoss := objective.ClippedError(dClippedValue, c.Value, c.OldValue, c.Return, weight, c.ValueClip, c.ValueCoefficient)

			golden.Close(t, "losses and statistics",
				[]float64{policyLoss, valueLoss, entropyLoss, clippedValueLoss, s.ClipFraction(), s.KL()},
				[]float64{c.PolicyLoss, c.ValueLoss, c.EntropyLoss, c.ClippedValueLoss, c.ClipFraction, c.ApproxKL}, rounding)
			golden.Close(t, "∂loss/∂log-probability", dLogProb, c.DLogProb, rounding)
			golden.Close(t, "∂loss/∂value", dValue, c.DValue, rounding)
			golden.Close(t, "∂loss/∂entropy", dEntropy, c.DEntropy, rounding)
			golden.Close(t, "∂clipped loss/∂value", dClippedValue, c.DClippedValue, rounding)
		})
	}
}
