package plot_test

import (
	"math"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/proximal-rl/proximal/plot"
)

func TestSparkline(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		y     []float64
		width int
		want  string
	}{
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, 8, "▁▂▃▄▅▆▇█"},
		{[]float64{7, 6, 5, 4, 3, 2, 1, 0}, 8, "█▇▆▅▄▃▂▁"},
		{[]float64{0, 0, 7, 7}, 2, "▁█"},
		{[]float64{0, 2, 4, 10, 20, 20}, 3, "▁▃█"}, // means 1, 7, 20
		{[]float64{1, 2}, 6, "▁▁▁███"},             // stretched
		{[]float64{5, 5, 5}, 3, "▄▄▄"},             // no range
		{[]float64{-3}, 2, "▄▄"},                   // one value
		{[]float64{0, nan, 1}, 3, "▁ █"},           // a gap
		{[]float64{0, nan, 1, nan}, 2, "▁█"},       // a gap beside a value
		{[]float64{-inf, 0, 1, inf}, 4, " ▁█ "},    // infinities are gaps
		{[]float64{nan, nan}, 3, "   "},            // nothing
		{nil, 4, "    "},
		{[]float64{1, 2}, 0, ""},
		{[]float64{1, 2}, -1, ""},
		{[]float64{-1e300, 0, 1e300}, 3, "▁▅█"},
	} {
		if got := plot.Sparkline(c.y, c.width); got != c.want {
			t.Errorf("Sparkline(%v, %d) = %q, want %q", c.y, c.width, got, c.want)
		}
	}
}

func TestSparklineIsAlwaysAsWideAsAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOf(rapid.Float64()).Draw(t, "y")
		width := rapid.IntRange(0, 50).Draw(t, "width")
		if got := utf8.RuneCountInString(plot.Sparkline(y, width)); got != width {
			t.Fatalf("%d characters, want %d", got, width)
		}
	})
}

func TestSmooth(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		y      []float64
		window int
		want   []float64
	}{
		{[]float64{2, 4, 6, 8}, 1, []float64{2, 4, 6, 8}},
		{[]float64{2, 4, 6, 8}, 2, []float64{2, 3, 5, 7}},
		{[]float64{2, 4, 6, 8}, 99, []float64{2, 3, 4, 5}},
		{[]float64{nan, 4, nan, 8}, 3, []float64{nan, 4, nan, 6}},
		{[]float64{4, math.Inf(1), 8}, 2, []float64{4, nan, 8}},
		{nil, 3, []float64{}},
	} {
		got := plot.Smooth(c.y, c.window)
		if diff := cmp.Diff(c.want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("Smooth(%v, %d) (-want +got):\n%s", c.y, c.window, diff)
		}
	}
}

func TestSmoothPanicsWithoutAWindow(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	plot.Smooth([]float64{1}, 0)
}
