package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// place64 copies x between guard words, at an offset from where memory begins.
func place64(x []float64, offset int) (all, slice []float64) {
	all = make([]float64, margin+offset+len(x)+margin)
	for i := range all {
		all[i] = float64(guard)
	}
	slice = all[margin+offset:][:len(x):len(x)]
	copy(slice, x)
	return all, slice
}

// mustHold64 is mustHold for what place64 has returned.
func mustHold64(t *testing.T, what string, all, slice, want []float64) {
	t.Helper()
	for i, v := range slice {
		if math.Float64bits(v) != math.Float64bits(want[i]) && !(v != v && want[i] != want[i]) {
			t.Fatalf("%s: element %d of %d is %x (%g), want %x (%g)", what, i, len(want), v, v, want[i], want[i])
		}
	}
	before := len(all) - len(slice) - margin
	for i, v := range all {
		if (i < before || i >= len(all)-margin) && math.Float64bits(v) != math.Float64bits(float64(guard)) {
			t.Fatalf("%s: wrote outside the slice, at %d of %d", what, i-before, len(want))
		}
	}
}

// doubles draws float64 that are no float32, of one kind.
func doubles(s source, r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(s.draw(r)) * (1 + r.Float64())
	}
	return x
}

// columnMomentsByDefinition is the loop in the comment of ColumnMoments.
func columnMomentsByDefinition(mean, variance []float64, x []float32, rows, n int) {
	for j := range n {
		mean[j], variance[j] = 0, 0
		for r := range rows {
			mean[j] += float64(x[r*n+j])
		}
		mean[j] /= float64(rows)
		for r := range rows {
			d := float64(x[r*n+j]) - mean[j]
			variance[j] += float64(d * d)
		}
		variance[j] /= float64(rows)
	}
}

func TestColumnMoments(t *testing.T) {
	eachTable(t, func(t *testing.T, s source, r *rand.Rand, what string, rows, n int) {
		x, wantMean, wantVariance := s.slice(r, rows*n), make([]float64, n), make([]float64, n)
		columnMomentsByDefinition(wantMean, wantVariance, x, rows, n)
		allMean, mean := place64(doubles(s, r, n), r.IntN(offsets))
		allVariance, variance := place64(doubles(s, r, n), r.IntN(offsets))
		from := atAnyOffset(r, x)
		ColumnMoments(mean, variance, from.slice, rows, n)
		mustHold64(t, what+", mean", allMean, mean, wantMean)
		mustHold64(t, what+", variance", allVariance, variance, wantVariance)
		from.mustHold(t, what+", input", x)
	})
}

func TestStandardize(t *testing.T) {
	eachTable(t, func(t *testing.T, s source, r *rand.Rand, what string, rows, n int) {
		x, mean, deviation := s.slice(r, rows*n), doubles(s, r, n), doubles(s, r, n)
		clip := []float64{10, 0.3, math.MaxFloat64, math.Inf(1)}[r.IntN(4)]
		want := make([]float32, rows*n)
		for i, v := range x {
			y := (float64(v) - mean[i%n]) / deviation[i%n]
			switch {
			case y < -clip:
				y = -clip
			case y > clip:
				y = clip
			}
			want[i] = float32(y)
		}
		to, from := atAnyOffset(r, s.slice(r, rows*n)), atAnyOffset(r, x)
		allMean, gMean := place64(mean, r.IntN(offsets))
		allDeviation, gDeviation := place64(deviation, r.IntN(offsets))
		Standardize(to.slice, from.slice, gMean, gDeviation, clip, rows, n)
		to.mustHold(t, what, want)
		from.mustHold(t, what+", input", x)
		Standardize(from.slice, from.slice, gMean, gDeviation, clip, rows, n)
		from.mustHold(t, what+", in place", want)
		mustHold64(t, what+", mean", allMean, gMean, mean)
		mustHold64(t, what+", deviation", allDeviation, gDeviation, deviation)
	})
}

// TestColumnsOfLevelsLong is about sizes that are cut into pieces, or too long for
// one call.
func TestColumnsOfLevelsLong(t *testing.T) {
	for _, d := range [][2]int{{1<<19/3 + 5, 3}, {3, 40_003}, {5001, 7}} {
		rows, n := d[0], d[1]
		agree(t, fmt.Sprint(d), func() [][]float32 {
			r := rand.New(rand.NewPCG(44, 44))
			x, y := sources[0].slice(r, rows*n), make([]float32, rows*n)
			mean, variance := make([]float64, n), make([]float64, n)
			ColumnMoments(mean, variance, x, rows, n)
			Standardize(y, x, mean, variance, 2, rows, n)
			return [][]float32{y, bits64(mean), bits64(variance)}
		})
	}
}

// bits64 returns the quarters of float64 as float32, so that they can be compared
// as these are; NaN has one pattern.
func bits64(x []float64) []float32 {
	var all []float32
	for _, v := range x {
		u := math.Float64bits(v)
		if v != v {
			u = math.Float64bits(math.NaN())
		}
		for shift := range 4 {
			all = append(all, float32(uint16(u>>(16*shift))))
		}
	}
	return all
}

func TestColumnPanics(t *testing.T) {
	x, y := make([]float32, 6), make([]float32, 4)
	a, b := make([]float64, 3), make([]float64, 2)
	mustPanic(t, "kernel: ColumnMoments: negative dimension", func() { ColumnMoments(a, a, x, -2, -3) })
	mustPanic(t, "kernel: ColumnMoments: length of mean is not n", func() { ColumnMoments(b, a, x, 2, 3) })
	mustPanic(t, "kernel: ColumnMoments: length of variance is not n", func() { ColumnMoments(a, b, x, 2, 3) })
	mustPanic(t, "kernel: ColumnMoments: length of x is not rows*n", func() { ColumnMoments(a, a, y, 2, 3) })
	mustPanic(t, "kernel: Standardize: negative dimension", func() { Standardize(x, x, a, a, 1, -2, -3) })
	mustPanic(t, "kernel: Standardize: length of dst is not rows*n", func() { Standardize(y, x, a, a, 1, 2, 3) })
	mustPanic(t, "kernel: Standardize: length of x is not rows*n", func() { Standardize(x, y, a, a, 1, 2, 3) })
	mustPanic(t, "kernel: Standardize: length of mean is not n", func() { Standardize(x, x, b, a, 1, 2, 3) })
	mustPanic(t, "kernel: Standardize: length of deviation is not n", func() { Standardize(x, x, a, b, 1, 2, 3) })
}
