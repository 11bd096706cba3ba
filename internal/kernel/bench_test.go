package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// The benchmarks run on the active level; PROXIMAL_KERNEL chooses another.

// peak returns the floating-point operations per nanosecond that the processor
// reaches without memory: the best of many short measurements.
func peak() float64 {
	best := 0.0
	for range 200 {
		start := time.Now()
		operations := Saturate(200)
		best = max(best, float64(operations)/float64(time.Since(start).Nanoseconds()))
	}
	return best
}

func BenchmarkLinear(b *testing.B) {
	peak := peak()
	b.Logf("level %s, peak %.1f GFLOP/s", Level(), peak)
	for _, d := range [][3]int{
		{1, 64, 64}, {8, 64, 64}, {64, 64, 64}, {256, 64, 64}, {1024, 128, 128}, // hidden layers
		{64, 4, 64}, {64, 64, 2}, {64, 64, 1}, // first and last layers
		{2, 64, 1}, {3, 64, 1}, {4, 64, 1}, {64, 63, 1}, // and what acting makes of them
	} {
		rows, in, out := d[0], d[1], d[2]
		x, w, bias, y := normals(rows*in), normals(in*out), normals(out), make([]float32, rows*out)
		dx, dw, dbias, dy := make([]float32, rows*in), make([]float32, in*out), make([]float32, out), normals(rows*out)
		run := func(form string, f func()) {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", form, rows, in, out), func(b *testing.B) {
				for b.Loop() {
					f()
				}
				flops := 2 * float64(rows*in*out) * float64(b.N)
				speed := flops / float64(b.Elapsed().Nanoseconds())
				b.ReportMetric(speed, "GFLOP/s")
				b.ReportMetric(100*speed/peak, "%peak")
			})
		}
		run("forward", func() { Linear(y, x, w, bias, rows, in, out) })
		run("input", func() { LinearInput(dx, dy, w, rows, in, out) })
		run("weight", func() { LinearWeight(dw, dbias, x, dy, rows, in, out) })
	}
}

func BenchmarkElements(b *testing.B) {
	const n = 4096
	x, positive, y, z := normals(n), normals(n), make([]float32, n), make([]float32, n)
	for i, v := range positive {
		positive[i] = max(v, -v)
	}
	m, v := make([]float32, n), make([]float32, n)
	step := AdamStep{LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Correction1: 1, Correction2Sqrt: 1, GradientScale: 1}
	for _, c := range []struct {
		name string
		f    func()
	}{
		{"Tanh", func() { Tanh(y, x) }},
		{"TanhBackward", func() { TanhBackward(z, x, y) }},
		{"ReLU", func() { ReLU(y, x) }},
		{"ReLUBackward", func() { ReLUBackward(z, x, y) }},
		{"Exp", func() { Exp(y, x) }},
		{"Log", func() { Log(y, positive) }},
		{"LogSoftmax", func() { LogSoftmax(y, x, n/64, 64) }},
		{"Sum", func() { Sum(x) }},
		{"Dot", func() { Dot(x, positive) }},
		{"AddSumSquares", func() { AddSumSquares(z, x) }},
		{"Max", func() { Max(x) }},
		{"Add", func() { Add(y, x) }},
		{"Axpy", func() { Axpy(y, 0.5, x) }},
		{"Scale", func() { Scale(z, -1) }},
		{"Adam", func() { Adam(z, m, v, x, step) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				c.f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
		})
	}
}

// BenchmarkTables times functions of as many rows as there are in a shard.
func BenchmarkTables(b *testing.B) {
	const rows = 64
	for _, n := range []int{1, 4, 24} {
		x, dist, deviation := normals(rows*n), normals(2*rows*n), make([]float64, n)
		y, a, d := make([]float32, rows*n), make([]float32, rows), make([]float32, 2*rows*n)
		mean, variance := make([]float64, n), make([]float64, n)
		for j := range deviation {
			deviation[j] = 1.3
		}
		for _, c := range []struct {
			name string
			f    func()
		}{
			{"GaussianLogProb", func() { GaussianLogProb(a, x, dist, rows, n) }},
			{"GaussianBackward", func() { GaussianBackward(d, a, a, x, dist, rows, n) }},
			{"Entropy", func() { Entropy(a, x, rows, n) }},
			{"ColumnMoments", func() { ColumnMoments(mean, variance, x, rows, n) }},
			{"Standardize", func() { Standardize(y, x, mean, deviation, 10, rows, n) }},
		} {
			b.Run(fmt.Sprintf("%s/%dx%d", c.name, rows, n), func(b *testing.B) {
				for b.Loop() {
					c.f()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows*n), "ns/element")
			})
		}
	}
}

func normals(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rand.NormFloat64())
	}
	return x
}
