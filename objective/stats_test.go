package objective_test

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/seed"
)

// Ten rows counted by hand.
func TestStatsByHand(t *testing.T) {
	ratio := []float64{2, 1.5, 1.1, 1, 0.9, 0.5, 1.4, 0.6, 1.3, 1}
	advantage := []float32{1, -1, 1, 0, 1, -2, 3, 1, -1, 1}
	b := &objective.Batch{Advantage: advantage}
	var mean, k1, k3, weights float64
	for i, r := range ratio {
		b.LogProb = append(b.LogProb, float32(math.Log(r)))
		b.OldLogProb = append(b.OldLogProb, 0)
		b.Weight = append(b.Weight, float32(i+1))
		w := float64(i + 1)
		mean += r / 10
		k1 -= w * math.Log(r)
		k3 += w * (r - 1 - math.Log(r))
		weights += w
	}
	_, _, s := apply(objective.Clip(0.2, 0.2, 0), b)

	// Above: 2, 1.5, 1.4, 1.3. Below: 0.5, 0.6. Without gradient: ratio 2 and 1.4
	// with a good action, 0.5 with a bad one, and the advantage of zero.
	if s.Rows != 10 || s.ClippedHigh != 4 || s.ClippedLow != 2 || s.ZeroGradient != 4 {
		t.Errorf("counts %+v", s)
	}
	golden.Close(t, "statistics",
		[]float64{
			s.ClipFraction(), s.HighFraction(), s.LowFraction(), s.ZeroGradientFraction(), s.ZeroGradientAdvantage(),
			s.RatioMin, s.RatioMax, s.RatioMean(), s.KL1(), s.KL(),
		},
		[]float64{0.6, 0.4, 0.2, 0.4, 6.0 / 12, 0.5, 2, mean, k1 / weights, k3 / weights}, rounding)
}

func TestEmptyStats(t *testing.T) {
	var s objective.Stats
	if !math.IsNaN(s.KL()) || !math.IsNaN(s.KL1()) || !math.IsNaN(s.EffectiveSampleSize()) || s.RatioMin != 0 || s.RatioMax != 0 {
		t.Errorf("statistics of nothing: %+v", s)
	}
	_, _, seen := apply(objective.Clip(0.2, 0.2, 0), draw(5, seed.New(1)))
	merged := seen
	if merged.Merge(&s); merged != seen {
		t.Error("merging nothing changed something")
	}
	if s.Merge(&seen); s != seen {
		t.Error("what was merged into nothing is not the same")
	}
}

// Shards merged in their order are the whole: counts and extremes exactly, sums
// to the rounding of float64. So is one Stats that sees shard after shard.
func TestMergedShardsEqualTheWhole(t *testing.T) {
	const rows = 500
	surrogate := objective.Clip(0.2, 0.2, 0)
	rng := seed.New(4)
	b := draw(rows, rng)
	_, _, whole := apply(surrogate, b)
	for range 20 {
		var merged, streamed objective.Stats
		for first := 0; first < rows; {
			end := min(rows, first+int(rng.Uniform(1, 120)))
			_, d, s := apply(surrogate, span(b, first, end))
			merged.Merge(&s)
			surrogate(d, span(b, first, end), &streamed)
			first = end
		}
		wantSame(t, "merged", &merged, &whole)
		wantSame(t, "streamed", &streamed, &whole)
	}
}

func wantSame(t *testing.T, what string, got, want *objective.Stats) {
	t.Helper()
	counts := func(s *objective.Stats) []float64 {
		all := []float64{
			float64(s.Rows), float64(s.ClippedHigh), float64(s.ClippedLow), float64(s.ZeroGradient), float64(s.Guarded),
			float64(s.HighPositive), float64(s.HighNegative), float64(s.LowPositive), float64(s.LowNegative),
			s.RatioMin, s.RatioMax,
		}
		for _, n := range histogram(s) {
			all = append(all, float64(n))
		}
		return all
	}
	golden.Same(t, what, counts(got), counts(want))
	figures := func(s *objective.Stats) []float64 {
		return []float64{s.KL(), s.KL1(), s.RatioMean(), s.ZeroGradientAdvantage(), s.EffectiveSampleSize()}
	}
	golden.Close(t, what, figures(got), figures(want), golden.Tolerance{
		Relative: 1e-12, Why: "float64 sums in another grouping",
	})
}

func histogram(s *objective.Stats) []int {
	counts := make([]int, objective.RatioBins)
	s.RatioHistogram(nil, counts)
	return counts
}

// Rows that a clip leaves out are those that went too far along their advantage;
// those on the wrong side of the range are not.
func TestClippedRowsByAdvantage(t *testing.T) {
	b := &objective.Batch{}
	for _, r := range []float64{2, 2, 2, 2, 0.5, 0.5, 0.5, 1, 1} {
		b.LogProb = append(b.LogProb, float32(math.Log(r)))
	}
	b.Advantage = []float32{1, 1, -1, 0, 1, -1, -1, 1, -1}
	b.OldLogProb, b.Weight = make([]float32, 9), []float32{1, 1, 1, 1, 1, 1, 1, 1, 1}
	_, _, s := apply(objective.Clip(0.2, 0.2, 0), b)
	if s.HighPositive != 2 || s.HighNegative != 1 || s.LowPositive != 1 || s.LowNegative != 2 || s.ClippedHigh != 4 || s.ClippedLow != 3 {
		t.Errorf("%+v", s)
	}
	if s.ZeroGradient != s.HighPositive+s.LowNegative+1 { // and the one without an advantage
		t.Errorf("%d rows without gradient", s.ZeroGradient)
	}
	// The counts are those of the range, even where nothing is clipped.
	_, _, free := apply(find(t, "unclipped").New(objective.DefaultSettings()), b)
	if free.ClippedHigh != 4 || free.LowNegative != 2 || free.ZeroGradient != 1 {
		t.Errorf("unclipped: %+v", free)
	}
}

// Ratios of 1 and 3 with weights of 1 and ½: (1 + 1.5)²/(1.5·(1 + 4.5)).
func TestEffectiveSampleSizeByHand(t *testing.T) {
	b := &objective.Batch{
		LogProb: []float32{0, float32(math.Log(3))}, OldLogProb: []float32{0, 0},
		Advantage: []float32{1, 1}, Weight: []float32{1, 0.5},
	}
	_, _, s := apply(objective.Clip(0.2, 0.2, 0), b)
	golden.Close(t, "effective sample size", []float64{s.EffectiveSampleSize()}, []float64{6.25 / 8.25}, rounding)
	copy(b.LogProb, []float32{0.7, 0.7}) // all alike: nothing is lost
	_, _, s = apply(objective.Clip(0.2, 0.2, 0), b)
	golden.Close(t, "effective sample size", []float64{s.EffectiveSampleSize()}, []float64{1}, rounding)
}

// Each log-ratio is in the bin between whose edges it lies, the lower one
// belonging to it.
func TestHistogramBins(t *testing.T) {
	edges := make([]float64, objective.RatioBins-1)
	new(objective.Stats).RatioHistogram(edges, nil)
	if edges[0] != -1 || edges[32] != 0 || edges[64] != 1 || edges[33] != 1./32 {
		t.Fatalf("edges %v", edges)
	}
	tiny := 1e-30
	for _, x := range []float64{-30, -1.0001, -1, -0.99, -1. / 32, -0.03, -tiny, 0, tiny, 0.031, 1. / 32, 0.18, 0.9999, 1, 1.0001, 30} {
		b := at(1, 1)
		b.LogProb[0] = float32(x)
		_, _, s := apply(objective.Clip(0.2, 0.2, 0), b)
		want := 0
		for want < len(edges) && float64(b.LogProb[0]) >= edges[want] {
			want++
		}
		if counts := histogram(&s); counts[want] != 1 {
			t.Errorf("log-ratio %v is not in bin %d: %v", x, want, counts)
		}
	}
	wantPanic(t, func() { new(objective.Stats).RatioHistogram(edges[1:], nil) })
	wantPanic(t, func() { new(objective.Stats).RatioHistogram(nil, []int{1}) })
}

// Tiny changes of policy keep their digits, where a difference of float32
// numbers would leave none: k3 is x²/2 + x³/6 + … of the log-ratio x.
func TestKLOfTinyChanges(t *testing.T) {
	for _, x := range []float32{1e-7, -1e-7, 3e-6, -1e-4, 1e-3} {
		b := &objective.Batch{
			LogProb: []float32{x}, OldLogProb: []float32{0}, Advantage: []float32{1}, Weight: []float32{0.25},
		}
		_, _, s := apply(objective.Clip(0.2, 0.2, 0), b)
		v := float64(x)
		golden.Close(t, "k3", []float64{s.KL()}, []float64{v * v / 2 * (1 + v/3*(1+v/4))}, golden.Tolerance{
			Relative: 3e-8, Why: "rounding of the excess, 2⁻⁵³ of the log-ratio",
		})
		if s.KL1() != -v {
			t.Errorf("k1 is %v, want %v", s.KL1(), -v)
		}
	}
}

// Over the whole range of log-ratios that are not guarded, against float64.
func TestKLOfAnyChange(t *testing.T) {
	for x := -19.9; x < 20; x += 0.37 {
		b := &objective.Batch{
			LogProb: []float32{float32(x) - 2}, OldLogProb: []float32{-2}, Advantage: []float32{1}, Weight: []float32{1},
		}
		_, _, s := apply(objective.Clip(0.2, 0.2, 0), b)
		change := float64(b.LogProb[0]) + 2
		golden.Close(t, "k3", []float64{s.KL()}, []float64{math.Expm1(change) - change}, golden.Tolerance{
			Relative: 1e-13, Why: "rounding of the exponential, and its cancellation near 0",
		})
	}
}
