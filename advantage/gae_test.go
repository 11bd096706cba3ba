package advantage_test

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/proximal-rl/proximal/advantage"
)

// A policy whose critic says v everywhere, in episodes of ten steps that pay 1
// at their end: each estimate is a finite geometric series.
func TestGAEOfConstantValueAndOneTerminalReward(t *testing.T) {
	const length, episodes, v = 10, 3, 0.5
	for _, gamma := range []float64{1, 0.99} {
		for _, lambda := range []float64{0, 0.9, 1} {
			t.Run(fmt.Sprintf("gamma=%v,lambda=%v", gamma, lambda), func(t *testing.T) {
				h := running(float32(gamma), float32(lambda), make([]float32, length*episodes), make([]float32, length*episodes), v)
				for i := range h.value {
					h.value[i] = v
					if i%length == length-1 {
						h.reward[i], h.end[i].terminated = 1, true
					}
				}
				for i, got := range h.gae() {
					left := length - 1 - i%length
					want := math.Pow(gamma*lambda, float64(left)) * (1 - v)
					for k := range left {
						want += math.Pow(gamma*lambda, float64(k)) * (gamma - 1) * v
					}
					if math.Abs(float64(got)-want) > 1e-6 {
						t.Errorf("step %d: got %v, want %v", i, got, want)
					}
				}
			})
		}
	}
}

// Numbers that others publish with their own tests.
func TestGAEOfPublishedTables(t *testing.T) {
	t.Run("rsl_rl", func(t *testing.T) {
		h := running(0.99, 0.95, []float32{1, 2, 3}, []float32{0.5, 1, 1.5}, 2)
		for i, want := range []float32{6.905, 5.758, 3.48} {
			if got := h.gae()[i]; math.Abs(float64(got-want)) > 1e-3 {
				t.Errorf("advantage %d: got %v, want %v", i, got, want)
			}
		}
	})
	t.Run("tianshou", func(t *testing.T) {
		// Three episodes of four steps; the value of each next state is given,
		// and a state's own value is that of the row before.
		h := running(0.99, 0.95,
			[]float32{101, 102, 103, 200, 104, 105, 106, 201, 107, 108, 109, 202},
			[]float32{-3, 2, 3, 4, -1, 5, 6, 7, -2, 8, 9, 10}, -3)
		for i := 3; i < 12; i += 4 {
			h.end[i].terminated = true
		}
		returns := h.gae()
		advantage.Returns(returns, returns, h.value)
		for i, want := range []float32{
			454.8344, 376.1143, 291.298, 200, 464.5610, 383.1085, 295.387, 201, 474.2876, 390.1027, 299.476, 202,
		} {
			if math.Abs(float64(returns[i]-want)) > 1e-4 {
				t.Errorf("return %d: got %v, want %v", i, returns[i], want)
			}
		}
	})
}

func TestGAEIsTheTextbookSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		for i, got := range h.gae() {
			want, bound := h.textbook(i)
			if math.Abs(float64(got)-want) > bound {
				t.Fatalf("row %d: got %v, want %v within %v", i, got, want, bound)
			}
		}
	})
}

// An episode may run on from one rollout into the next. The second rollout then
// holds the estimates that one long rollout would, and the first lacks just what
// was carried across the border.
func TestGAEAcrossRolloutBorder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := drawHistory(t)
		steps := len(whole.reward) / whole.n
		border := rapid.IntRange(0, steps).Draw(t, "border")
		first, second := whole.steps(0, border).gae(), whole.steps(border, steps).gae()
		want := whole.gae()
		cut := border * whole.n

		if !slices.Equal(second, want[cut:]) {
			t.Fatalf("second rollout %v, want %v", second, want[cut:])
		}
		carried := make([]float64, whole.n)
		if border < steps {
			for e := range carried {
				carried[e] = float64(second[e])
			}
		}
		for i := cut - 1; i >= 0; i-- {
			if whole.end[i].ended() {
				carried[i%whole.n] = 0
			}
			carried[i%whole.n] *= float64(whole.gamma) * float64(whole.lambda)
			missing := float64(want[i]) - float64(first[i])
			_, bound := whole.textbook(i)
			if math.Abs(missing-carried[i%whole.n]) > 2*bound {
				t.Fatalf("row %d lacks %v, want %v", i, missing, carried[i%whole.n])
			}
		}
	})
}

func TestGAEInPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		want := h.gae()
		nextValue, discount, carry := h.arrays()
		for name, shared := range map[string]*[]float32{"reward": &h.reward, "value": &h.value, "nextValue": &nextValue} {
			original := *shared
			*shared = slices.Clone(original)
			advantage.GAE(*shared, h.reward, h.value, nextValue, discount, carry, h.n)
			if !slices.Equal(*shared, want) {
				t.Fatalf("dst is %s: got %v, want %v", name, *shared, want)
			}
			*shared = original
		}
	})
}

// Advantages are promised to have the same bits on every machine. A change of
// the sum breaks every recorded run.
func TestBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	h := running(0.99, 0.95, make([]float32, 300), make([]float32, 300), 0.5)
	for i := range h.reward {
		h.reward[i], h.value[i], h.finalValue[i] = rng.Float32(), 10*rng.Float32(), 10*rng.Float32()
		h.end[i] = status{terminated: rng.IntN(20) == 0, truncated: rng.IntN(20) == 0}
	}
	estimate, returns := h.gae(), make([]float32, 300)
	advantage.Returns(returns, estimate, h.value)
	explained := advantage.ExplainedVariance(h.value, returns)
	advantage.Normalize(estimate, estimate)

	hash := crc32.NewIEEE()
	for _, data := range []any{estimate, returns, explained} {
		binary.Write(hash, binary.LittleEndian, data)
	}
	if got, want := hash.Sum32(), uint32(0x27d64666); got != want {
		t.Errorf("checksum %#x, want %#x", got, want)
	}
}

func TestGAEAllocatesNothing(t *testing.T) {
	row, discount := make([]float32, 64), make([]float32, 64)
	if count := testing.AllocsPerRun(10, func() {
		advantage.GAE(row, row, row, row, discount, discount, 4)
		advantage.Returns(row, row, row)
		advantage.Normalize(row, row)
		advantage.ExplainedVariance(row, row)
	}); count != 0 {
		t.Errorf("%v allocations", count)
	}
}

func TestMisuse(t *testing.T) {
	six, five := make([]float32, 6), make([]float32, 5)
	for _, c := range []struct {
		want string
		call func()
	}{
		{"advantage: number of environments is not positive", func() { advantage.GAE(six, six, six, six, six, six, 0) }},
		{"advantage: length of dst is not a multiple of the number of environments", func() { advantage.GAE(six, six, six, six, six, six, 4) }},
		{"advantage: length of reward differs from dst", func() { advantage.GAE(six, five, six, six, six, six, 2) }},
		{"advantage: length of value differs from dst", func() { advantage.GAE(six, six, five, six, six, six, 2) }},
		{"advantage: length of nextValue differs from dst", func() { advantage.GAE(six, six, six, five, six, six, 2) }},
		{"advantage: length of discount differs from dst", func() { advantage.GAE(six, six, six, six, five, six, 2) }},
		{"advantage: length of carry differs from dst", func() { advantage.GAE(six, six, six, six, six, five, 2) }},
		{"advantage: length of advantage differs from dst", func() { advantage.Returns(six, five, six) }},
		{"advantage: length of value differs from dst", func() { advantage.Returns(six, six, five) }},
		{"advantage: length of x differs from dst", func() { advantage.Normalize(six, five) }},
		{"advantage: length of value differs from target", func() { advantage.ExplainedVariance(five, six) }},
	} {
		t.Run(c.want, func(t *testing.T) {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("panic %v", got)
				}
			}()
			c.call()
		})
	}
}
