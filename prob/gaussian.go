package prob

import (
	"github.com/proximal-rl/proximal/internal/kernel"
	"github.com/proximal-rl/proximal/seed"
)

// halfLogTwoPi is ½·log 2π, the constant of a normal density.
const halfLogTwoPi float32 = 0.918938533204672741780329736405617639861397473637783

// Gaussian is the normal distribution over A independent dimensions. A row of
// parameters is the A means followed by the A logarithms of the standard
// deviations. It is an immutable value, safe for concurrent use; the zero value is
// not usable: A must be positive.
type Gaussian struct {
	A int // number of dimensions, at least 1
}

// Parameters is 2A: means, then log standard deviations.
func (g Gaussian) Parameters() int { return 2 * g.A }

// Size is A.
func (g Gaussian) Size() int { return g.A }

// Normalize leaves the parameters as they are: every row is valid.
func (g Gaussian) Normalize([]float32) {}

// Sample draws mean + std·z with z standard normal, dimension by dimension.
func (g Gaussian) Sample(action, parameters []float32, rng *seed.Rand) {
	var std Deviations
	g.SampleWith(&std, action, parameters, rng)
}

// SampleWith is Sample, in less time where many rows with the same deviations follow
// each other: std remembers them from one call to the next.
func (g Gaussian) SampleWith(std *Deviations, action, parameters []float32, rng *seed.Rand) {
	mean, logStd := parameters[:g.A], parameters[g.A:2*g.A]
	for i := range mean {
		action[i] = kernel.FMA(std.known.Exp1(i, logStd[i]), float32(rng.Normal()), mean[i])
	}
}

// Mode writes the mean.
func (g Gaussian) Mode(action, parameters []float32) {
	copy(action[:g.A], parameters[:g.A])
}

// LogProb writes the sum over the dimensions, in ascending order, of
//
//	−½·((a − mean)/std)² − log std − ½·log 2π
func (g Gaussian) LogProb(dst, action, parameters []float32) {
	n := len(dst)
	same(rows(parameters, 2*g.A), rows(action, g.A), n)
	kernel.GaussianLogProb(dst, action, parameters, n, g.A)
}

// Entropy writes the sum over the dimensions of
//
//	½ + ½·log 2π + log std
func (g Gaussian) Entropy(dst, parameters []float32) {
	same(rows(parameters, 2*g.A), len(dst))
	for b := range dst {
		_, logStd := g.row(parameters, b)
		sum := float32(0)
		for _, l := range logStd {
			sum += 0.5 + halfLogTwoPi + l
		}
		dst[b] = sum
	}
}

// Backward writes the gradient by means and log standard deviations, with
// z = (action − mean)/std:
//
//	dMean   = dLogProb·z/std
//	dLogStd = dLogProb·(z² − 1) + dEntropy
func (g Gaussian) Backward(dParameters, dLogProb, dEntropy, action, parameters []float32) {
	n := rows(parameters, 2*g.A)
	same(n, rows(dParameters, 2*g.A), len(dLogProb), len(dEntropy), rows(action, g.A))
	kernel.GaussianBackward(dParameters, dLogProb, dEntropy, action, parameters, n, g.A)
}

// KL writes the sum over the dimensions of
//
//	½·(exp(2δ) − 1 − 2δ) + ½·z²
//
// with δ = log std_p − log std_q and z = (mean_p − mean_q)/std_q. No term is
// negative, near-equal rows keep their digits, and the divergence of equal rows
// is exactly 0.
func (g Gaussian) KL(dst, p, q []float32) {
	same(rows(p, 2*g.A), rows(q, 2*g.A), len(dst))
	for b := range dst {
		meanP, logStdP := g.row(p, b)
		meanQ, logStdQ := g.row(q, b)
		sum := 0.0
		for i := range meanP {
			change := 2 * (float64(logStdP[i]) - float64(logStdQ[i]))
			z := float64((meanP[i] - meanQ[i]) * kernel.Exp1(-logStdQ[i]))
			sum += float64(0.5 * (excess(change) + float64(z*z)))
		}
		dst[b] = float32(sum)
	}
}

// KLBackward writes the gradient by the parameters of q, with δ and z as in KL:
//
//	dMean_q   = −dKL·z/std_q
//	dLogStd_q = −dKL·(exp(2δ) − 1 + z²)
func (g Gaussian) KLBackward(dParameters, dKL, p, q []float32) {
	same(rows(p, 2*g.A), rows(q, 2*g.A), rows(dParameters, 2*g.A), len(dKL))
	for b := range dKL {
		meanP, logStdP := g.row(p, b)
		meanQ, logStdQ := g.row(q, b)
		dMean, dLogStd := g.row(dParameters, b)
		for i := range meanP {
			change := 2 * (float64(logStdP[i]) - float64(logStdQ[i]))
			inverse := kernel.Exp1(-logStdQ[i])
			z := (meanP[i] - meanQ[i]) * inverse
			dMean[i] = -dKL[b] * float32(z*inverse)
			dLogStd[i] = float32(-float64(dKL[b]) * (change + excess(change) + float64(float64(z)*float64(z))))
		}
	}
}

// Deviations are standard deviations that [Gaussian.SampleWith] has met. The zero
// value remembers none. It is used by one goroutine at a time.
type Deviations struct{ known kernel.Exponentials }

// row returns the two halves of row b: means and log standard deviations.
func (g Gaussian) row(parameters []float32, b int) (mean, logStd []float32) {
	row := parameters[2*g.A*b:][:2*g.A]
	return row[:g.A:g.A], row[g.A:][:g.A]
}
