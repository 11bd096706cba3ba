package prob_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/prob"
	"github.com/proximal-rl/proximal/seed"
)

// rowsOf puts means in front of room for log standard deviations.
func rowsOf(mean []float32, a int) []float32 {
	dist := make([]float32, 2*len(mean))
	for b := range len(mean) / a {
		copy(dist[2*a*b:], row(mean, a, b))
	}
	return dist
}

// What Stable-Baselines3's StateDependentNoiseDistribution and autograd compute
// in float64, to the rounding of float32.
func TestStateNoiseOfStableBaselines(t *testing.T) {
	const tolerance = 3e-6
	var cases []struct {
		Features, Dimensions                int
		Latent, Mean, Weights, Action, A, B []float32
		LogStd                              []float32 `json:"log_std"`
		LogProb                             []float64 `json:"log_prob"`
		Std, Entropy, Noise                 []float64
		DMean                               []float64 `json:"d_mean"`
		DLogStd                             []float64 `json:"d_log_std"`
	}
	golden.Read(t, "testdata/statenoise.json", &cases)
	for _, c := range cases {
		t.Run(fmt.Sprintf("%dto%d", c.Features, c.Dimensions), func(t *testing.T) {
			n, g := prob.StateNoise{F: c.Features, A: c.Dimensions}, prob.Gaussian{A: c.Dimensions}
			b, dist := len(c.A), rowsOf(c.Mean, c.Dimensions)
			tape := n.NewTape(b + 2) // a tape for many serves few
			n.Forward(tape, dist, c.LogStd, c.Latent)

			var mean, noise []float32
			var std []float64
			for r := range b {
				parameters := row(dist, 2*n.A, r)
				mean = append(mean, parameters[:n.A]...)
				for _, l := range parameters[n.A:] {
					std = append(std, math.Exp(float64(l)))
				}
				drawn := make([]float32, n.A)
				n.Sample(drawn, make([]float32, n.A), row(c.Latent, n.F, r), row(c.Weights, n.F*n.A, r))
				noise = append(noise, drawn...)
			}
			golden.Same(t, "means", mean, c.Mean)
			golden.Close(t, "deviations", std, c.Std, golden.Tolerance{Relative: tolerance, Why: "float32 rounds at every step"})
			wantClose(t, "noise", noise, c.Noise, tolerance)

			logProb, entropy, dDist := make([]float32, b), make([]float32, b), make([]float32, len(dist))
			g.LogProb(logProb, c.Action, dist)
			g.Entropy(entropy, dist)
			wantClose(t, "log-probability", logProb, c.LogProb, tolerance)
			wantClose(t, "entropy", entropy, c.Entropy, tolerance)

			g.Backward(dDist, c.A, c.B, c.Action, dist)
			dLogStd := slices.Repeat([]float32{1}, n.F*n.A) // what is there already stays
			n.Backward(tape, dLogStd, dDist)
			var dMean []float32
			for r := range b {
				dMean = append(dMean, row(dDist, 2*n.A, r)[:n.A]...)
			}
			for i := range c.DLogStd {
				c.DLogStd[i]++
			}
			wantClose(t, "gradient by means", dMean, c.DMean, tolerance)
			wantClose(t, "gradient by log standard deviations", dLogStd, c.DLogStd, tolerance)
		})
	}
}

// Over many weights, actions in one state have the deviation that Forward says,
// and those of different dimensions are independent.
func TestStateNoiseMoments(t *testing.T) {
	n := prob.StateNoise{F: 3, A: 2}
	logStd := []float32{0, -1, 0.5, -2, -1, 1}
	features, dist := []float32{0.5, -0.8, 0.1}, []float32{3, -1, 0, 0}
	n.Forward(n.NewTape(1), dist, logStd, features)

	var sum, squares [2]float64
	product, rng := 0.0, seed.New(20)
	weights, action := make([]float32, n.A*n.F), make([]float32, n.A)
	for range draws {
		n.Draw(weights, logStd, rng)
		n.Sample(action, dist[:n.A], features, weights)
		var z [2]float64
		for a := range z {
			z[a] = float64(action[a]-dist[a]) / math.Exp(float64(dist[n.A+a]))
			sum[a] += z[a]
			squares[a] += z[a] * z[a]
		}
		product += z[0] * z[1]
	}
	// Five standard errors: of the mean 1, of the square √2, of the product 1.
	bound := 5 / math.Sqrt(draws)
	for a := range sum {
		if m := sum[a] / draws; math.Abs(m) > bound {
			t.Errorf("dimension %d: mean %v deviations off", a, m)
		}
		if v := squares[a] / draws; math.Abs(v-1) > bound*math.Sqrt2 {
			t.Errorf("dimension %d: variance is %v of what it should be", a, v)
		}
	}
	if p := product / draws; math.Abs(p) > bound {
		t.Errorf("correlation %v between dimensions", p)
	}
}

// A row has the same bits alone as among others.
func TestStateNoiseOfARowAlone(t *testing.T) {
	const rows = 70
	for _, n := range []prob.StateNoise{{F: 1, A: 1}, {F: 64, A: 1}, {F: 33, A: 5}} {
		rng := seed.New(21)
		logStd, features := normal(n.F*n.A, 1, rng), normal(rows*n.F, 1, rng)
		batch, alone := make([]float32, rows*2*n.A), make([]float32, 2*n.A)
		n.Forward(n.NewTape(rows), batch, logStd, features)
		tape := n.NewTape(1)
		for r := range rows {
			n.Forward(tape, alone, logStd, row(features, n.F, r))
			golden.Same(t, fmt.Sprintf("%+v: row %d", n, r), alone, row(batch, 2*n.A, r))
		}
	}
}

func TestStateNoiseAllocatesNothing(t *testing.T) {
	const rows = 5
	n, rng := prob.StateNoise{F: 8, A: 2}, seed.New(22)
	logStd, features, dist := normal(16, 1, rng), normal(rows*8, 1, rng), make([]float32, rows*4)
	tape, weights, action := n.NewTape(rows), make([]float32, 16), make([]float32, 2)
	allocations := testing.AllocsPerRun(20, func() {
		n.Forward(tape, dist, logStd, features)
		n.Backward(tape, logStd, dist)
		n.Draw(weights, logStd, rng)
		n.Sample(action, dist[:2], features[:8], weights)
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func TestStateNoiseRefusesOtherLengths(t *testing.T) {
	n := prob.StateNoise{F: 3, A: 2}
	tape := n.NewTape(2)
	dist, logStd, features := make([]float32, 8), make([]float32, 6), make([]float32, 6)
	for _, call := range []func(){
		func() { n.Forward(tape, dist[:4], logStd, features) },
		func() { n.Forward(tape, dist, logStd[:4], features) },
		func() { n.Forward(tape, dist, logStd, features[:5]) },
		func() { n.Forward(tape, make([]float32, 12), logStd, make([]float32, 9)) }, // no room
		func() { n.Backward(tape, logStd[:4], dist) },
		func() { n.Backward(tape, logStd, dist[:7]) },
		func() { n.Draw(make([]float32, 4), logStd, seed.New(1)) },
		func() { n.Draw(make([]float32, 6), logStd[:4], seed.New(1)) },
		func() { n.Sample(make([]float32, 2), dist[:2], features[:2], make([]float32, 6)) },
	} {
		wantPanic(t, call)
	}
}
