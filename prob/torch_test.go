package prob_test

import (
	"fmt"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/prob"
)

// What torch.distributions and autograd compute in float64, to the rounding of
// float32.
func TestDistributionsOfTorch(t *testing.T) {
	const tolerance = 2e-6
	var cases []struct {
		Family                string
		Size                  int
		P, Q, Action, A, B, C []float32
		LogProb               []float64 `json:"log_prob"`
		Entropy, KL           []float64
		DP                    []float64 `json:"d_p"`
		DQ                    []float64 `json:"d_q"`
	}
	golden.Read(t, "testdata/torch.json", &cases)
	for i, c := range cases {
		t.Run(fmt.Sprintf("%d_%s%d", i, c.Family, c.Size), func(t *testing.T) {
			f := family{Distribution: prob.Categorical{N: c.Size}}
			if c.Family == "gaussian" {
				f = family{Distribution: prob.Gaussian{A: c.Size}}
			}
			wantClose(t, "log-probability", f.logProb(c.Action, c.P), c.LogProb, tolerance)
			wantClose(t, "entropy", f.entropy(c.P), c.Entropy, tolerance)
			wantClose(t, "KL", f.kl(c.P, c.Q), c.KL, tolerance)
			wantClose(t, "gradient of log-probability and entropy", f.backward(c.A, c.B, c.Action, c.P), c.DP, tolerance)
			wantClose(t, "gradient of KL", f.klBackward(c.C, c.P, c.Q), c.DQ, tolerance)
		})
	}
}
