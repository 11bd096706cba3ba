package policy_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/policy"
	"github.com/proximal-rl/proximal/seed"
)

var inFloat64 = golden.Tolerance{
	Absolute: 1e-15, Relative: 1e-12, Why: "float64 sums in another order, and differences from a mean far from 0",
}

// Statistics after each batch of a stream, and observations normalised with
// them, as Stable-Baselines3 has them.
func TestNormalizerOfStableBaselines(t *testing.T) {
	var stream struct {
		Batches []struct {
			Obs            []float32
			Mean, Variance []float64
			Count          float64
		}
		Clip       float64
		Normalized []float64
	}
	golden.Read(t, "testdata/stablebaselines.json", &stream)
	n := policy.NewNormalizer(4, stream.Clip)
	for _, b := range stream.Batches {
		n.Update(b.Obs)
		var mean, variance, count, want []float64
		for _, m := range n.Moments() {
			mean, variance, count = append(mean, m.Mean), append(variance, m.Variance), append(count, m.Count)
			want = append(want, b.Count)
		}
		golden.Close(t, "mean", mean, b.Mean, inFloat64)
		golden.Close(t, "variance", variance, b.Variance, inFloat64)
		golden.Same(t, "count", count, want)
	}
	obs := stream.Batches[len(stream.Batches)-1].Obs
	got := make([]float32, len(obs))
	n.Normalize(got, obs)
	golden.Close(t, "normalised", got, stream.Normalized, golden.Tolerance{Absolute: 1e-10, Relative: 6e-8, Why: "one rounding to float32"})
	n.Normalize(obs, obs)
	golden.Same(t, "normalised in place", obs, got)
}

func TestNormalizerStartsAsTheIdentity(t *testing.T) {
	n := policy.NewNormalizer(2, 10)
	got := make([]float32, 4)
	n.Normalize(got, []float32{1, -2, 50, -50})
	golden.Close(t, "normalised", got, []float32{1, -2, 10, -10}, golden.Tolerance{Relative: 1e-7, Why: "1e-8 beside the variance"})
	for _, m := range n.Moments() {
		if m != policy.NewMoments() {
			t.Errorf("a new normaliser has the statistics %+v", m)
		}
	}
}

// After much experience, normalised observations have mean 0 and variance 1,
// whatever the batches were.
func TestNormalizedObservations(t *testing.T) {
	const rows = 4000
	rng := seed.New(1)
	obs := make([]float32, 0, 2*rows)
	for range rows {
		obs = append(obs, float32(100+3*rng.Normal()), float32(1e-3*rng.Normal()))
	}
	n := policy.NewNormalizer(2, 10)
	for at := 0; at < len(obs); {
		end := min(len(obs), at+2*int(rng.Uniform(1, 300)))
		n.Update(obs[at:end])
		at = end
	}
	n.Normalize(obs, obs)
	for i := range 2 {
		sum, squares := 0.0, 0.0
		for r := range rows {
			x := float64(obs[2*r+i])
			sum += x
			squares += x * x
		}
		if mean, square := sum/rows, squares/rows; math.Abs(mean) > 0.01 || math.Abs(square-1) > 0.05 {
			t.Errorf("element %d has mean %.4f and mean square %.4f", i, mean, square)
		}
	}
}

// No rows change nothing, and an element that never changes becomes 0 rather
// than NaN.
func TestNormalizerWithoutSpread(t *testing.T) {
	n := policy.NewNormalizer(1, 10)
	before := n.Moments()[0]
	if n.Update(nil); n.Moments()[0] != before {
		t.Errorf("an empty batch changed the statistics to %+v", n.Moments()[0])
	}
	obs := []float32{7, 7, 7, 7, 7, 7, 7, 7}
	for range 1000 {
		n.Update(obs)
	}
	n.Normalize(obs, obs)
	if y := float64(obs[0]); !(math.Abs(y) < 1e-2) {
		t.Errorf("a constant is normalised to %v", y)
	}
}

// A batch is what its halves are one after the other.
func TestMomentsMerge(t *testing.T) {
	x := normal(501, 4, seed.New(2))
	whole, parts := policy.NewMoments(), policy.NewMoments()
	whole.Add(x)
	parts.Add(x[:77])
	parts.Add(nil)
	parts.Add(x[77:])
	golden.Close(t, "moments", []float64{parts.Mean, parts.Variance, parts.Count},
		[]float64{whole.Mean, whole.Variance, whole.Count}, inFloat64)

	// The start weighs next to nothing: these are the moments of the numbers.
	mean, variance := 0.0, 0.0
	for _, v := range x {
		mean += float64(v) / float64(len(x))
	}
	for _, v := range x {
		variance += (float64(v) - mean) * (float64(v) - mean) / float64(len(x))
	}
	golden.Close(t, "moments", []float64{whole.Mean, whole.Deviation()}, []float64{mean, math.Sqrt(variance + 1e-8)},
		golden.Tolerance{Relative: 1e-6, Why: "the start counts as 1e-4 numbers"})
}

func TestNormalizerRefusesHalfRows(t *testing.T) {
	n := policy.NewNormalizer(3, 10)
	five, six := make([]float32, 5), make([]float32, 6)
	wantPanic(t, "updating with a row and two thirds", func() { n.Update(five) })
	wantPanic(t, "normalising a row and two thirds", func() { n.Normalize(six, five) })
	wantPanic(t, "a short dst", func() { n.Normalize(five, six) })
}

// BenchmarkNormalizer times a step of some environments: statistics first, then the
// observations.
func BenchmarkNormalizer(b *testing.B) {
	for _, d := range [][2]int{{4, 3}, {4, 8}, {16, 8}, {32, 24}} {
		obs := normal(d[0]*d[1], 2, seed.New(3))
		dst := make([]float32, len(obs))
		n := policy.NewNormalizer(d[1], 10)
		b.Run(fmt.Sprintf("Update/%dx%d", d[0], d[1]), func(b *testing.B) {
			for b.Loop() {
				n.Update(obs)
			}
		})
		b.Run(fmt.Sprintf("Normalize/%dx%d", d[0], d[1]), func(b *testing.B) {
			for b.Loop() {
				n.Normalize(dst, obs)
			}
		})
	}
}
