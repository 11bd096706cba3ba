package objective_test

import (
	"math"
	"testing"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/internal/gradcheck"
	"github.com/proximal-rl/proximal/objective"
	"github.com/proximal-rl/proximal/seed"
)

// rounding is what float32 inputs and derivatives leave.
var rounding = golden.Tolerance{Absolute: 1e-7, Relative: 3e-7, Why: "log-probabilities and derivatives are float32"}

// at is one row with the given ratio and advantage and a weight of ½.
func at(ratio float64, advantage float32) *objective.Batch {
	return &objective.Batch{
		LogProb:    []float32{float32(math.Log(ratio))},
		OldLogProb: []float32{0},
		Advantage:  []float32{advantage},
		Weight:     []float32{0.5},
	}
}

// apply returns loss, derivative and statistics.
func apply(surrogate objective.Surrogate, b *objective.Batch) (float64, []float32, objective.Stats) {
	var s objective.Stats
	d := make([]float32, len(b.LogProb))
	loss := surrogate(d, b, &s)
	return loss, d, s
}

// Both signs of the advantage, both sides of the range and its inside. The
// derivative is that of ½·loss by log r, which is the loss itself where the
// gradient flows.
func TestClipByHand(t *testing.T) {
	const none, high, low = "", "high", "low"
	for _, test := range []struct {
		low, high, dual float64
		ratio           float64
		advantage       float32
		loss            float64 // of the row, before its weight
		flows           bool
		outside         string
	}{
		{0.2, 0.2, 0, 1.5, 2, -2.4, false, high}, // gained enough
		{0.2, 0.2, 0, 0.5, 2, -1.0, true, low},   // lost: full gradient back
		{0.2, 0.2, 0, 1.5, -2, 3.0, true, high},  // gained what is bad: full gradient back
		{0.2, 0.2, 0, 0.5, -2, 1.6, false, low},  // avoided enough
		{0.2, 0.2, 0, 1.1, 2, -2.2, true, none},
		{0.2, 0.2, 0, 0.9, -2, 1.8, true, none},
		{0.2, 0.2, 0, 1.5, 0, 0, false, high},

		{0.1, 0.3, 0, 1.25, 1, -1.25, true, none}, // separate bounds
		{0.1, 0.3, 0, 1.35, 1, -1.3, false, high},
		{0.1, 0.3, 0, 0.85, -1, 0.9, false, low},
		{0.1, 0.3, 0, 0.95, -1, 0.95, true, none},
		{0.2, math.Inf(1), 0, 50, 1, -50, true, none}, // no upper bound

		{0.2, 0.2, 3, 4, -2, 6, false, high}, // dual clip bounds the loss
		{0.2, 0.2, 3, 2.5, -2, 5, true, high},
		{0.2, 0.2, 3, 4, 2, -2.4, false, high}, // and leaves positive advantages alone
		{0.2, 0.2, 3, 0.5, -2, 1.6, false, low},
		{0.2, 0.2, 1.1, 1.15, -1, 1.1, false, none}, // inside the range, beyond the dual bound
	} {
		loss, d, s := apply(objective.Clip(test.low, test.high, test.dual), at(test.ratio, test.advantage))
		derivative := 0.0
		if test.flows {
			derivative = test.loss / 2
		}
		golden.Close(t, "loss", []float64{loss}, []float64{test.loss / 2}, rounding)
		golden.Close(t, "derivative", d, []float64{derivative}, rounding)
		if zero := d[0] == 0; zero == test.flows || zero != (s.ZeroGradient == 1) {
			t.Errorf("derivative %v, counted as zero %d times", d[0], s.ZeroGradient)
		}
		if (s.ClippedHigh == 1) != (test.outside == high) || (s.ClippedLow == 1) != (test.outside == low) {
			t.Errorf("counted %d above and %d below the range", s.ClippedHigh, s.ClippedLow)
		}
		if t.Failed() {
			t.Fatalf("in %+v", test)
		}
	}
}

// On the edge itself a row is inside. The ratio is the one that Clip computes,
// and the edge is put there exactly.
func TestOnTheEdge(t *testing.T) {
	for _, ratio := range []float64{0.75, 0.9, 1, 1.125, 1.5} {
		for _, a := range []float32{-1, 1} {
			_, _, s := apply(objective.Clip(0.5, 1, 0), at(ratio, a))
			edge := s.RatioMax
			low, high := max(0, 1-edge), max(0, edge-1)
			if ratio < 1 && 1-low != edge || ratio > 1 && 1+high != edge {
				t.Fatalf("ratio %v cannot be put on an edge", edge)
			}
			_, d, s := apply(objective.Clip(low, high, 0), at(ratio, a))
			if s.ClippedHigh+s.ClippedLow+s.ZeroGradient > 0 || d[0] == 0 {
				t.Errorf("ratio %v, advantage %v: derivative %v on the edge, statistics %+v", edge, a, d[0], s)
			}
			if ratio == 1 {
				continue
			}
			_, _, s = apply(objective.Clip(max(0, low-1e-15), max(0, high-1e-15), 0), at(ratio, a))
			if s.ClippedHigh+s.ClippedLow != 1 {
				t.Errorf("ratio %v is not outside of a range that ends just before it", edge)
			}
		}
	}
	// The dual bound is an edge of the same kind.
	_, _, s := apply(objective.Clip(0.2, 0.2, 0), at(4, -1))
	if _, d, _ := apply(objective.Clip(0.2, 0.2, s.RatioMax), at(4, -1)); d[0] == 0 {
		t.Error("no gradient on the edge of the dual clip")
	}
}

// draw makes rows around and far beyond the clip range.
func draw(rows int, rng *seed.Rand) *objective.Batch {
	b := &objective.Batch{}
	for range rows {
		logProb := float32(rng.Normal() - 1)
		b.LogProb = append(b.LogProb, logProb)
		b.OldLogProb = append(b.OldLogProb, logProb+float32(0.4*rng.Normal()))
		b.Advantage = append(b.Advantage, float32(rng.Normal()))
		b.Weight = append(b.Weight, float32(rng.Uniform(0.1, 1)))
	}
	return b
}

// clip64 is the surrogate as its papers write it, for one row in float64.
func clip64(logProb, oldLogProb, advantage, low, high, dual float64) float64 {
	r := math.Exp(logProb - oldLogProb)
	clipped := math.Max(1-low, math.Min(1+high, r))
	worse := math.Min(r*advantage, clipped*advantage)
	if dual > 0 && advantage < 0 {
		worse = math.Max(worse, dual*advantage)
	}
	return -worse
}

func TestClipAgainstReference(t *testing.T) {
	const rows = 400
	for _, c := range [][3]float64{{0.2, 0.2, 0}, {0.1, 0.3, 0}, {0.2, 0.2, 1.5}, {0, 0, 0}, {0.05, 0.4, 3}} {
		low, high, dual := c[0], c[1], c[2]
		b := draw(rows, seed.New(1))
		loss, d, _ := apply(objective.Clip(low, high, dual), b)

		of := func(logProb []float64) float64 {
			sum := 0.0
			for i, l := range logProb {
				sum += float64(b.Weight[i]) * clip64(l, float64(b.OldLogProb[i]), float64(b.Advantage[i]), low, high, dual)
			}
			return sum
		}
		golden.Close(t, "loss", []float64{loss}, []float64{of(widen(b.LogProb))}, rounding)
		for i := range rows { // row by row, so that the measurement may step around each knee
			b := span(b, i, i+1)
			want := gradcheck.Gradient(func(l []float64) float64 {
				return float64(b.Weight[0]) * clip64(l[0], float64(b.OldLogProb[0]), float64(b.Advantage[0]), low, high, dual)
			}, widen(b.LogProb))
			golden.Close(t, "derivative", d[i:i+1], want, rounding)
		}
	}
}

// The gradient stops exactly where the policy has gone far enough in the
// direction of the advantage, and nowhere else; and a clipped objective never
// promises more than the unclipped one.
func TestClipIsPessimisticAndFlatOnOneSide(t *testing.T) {
	const low, high = 0.2, 0.3
	surrogate := objective.Clip(low, high, 0)
	b := draw(2000, seed.New(2))
	for i := range b.LogProb {
		b := span(b, i, i+1)
		loss, d, s := apply(surrogate, b)
		r, a, w := s.RatioMax, float64(b.Advantage[0]), float64(b.Weight[0])
		if unclipped := -(w * (r * a)); loss < unclipped {
			t.Errorf("ratio %v, advantage %v: loss %v is below the unclipped %v", r, a, loss, unclipped)
		}
		farEnough := a > 0 && r > 1+high || a < 0 && r < 1-low
		if farEnough != (d[0] == 0) {
			t.Errorf("ratio %v, advantage %v: derivative %v", r, a, d[0])
		}
		if d[0] != 0 && (d[0] > 0) == (a > 0) {
			t.Errorf("ratio %v, advantage %v: descent along %v worsens the objective", r, a, d[0])
		}
	}
}

// Before the first step the ratio is exactly 1: the surrogate is the mean
// advantage and its derivative −w·A, to the last bit.
func TestRatioOne(t *testing.T) {
	b := draw(100, seed.New(3))
	copy(b.OldLogProb, b.LogProb)
	loss, d, s := apply(objective.Clip(0.2, 0.2, 0), b)
	want := 0.0
	for i, a := range b.Advantage {
		want -= float64(b.Weight[i]) * float64(a)
		if product := float32(-float64(b.Weight[i]) * float64(a)); d[i] != product {
			t.Errorf("derivative %d is %v, want %v", i, d[i], product)
		}
	}
	if loss != want {
		t.Errorf("loss %v, want %v", loss, want)
	}
	if s.RatioMin != 1 || s.RatioMax != 1 || s.RatioMean() != 1 || s.KL() != 0 || s.KL1() != 0 || s.ClipFraction() != 0 {
		t.Errorf("statistics at ratio 1: %+v", s)
	}
}

// A range that is no range is refused when the surrogate is made.
func TestImpossibleRanges(t *testing.T) {
	nan := math.NaN()
	for _, c := range [][3]float64{
		{-0.1, 0.2, 0}, {1, 0.2, 0}, {nan, 0.2, 0}, {0.2, -0.1, 0}, {0.2, nan, 0},
		{0.2, 0.2, 1}, {0.2, 0.2, 0.5}, {0.2, 0.2, -2}, {0.2, 0.2, nan},
	} {
		wantPanic(t, func() { objective.Clip(c[0], c[1], c[2]) })
	}
}

// A policy that has fallen apart must not look like one that stands still.
func TestNaNPassesThrough(t *testing.T) {
	b := at(1, 1)
	b.LogProb[0] = float32(math.NaN())
	loss, d, s := apply(objective.Clip(0.2, 0.2, 0), b)
	if loss == loss || d[0] == d[0] || s.KL() == s.KL() {
		t.Errorf("loss %v, derivative %v, KL %v", loss, d[0], s.KL())
	}
}
