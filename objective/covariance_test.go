package objective_test

import (
	"math"
	"slices"
	"testing"

	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/seed"
)

// spread is a batch whose covariances are 4, 1, 0, 1, 4 in this order, with a row
// without weight at its end.
func spread() *objective.Batch {
	b := &objective.Batch{
		LogProb:   []float32{-5, -4, -3, -2, -1, -inf},
		Advantage: []float32{8, 9, 10, 11, 12, nan},
		Weight:    []float32{1, 2, 3, 4, 5, 0},
	}
	b.OldLogProb = slices.Clone(b.LogProb)
	return b
}

func TestSelectionByHand(t *testing.T) {
	for _, c := range []struct {
		name      string
		share     float64
		low, high float64
		draws     []float64
		want      []int
	}{
		{"kl-cov", 0.0002, 0, 0, nil, []int{0}}, // one at least, the first of equals
		{"kl-cov", 0.4, 0, 0, nil, []int{0, 4}},
		{"kl-cov", 0.79, 0, 0, nil, []int{0, 1, 4}}, // 3.95 rows are 3
		{"kl-cov", 1, 0, 0, nil, []int{0, 1, 2, 3, 4}},

		{"clip-cov", 1, 0, 5, []float64{0.9, 0.9, 0.9, 0.9}, []int{0, 1, 3, 4}}, // fewer qualify than asked for
		{"clip-cov", 1, 0, 4, []float64{0, 0}, []int{1, 3}},                     // the bounds are outside
		{"clip-cov", 1, 1, 5, []float64{0, 0}, []int{0, 4}},
		{"clip-cov", 0.2, 0, 5, []float64{0.3, 0.3, 0.9, 0}, []int{1}}, // of 4, 3, 2 … candidates one is left to take
		{"clip-cov", 0.2, 0, 5, []float64{0.9, 0.9, 0.9, 0.9}, []int{4}},
		{"clip-cov", 0.2, 5, 6, nil, nil}, // none qualifies
	} {
		s := objective.DefaultSettings()
		s.Share, s.CovarianceLow, s.CovarianceHigh = c.share, c.low, c.high
		if c.high == 0 {
			s.CovarianceHigh = 5
		}
		selected, draws := []bool{true, true, true, true, true, true}, c.draws
		find(t, c.name).Select(selected, spread(), s, func() float64 {
			x := draws[0]
			draws = draws[1:]
			return x
		})
		var got []int
		for i, is := range selected {
			if is {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: selected %v", c, got)
		}
	}
}

// Every row that qualifies is as likely as any other.
func TestSelectionIsFair(t *testing.T) {
	s, rng := objective.DefaultSettings(), seed.New(31)
	s.Share, s.CovarianceLow, s.CovarianceHigh = 0.5, 0.5, 5 // 2 of the 4 that qualify
	counts, selected := make([]float64, 6), make([]bool, 6)
	const times = 8000
	for range times {
		find(t, "clip-cov").Select(selected, spread(), s, rng.Float64)
		chosen := 0
		for i, is := range selected {
			if is {
				counts[i]++
				chosen++
			}
		}
		if chosen != 2 {
			t.Fatalf("%d rows selected", chosen)
		}
	}
	for i, want := range []float64{0.5, 0.5, 0, 0.5, 0.5, 0} {
		if off := math.Abs(counts[i]/times - want); off > 0.025 { // 4.5 standard errors
			t.Errorf("row %d is selected in %v of the cases, want %v", i, counts[i]/times, want)
		}
	}
}

// Rows that PPO's clip has already silenced are not picked.
func TestSelectionLeavesClippedRows(t *testing.T) {
	s, b := objective.DefaultSettings(), spread()
	s.Share, s.CovarianceLow = 1, 0.5
	b.OldLogProb[3]--    // far more likely, and good
	b.OldLogProb[4] += 1 // far less likely, and good: the gradient is there
	selected := make([]bool, 6)
	find(t, "clip-cov").Select(selected, b, s, func() float64 { return 0 })
	if want := []bool{true, true, false, false, true, false}; !slices.Equal(selected, want) {
		t.Errorf("selected %v", selected)
	}
}

func TestSelectionOfNothing(t *testing.T) {
	for _, name := range []string{"clip-cov", "kl-cov"} {
		v, s := find(t, name), objective.DefaultSettings()
		v.Select(nil, &objective.Batch{}, s, nil)
		padding := &objective.Batch{LogProb: []float32{0}, OldLogProb: []float32{0}, Advantage: []float32{1}, Weight: []float32{0}}
		selected := []bool{true}
		if v.Select(selected, padding, s, nil); selected[0] {
			t.Errorf("%s picks a row without weight", name)
		}
		wantPanic(t, func() { v.Select(make([]bool, 5), spread(), s, nil) })
		wantPanic(t, func() { v.New(s)(make([]float32, 6), spread(), new(objective.Stats)) }) // not selected
		s.Share = 0
		wantPanic(t, func() { v.Select(make([]bool, 6), spread(), s, nil) })
	}
}
