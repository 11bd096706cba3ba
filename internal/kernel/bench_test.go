package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func normals(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rand.NormFloat64())
	}
	return x
}

func BenchmarkLinear(b *testing.B) {
	for _, d := range [][3]int{{1, 64, 64}, {8, 64, 64}, {64, 64, 64}, {256, 64, 64}, {64, 4, 64}, {64, 64, 2}, {64, 64, 1}, {1024, 128, 128}} {
		rows, in, out := d[0], d[1], d[2]
		x, w, y := normals(rows*in), normals(in*out), normals(rows*out)
		bias := normals(out)
		run := func(name string, f func()) {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", name, rows, in, out), func(b *testing.B) {
				for b.Loop() {
					f()
				}
				b.ReportMetric(2*float64(rows*in*out)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
		run("forward", func() { Linear(y, x, w, bias, rows, in, out) })
		run("input", func() { LinearInput(x, y, w, rows, in, out) })
		x, y = normals(rows*in), normals(rows*out)
		run("weight", func() { clear(w); LinearWeight(w, bias, x, y, rows, in, out) })
	}
}

func BenchmarkElementwise(b *testing.B) {
	x, y, z := normals(4096), normals(4096), normals(4096)
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/element")
		})
	}
	run("Tanh", func() { Tanh(y, x) })
	run("TanhBackward", func() { TanhBackward(z, x, y) })
	run("ReLU", func() { ReLU(y, x) })
	run("ReLUBackward", func() { ReLUBackward(z, x, y) })
	run("Exp", func() { Exp(y, x) })
	run("Log", func() { Log(y, y) })
	run("LogSoftmax", func() { LogSoftmax(y, x, 64, 64) })
	run("Sum", func() { Sum(x) })
	run("Dot", func() { Dot(x, x) })
	run("Max", func() { Max(x) })
	run("Add", func() { Add(y, x) })
	run("Axpy", func() { Axpy(y, .5, x) })
	run("Scale", func() { Scale(x, -1) })
	m, v := make([]float32, 4096), make([]float32, 4096)
	run("Adam", func() { Adam(z, m, v, x, AdamStep{1e-3, .9, .999, 1e-8, 1, 1, 1, 0}) })
}
