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
	if !math.IsNaN(s.KL()) || !math.IsNaN(s.KL1()) || s.RatioMin != 0 || s.RatioMax != 0 {
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
	if got.Rows != want.Rows || got.ClippedHigh != want.ClippedHigh || got.ClippedLow != want.ClippedLow ||
		got.ZeroGradient != want.ZeroGradient || got.RatioMin != want.RatioMin || got.RatioMax != want.RatioMax {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
	figures := func(s *objective.Stats) []float64 {
		return []float64{s.KL(), s.KL1(), s.RatioMean(), s.ZeroGradientAdvantage()}
	}
	golden.Close(t, what, figures(got), figures(want), golden.Tolerance{
		Relative: 1e-12, Why: "float64 sums in another grouping",
	})
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

// Over the whole range of log-ratios, against float64.
func TestKLOfAnyChange(t *testing.T) {
	for x := -30.0; x < 60; x += 0.37 {
		b := &objective.Batch{
			LogProb: []float32{float32(x) - 2}, OldLogProb: []float32{-2}, Advantage: []float32{1}, Weight: []float32{1},
		}
		_, _, s := apply(objective.Clip(0.2, 0.2, 0), b)
		change := float64(b.LogProb[0]) + 2
		golden.Close(t, "k3", []float64{s.KL()}, []float64{math.Expm1(change) - change}, golden.Tolerance{
			Relative: 1e-6, Why: "beyond ½ the exponential is float32's",
		})
	}
}
