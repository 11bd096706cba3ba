package prob_test

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/prob"
	"github.com/proximal-rl/proximal/seed"
)

// reference says in float64, from the textbook, what a family computes for one
// row of raw parameters.
type reference struct {
	logProb func(action, raw []float64) float64
	entropy func(raw []float64) float64
	kl      func(p, q []float64) float64
}

func softmax(logits []float64) []float64 {
	p := make([]float64, len(logits))
	sum := 0.0
	for j, z := range logits {
		p[j] = math.Exp(z)
		sum += p[j]
	}
	for j := range p {
		p[j] /= sum
	}
	return p
}

var categorical = reference{
	logProb: func(action, logits []float64) float64 {
		return math.Log(softmax(logits)[int(action[0])])
	},
	entropy: func(logits []float64) float64 {
		h := 0.0
		for _, p := range softmax(logits) {
			h -= p * math.Log(p)
		}
		return h
	},
	kl: func(p, q []float64) float64 {
		kl, other := 0.0, softmax(q)
		for j, pj := range softmax(p) {
			kl += pj * math.Log(pj/other[j])
		}
		return kl
	},
}

var gaussian = reference{
	logProb: func(action, raw []float64) float64 {
		sum, n := 0.0, len(action)
		for i, a := range action {
			mean, std := raw[i], math.Exp(raw[n+i])
			density := math.Exp(-(a-mean)*(a-mean)/(2*std*std)) / (std * math.Sqrt(2*math.Pi))
			sum += math.Log(density)
		}
		return sum
	},
	entropy: func(raw []float64) float64 {
		sum := 0.0
		for _, logStd := range raw[len(raw)/2:] {
			sum += math.Log(math.Exp(logStd) * math.Sqrt(2*math.Pi*math.E))
		}
		return sum
	},
	kl: func(p, q []float64) float64 {
		sum, n := 0.0, len(p)/2
		for i := range n {
			varP, varQ := math.Exp(2*p[n+i]), math.Exp(2*q[n+i])
			distance := p[i] - q[i]
			sum += (math.Log(varQ/varP) + (varP+distance*distance)/varQ - 1) / 2
		}
		return sum
	},
}

// family is a distribution with what a test of any distribution needs.
type family struct {
	name string
	prob.Distribution
	reference reference
	choices   int // 0: actions are real numbers
}

func families() []family {
	return []family{
		{"categorical1", prob.Categorical{N: 1}, categorical, 1},
		{"categorical2", prob.Categorical{N: 2}, categorical, 2},
		{"categorical19", prob.Categorical{N: 19}, categorical, 19},
		{"gaussian1", prob.Gaussian{A: 1}, gaussian, 0},
		{"gaussian5", prob.Gaussian{A: 5}, gaussian, 0},
	}
}

// draw makes raw parameters of spread 1 and actions of rows that are likely
// under them.
func (f family) draw(rows int, rng *seed.Rand) (raw, action []float32) {
	raw, action = normal(rows*f.Parameters(), 1, rng), make([]float32, rows*f.Size())
	parameters := f.normalized(raw)
	for b := range rows {
		f.Sample(row(action, f.Size(), b), row(parameters, f.Parameters(), b), rng)
	}
	return raw, action
}

// normalized is Normalize on a copy.
func (f family) normalized(raw []float32) []float32 {
	x := append([]float32(nil), raw...)
	f.Normalize(x)
	return x
}

// The length of every result is known from its rows.

func (f family) logProb(action, raw []float32) []float32 {
	dst := make([]float32, len(raw)/f.Parameters())
	f.LogProb(dst, action, f.normalized(raw))
	return dst
}

func (f family) entropy(raw []float32) []float32 {
	dst := make([]float32, len(raw)/f.Parameters())
	f.Entropy(dst, f.normalized(raw))
	return dst
}

func (f family) kl(p, q []float32) []float32 {
	dst := make([]float32, len(p)/f.Parameters())
	f.KL(dst, f.normalized(p), f.normalized(q))
	return dst
}

func (f family) backward(dLogProb, dEntropy, action, raw []float32) []float32 {
	d := make([]float32, len(raw))
	f.Backward(d, dLogProb, dEntropy, action, f.normalized(raw))
	return d
}

func (f family) klBackward(dKL, p, q []float32) []float32 {
	d := make([]float32, len(p))
	f.KLBackward(d, dKL, f.normalized(p), f.normalized(q))
	return d
}

func normal(n int, spread float64, rng *seed.Rand) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(spread * rng.Normal())
	}
	return x
}

func row[E any](x []E, width, b int) []E { return x[b*width : (b+1)*width] }

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// wantClose fails unless got is want to the tolerance, relative to numbers above
// 1 and absolute for those below.
func wantClose(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	golden.Close(t, what, got, want, golden.Tolerance{
		Absolute: tolerance, Relative: tolerance, Why: "float32 rounds at every step",
	})
}
