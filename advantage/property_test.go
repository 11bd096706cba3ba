package advantage_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/proximal-rl/proximal/advantage"
)

func TestLambdaZeroIsTheTemporalDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		h.lambda = 0
		nextValue, discount, _ := h.arrays()
		for i, got := range h.gae() {
			if want := h.reward[i] + float32(discount[i]*nextValue[i]) - h.value[i]; got != want {
				t.Fatalf("row %d: got %v, want %v", i, got, want)
			}
		}
	})
}

// With λ = 1 the values in between cancel: what remains is the discounted sum
// of rewards, with the value of wherever the path was cut, less the value where
// it began.
func TestLambdaOneIsTheDiscountedReturnLessTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		h.lambda = 1
		nextValue, discount, carry := h.arrays()
		future := make([]float64, h.n)
		for e := range future {
			future[e] = float64(h.lastValue[e])
		}
		got := h.gae()
		for i := len(got) - 1; i >= 0; i-- {
			e := i % h.n
			if carry[i] == 0 {
				future[e] = float64(nextValue[i])
			}
			future[e] = float64(h.reward[i]) + float64(discount[i])*future[e]
			_, bound := h.textbook(i)
			if want := future[e] - float64(h.value[i]); math.Abs(float64(got[i])-want) > bound {
				t.Fatalf("row %d: got %v, want %v within %v", i, got[i], want, bound)
			}
		}
	})
}

// Raising every value by c, and every reward by what a step then loses,
// c*(1-discount), changes no advantage. The numbers are small multiples of a
// power of two, so that not one bit may change.
func TestShiftingAllValuesChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		h.gamma, h.lambda = 1, 1
		for _, numbers := range [][]float32{h.reward, h.value, h.finalValue, h.lastValue} {
			for i := range numbers {
				numbers[i] = float32(math.Round(float64(numbers[i])*8) / 8)
			}
		}
		want := h.gae()

		const c = 16
		_, discount, _ := h.arrays()
		for i := range h.reward {
			h.reward[i] += c * (1 - discount[i])
			h.value[i] += c
			h.finalValue[i] += c
		}
		for e := range h.lastValue {
			h.lastValue[e] += c
		}
		if got := h.gae(); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// Environments do not see one another: reordering them reorders the estimates,
// bit for bit.
func TestPermutingEnvironments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		order := rand.New(rand.NewPCG(1, uint64(len(h.reward)))).Perm(h.n)
		moved := h
		moved.reward, moved.value = permute(h.reward, order), permute(h.value, order)
		moved.finalValue, moved.lastValue = permute(h.finalValue, order), permute(h.lastValue, order)
		moved.end = permute(h.end, order)
		if got, want := moved.gae(), permute(h.gae(), order); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// permute moves environment order[e] of a [T,n] slice to place e.
func permute[E any](x []E, order []int) []E {
	moved := make([]E, len(x))
	for i := range x {
		moved[i] = x[i-i%len(order)+order[i%len(order)]]
	}
	return moved
}

func TestNormalizedNumbersHaveMeanZeroAndDeviationOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfNDistinct(rapid.Float32Range(-1e3, 1e3), 2, 50, rapid.ID[float32]).Draw(t, "x")
		if slices.Max(x)-slices.Min(x) < 1e-3 {
			t.Skip("the floor counts")
		}
		dst := make([]float32, len(x))
		advantage.Normalize(dst, x)
		var mean, squares float64
		for _, v := range dst {
			mean += float64(v) / float64(len(dst))
			squares += float64(v) * float64(v) / float64(len(dst)-1)
		}
		if math.Abs(mean) > 1e-6 || math.Abs(squares-1) > 1e-4 {
			t.Fatalf("mean %v, variance %v", mean, squares)
		}
	})
}
