package explain

import (
	"math"

	"github.com/proximal-rl/proximal/internal/libm"
	"github.com/proximal-rl/proximal/objective"
)

// exp returns eˣ, off by at most an ulp and a half, the same bits everywhere.
func exp(x float64) float64 {
	const shortfall = 0x1.ea8556644e4cdp-55 // 1 − math.E/e: the power is low by x times this
	power := libm.Pow(math.E, x)
	if power == 0 || math.IsInf(power, 0) {
		return power
	}
	return power + float64(power*float64(x*shortfall))
}

// softmax returns the probabilities exp(zₐ)/Σ exp(z).
func softmax(z []float64) []float64 {
	even := make([]float64, len(z))
	for a := range even {
		even[a] = 1
	}
	return tilt(even, z)
}

// tilt returns the softmax policy whose logits are those of p plus z:
// pₐ·exp(zₐ)/Σ p·exp(z).
func tilt(p, z []float64) []float64 {
	top := z[0]
	for _, x := range z {
		top = max(top, x)
	}
	q, sum := make([]float64, len(z)), 0.0
	for a, x := range z {
		q[a] = float64(p[a] * exp(x-top))
		sum += q[a]
	}
	for a := range q {
		q[a] /= sum
	}
	return q
}

// impossible returns the first action whose probability is 0 or lost in an
// overflow, or −1.
func impossible(p []float64) int {
	for a, x := range p {
		if !(x > 0) {
			return a
		}
	}
	return -1
}

// gradient returns the derivatives of Σₐ π_old(a)·L(pₐ/π_old(a), Aₐ) by the
// logits of p, where curve is L.
func gradient(p, old, advantages []float64, curve objective.Curve) []float64 {
	slopes := make([]float64, len(p))
	for a := range p {
		_, slopes[a] = curve(p[a]/old[a], advantages[a])
	}
	return throughSoftmax(p, slopes)
}

// throughSoftmax turns derivatives by the probabilities into derivatives by the
// logits: pₖ·(dₖ − Σ p·d).
func throughSoftmax(p, d []float64) []float64 {
	mean := dot(p, d)
	g := make([]float64, len(p))
	for k := range g {
		g[k] = p[k] * (d[k] - mean)
	}
	return g
}

// climb adds rate·g to z.
func climb(z, g []float64, rate float64) {
	for k := range z {
		z[k] += float64(rate * g[k])
	}
}

// divide returns p/q, element by element.
func divide(p, q []float64) []float64 {
	r := make([]float64, len(p))
	for a := range p {
		r[a] = p[a] / q[a]
	}
	return r
}

// dot returns Σ xᵢ·yᵢ.
func dot(x, y []float64) (sum float64) {
	for i := range x {
		sum += float64(x[i] * y[i])
	}
	return sum
}

// distance returns the Euclidean length of x − y.
func distance(x, y []float64) float64 {
	sum := 0.0
	for i := range x {
		d := x[i] - y[i]
		sum += float64(d * d)
	}
	return math.Sqrt(sum)
}
