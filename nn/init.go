package nn

import (
	"math"

	"github.com/proximal-rl/proximal/seed"
)

// Orthogonal fills w [rows, cols] with a random matrix whose columns (or rows,
// if it is wider than tall) are orthonormal, times gain. It is uniformly
// distributed: the Q factor of a matrix of standard normal draws, with the
// signs that make R's diagonal positive. It panics if len(w) != rows·cols.
//
// Source: Saxe et al. 2014, https://arxiv.org/abs/1312.6120.
func Orthogonal(w []float32, rows, cols int, gain float64, rng *seed.Rand) {
	if len(w) != rows*cols {
		panic("nn: length of the weight differs from rows·cols")
	}
	count, length := cols, rows // number and length of the orthonormal vectors
	if cols > rows {
		count, length = rows, cols
	}
	vectors := make([][]float64, count)
	for i := range vectors {
		vectors[i] = make([]float64, length)
		for j := range vectors[i] {
			vectors[i][j] = rng.Normal()
		}
		orthonormalize(vectors[i], vectors[:i])
	}
	for r := range rows {
		for c := range cols {
			if cols > rows {
				w[r*cols+c] = float32(gain * vectors[r][c])
			} else {
				w[r*cols+c] = float32(gain * vectors[c][r])
			}
		}
	}
}

// orthonormalize removes from v its parts along the orthonormal vectors before
// it and scales the rest to length 1. Two passes of Gram–Schmidt leave an
// error of the order of rounding.
func orthonormalize(v []float64, before [][]float64) {
	for range 2 {
		for _, q := range before {
			along := dot(v, q)
			for i := range v {
				v[i] -= float64(along * q[i])
			}
		}
	}
	scale := 1 / math.Sqrt(dot(v, v))
	for i := range v {
		v[i] *= scale
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i] * b[i])
	}
	return sum
}

// Uniform fills w with draws from the uniform distribution between −bound and
// bound. With bound 1/√fanIn it is PyTorch's default for weights and
// biases of a linear layer.
func Uniform(w []float32, bound float64, rng *seed.Rand) {
	for i := range w {
		w[i] = float32(rng.Uniform(-bound, bound))
	}
}
