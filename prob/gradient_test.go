package prob_test

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/gradcheck"
	"github.com/proximal-rl/proximal/seed"
)

// Values and gradients of random rows against the float64 reference and its
// finite differences.
func TestAgainstReference(t *testing.T) {
	const rows, tolerance = 20, 2e-6
	for _, f := range families() {
		t.Run(f.name, func(t *testing.T) {
			rng := seed.New(8)
			p, action := f.draw(rows, rng)
			q, _ := f.draw(rows, rng)
			a, b, c := normal(rows, 1, rng), normal(rows, 1, rng), normal(rows, 1, rng)

			var logProb, entropy, kl, dP, dQ []float64
			for i := range rows {
				action := widen(row(action, f.Size(), i))
				p, q := widen(row(p, f.Parameters(), i)), widen(row(q, f.Parameters(), i))
				logProb = append(logProb, f.reference.logProb(action, p))
				entropy = append(entropy, f.reference.entropy(p))
				kl = append(kl, f.reference.kl(p, q))
				dP = append(dP, gradcheck.Gradient(func(p []float64) float64 {
					return float64(a[i])*f.reference.logProb(action, p) + float64(b[i])*f.reference.entropy(p)
				}, p)...)
				dQ = append(dQ, gradcheck.Gradient(func(q []float64) float64 {
					return float64(c[i]) * f.reference.kl(p, q)
				}, q)...)
			}
			wantClose(t, "log-probability", f.logProb(action, p), logProb, tolerance)
			wantClose(t, "entropy", f.entropy(p), entropy, tolerance)
			wantClose(t, "KL", f.kl(p, q), kl, tolerance)
			wantClose(t, "gradient of log-probability and entropy", f.backward(a, b, action, p), dP, tolerance)
			wantClose(t, "gradient of KL", f.klBackward(c, p, q), dQ, tolerance)
		})
	}
}

// Entropies of choices lie between 0 and log N.
func TestBounds(t *testing.T) {
	const rows = 200
	for _, f := range families() {
		if f.choices == 0 {
			continue
		}
		p, _ := f.draw(rows, seed.New(9))
		most := math.Log(float64(f.choices)) + 1e-6
		for _, h := range f.entropy(p) {
			if !(h >= 0 && float64(h) <= most) {
				t.Errorf("%s: entropy %v is outside [0, log N]", f.name, h)
			}
		}
	}
}
