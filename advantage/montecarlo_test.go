package advantage_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/proximal-rl/proximal/advantage"
)

// ahead walks from row i to the last row whose reward counts: at most k rewards,
// no further than the end of the episode or of the rollout. It reads what
// happened, not discount and carry.
func (h history) ahead(i, k int) (rows []int) {
	for ; i < len(h.reward) && k > 0; i, k = i+h.n, k-1 {
		rows = append(rows, i)
		if h.end[i].ended() {
			break
		}
	}
	return rows
}

// sum is the discounted sum of rewards along rows and of the value after the last
// of them, with the size of its terms, in float64.
func (h history) sum(rows []int) (sum, size float64) {
	nextValue, _, _ := h.arrays()
	gamma, factor := float64(h.gamma), 1.0
	for _, i := range rows {
		sum += factor * float64(h.reward[i])
		size += factor * math.Abs(float64(h.reward[i]))
		factor *= gamma
	}
	if last := rows[len(rows)-1]; !h.end[last].terminated {
		sum += factor * float64(nextValue[last])
		size += factor * math.Abs(float64(nextValue[last]))
	}
	return sum, size
}

func TestReturnsAreTheTextbookSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		h.lambda = 1
		k := rapid.IntRange(1, 6).Draw(t, "k")
		nextValue, discount, carry := h.arrays()
		all, some := make([]float32, len(h.reward)), make([]float32, len(h.reward))
		advantage.MonteCarlo(all, h.reward, nextValue, discount, carry, h.n)
		advantage.NStep(some, h.reward, nextValue, discount, carry, h.n, k)
		for i := range all {
			for name, of := range map[string]struct {
				got float32
				k   int
			}{"to the end": {all[i], len(h.reward)}, "k rewards": {some[i], k}} {
				rows := h.ahead(i, of.k)
				want, size := h.sum(rows)
				// Each row rounds a product and a sum.
				bound := 0x1p-23 * size * float64(len(rows)+1)
				if math.Abs(float64(of.got)-want) > bound {
					t.Fatalf("%s, row %d: got %v, want %v within %v", name, i, of.got, want, bound)
				}
			}
		}
	})
}

// As many steps as there are, or one, are methods with names of their own.
func TestNStepHasKnownEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		h.lambda = 1
		nextValue, discount, carry := h.arrays()
		got, want := make([]float32, len(h.reward)), make([]float32, len(h.reward))
		advantage.NStep(got, h.reward, nextValue, discount, carry, h.n, len(h.reward)+1)
		advantage.MonteCarlo(want, h.reward, nextValue, discount, carry, h.n)
		if !slices.Equal(got, want) {
			t.Fatalf("all steps: got %v, want the Monte Carlo returns %v", got, want)
		}
		advantage.NStep(got, h.reward, nextValue, discount, carry, h.n, 1)
		for i := range want {
			want[i] = h.reward[i] + float32(discount[i]*nextValue[i])
		}
		if !slices.Equal(got, want) {
			t.Fatalf("one step: got %v, want the temporal-difference targets %v", got, want)
		}
	})
}

// With λ = 1 the generalised advantage estimate is the return over the value.
func TestMonteCarloOverBaselineIsGAEOfLambdaOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		h.lambda = 1
		nextValue, discount, carry := h.arrays()
		got := make([]float32, len(h.reward))
		advantage.MonteCarlo(got, h.reward, nextValue, discount, carry, h.n)
		advantage.OverBaseline(got, got, h.value)
		for i, want := range h.gae() {
			if _, bound := h.textbook(i); math.Abs(float64(got[i]-want)) > 2*bound {
				t.Fatalf("row %d: got %v, want %v within %v", i, got[i], want, 2*bound)
			}
		}
	})
}

// Whole leaves out the last episode of every environment, unless it ends with the
// rollout.
func TestWholeMarksEpisodesThatEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		h.lambda = 1
		_, _, carry := h.arrays()
		got := make([]bool, len(carry))
		count, want := advantage.Whole(got, carry, h.n), 0
		for i := range got {
			rows := h.ahead(i, len(got))
			if ends := h.end[rows[len(rows)-1]].ended(); got[i] != ends {
				t.Fatalf("row %d: marked %v, but its episode ends here: %v", i, got[i], ends)
			}
			if got[i] {
				want++
			}
		}
		if count != want {
			t.Fatalf("%d rows are counted, %d are marked", count, want)
		}
	})
}

func TestMonteCarloInPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		h.lambda = 1
		nextValue, discount, carry := h.arrays()
		want := make([]float32, len(h.reward))
		advantage.MonteCarlo(want, h.reward, nextValue, discount, carry, h.n)
		reward, next := slices.Clone(h.reward), slices.Clone(nextValue)
		advantage.MonteCarlo(reward, reward, nextValue, discount, carry, h.n)
		advantage.MonteCarlo(next, h.reward, next, discount, carry, h.n)
		if !slices.Equal(reward, want) || !slices.Equal(next, want) {
			t.Fatalf("dst is reward: %v, nextValue: %v, want %v", reward, next, want)
		}
	})
}

func TestMonteCarloAllocatesNothing(t *testing.T) {
	x, whole := make([]float32, 64), make([]bool, 64)
	if count := testing.AllocsPerRun(10, func() {
		advantage.MonteCarlo(x, x, x, x, x, 4)
		advantage.NStep(x, x, x, x, x, 4, 3)
		advantage.OverBaseline(x, x, x)
		advantage.Whole(whole, x, 4)
	}); count != 0 {
		t.Errorf("%v allocations", count)
	}
}

func TestMisuseOfReturns(t *testing.T) {
	six, five, marks := make([]float32, 6), make([]float32, 5), make([]bool, 6)
	for _, c := range []struct {
		want string
		call func()
	}{
		{"advantage: number of environments is not positive", func() { advantage.MonteCarlo(six, six, six, six, six, 0) }},
		{"advantage: length of dst is not a multiple of the number of environments", func() { advantage.NStep(six, six, six, six, six, 4, 1) }},
		{"advantage: length of an input differs from dst", func() { advantage.MonteCarlo(six, six, five, six, six, 2) }},
		{"advantage: length of an input differs from dst", func() { advantage.NStep(six, six, six, six, five, 2, 1) }},
		{"advantage: number of steps is not positive", func() { advantage.NStep(six, six, six, six, six, 2, 0) }},
		{"advantage: dst and carry are not whole steps of the environments", func() { advantage.Whole(marks, six, 4) }},
		{"advantage: dst and carry are not whole steps of the environments", func() { advantage.Whole(marks, five, 1) }},
		{"advantage: lengths of the slices differ", func() { advantage.OverBaseline(six, six, five) }},
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
