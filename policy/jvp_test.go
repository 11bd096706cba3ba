package policy_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
)

// fisherProduct is the mean over the rows of a fixture.
func (f *fixture) fisherProduct(p *policy.Policy, v []float32) []float32 {
	rows := len(f.Advantage)
	s, dst := p.NewPass(rows), make([]float32, len(v))
	s.ForwardActor(f.Obs)
	s.FisherProduct(p.NewTangent(rows), dst, v, 1/float32(rows))
	return dst
}

// The product is that with the Hessian of the exact divergence from the policy
// itself, measured by second differences of the float64 model.
func TestFisherProductIsTheHessianOfTheDivergence(t *testing.T) {
	for _, f := range readFixtures(t) {
		t.Run(f.String(), func(t *testing.T) {
			p := f.policy(t)
			m := newModel(p.Layout(), f.shape)
			m.frozen = widen(p.Parameters)
			divergence := func(parameters []float64) float64 { return m.divergence(m.frozen, parameters, widen(f.Obs)) }

			v := normal(len(p.Parameters), 1, seed.New(31))
			got := f.fisherProduct(p, v)
			for _, tensor := range p.Layout().Tensors() {
				if strings.HasPrefix(tensor.Name, "critic") {
					golden.Same(t, tensor.Name, tensor.Of(got), make([]float32, tensor.Size()))
					continue
				}
				var some []float32
				var measured []float64
				for i := tensor.Offset; i < tensor.Offset+tensor.Size(); i += 1 + tensor.Size()/8 {
					some = append(some, got[i])
					measured = append(measured, mixedDerivative(divergence, m.frozen, i, widen(v)))
				}
				if d := golden.RelativeL2(some, measured); !(d <= 1e-5) {
					t.Errorf("%s is off by %.2g of its length", tensor.Name, d)
				}
			}
		})
	}
}

// divergence is the mean of KL(old‖new) over rows of observations, from the
// textbook.
func (m *model) divergence(old, parameters, obs []float64) (kl float64) {
	width := m.shape.observationElements
	rows := len(obs) / width
	for r := range rows {
		row := obs[r*width : (r+1)*width]
		p := m.linear("actor.head", old, m.actor(old, m.features(old, row)))
		q := m.linear("actor.head", parameters, m.actor(parameters, m.features(parameters, row)))
		for i := range q {
			if m.shape.Choices > 0 {
				logP, _ := categorical64(p, i)
				logQ, _ := categorical64(q, i)
				kl += math.Exp(logP) * (logP - logQ)
				continue
			}
			stdP, stdQ := m.deviation(i, old, row), m.deviation(i, parameters, row)
			kl += math.Log(stdQ/stdP) + (stdP*stdP+(p[i]-q[i])*(p[i]-q[i]))/(2*stdQ*stdQ) - 0.5
		}
	}
	return kl / float64(rows)
}

// mixedDerivative is the derivative of f by element i and along v at x, from two
// central differences extrapolated.
func mixedDerivative(f func([]float64) float64, x []float64, i int, v []float64) float64 {
	at := func(a, b float64) float64 {
		y := slices.Clone(x)
		for k := range y {
			y[k] += b * v[k]
		}
		y[i] += a
		return f(y)
	}
	step := func(h float64) float64 {
		return (at(h, h) - at(h, -h) - at(-h, h) + at(-h, -h)) / (4 * h * h)
	}
	const h = 5e-5 // few kinks of ReLU are so near
	return (4*step(h) - step(2*h)) / 3
}

// The matrix is symmetric, no direction has a negative curvature, and products of
// parts of the rows add up.
func TestFisherProductIsSymmetricAndAddsUp(t *testing.T) {
	for _, f := range readFixtures(t) {
		p := f.policy(t)
		u, v := normal(len(p.Parameters), 1, seed.New(32)), normal(len(p.Parameters), 1, seed.New(33))
		fu, fv := f.fisherProduct(p, u), f.fisherProduct(p, v)
		golden.Close(t, f.String()+", symmetry", []float64{inner(u, fv)}, []float64{inner(v, fu)},
			golden.Tolerance{Relative: 1e-4, Absolute: 1e-6, Why: "float32 rounds at every step"})
		if curvature := inner(v, fv); !(curvature >= 0) {
			t.Errorf("%s: the curvature along a direction is %v", f, curvature)
		}

		rows, width := len(f.Advantage), f.observationElements
		s, tangent, parts := p.NewPass(rows), p.NewTangent(rows), make([]float32, len(v))
		for _, part := range [][2]int{{0, rows / 3}, {rows / 3, rows}} {
			s.ForwardActor(f.Obs[part[0]*width : part[1]*width])
			s.FisherProduct(tangent, parts, v, 1/float32(rows))
		}
		if d := golden.RelativeL2(parts, fv); !(d <= 1e-6) {
			t.Errorf("%s: the parts' products add up to something %.3g off", f, d)
		}
	}
}

func inner(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func TestFisherProductAllocatesNothing(t *testing.T) {
	for _, f := range readFixtures(t) {
		p := f.policy(t)
		rows := len(f.Advantage)
		s, tangent := p.NewPass(rows), p.NewTangent(rows)
		dst, v := make([]float32, len(p.Parameters)), normal(len(p.Parameters), 1, seed.New(34))
		s.ForwardActor(f.Obs)
		if n := testing.AllocsPerRun(10, func() { s.FisherProduct(tangent, dst, v, 1) }); n != 0 {
			t.Errorf("%s: %v allocations", f, n)
		}
	}
}
