package plot

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAxisLabels(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		room      bool
		want      string
	}{
		{0, 100_000, false, "0 20k 40k 60k 80k 100k"},
		{0, 1_000_000, false, "0 200k 400k 600k 800k 1M"},
		{0, 12_000, false, "0 2k 4k 6k 8k 10k 12k"},
		{0, 20_000, false, "0 2.5k 5k 7.5k 10k 12.5k 15k 17.5k 20k"},
		{0, 3e9, false, "0 500M 1B 1.5B 2B 2.5B 3B"},
		{0, 500, true, "0 100 200 300 400 500"},
		{-1600, -120, true, "−1500 −1250 −1000 −750 −500 −250"},
		{-1, 1, true, "−1 −0.5 0 0.5 1"},
		{0, 0.0003, false, "0 5e−5 0.0001 0.00015 0.0002 0.00025 0.0003"},
		{0, 0.3, false, "0 0.05 0.1 0.15 0.2 0.25 0.3"},
		{0, 4e20, false, "0 5e19 1e20 1.5e20 2e20 2.5e20 3e20 3.5e20 4e20"},
		{3, 3, true, "2.7 2.8 2.9 3 3.1 3.2 3.3"},
		{0, 0, true, "−1 −0.5 0 0.5 1"},
	} {
		var labels []string
		for _, t := range newAxis(c.low, c.high, 8, c.room).ticks {
			labels = append(labels, t.label)
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("axis of %v to %v: %s; want %s", c.low, c.high, got, c.want)
		}
	}
}

func TestAxisStopsAtZero(t *testing.T) {
	for _, c := range [][4]float64{ // low and high of the data, then of the axis
		{0, 100, 0, 105}, {2, 102, 0, 107}, {-100, 0, -105, 0}, {-10, 10, -11, 11}, {50, 150, 45, 155},
	} {
		if a := newAxis(c[0], c[1], 8, true); a.min != c[2] || a.max != c[3] {
			t.Errorf("data %v to %v: axis %v to %v, want %v", c[0], c[1], a.min, a.max, c[2:])
		}
	}
}

// Whatever the data, an axis covers them and has a few different divisions in
// ascending order.
func TestAxisCoversAnyData(t *testing.T) {
	value := rapid.OneOf(rapid.Float64Range(-extent, extent), rapid.Float64Range(-10, 10), rapid.Float64Range(0, 1e-300))
	rapid.Check(t, func(t *rapid.T) {
		low, high := value.Draw(t, "one end"), value.Draw(t, "other end")
		low, high = min(low, high), max(low, high)
		a := newAxis(low, high, 8, rapid.Bool().Draw(t, "room"))
		if a.at(low) < 0 || a.at(high) > 1 || !isFinite(a.at(low)) || !isFinite(a.at(high)) {
			t.Fatalf("%+v does not cover %v to %v", a, low, high)
		}
		if n := len(a.ticks); n < 2 || n > 10 {
			t.Fatalf("%d divisions: %+v", n, a)
		}
		for i, tick := range a.ticks {
			if at := a.at(tick.value); at < -1e-9 || at > 1+1e-9 {
				t.Fatalf("division %v lies outside %v to %v", tick.value, a.min, a.max)
			}
			if i > 0 && (tick.value <= a.ticks[i-1].value || tick.label == a.ticks[i-1].label) {
				t.Fatalf("divisions %+v and %+v", a.ticks[i-1], tick)
			}
		}
	})
}

func TestLogAxisLabels(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      []string
	}{
		{1e-5, 1e-2, []string{"1e−5", "3e−5", "0.0001", "0.0003", "0.001", "0.003", "0.01"}},
		{0.05, 0.5, []string{"0.05", "0.1", "0.2", "0.5"}},
		{1, 1e18, []string{"1", "1000", "1000000", "1000000000", "1e12", "1e15", "1e18"}},
		{3, 3, []string{"2", "5"}},
		{1.1, 1.4, []string{"1.1", "1.15", "1.2", "1.25", "1.3", "1.35", "1.4"}},
	} {
		a := logAxis(c.low, c.high, 7, false)
		if len(a.ticks) != len(c.want) {
			t.Errorf("axis of %v to %v: %v, want %v", c.low, c.high, a.ticks, c.want)
			continue
		}
		for i, tick := range a.ticks {
			if tick.label != c.want[i] {
				t.Errorf("axis of %v to %v: %v, want %v", c.low, c.high, a.ticks, c.want)
				break
			}
			if at := a.at(tick.value); at < -1e-9 || at > 1+1e-9 {
				t.Errorf("division %v lies outside", tick)
			}
		}
	}
}

func TestRoundStep(t *testing.T) {
	for atLeast, want := range map[float64]float64{
		1: 1, 1.1: 2, 2: 2, 2.2: 2.5, 2.6: 5, 5: 5, 6: 10, 99: 100, 0.03: 0.05, 1e-300: 1e-300,
	} {
		if got := roundStep(atLeast); math.Abs(got/want-1) > 1e-12 {
			t.Errorf("roundStep(%v) = %v, want %v", atLeast, got, want)
		}
	}
}
