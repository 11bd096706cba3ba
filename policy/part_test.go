package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/seed"
)

// The gradients of the actor and of the critic are those that the whole walk has
// for losses that need nothing of the other; the critic's leaves out the trunk.
func TestPartsOfBackward(t *testing.T) {
	for _, f := range readFixtures(t) {
		p := f.policy(t)
		rows := len(f.Advantage)
		none, rng := make([]float32, rows), seed.New(41)
		dLogProb, dEntropy, dValue := normal(rows, 1, rng), normal(rows, 1, rng), normal(rows, 1, rng)

		s, whole, part := p.NewPass(rows), make([]float32, len(p.Parameters)), make([]float32, len(p.Parameters))
		s.Evaluate(f.Obs, f.Action)
		logProb, entropy := slices.Clone(s.LogProb), slices.Clone(s.Entropy)
		s.Backward(whole, f.Action, dLogProb, dEntropy, none)
		s.EvaluateActor(f.Obs, f.Action)
		golden.Same(t, f.String()+", LogProb", s.LogProb, logProb)
		golden.Same(t, f.String()+", Entropy", s.Entropy, entropy)
		s.BackwardActor(part, f.Action, dLogProb, dEntropy)
		golden.Close(t, f.String()+", actor", part, whole, golden.Tolerance{Why: "zeros are added, nothing else"})

		clear(whole)
		clear(part)
		s.Evaluate(f.Obs, f.Action)
		s.Backward(whole, f.Action, none, none, dValue)
		s.ForwardValue(f.Obs)
		s.BackwardValue(part, dValue)
		for _, tensor := range p.Layout().Tensors() {
			want := tensor.Of(whole)
			if !strings.HasPrefix(tensor.Name, "critic") {
				want = make([]float32, tensor.Size())
			}
			golden.Close(t, f.String()+", critic, "+tensor.Name, tensor.Of(part), want, golden.Tolerance{Why: "the same walk"})
		}
	}
}
