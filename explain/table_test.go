package explain_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/explain"
	"github.com/proximal-rl/proximal/objective"
)

// clip returns settings with a range of its own.
func clip(low, high, dual float64) objective.Settings {
	s := objective.DefaultSettings()
	s.Low, s.High, s.Dual = low, high, dual
	return s
}

// lines writes rows as text, numbers in their shortest form.
func lines(rows []explain.Row) string {
	var b strings.Builder
	for _, r := range rows {
		for _, x := range []float64{r.Ratio, r.Unclipped, r.Clip, r.Clipped, r.Objective, r.Gradient} {
			b.WriteString(explain.Number(x) + " ")
		}
		fmt.Fprintln(&b, r.Case, r.Term)
	}
	return b.String()
}

// TestTableOfTheTextbook: every number of two tables that are solved by hand.
func TestTableOfTheTextbook(t *testing.T) {
	for _, test := range []struct {
		advantage float64
		want      string
	}{
		{1, `0.5 0.5 0.8 0.8 0.5 1 no unclipped
0.8 0.8 0.8 0.8 0.8 1 boundary either
1 1 1 1 1 1 no either
1.1 1.1 1.1 1.1 1.1 1 no either
1.2 1.2 1.2 1.2 1.2 1 boundary either
1.3 1.3 1.2 1.2 1.2 0 yes clipped
1.5 1.5 1.2 1.2 1.2 0 yes clipped
2 2 1.2 1.2 1.2 0 yes clipped
`},
		{-1, `0.5 -0.5 0.8 -0.8 -0.8 0 yes clipped
0.7 -0.7 0.8 -0.8 -0.8 0 yes clipped
0.8 -0.8 0.8 -0.8 -0.8 -1 boundary either
1 -1 1 -1 -1 -1 no either
1.2 -1.2 1.2 -1.2 -1.2 -1 boundary either
1.5 -1.5 1.2 -1.2 -1.5 -1 no unclipped
2 -2 1.2 -1.2 -2 -1 no unclipped
`},
	} {
		rows, err := explain.Table(explain.Ratios(test.advantage, clip(0.2, 0.2, 0)), test.advantage, clip(0.2, 0.2, 0))
		if got := lines(rows); err != nil || got != test.want {
			t.Errorf("A = %v: %v\n%s", test.advantage, err, got)
		}
	}
}

// TestDualClip: the terms that the dual clip bounds, its knee, and that it says
// nothing where the advantage is positive.
func TestDualClip(t *testing.T) {
	rows, err := explain.Table([]float64{0.5, 1, 1.4, 1.5, 3}, -2, clip(0.2, 0.2, 1.4))
	want := `0.5 -1 0.8 -1.6 -1.6 0 yes clipped
1 -2 1 -2 -2 -2 no either
1.4 -2.8 1.2 -2.4 -2.8 -2 boundary unclipped
1.5 -3 1.2 -2.4 -2.8 0 yes dual
3 -6 1.2 -2.4 -2.8 0 yes dual
`
	if got := lines(rows); err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
	rows, err = explain.Table([]float64{1.4, 3}, 2, clip(0.2, 0.2, 1.4))
	if got := lines(rows); err != nil || got != "1.4 2.8 1.2 2.4 2.4 0 yes clipped\n3 6 1.2 2.4 2.4 0 yes clipped\n" {
		t.Errorf("%v\n%s", err, got)
	}
}

// TestEdgesAreDecimal: with ε as people write it, the edge as people write it is
// a boundary under both signs, has the full gradient and prints as it should;
// its neighbours are no boundary.
func TestEdgesAreDecimal(t *testing.T) {
	for n := 1; n < 1000; n++ {
		epsilon := decimal(t, fmt.Sprintf("0.%03d", n))
		below, above := decimal(t, fmt.Sprintf("0.%03d", 1000-n)), decimal(t, fmt.Sprintf("1.%03d", n))
		for _, advantage := range []float64{1, -1, 3, -0.7} {
			rows, err := explain.Table([]float64{below, above}, advantage, clip(epsilon, epsilon, 0))
			if err != nil {
				t.Fatal(err)
			}
			for i, edge := range []float64{below, above} {
				r := rows[i]
				if r.Case != explain.Boundary || r.Gradient != advantage || r.Clip != edge || r.Objective != r.Unclipped || r.Objective != r.Clipped {
					t.Errorf("ε = %v, A = %v: %+v", epsilon, advantage, r)
				}
			}
			rows, err = explain.Table([]float64{below - 1e-9, below + 1e-9, above - 1e-9, above + 1e-9}, advantage, clip(epsilon, epsilon, 0))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if r.Case == explain.Boundary {
					t.Errorf("ε = %v, A = %v: %+v", epsilon, advantage, r)
				}
			}
		}
	}
}

// TestNextToAnEdge: the numbers next to an edge and to the dual bound are not on
// it, and the gradient is gone on the outer side alone, whatever binary
// arithmetic makes of the edge and of the products.
func TestNextToAnEdge(t *testing.T) {
	for n := 1; n < 1000; n++ {
		epsilon := decimal(t, fmt.Sprintf("0.%03d", n))
		s := clip(epsilon, epsilon, 3)
		low, high := explain.Edges(s)
		for _, c := range []struct{ inside, outside, advantage float64 }{
			{math.Nextafter(low, 2), math.Nextafter(low, 0), -1.1},
			{math.Nextafter(high, 0), math.Nextafter(high, 2), 1.1},
			{math.Nextafter(3, 0), math.Nextafter(3, 4), -0.7},
		} {
			in, err := explain.Sample(c.inside, c.advantage, s)
			if err != nil || in.Case != explain.Free || in.Gradient != c.advantage || in.Objective != in.Unclipped {
				t.Errorf("ε = %v: inside %+v, %v", epsilon, in, err)
			}
			out, err := explain.Sample(c.outside, c.advantage, s)
			if err != nil || out.Case != explain.Flat || out.Gradient != 0 || out.Term == explain.Either || out.Term == explain.Unclipped {
				t.Errorf("ε = %v: outside %+v, %v", epsilon, out, err)
			}
		}
	}
}

// TestRatiosFollowTheRange: both edges, 1 and the dual bound are among them, and
// so is something on every side of each.
func TestRatiosFollowTheRange(t *testing.T) {
	for _, s := range []objective.Settings{
		clip(0.05, 0.05, 0), clip(0.2, 0.28, 0), clip(0.7, 0.7, 0), clip(0.99, 1.5, 0), clip(0.2, 0.2, 3), clip(0.2, 0.5, 1.4), clip(0.2, 0.2, 1.2),
	} {
		low, high := explain.Edges(s)
		for _, advantage := range []float64{1, -1} {
			ratios := explain.Ratios(advantage, s)
			marks := []float64{low, 1, high}
			if s.Dual != 0 && advantage < 0 {
				marks = append(marks, s.Dual)
			}
			for _, mark := range marks {
				if !slices.Contains(ratios, mark) {
					t.Errorf("%+v, A = %v: %v has no %v", s, advantage, ratios, mark)
				}
			}
			if !slices.IsSorted(ratios) || ratios[0] <= 0 || ratios[0] >= low || ratios[len(ratios)-1] <= slices.Max(marks) {
				t.Errorf("%+v, A = %v: %v", s, advantage, ratios)
			}
		}
	}
	// What is too large for a number is left out.
	if got := explain.Ratios(1, clip(0.2, 1e308, 0)); !slices.Contains(got, 1e308) || math.IsInf(slices.Max(got), 0) {
		t.Errorf("%v", got)
	}
}

func decimal(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestNumbersAreDecimal: products that binary arithmetic does not hit.
func TestNumbersAreDecimal(t *testing.T) {
	rows, err := explain.Table([]float64{1.1, 0.1, 1.4}, 3, clip(0.9, 0.3, 0))
	want := "1.1 3.3 1.1 3.3 3.3 3 no either\n0.1 0.3 0.1 0.3 0.3 3 boundary either\n1.4 4.2 1.3 3.9 3.9 0 yes clipped\n"
	if got := lines(rows); err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
}

// TestSampleIsTheObjective: the row of any sample has the loss and the
// derivative of objective.Clip, and the term that it names has that value.
func TestSampleIsTheObjective(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		s := clip(0.01+0.98*rng.Float64(), 0.01+rng.Float64(), 0)
		if rng.IntN(2) == 0 {
			s.Dual = 1.01 + 2*rng.Float64()
		}
		change, advantage := float32(rng.NormFloat64()), float32(rng.NormFloat64())
		ratio := math.Exp(float64(change))
		row, err := explain.Sample(ratio, float64(advantage), s)
		if err != nil {
			t.Fatal(err)
		}
		var stats objective.Stats
		d := make([]float32, 1)
		loss := objective.Clip(s.Low, s.High, s.Dual)(d, &objective.Batch{
			LogProb: []float32{change}, OldLogProb: []float32{0}, Advantage: []float32{advantage}, Weight: []float32{1},
		}, &stats)
		if math.Abs(row.Objective+loss) > 1e-6*math.Abs(loss) || math.Abs(row.ByLogProb()+float64(d[0])) > 1e-6*math.Abs(row.Unclipped) {
			t.Errorf("%+v of %+v: objective.Clip has %v and %v", row, s, loss, d[0])
		}
		value := map[explain.Term]float64{
			explain.Either: row.Clipped, explain.Unclipped: row.Unclipped, explain.Clipped: row.Clipped, explain.Dual: s.Dual * float64(advantage),
		}[row.Term]
		if math.Abs(value-row.Objective) > 1e-12*math.Abs(value) || (row.Case == explain.Flat) != (d[0] == 0) {
			t.Errorf("%+v names the term %s, which is %v", row, row.Term, value)
		}
	}
}

// TestNoAdvantage: a sample without an advantage is never clipped.
func TestNoAdvantage(t *testing.T) {
	rows, err := explain.Table([]float64{0, 0.8, 2}, 0, clip(0.2, 0.2, 3))
	want := "0 0 0.8 0 0 0 no either\n0.8 0 0.8 0 0 0 boundary either\n2 0 1.2 0 0 0 no either\n"
	if got := lines(rows); err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestTableRefuses(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, test := range []struct {
		ratios    []float64
		advantage float64
		settings  objective.Settings
		want      string
	}{
		{nil, 1, clip(0.2, 0.2, 0), "ratios: must name at least one"},
		{[]float64{1, nan}, 1, clip(0.2, 0.2, 0), "ratios[1] = NaN: must be a finite number of at least 0"},
		{[]float64{-0.1}, 1, clip(0.2, 0.2, 0), "ratios[0] = -0.1: must be"},
		{[]float64{inf}, 1, clip(0.2, 0.2, 0), "ratios[0] = +Inf: must be"},
		{[]float64{1}, nan, clip(0.2, 0.2, 0), "advantage = NaN: must be a finite number"},
		{[]float64{1}, inf, clip(0.2, 0.2, 0), "advantage = +Inf"},
		{[]float64{1e10}, 1e300, clip(0.2, 0.2, 0), "advantage = 1e+300: too large"},
		{[]float64{1}, 1, clip(1e-20, 0.2, 0), "low = 1e-20: must be at least 1e-15"},
		{[]float64{1}, 1, clip(0.2, 1e-20, 0), "high = 1e-20: must be at least 1e-15"},
		{[]float64{1}, 1, clip(0, 0.2, 0), "low = 0: must be in (0, 1)"},
		{[]float64{1}, 1, clip(1, 0.2, 0), "low = 1: must be in (0, 1)"},
		{[]float64{1}, 1, clip(nan, 0.2, 0), "low = NaN"},
		{[]float64{1}, 1, clip(0.2, 0, 0), "high = 0: must be a finite number above 0"},
		{[]float64{1}, 1, clip(0.2, inf, 0), "high = +Inf"},
		{[]float64{1}, 1, clip(0.2, 0.2, 1), "dual = 1: must be 0 (off) or a finite number above 1"},
		{[]float64{1}, 1, clip(0.2, 0.2, -1), "dual = -1"},
		{[]float64{1}, 1, clip(0.2, 0.2, nan), "dual = NaN"},
	} {
		if _, err := explain.Table(test.ratios, test.advantage, test.settings); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("error %v, want %s", err, test.want)
		}
	}
	if _, err := explain.Sample(-1, 1, clip(0.2, 0.2, 0)); err == nil || !strings.HasPrefix(err.Error(), "ratio = -1") {
		t.Errorf("error %v", err)
	}
}
