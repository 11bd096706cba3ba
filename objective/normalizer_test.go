package objective_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/seed"
)

// twoSequences is a batch of four tokens and of three with one of padding.
func twoSequences() *objective.Batch {
	return &objective.Batch{
		LogProb:    []float32{-0.7, -0.5, -2.5, -0.05, -0.9, -1, -0.2, 0},
		OldLogProb: []float32{-1, -0.5, -2, -0.1, -0.3, -2.5, -0.7, 0},
		Reference:  []float32{-0.9, -0.8, -2.1, -0.2, -0.4, -1.1, -0.6, 0},
		Advantage:  []float32{1, 1, 1, 1, -0.5, -0.5, -0.5, -0.5},
		Mask:       []float32{1, 1, 1, 1, 1, 1, 1, 0},
		Weight:     make([]float32, 8),
		Segment:    []int32{0, 4, 8},
	}
}

var normalizers = []struct {
	name string
	of   objective.Normalizer
}{
	{"token mean", objective.TokenMean},
	{"sequence mean", objective.SequenceMean},
	{"sequence sum", objective.SequenceSum},
	{"constant mean", objective.ConstantMean(4)},
}

// The weights themselves, with padding in the middle, a sequence without tokens
// and one without rows.
func TestWeightsByHand(t *testing.T) {
	mask, segment := []float32{1, 0, 1, 1, 0, 0}, []int32{0, 3, 4, 6, 6}
	third, quarter, eighth, half := float32(1)/3, float32(0.25), float32(0.125), float32(0.5)
	for i, want := range [][]float32{
		{third, 0, third, third, 0, 0},
		{quarter, 0, quarter, half, 0, 0},
		{half, 0, half, half, 0, 0},
		{eighth / 2, 0, eighth / 2, eighth / 2, 0, 0},
	} {
		dst := []float32{9, 9, 9, 9, 9, 9}
		normalizers[i].of(dst, &objective.Batch{Mask: mask, Segment: segment})
		golden.Same(t, normalizers[i].name, dst, want)
	}
}

// Without segments every row is a sequence, without a mask every row counts;
// without tokens there is no loss.
func TestWeightsAtTheEnds(t *testing.T) {
	for _, n := range normalizers {
		dst, want := make([]float32, 4), float32(0.25)
		n.of(dst, &objective.Batch{})
		if n.name == "constant mean" {
			want = 1. / 16
		}
		golden.Same(t, n.name+" of single rows", dst, []float32{want, want, want, want})
		n.of(dst, &objective.Batch{Mask: make([]float32, 4), Segment: []int32{0, 1, 4}})
		golden.Same(t, n.name+" of padding", dst, make([]float32, 4))
		n.of(nil, &objective.Batch{})
		n.of(nil, &objective.Batch{Segment: []int32{0}})
	}
}

// Recorded values of the clipped surrogate of a batch of two sequences.
func TestNormalizedClipByHand(t *testing.T) {
	for _, test := range []struct {
		low, high, dual float64
		want            []float64
	}{
		{0.2, 0.2, 0, []float64{-0.056085, 0.095309, -0.196298, -0.049075}},
		{0.2, 0.28, 0, []float64{-0.067514, 0.085309, -0.236298, -0.059075}},
		{0.2, 0.2, 1.4, []float64{-0.293972, -0.182225, -1.028901, -0.257225}},
		{0.2, 0.2, 3, []float64{-0.161920, -0.028165, -0.566721, -0.141680}},
	} {
		b, got := twoSequences(), []float64(nil)
		for _, n := range normalizers {
			n.of(b.Weight, b)
			loss, _, _ := apply(objective.Clip(test.low, test.high, test.dual), b)
			got = append(got, loss)
		}
		name := fmt.Sprintf("clip %v/%v, dual %v", test.low, test.high, test.dual)
		golden.Close(t, name, got, test.want, golden.Tolerance{Absolute: 6e-7, Why: "six digits were printed"})
	}
}

// Wherever a batch is cut into micro-batches between its sequences, loss and
// gradient of every surrogate stay the same.
func TestLossDoesNotDependOnTheCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lengths := rapid.SliceOfN(rapid.IntRange(0, 6), 1, 12).Draw(t, "lengths")
		segment := []int32{0}
		for _, n := range lengths {
			segment = append(segment, segment[len(segment)-1]+int32(n))
		}
		rows, rng := int(segment[len(lengths)]), seed.New(rapid.Uint64().Draw(t, "seed"))
		b := draw(rows, rng)
		b.Mask, b.Segment, b.Selected = make([]float32, rows), segment, make([]bool, rows)
		for i := range b.Mask {
			b.Mask[i] = float32(rapid.IntRange(0, 1).Draw(t, "mask"))
		}
		cuts := rapid.SliceOfN(rapid.Bool(), len(lengths), len(lengths)).Draw(t, "cuts")
		n := rapid.SampledFrom(normalizers).Draw(t, "normalizer")
		n.of(b.Weight, b)
		settings := objective.DefaultSettings()
		settings.Dual, settings.Share = 3, 0.2
		for _, v := range objective.Variants() {
			if v.Select != nil {
				v.Select(b.Selected, b, settings, rng.Float64)
			}
			surrogate := v.New(settings)
			whole, d, _ := apply(surrogate, b)
			sum, parts := 0.0, []float32(nil)
			for from, to := 0, 1; to <= len(lengths); to++ {
				if to < len(lengths) && !cuts[to] {
					continue
				}
				loss, dPart, _ := apply(surrogate, microBatch(b, from, to))
				sum, parts, from = sum+loss, append(parts, dPart...), to
			}
			if !slices.Equal(d, parts) {
				t.Fatalf("%s of %s: derivatives %v in the parts, %v in the whole", n.name, v.Name, parts, d)
			}
			if off := math.Abs(sum - whole); !(off <= 1e-12*(1+math.Abs(whole))) {
				t.Fatalf("%s of %s: the parts' losses sum to %v, the whole has %v", n.name, v.Name, sum, whole)
			}
		}
	})
}

// microBatch is the part of a batch from one sequence to before another.
func microBatch(b *objective.Batch, from, to int) *objective.Batch {
	first, end := int(b.Segment[from]), int(b.Segment[to])
	part := span(b, first, end)
	part.Mask, part.Selected = b.Mask[first:end], b.Selected[first:end]
	for _, offset := range b.Segment[from : to+1] {
		part.Segment = append(part.Segment, offset-int32(first))
	}
	return part
}

func TestImpossibleSegments(t *testing.T) {
	x := make([]float32, 3)
	for _, n := range normalizers {
		for _, segment := range [][]int32{{}, {0}, {0, 2}, {1, 3}, {0, 4}, {0, 2, 1, 3}} {
			wantPanic(t, func() { n.of(x, &objective.Batch{Segment: segment}) })
		}
		wantPanic(t, func() { n.of(x, &objective.Batch{Mask: x[:2]}) })
	}
	wantPanic(t, func() { objective.ConstantMean(0) })
}

func TestNormalizersAllocateNothing(t *testing.T) {
	b := twoSequences()
	if count := testing.AllocsPerRun(10, func() {
		for _, n := range normalizers {
			n.of(b.Weight, b)
		}
	}); count != 0 {
		t.Errorf("%v allocations", count)
	}
}

// An answer of one token and one of three: which of them counts for how much.
func ExampleNormalizer() {
	b := &objective.Batch{Segment: []int32{0, 1, 4}, Weight: make([]float32, 4)}
	for _, of := range []objective.Normalizer{
		objective.TokenMean, objective.SequenceMean, objective.SequenceSum, objective.ConstantMean(8),
	} {
		of(b.Weight, b)
		fmt.Printf("%.4f\n", b.Weight)
	}
	// Output:
	// [0.2500 0.2500 0.2500 0.2500]
	// [0.5000 0.1667 0.1667 0.1667]
	// [0.5000 0.5000 0.5000 0.5000]
	// [0.0625 0.0625 0.0625 0.0625]
}
