package nn_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/nn"
	"github.com/proximal-rl/proximal/seed"
)

// The shorter side's vectors are orthogonal to each other and as long as the
// gain: WᵀW, or WWᵀ if the matrix is wider than tall, is gain²·I.
func TestOrthogonal(t *testing.T) {
	const tolerance = 1e-6
	for _, shape := range [][2]int{{64, 64}, {40, 9}, {9, 40}, {1, 13}, {13, 1}, {1, 1}, {2, 2}, {64, 4}} {
		for _, gain := range []float64{1, math.Sqrt2, 0.01} {
			rows, cols := shape[0], shape[1]
			t.Run(fmt.Sprintf("%dx%d_%v", rows, cols, gain), func(t *testing.T) {
				w := make([]float32, rows*cols)
				nn.Orthogonal(w, rows, cols, gain, seed.New(1))
				count, length, at := cols, rows, func(i, j int) float64 { return float64(w[j*cols+i]) }
				if cols > rows {
					count, length, at = rows, cols, func(i, j int) float64 { return float64(w[i*cols+j]) }
				}
				for i := range count {
					for j := range i + 1 {
						product, want := 0.0, 0.0
						for k := range length {
							product += at(i, k) * at(j, k)
						}
						if i == j {
							want = gain * gain
						}
						if d := math.Abs(product - want); d > tolerance*gain*gain {
							t.Fatalf("product of vectors %d and %d is off by %.3g", i, j, d)
						}
					}
				}
			})
		}
	}
}

// Every direction is as likely as any other: the first column of many matrices
// has mean zero and the same spread in each element, and no fixed sign.
func TestOrthogonalIsUniform(t *testing.T) {
	const n, draws = 3, 20_000
	rng := seed.New(2)
	w := make([]float32, n*n)
	var sum, squares [n * n]float64
	for range draws {
		nn.Orthogonal(w, n, n, 1, rng)
		for i, x := range w {
			sum[i] += float64(x)
			squares[i] += float64(x) * float64(x)
		}
	}
	// An element of a uniform rotation has variance 1/n, and its square has
	// variance 2(n−1)/(n²(n+2)); five standard errors each.
	for i := range sum {
		if mean, bound := sum[i]/draws, 5*math.Sqrt(1.0/n/draws); math.Abs(mean) > bound {
			t.Errorf("element %d has mean %.4f, want 0 ± %.4f", i, mean, bound)
		}
		square, bound := squares[i]/draws, 5*math.Sqrt(2.0*(n-1)/(n*n*(n+2))/draws)
		if math.Abs(square-1.0/n) > bound {
			t.Errorf("element %d has mean square %.4f, want %.4f ± %.4f", i, square, 1.0/n, bound)
		}
	}
}

func TestOrthogonalWrongLengthPanics(t *testing.T) {
	wantPanic(t, "five elements for 2x3", func() { nn.Orthogonal(make([]float32, 5), 2, 3, 1, seed.New(1)) })
}

func TestUniform(t *testing.T) {
	const n, bound = 100_000, 0.125
	w := make([]float32, n)
	nn.Uniform(w, bound, seed.New(3))
	sum, squares := 0.0, 0.0
	for _, x := range w {
		if x < -bound || x > bound {
			t.Fatalf("%v is outside ±%v", x, bound)
		}
		sum += float64(x)
		squares += float64(x) * float64(x)
	}
	// The variance is bound²/3 and that of the square 4·bound⁴/45.
	if mean := sum / n; math.Abs(mean) > 5*bound/math.Sqrt(3*n) {
		t.Errorf("mean %.5f, want 0", mean)
	}
	if square := squares / n; math.Abs(square-bound*bound/3) > 5*bound*bound*math.Sqrt(4.0/45/n) {
		t.Errorf("mean square %.6f, want %.6f", square, bound*bound/3)
	}
	if smallest, largest := slices.Min(w), slices.Max(w); smallest > -0.99*bound || largest < 0.99*bound {
		t.Errorf("draws span [%v, %v], want nearly ±%v", smallest, largest, bound)
	}
}

func TestSameSeedSameWeights(t *testing.T) {
	draw := func(s uint64) []float32 {
		w := make([]float32, 24)
		nn.Orthogonal(w[:12], 3, 4, 1, seed.New(s))
		nn.Uniform(w[12:], 1, seed.New(s))
		return w
	}
	if !slices.Equal(draw(4), draw(4)) || slices.Equal(draw(4), draw(5)) {
		t.Error("weights are not a function of the seed")
	}
}
