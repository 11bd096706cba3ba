package objective_test

import (
	"testing"

	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/seed"
)

// BenchmarkClip is the cost of a row with its statistics, over a shard of a
// minibatch.
func BenchmarkClip(b *testing.B) {
	const rows = 64
	batch, d := draw(rows, seed.New(1)), make([]float32, rows)
	surrogate, s := objective.Clip(0.2, 0.2, 0), new(objective.Stats)
	b.ReportAllocs()
	for b.Loop() {
		*s = objective.Stats{}
		surrogate(d, batch, s)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}
