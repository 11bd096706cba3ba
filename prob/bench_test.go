package prob_test

import (
	"fmt"
	"testing"

	"github.com/proximal-rl/proximal/prob"
	"github.com/proximal-rl/proximal/seed"
)

// BenchmarkDistributions times what an update asks of a distribution, for 64 rows:
// as many as there are in a shard. All rows of a Gaussian have the same deviations, or,
// as with state-dependent noise, each its own.
func BenchmarkDistributions(b *testing.B) {
	for _, c := range []struct {
		name string
		f    prob.Distribution
		same bool
	}{
		{"Gaussian 1", prob.Gaussian{A: 1}, true},
		{"Gaussian 4", prob.Gaussian{A: 4}, true},
		{"Gaussian 17", prob.Gaussian{A: 17}, true},
		{"own deviations 1", prob.Gaussian{A: 1}, false},
		{"own deviations 4", prob.Gaussian{A: 4}, false},
		{"Categorical 2", prob.Categorical{N: 2}, false},
		{"Categorical 4", prob.Categorical{N: 4}, false},
		{"Categorical 18", prob.Categorical{N: 18}, false},
	} {
		benchmarkDistribution(b, c.name, c.f, c.same)
	}
}

func benchmarkDistribution(b *testing.B, name string, f prob.Distribution, same bool) {
	const rows = 64
	rng, width := seed.New(21), f.Parameters()
	p, action := normal(rows*width, 1, rng), make([]float32, rows*f.Size())
	f.Normalize(p)
	for i := range rows {
		if same {
			copy(row(p, width, i)[width/2:], p[width/2:width])
		}
		f.Sample(row(action, f.Size(), i), row(p, width, i), rng)
	}
	dst, d := normal(rows, 1, rng), make([]float32, len(p))
	for _, c := range []struct {
		name string
		run  func()
	}{
		{"LogProb", func() { f.LogProb(dst, action, p) }},
		{"Entropy", func() { f.Entropy(dst, p) }},
		{"Backward", func() { f.Backward(d, dst, dst, action, p) }},
	} {
		b.Run(c.name+"/"+name, func(b *testing.B) {
			for b.Loop() {
				c.run()
			}
		})
	}
}

// BenchmarkStateNoise times state-dependent noise of 64 features, in a minibatch
// and in one step of four environments.
func BenchmarkStateNoise(b *testing.B) {
	const features = 64
	for _, rows := range []int{4, 64} {
		for _, size := range []int{1, 4} {
			rule, rng := prob.StateNoise{F: features, A: size}, seed.New(22)
			t := rule.NewTape(rows)
			dist, x := make([]float32, rows*2*size), normal(rows*features, 1, rng)
			logStd, d := normal(features*size, 0.1, rng), make([]float32, features*size)
			weights := make([]float32, features*size)
			for _, c := range []struct {
				name string
				run  func()
			}{
				{"Forward", func() { rule.Forward(t, dist, logStd, x) }},
				{"Backward", func() { rule.Backward(t, d, dist) }},
				{"Draw", func() { rule.Draw(weights, logStd, rng) }},
			} {
				b.Run(fmt.Sprintf("%s/rows=%d/A=%d", c.name, rows, size), func(b *testing.B) {
					for b.Loop() {
						c.run()
					}
				})
			}
		}
	}
}
