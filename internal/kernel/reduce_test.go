package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// fold is the second half of the comments of Sum and Max.
func fold(lane [16]float32, join func(a, b float32) float32) float32 {
	for _, half := range []int{8, 4, 2, 1} {
		for j := range half {
			lane[j] = join(lane[j], lane[j+half])
		}
	}
	return lane[0]
}

func sumByDefinition(x []float32) float32 {
	var lane [16]float32
	for i, v := range x {
		lane[i%16] += v
	}
	return fold(lane, func(a, b float32) float32 { return a + b })
}

func dotByDefinition(a, b []float32) float32 {
	var lane [16]float32
	for i := range a {
		lane[i%16] = bigFMA(a[i], b[i], lane[i%16])
	}
	return fold(lane, func(a, b float32) float32 { return a + b })
}

func maxByDefinition(x []float32) float32 {
	larger := func(a, b float32) float32 {
		if b > a || b != b {
			return b
		}
		return a
	}
	var lane [16]float32
	for j := range lane {
		lane[j] = float32(math.Inf(-1))
	}
	for i, v := range x {
		lane[i%16] = larger(lane[i%16], v)
	}
	return fold(lane, larger)
}

// reduction tries a kernel on all lengths and offsets against its definition.
func reduction(t *testing.T, kernel, definition func(a, b []float32) float32) {
	eachLevel(t, func(t *testing.T) {
		eachSource(t, func(t *testing.T, s source, r *rand.Rand) {
			for n := range longest + 1 {
				a, b := s.slice(r, n), s.slice(r, n)
				want := definition(a, b)
				for offset := 0; offset < offsets; offset += stride() {
					what := fmt.Sprintf("length %d, offset %d", n, offset)
					ga, gb := place(a, offset), place(b, (offset*7+n)%offsets)
					if got := kernel(ga.slice, gb.slice); !same(got, want) {
						t.Fatalf("%s: %x, want %x", what, got, want)
					}
					ga.mustHold(t, what, a)
					gb.mustHold(t, what, b)
				}
			}
		})
	})
}

func TestSum(t *testing.T) {
	reduction(t, func(a, _ []float32) float32 { return Sum(a) }, func(a, _ []float32) float32 { return sumByDefinition(a) })
}

func TestDot(t *testing.T) { reduction(t, Dot, dotByDefinition) }

func TestSumSquares(t *testing.T) {
	reduction(t, func(a, _ []float32) float32 { return SumSquares(a) }, func(a, _ []float32) float32 { return dotByDefinition(a, a) })
}

func TestAddSumSquares(t *testing.T) {
	update(t, func(dst, x []float32, _ float32) {
		want := make([]float32, len(x))
		for i := range want {
			want[i] = dst[i] + x[i]
		}
		if got, want := AddSumSquares(dst, x), dotByDefinition(want, want); !same(got, want) {
			t.Fatalf("length %d: %x, want %x", len(x), got, want)
		}
	}, func(dst, x, _ float32) float32 { return dst + x })
}

func TestMax(t *testing.T) {
	reduction(t, func(a, _ []float32) float32 { return Max(a) }, func(a, _ []float32) float32 { return maxByDefinition(a) })
}

func TestReductionsOfLittle(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	eachLevel(t, func(t *testing.T) {
		for _, c := range []struct {
			name      string
			got, want float32
		}{
			{"Sum of nothing", Sum(nil), 0},
			{"Dot of nothing", Dot(nil, nil), 0},
			{"Max of nothing", Max(nil), -inf},
			{"Max with NaN first", Max([]float32{nan, 1, 2}), nan},
			{"Max with NaN last", Max([]float32{1, inf, nan}), nan},
			{"Max of -Inf", Max([]float32{-inf, -inf}), -inf},
			{"SumSquares of 3 and 4", SumSquares([]float32{3, 4}), 25},
		} {
			if !same(c.got, c.want) {
				t.Errorf("%s is %g, want %g", c.name, c.got, c.want)
			}
		}
	})
}

// TestSumError bounds the distance from the exact sum: an element goes through
// at most n/16 + 4 additions.
func TestSumError(t *testing.T) {
	const n = 10_000
	eachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(10, 10))
		x, y := sources[0].slice(r, n), sources[0].slice(r, n)
		var sum, sumSize, dot, dotSize float64
		for i := range x {
			p := float64(x[i]) * float64(y[i])
			sum, sumSize = sum+float64(x[i]), sumSize+math.Abs(float64(x[i]))
			dot, dotSize = dot+p, dotSize+math.Abs(p)
		}
		const bound = (n/16 + 5) * 0x1p-24
		if e := math.Abs(float64(Sum(x))-sum) / sumSize; e > bound {
			t.Errorf("error of Sum is %g of the sum of magnitudes", e)
		}
		if e := math.Abs(float64(Dot(x, y))-dot) / dotSize; e > bound {
			t.Errorf("error of Dot is %g of the sum of magnitudes", e)
		}
	})
}

func TestReductionPanics(t *testing.T) {
	a, b := make([]float32, 2), make([]float32, 3)
	mustPanic(t, "kernel: Dot: length of b differs from a", func() { Dot(a, b) })
	mustPanic(t, "kernel: AddSumSquares: length of x differs from dst", func() { AddSumSquares(a, b) })
}
