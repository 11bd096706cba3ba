package objective_test

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/gradcheck"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/seed"
)

// drawSequences makes sequences of 0 to 9 rows, some with padding, under three
// policies, with some rows selected. Log-probabilities are multiples of 2⁻²⁰, so
// that steps of finite differences are none of rounding.
func drawSequences(count int, rng *seed.Rand) *objective.Batch {
	b := &objective.Batch{Segment: []int32{0}}
	coarse := func(x float64) float32 { return float32(math.Round(x*0x1p20) / 0x1p20) }
	for range count {
		rows := int(rng.Uniform(0, 10))
		padding := int(rng.Uniform(0, 3))
		drift := 0.3 * rng.Normal()
		for i := range rows + padding {
			logProb := coarse(math.Max(-3.5, math.Min(3.5, rng.Normal()-1)))
			old := coarse(float64(logProb) + drift + 0.4*rng.Normal())
			b.LogProb, b.OldLogProb = append(b.LogProb, logProb), append(b.OldLogProb, old)
			b.Behavior = append(b.Behavior, coarse(float64(old)+0.2*rng.Normal()))
			b.Advantage = append(b.Advantage, float32(rng.Normal()))
			b.Selected = append(b.Selected, rng.Uniform(0, 1) < 0.2)
			weight, mask := float32(rng.Uniform(0.1, 1)), float32(1)
			if i >= rows {
				weight, mask = 0, 0
			}
			b.Weight, b.Mask = append(b.Weight, weight), append(b.Mask, mask)
		}
		b.Segment = append(b.Segment, int32(len(b.LogProb)))
	}
	return b
}

// some is the given sequences of a batch, in that order.
func some(b *objective.Batch, sequences ...int) *objective.Batch {
	c := &objective.Batch{Segment: []int32{0}}
	for _, k := range sequences {
		from, to := b.Segment[k], b.Segment[k+1]
		c.LogProb = append(c.LogProb, b.LogProb[from:to]...)
		c.OldLogProb = append(c.OldLogProb, b.OldLogProb[from:to]...)
		c.Behavior = append(c.Behavior, b.Behavior[from:to]...)
		c.Advantage = append(c.Advantage, b.Advantage[from:to]...)
		c.Weight = append(c.Weight, b.Weight[from:to]...)
		c.Mask = append(c.Mask, b.Mask[from:to]...)
		c.Selected = append(c.Selected, b.Selected[from:to]...)
		c.Segment = append(c.Segment, c.Segment[len(c.Segment)-1]+to-from)
	}
	if c.Selected == nil {
		c.Selected = []bool{}
	}
	return c
}

// Cut between sequences and put together again, a batch is what it was, under
// every variant; and the order of its sequences does not matter.
func TestBatchesCutBetweenSequences(t *testing.T) {
	const count = 40
	b := drawSequences(count, seed.New(21))
	for _, v := range objective.Variants() {
		surrogate := v.New(objective.DefaultSettings())
		loss, d, whole := apply(surrogate, b)
		all := sequence(count)
		for _, parts := range [][][]int{
			{all[:1], all[1:17], all[17:17], all[17:39], all[39:]},
			{all[:20], all[20:]},
		} {
			sum, pieces, merged := 0.0, []float32{}, objective.Stats{}
			for _, part := range parts {
				l, d, s := apply(surrogate, some(b, part...))
				sum += l
				pieces = append(pieces, d...)
				merged.Merge(&s)
			}
			golden.Close(t, v.Name, []float64{sum}, []float64{loss}, regrouped)
			golden.Same(t, v.Name+"'s derivatives", pieces, d)
			wantSame(t, v.Name, &merged, &whole)
		}
		exchanged := append(append([]int{}, all[15:]...), all[:15]...)
		l, moved, _ := apply(surrogate, some(b, exchanged...))
		golden.Close(t, v.Name+" in another order", []float64{l}, []float64{loss}, regrouped)
		at := int(b.Segment[15])
		golden.Same(t, v.Name+"'s derivatives in another order", moved, append(append([]float32{}, d[at:]...), d[:at]...))
	}
}

// Losses of batches by their log-probabilities; those in which a factor is held
// constant are measured at their curves.
func TestBatchesAgainstFiniteDifferences(t *testing.T) {
	s := objective.DefaultSettings()
	s.Low, s.High, s.Dual, s.KL = 0.1, 0.3, 1.7, 0.5
	for _, v := range objective.Variants() {
		if v.Detached {
			continue
		}
		b := drawSequences(12, seed.New(22))
		surrogate := v.New(s)
		_, d, _ := apply(surrogate, b)
		want := gradcheck.Gradient(func(logProb []float64) float64 {
			c := *b
			c.LogProb = make([]float32, len(logProb))
			for i, x := range logProb {
				c.LogProb[i] = float32(x)
			}
			loss, _, _ := apply(surrogate, &c)
			return loss
		}, widen(b.LogProb))
		golden.Close(t, v.Name, d, want, golden.Tolerance{
			Absolute: 1e-7, Relative: 1e-6, Why: "finite differences of a sum over all rows",
		})
	}
}

// Three tokens with ratios 2, ½ and 2, whose geometric mean is 2^⅓; the last but
// one has no weight, the last is padding.
func TestSequenceRatiosByHand(t *testing.T) {
	ln2 := float32(math.Ln2)
	b := &objective.Batch{
		LogProb: []float32{ln2, -ln2, ln2, 7}, OldLogProb: []float32{0, 0, 0, 0},
		Advantage: []float32{1, -2, 3, 5}, Weight: []float32{1, 0.5, 0, 0},
		Mask: []float32{1, 1, 1, 0}, Segment: []int32{0, 4},
	}
	mean := math.Cbrt(2)
	// Within the range: s·(1·1 + ½·−2) = 0 in loss and pull.
	loss, d, _ := apply(find(t, "gspo").New(objective.Settings{Low: 0.2, High: 0.3}), b)
	golden.Close(t, "inside", []float64{loss}, []float64{0}, rounding)
	golden.Close(t, "derivatives inside", d, []float64{0, 0, 0, 0}, rounding)
	// Above it: the first is clipped at 1.2, the second pulls all three masked rows.
	loss, d, s := apply(find(t, "gspo").New(objective.Settings{Low: 0.2, High: 0.2}), b)
	golden.Close(t, "outside", []float64{loss}, []float64{-1.2 + mean}, rounding)
	golden.Close(t, "derivatives outside", d, []float64{mean / 3, mean / 3, mean / 3, 0}, rounding)
	golden.Close(t, "statistics", []float64{s.RatioMin, s.RatioMax, s.KL1()}, []float64{mean, mean, -math.Ln2 / 3}, rounding)
	if s.Rows != 2 || s.HighPositive != 1 || s.HighNegative != 1 || s.ZeroGradient != 0 {
		t.Errorf("statistics %+v", s)
	}

	// gmpo holds the first and the third at 0.2, the second at -0.1.
	b.Weight[2] = 2
	loss, d, s = apply(find(t, "gmpo").New(objective.Settings{Low: 0.1, High: 0.2}), b)
	g := math.Exp((0.2 - 0.1 + 0.2) / 3)
	golden.Close(t, "gmpo", []float64{loss}, []float64{-g * (1 + 0.5*-2 + 2*3)}, rounding)
	golden.Close(t, "gmpo's derivatives", d, []float64{0, 0, 0, 0}, rounding)
	if s.ZeroGradient != 3 || s.ClippedHigh != 2 || s.ClippedLow != 1 || s.RatioMax < 1.99 {
		t.Errorf("gmpo's statistics %+v", s)
	}
	// With the signs turned round only the middle one is free, and both others are.
	b.Advantage = []float32{-1, 2, -3, 5}
	_, d, _ = apply(find(t, "gmpo").New(objective.Settings{Low: 0.1, High: 0.2}), b)
	pull := mean * 6 / 3
	golden.Close(t, "gmpo's derivatives", d, []float64{pull, pull, pull, 0}, rounding)
}

// A row on its own is a sequence of one: gspo is then the clip, in every bit.
func TestSequencesOfOneRow(t *testing.T) {
	b := draw(200, seed.New(23))
	want, wantD, wantStats := apply(objective.Clip(0.2, 0.2, 0), b)
	ones := *b
	for i := range 201 {
		ones.Segment = append(ones.Segment, int32(i))
	}
	for _, b := range []*objective.Batch{b, &ones} {
		loss, d, s := apply(find(t, "gspo").New(objective.DefaultSettings()), b)
		golden.Same(t, "loss", []float64{loss}, []float64{want})
		golden.Same(t, "derivatives", d, wantD)
		if s != wantStats {
			t.Errorf("statistics %+v, want %+v", s, wantStats)
		}
	}
}

// Without a mask the rows with a weight count.
func TestSequencesWithoutAMask(t *testing.T) {
	b := drawSequences(20, seed.New(25))
	unmasked := *b
	unmasked.Mask = nil
	for _, name := range []string{"gspo", "gmpo"} {
		surrogate := find(t, name).New(objective.DefaultSettings())
		want, wantD, wantStats := apply(surrogate, b)
		loss, d, s := apply(surrogate, &unmasked)
		golden.Same(t, name, append(widen(d), loss), append(widen(wantD), want))
		if s != wantStats {
			t.Errorf("%s: statistics %+v, want %+v", name, s, wantStats)
		}
	}
}

// On the edge of its range a log-ratio is inside.
func TestSequencesOnTheEdge(t *testing.T) {
	surrogate := find(t, "gmpo").New(objective.Settings{Low: 0.25, High: 0.5})
	for _, c := range []struct {
		change, advantage float32
		flows             bool
	}{{0.5, 1, true}, {0.500001, 1, false}, {-0.25, -1, true}, {-0.250001, -1, false}} {
		b := at(1, c.advantage)
		b.LogProb[0] = c.change
		if _, d, _ := apply(surrogate, b); (d[0] != 0) != c.flows {
			t.Errorf("log-ratio %v, advantage %v: derivative %v", c.change, c.advantage, d[0])
		}
	}
}

// One token that the policy excludes does not silence its sequence.
func TestExcludedTokenInASequence(t *testing.T) {
	for _, name := range []string{"gspo", "gmpo"} {
		b := &objective.Batch{
			LogProb: []float32{-1, -inf, -1, -1}, OldLogProb: []float32{-1, -1, -1, -1},
			Advantage: []float32{1, 1, 1, 1}, Weight: []float32{1, 1, 1, 1}, Segment: []int32{0, 4},
		}
		s := math.Exp(-20. / 4)
		loss, d, seen := apply(find(t, name).New(objective.DefaultSettings()), b)
		golden.Close(t, name, []float64{loss}, []float64{-4 * s}, rounding)
		golden.Close(t, name+"'s derivatives", d, []float64{-s, 0, -s, -s}, rounding)
		if seen.Guarded != 1 {
			t.Errorf("%s: %d rows guarded", name, seen.Guarded)
		}
	}
}

func TestSegmentsMustCoverTheRows(t *testing.T) {
	surrogate := find(t, "gspo").New(objective.DefaultSettings())
	for _, segment := range [][]int32{{}, {0}, {0, 2}, {1, 3}, {0, 2, 1, 3}, {0, 4, 3}, {-1, 3}} {
		b := draw(3, seed.New(24))
		b.Segment = segment
		wantPanic(t, func() { apply(surrogate, b) })
	}
	b := draw(3, seed.New(24))
	b.Segment = []int32{0, 0, 3, 3}
	if loss, _, _ := apply(surrogate, b); loss != loss {
		t.Errorf("empty sequences make the loss %v", loss)
	}
}
