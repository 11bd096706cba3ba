package seed

import (
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestFrozen holds the draws that are our own, and so have no other reference,
// to what they were: a saved run must stay repeatable.
func TestFrozen(t *testing.T) {
	order := make([]int32, 12)
	for i := range order {
		order[i] = int32(i)
	}
	r := Stream(1, "minibatch", 0)
	r.Shuffle(order)
	if want := []int32{10, 4, 9, 0, 11, 1, 2, 3, 8, 5, 6, 7}; !slices.Equal(order, want) {
		t.Errorf("order is %v, was %v", order, want)
	}
	if got, want := r.Uint64(), uint64(0xa6d5d999f86cbe1c); got != want {
		t.Errorf("the draw after the shuffle is %#x, was %#x", got, want)
	}
	state, err := r.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := hex.EncodeToString(state), "70636736342e313ac9688c7e01407032311a1729672791802300cb8b7c79f7d671795861c6b2204f0198ecf390"; got != want {
		t.Errorf("state is %s, was %s", got, want)
	}
}

func TestStreamsDiffer(t *testing.T) {
	seen := map[uint64]string{}
	for _, s := range []struct {
		what string
		rng  *Rand
	}{
		{"New(1)", New(1)},
		{"New(2)", New(2)},
		{"Stream(1, env, 0)", Stream(1, "env", 0)},
		{"Stream(1, env, 1)", Stream(1, "env", 1)},
		{"Stream(1, env, largest)", Stream(1, "env", math.MaxInt)},
		{"Stream(1, action, 0)", Stream(1, "action", 0)},
		{"Stream(2, env, 0)", Stream(2, "env", 0)},
		{"Stream(1<<32, env, 0)", Stream(1<<32, "env", 0)},
	} {
		first := s.rng.Uint64()
		if other, known := seen[first]; known {
			t.Errorf("%s begins like %s", s.what, other)
		}
		seen[first] = s.what
	}
}

func TestIntegersStayInRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Int64().Draw(t, "low")
		if low == math.MaxInt64 {
			low--
		}
		high := rapid.Int64Range(low+1, math.MaxInt64).Draw(t, "high")
		r := New(rapid.Uint64().Draw(t, "seed"))
		for range 20 {
			if n := r.Integers(low, high); n < low || n >= high {
				t.Fatalf("Integers(%d, %d) = %d", low, high, n)
			}
		}
	})
}

func TestIntegersAreEquallyLikely(t *testing.T) {
	r := New(5)
	for _, n := range []int64{2, 3, 10} {
		const draws = 100_000
		counts := make([]float64, n)
		for range draws {
			counts[r.Integers(0, n)]++
		}
		expected := float64(draws) / float64(n)
		for i, c := range counts {
			if math.Abs(c-expected) > 5*math.Sqrt(expected) {
				t.Errorf("Integers(0, %d): %d came %v times, expected %v", n, i, c, expected)
			}
		}
	}
}

func TestUniformStaysInRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ends := rapid.SliceOfN(rapid.Float64Range(-1e300, 1e300), 2, 2).Draw(t, "ends")
		low, high := slices.Min(ends), slices.Max(ends)
		r := New(rapid.Uint64().Draw(t, "seed"))
		for range 20 {
			if x := r.Uniform(low, high); x < low || x > high {
				t.Fatalf("Uniform(%v, %v) = %v", low, high, x)
			}
		}
	})
}

func TestChoiceSkipsWeightZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.IntRange(0, 3), 1, 20).Draw(t, "weights")
		weights[rapid.IntRange(0, len(weights)-1).Draw(t, "positive")]++
		cumulative, sum := make([]float64, len(weights)), 0.0
		for i, w := range weights {
			sum += float64(w)
			cumulative[i] = sum
		}
		r := New(rapid.Uint64().Draw(t, "seed"))
		for range 50 {
			if i := r.Choice(cumulative); weights[i] == 0 {
				t.Fatalf("chose %d of weights %v", i, weights)
			}
		}
	})
}

func TestShuffleKeepsTheElements(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOf(rapid.Int32()).Draw(t, "x")
		before := slices.Clone(x)
		New(rapid.Uint64().Draw(t, "seed")).Shuffle(x)
		slices.Sort(x)
		slices.Sort(before)
		if !slices.Equal(x, before) {
			t.Fatalf("elements are %v, were %v", x, before)
		}
	})
}

func TestShuffleGivesEveryOrder(t *testing.T) {
	const draws = 60_000
	r, counts := New(9), map[[4]int32]float64{}
	for range draws {
		order := [4]int32{0, 1, 2, 3}
		r.Shuffle(order[:])
		counts[order]++
	}
	if len(counts) != 24 {
		t.Errorf("%d orders, want 24", len(counts))
	}
	for order, c := range counts {
		if math.Abs(c-draws/24) > 5*math.Sqrt(draws/24) {
			t.Errorf("order %v came %v times, expected %v", order, c, draws/24)
		}
	}
}

// TestMoments compares mean, variance and fourth moment of long runs with those
// of the distributions, within five standard errors.
func TestMoments(t *testing.T) {
	const draws = 1_000_000
	r := New(3)
	for _, c := range []struct {
		name     string
		draw     func() float64
		moments  [3]float64 // of x, x², x⁴
		variance [3]float64 // of each
	}{
		{"Normal", r.Normal, [3]float64{0, 1, 3}, [3]float64{1, 2, 96}},
		{"Exponential", r.Exponential, [3]float64{1, 2, 24}, [3]float64{1, 20, 40320 - 576}},
	} {
		var sums [3]float64
		for range draws {
			x := c.draw()
			sums[0] += x
			sums[1] += x * x
			sums[2] += x * x * x * x
		}
		for i, sum := range sums {
			if got := sum / draws; math.Abs(got-c.moments[i]) > 5*math.Sqrt(c.variance[i]/draws) {
				t.Errorf("%s: moment %d is %v, want %v", c.name, 1<<i, got, c.moments[i])
			}
		}
	}
}

func TestDrawsDoNotAllocate(t *testing.T) {
	r := New(1)
	order, cumulative, state := make([]int32, 100), []float64{1, 2, 4}, make([]byte, 0, stateLength)
	for name, draw := range map[string]func(){
		"Uint64":       func() { r.Uint64() },
		"Uint32":       func() { r.Uint32() },
		"Float64":      func() { r.Float64() },
		"Uniform":      func() { r.Uniform(-1, 1) },
		"Integers":     func() { r.Integers(0, 7); r.Integers(0, math.MaxInt64) },
		"Normal":       func() { r.Normal() },
		"Exponential":  func() { r.Exponential() },
		"Choice":       func() { r.Choice(cumulative) },
		"Shuffle":      func() { r.Shuffle(order) },
		"AppendBinary": func() { state, _ = r.AppendBinary(state[:0]) },
	} {
		if n := testing.AllocsPerRun(1000, draw); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func TestMisusePanics(t *testing.T) {
	r := New(0)
	for name, misuse := range map[string]func(){
		"negative index":   func() { Stream(0, "env", -1) },
		"no integer":       func() { r.Integers(3, 3) },
		"high below low":   func() { r.Integers(3, -3) },
		"negative width":   func() { r.Uniform(1, 0) },
		"infinite width":   func() { r.Uniform(-math.MaxFloat64, math.MaxFloat64) },
		"NaN":              func() { r.Uniform(math.NaN(), 0) },
		"nothing":          func() { r.Choice(nil) },
		"weights all zero": func() { r.Choice([]float64{0, 0}) },
		"infinite weights": func() { r.Choice([]float64{1, math.Inf(1)}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if message, ok := recover().(string); !ok || !strings.HasPrefix(message, "seed: ") {
					t.Errorf("recovered %q", message)
				}
			}()
			misuse()
		})
	}
}
