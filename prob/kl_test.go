package prob_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/gradcheck"
	"github.com/proximal-rl/proximal/prob"
	"github.com/proximal-rl/proximal/seed"
)

// The divergence of near-equal rows has the digits of float32, however small it
// is, and so has its gradient.
func TestNearEqualAgainstManyDigits(t *testing.T) {
	var cases []struct {
		Family   string
		Size     int
		Distance float64
		P, Q     []float32
		KL       []float64
		DQ       []float64 `json:"d_q"`
	}
	golden.Read(t, "testdata/kl.json", &cases)
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s%d_%g", c.Family, c.Size, c.Distance), func(t *testing.T) {
			d := prob.Distribution(prob.Categorical{N: c.Size})
			tolerance := golden.Tolerance{
				Absolute: 1e-14, Relative: 1e-6,
				Why: "exponentials are float32; probabilities sum to 1 only to its rounding, which counts squared",
			}
			if c.Family == "gaussian" {
				d, tolerance.Absolute = prob.Gaussian{A: c.Size}, 0
			}
			kl, dQ := make([]float32, len(c.KL)), make([]float32, len(c.DQ))
			d.KL(kl, c.P, c.Q)
			golden.Close(t, "KL", kl, c.KL, tolerance)

			one := make([]float32, len(c.KL))
			for i := range one {
				one[i] = 1
			}
			d.KLBackward(dQ, one, c.P, c.Q)
			golden.Close(t, "gradient", dQ, c.DQ, golden.Tolerance{
				Absolute: 2e-7 * c.Distance, Relative: 1e-6, Why: "two parts of a Gaussian's gradient may cancel",
			})
		})
	}
}

// From raw parameters, where the rounding of log-probabilities remains beside
// their distance: gradients against finite differences of the textbook, down to
// rows that hardly differ.
func TestGradientNearEquality(t *testing.T) {
	const rows = 4
	for _, f := range families() {
		for _, distance := range []float64{1e-1, 1e-2, 1e-3} {
			rng := seed.New(13)
			p, _ := f.draw(rows, rng)
			q := normal(len(p), distance, rng)
			for i := range q {
				q[i] += p[i]
			}
			var want []float64
			for b := range rows {
				p, q := widen(row(p, f.Parameters(), b)), widen(row(q, f.Parameters(), b))
				want = append(want, gradcheck.Gradient(func(q []float64) float64 { return f.reference.kl(p, q) }, q)...)
			}
			if f.choices == 1 { // nothing is there to measure but rounding
				clear(want)
			}
			got := f.klBackward([]float32{1, 1, 1, 1}, p, q)
			gradcheck.Compare(t, fmt.Sprintf("%s, %g apart", f.name, distance), got, want, 1e-6/distance)
		}
	}
}

// Divergences are never negative, not by a bit, and exactly 0 between equals.
func TestKLIsNotNegative(t *testing.T) {
	const rows = 300
	for _, f := range families() {
		rng := seed.New(14)
		p, _ := f.draw(rows, rng)
		for _, kl := range f.kl(p, p) {
			if kl != 0 {
				t.Errorf("%s: KL of a row to itself is %v", f.name, kl)
			}
		}
		for _, distance := range []float64{3, 1, 1e-2, 1e-4, 1e-6, 1e-7} {
			q := normal(len(p), distance, rng)
			for i := range q {
				q[i] += p[i]
			}
			for _, kl := range f.kl(p, q) {
				if !(kl >= 0) {
					t.Errorf("%s, %g apart: KL is %v", f.name, distance, kl)
				}
			}
		}
	}
}

// Where the series of a near-equal row ends and the exponential takes over,
// divergences and gradients have no step.
func TestKLHasNoStep(t *testing.T) {
	g, c := dimensions(1), choices(2)
	for _, sign := range []float32{-1, 1} {
		inside, outside := math.Nextafter32(0.25, 0), math.Nextafter32(0.25, 1)
		wantClose(t, "Gaussian KL", g.kl([]float32{0, sign * outside}, []float32{0, 0}),
			widen(g.kl([]float32{0, sign * inside}, []float32{0, 0})), 1e-6)
		wantClose(t, "Gaussian gradient", g.klBackward([]float32{1}, []float32{0, sign * outside}, []float32{0, 0}),
			widen(g.klBackward([]float32{1}, []float32{0, sign * inside}, []float32{0, 0})), 1e-6)

		p := []float32{-1, -1}
		inside, outside = math.Nextafter32(0.5, 0), math.Nextafter32(0.5, 1)
		step := func(by float32) (kl, d []float32) {
			kl, d = make([]float32, 1), make([]float32, 2)
			q := []float32{-1 + sign*by, -1}
			c.KL(kl, p, q)
			c.KLBackward(d, []float32{1}, p, q)
			return kl, d
		}
		klIn, dIn := step(inside)
		klOut, dOut := step(outside)
		wantClose(t, "categorical KL", klOut, widen(klIn), 1e-6)
		wantClose(t, "categorical gradient", dOut, widen(dIn), 1e-6)
	}
}

// A policy that has fallen apart must not look like one that stands still.
func TestKLOfNaN(t *testing.T) {
	for _, f := range families() {
		for at := range 2 {
			pair := [2][]float32{make([]float32, f.Parameters()), make([]float32, f.Parameters())}
			pair[at][0] = nan
			kl := make([]float32, 1)
			f.KL(kl, pair[0], pair[1])
			if kl[0] == kl[0] {
				t.Errorf("%s: KL with a NaN is %v", f.name, kl[0])
			}
		}
	}
}

// The rows of state-dependent exploration are Gaussian: a small change of its
// deviations shows in the divergence, and none shows none.
func TestKLOfStateNoise(t *testing.T) {
	const rows, change = 12, 1e-3
	n, rng := prob.StateNoise{F: 8, A: 3}, seed.New(15)
	features, logStd := normal(rows*n.F, 1, rng), normal(n.F*n.A, 0.3, rng)
	moved := normal(n.F*n.A, change, rng)
	for i := range moved {
		moved[i] += logStd[i]
	}
	p, q := make([]float32, rows*2*n.A), make([]float32, rows*2*n.A)
	tape := n.NewTape(rows)
	n.Forward(tape, p, logStd, features)
	n.Forward(tape, q, moved, features)

	// In float64 from the formula.
	want := make([]float64, rows)
	for b := range rows {
		for a := range n.A {
			varP, varQ := 1e-6, 1e-6
			for k, x := range row(features, n.F, b) {
				square := float64(x) * float64(x)
				varP += square * math.Exp(2*float64(logStd[k*n.A+a]))
				varQ += square * math.Exp(2*float64(moved[k*n.A+a]))
			}
			want[b] += 0.5 * (math.Log(varQ/varP) + varP/varQ - 1)
		}
	}
	got, g := make([]float32, rows), prob.Gaussian{A: n.A}
	g.KL(got, p, q)
	golden.Close(t, "KL", got, want, golden.Tolerance{Relative: 1e-2, Why: "logarithms of deviations round to 1e-7 where they differ by 1e-4 or so"})
	g.KL(got, p, p)
	for _, kl := range got {
		if kl != 0 {
			t.Errorf("KL to itself is %v", kl)
		}
	}
}
