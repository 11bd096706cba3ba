package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/internal/gradcheck"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
)

// ofCritic reports whether a tensor is the critic's own.
func ofCritic(name string) bool { return strings.HasPrefix(name, "critic.") }

// hidden reports whether the actor has features of its own or shared.
func (s shape) hidden() bool { return len(s.Trunk)+len(s.Actor) > 0 }

// The auxiliary value is that of the float64 model. So is the gradient of a loss of
// it, of log-probability and of entropy by finite differences, whatever the critic
// asks for, whose own tensors have the gradient of that alone.
func TestGradientThroughTheAuxiliaryHead(t *testing.T) {
	for _, f := range readFixtures(t) {
		if !f.hidden() {
			continue
		}
		t.Run(f.String(), func(t *testing.T) {
			p, rng, rows := f.policy(t), seed.New(4), len(f.Advantage)
			head, err := p.NewAuxiliary(rng)
			if err != nil {
				t.Fatal(err)
			}
			copy(head.Parameters[len(head.Parameters)-1:], []float32{0.3}) // the bias
			byLogProb, byEntropy := normal(rows, 1, rng), normal(rows, 1, rng)
			byValue, byAuxiliary := normal(rows, 1, rng), normal(rows, 1, rng)

			s := head.NewPass(rows)
			s.Forward(f.Obs)
			m := newModel(p.Layout(), f.shape)
			m.frozen = widen(p.Parameters)
			values := m.auxiliary(widen(p.Parameters), widen(head.Parameters), widen(f.Obs), rows)
			gradcheck.Compare(t, "value", s.Value, values, 1e-6)

			dDist := make([]float32, len(s.Pass.Dist))
			p.Distribution().Backward(dDist, byLogProb, byEntropy, f.Action, s.Pass.Dist)
			gradient, dHead := make([]float32, len(p.Parameters)), make([]float32, len(head.Parameters))
			s.Backward(gradient, dHead, dDist, byValue, byAuxiliary)

			n := len(p.Parameters)
			obs, action := widen(f.Obs), widen(f.Action)
			want := gradcheck.Gradient(func(x []float64) (loss float64) {
				for i, v := range m.auxiliary(x[:n], x[n:], obs, rows) {
					row, width := obs[i*f.observationElements:(i+1)*f.observationElements], len(action)/rows
					logProb, entropy, _ := m.evaluate(x[:n], row, action[i*width:(i+1)*width])
					loss += float64(byLogProb[i])*logProb + float64(byEntropy[i])*entropy + float64(byAuxiliary[i])*v
				}
				return loss
			}, append(widen(p.Parameters), widen(head.Parameters)...))
			gradcheck.Compare(t, "head", dHead, want[n:], 2e-6)

			none, critic := make([]float32, rows), make([]float32, n)
			s.Pass.Evaluate(f.Obs, f.Action)
			s.Pass.Backward(critic, f.Action, none, none, byValue)
			for _, tensor := range p.Layout().Tensors() {
				if ofCritic(tensor.Name) {
					if !slices.Equal(tensor.Of(gradient), tensor.Of(critic)) {
						t.Errorf("%s: the gradient is not that of the value loss alone", tensor.Name)
					}
					continue
				}
				gradcheck.Compare(t, tensor.Name, tensor.Of(gradient), want[tensor.Offset:tensor.Offset+tensor.Size()], 2e-6)
			}
		})
	}
}

// auxiliary is the value of a linear head, weight and then bias, on the actor's
// last features.
func (m *model) auxiliary(parameters, head, obs []float64, rows int) []float64 {
	values := make([]float64, rows)
	for i := range values {
		row := obs[i*m.shape.observationElements : (i+1)*m.shape.observationElements]
		features := m.actor(parameters, m.features(parameters, row))
		values[i] = head[len(head)-1]
		for k, x := range features {
			values[i] += head[k] * x
		}
	}
	return values
}

func TestAuxiliaryNeedsFeatures(t *testing.T) {
	for name, s := range shapes {
		if _, err := newPolicy(t, s, nil).NewAuxiliary(seed.New(1)); (err == nil) != s.hidden() {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// TestAuxiliaryStartsAsTheCriticDoes: its bias is zero and its weight a unit
// vector, or all is within the bounds of uniform weights.
func TestAuxiliaryStartsAsTheCriticDoes(t *testing.T) {
	for _, orthogonal := range []bool{true, false} {
		p := newPolicy(t, shapes["discrete, separate"], func(c *policy.Config) { c.Orthogonal = orthogonal })
		head, err := p.NewAuxiliary(seed.New(5))
		if err != nil {
			t.Fatal(err)
		}
		square, last := 0.0, len(head.Parameters)-1
		for _, w := range head.Parameters[:last] {
			square += float64(w) * float64(w)
		}
		if bias := head.Parameters[last]; orthogonal != (bias == 0 && square > 1-1e-6 && square < 1+1e-6) {
			t.Errorf("orthogonal %v: squares of the weights sum to %v, bias %v", orthogonal, square, bias)
		}
	}
}

func TestAuxiliaryPassAllocatesNothing(t *testing.T) {
	for name, s := range shapes {
		if !s.hidden() {
			continue
		}
		p := newPolicy(t, s, nil)
		head, err := p.NewAuxiliary(seed.New(1))
		if err != nil {
			t.Fatal(err)
		}
		const rows = 9
		pass, obs := head.NewPass(rows), normal(rows*s.observationElements, 1, seed.New(2))
		gradient, dHead, ones := make([]float32, len(p.Parameters)), make([]float32, len(head.Parameters)), make([]float32, rows)
		dDist := make([]float32, rows*p.Distribution().Parameters())
		if n := testing.AllocsPerRun(10, func() {
			pass.Forward(obs)
			pass.Backward(gradient, dHead, dDist, ones, ones)
		}); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
