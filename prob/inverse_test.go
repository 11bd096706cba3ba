package prob_test

import (
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/prob"
	"github.com/proximal-rl/proximal/seed"
)

// TestRowsWithChangingDeviations: what is remembered of one row must not reach
// another, nor one dimension another, however many there are.
func TestRowsWithChangingDeviations(t *testing.T) {
	const rows = 40
	rng := seed.New(3)
	for _, n := range []int{1, 2, 16, 17, 35} {
		g := prob.Gaussian{A: n}
		parameters, action := make([]float32, rows*2*n), make([]float32, rows*n)
		for i := range parameters {
			parameters[i] = float32(rng.Integers(-1, 2)) // few values, so that some come again
		}
		for i := range action {
			action[i] = float32(rng.Normal())
		}
		ones := make([]float32, rows)
		for b := range ones {
			ones[b] = 1
		}
		logProb, d := make([]float32, rows), make([]float32, len(parameters))
		g.LogProb(logProb, action, parameters)
		g.Backward(d, ones, ones, action, parameters)
		for b := range rows {
			one, dOne := make([]float32, 1), make([]float32, 2*n)
			a, row := action[b*n:(b+1)*n], parameters[b*2*n:(b+1)*2*n]
			g.LogProb(one, a, row)
			g.Backward(dOne, ones[:1], ones[:1], a, row)
			if one[0] != logProb[b] {
				t.Errorf("%d dimensions, row %d: log-probability %v, alone %v", n, b, logProb[b], one[0])
			}
			for i, want := range dOne {
				if d[b*2*n+i] != want {
					t.Errorf("%d dimensions, row %d: derivative %d is %v, alone %v", n, b, i, d[b*2*n+i], want)
				}
			}
		}
	}
}

// TestDeviationsAreRemembered: draws are the same with those of other rows known.
func TestDeviationsAreRemembered(t *testing.T) {
	for _, n := range []int{1, 2, 16, 17, 35} {
		g := prob.Gaussian{A: n}
		var std prob.Deviations
		values, rng, again := seed.New(3), seed.New(4), seed.New(4)
		row, got, want := make([]float32, 2*n), make([]float32, n), make([]float32, n)
		for b := range 40 {
			for i := range row {
				row[i] = float32(values.Integers(-1, 2)) // few values, so that some come again
			}
			g.SampleWith(&std, got, row, rng)
			g.Sample(want, row, again)
			if !slices.Equal(got, want) {
				t.Fatalf("%d dimensions, draw %d: %v, want %v", n, b, got, want)
			}
		}
	}
}
