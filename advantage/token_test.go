package advantage_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/proximal-rl/proximal/advantage"
	"github.com/proximal-rl/proximal/internal/golden"
)

// tokens are sequences of tokens with rewards and, unless nil, values.
type tokens struct {
	reward, value []float32
	segment       []int32
}

// gae returns advantages and returns of all tokens.
func (s tokens) gae(gamma, lambda float64) (estimate, returns []float32) {
	n := len(s.reward)
	next, discount, carry := make([]float32, n), make([]float32, n), make([]float32, n)
	advantage.Chain(next, discount, carry, s.value, s.segment, gamma, lambda)
	estimate, returns = make([]float32, n), make([]float32, n)
	advantage.GAE(estimate, s.reward, s.value, next, discount, carry, 1)
	advantage.Returns(returns, estimate, s.value)
	return estimate, returns
}

// rewardToGo returns the rewards from each token on.
func (s tokens) rewardToGo(gamma float64) []float32 {
	n := len(s.reward)
	next, discount, carry, dst := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
	advantage.Chain(next, discount, carry, nil, s.segment, gamma, 1)
	advantage.MonteCarlo(dst, s.reward, next, discount, carry, 1)
	return dst
}

// A completion of four tokens that is rewarded at its last, between two others
// that must not be seen.
func TestTokenGAEByHand(t *testing.T) {
	s := tokens{
		reward:  []float32{7, 0, 0, 0, 1, 9},
		value:   []float32{-3, 0.5, 0.4, 0.3, 0.6, 100},
		segment: []int32{0, 1, 5, 6},
	}
	estimate, returns := s.gae(1, 0.95)
	golden.Close(t, "advantages, λ = 0.95", estimate[1:5], []float64{0.4187, 0.546, 0.68, 0.4}, printed)
	golden.Close(t, "returns, λ = 0.95", returns[1:5], []float64{0.9187, 0.946, 0.98, 1}, printed)
	estimate, _ = s.gae(0.99, 0.9)
	golden.Close(t, "advantages, γ = 0.99, λ = 0.9", estimate[1:5], []float64{0.320567, 0.476506, 0.6504, 0.4}, printed)

	// The values 0.7 and 0.2 of padding, where a library left them in.
	leaked := []float64{0.456853, 0.586161, 0.722275, 0.4445}
	if d := distance(estimate[1:5], []float32{0.456853, 0.586161, 0.722275, 0.4445}); d < 0.05 {
		t.Errorf("advantages %v are those that see padding, %v", estimate[1:5], leaked)
	}
	// The third token is an observation: it has no row.
	observed := tokens{reward: []float32{0, 0, 1}, value: []float32{0.5, 0.4, 0.6}, segment: []int32{0, 3}}
	estimate, _ = observed.gae(1, 0.95)
	golden.Close(t, "advantages beside an observation", estimate, []float64{0.451, 0.58, 0.4}, printed)
	// Two tokens worth nothing, before padding that is worth 100.
	padded := tokens{reward: []float32{0, 1, 0}, value: []float32{0, 0, 100}, segment: []int32{0, 2, 3}}
	estimate, returns = padded.gae(1, 0.95)
	golden.Close(t, "advantages before padding", estimate[:2], []float64{0.95, 1}, printed)
	golden.Close(t, "returns before padding", returns[:2], []float64{0.95, 1}, printed)
}

func TestWhitenByHand(t *testing.T) {
	x, dst := []float32{0.4187, 0.546, 0.68, 0.4}, make([]float32, 4)
	advantage.Whiten(dst, x, nil)
	golden.Close(t, "whitened", dst, []float64{-0.711864, 0.268080, 1.2996, -0.855815}, printed)

	one := []float32{3, 5}
	advantage.Whiten(one, one, []float32{0, 1})
	if !slices.Equal(one, []float32{0, 5}) {
		t.Errorf("a single number becomes %v", one)
	}
	equal := []float32{0.1, 0.1, 0.1}
	advantage.Whiten(equal, equal, nil)
	if !slices.Equal(equal, []float32{0, 0, 0}) {
		t.Errorf("equal numbers become %v", equal)
	}
}

// The advantages of REINFORCE++ on two completions of two tokens and one: the
// score at the end, a penalty on every token, what is still to come, whitened.
func TestRewardToGoByHand(t *testing.T) {
	segment := []int32{0, 2, 3}
	reward := make([]float32, 3)
	advantage.AtLast(reward, []float32{1, -1}, segment)
	if !slices.Equal(reward, []float32{0, 1, -1}) {
		t.Fatalf("rewards %v", reward)
	}
	reward[0] -= 0.5
	reward[2] -= 0.25
	togo := tokens{reward: reward, segment: segment}.rewardToGo(0.5)
	if !slices.Equal(togo, []float32{0, 1, -1.25}) {
		t.Fatalf("rewards to go %v", togo)
	}
	advantage.Whiten(togo, togo, nil)
	mean := -0.25 / 3
	std := math.Sqrt((mean*mean + (1-mean)*(1-mean) + (1.25+mean)*(1.25+mean)) / 2)
	golden.Close(t, "whitened", togo, []float64{-mean / std, (1 - mean) / std, (-1.25 - mean) / std}, printed)
}

// Sequences do not see one another: each has the estimates that it has alone.
func TestTokensOfOtherSequencesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := tokens{segment: []int32{0}}
		for range rapid.IntRange(1, 5).Draw(t, "sequences") {
			n := rapid.IntRange(0, 6).Draw(t, "tokens")
			number := rapid.Float32Range(-5, 5)
			s.reward = append(s.reward, rapid.SliceOfN(number, n, n).Draw(t, "reward")...)
			s.value = append(s.value, rapid.SliceOfN(number, n, n).Draw(t, "value")...)
			s.segment = append(s.segment, int32(len(s.reward)))
		}
		gamma, lambda := rapid.Float64Range(0.1, 1).Draw(t, "gamma"), rapid.Float64Range(0, 1).Draw(t, "lambda")
		estimate, _ := s.gae(gamma, lambda)
		togo := s.rewardToGo(gamma)
		for k := range len(s.segment) - 1 {
			lo, hi := s.segment[k], s.segment[k+1]
			alone := tokens{s.reward[lo:hi], s.value[lo:hi], []int32{0, hi - lo}}
			own, _ := alone.gae(gamma, lambda)
			if !slices.Equal(own, estimate[lo:hi]) || !slices.Equal(alone.rewardToGo(gamma), togo[lo:hi]) {
				t.Fatalf("sequence %d has the estimates %v, alone %v", k, estimate[lo:hi], own)
			}
		}
	})
}

// What is whitened has mean 0 and variance 1 over what counts, and is 0 elsewhere;
// without the shift it keeps its mean.
func TestWhitenedNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "n")
		x := rapid.SliceOfN(rapid.Float32Range(-100, 100), n, n).Draw(t, "x")
		mask := rapid.SliceOfN(rapid.SampledFrom([]float32{0, 1}), n, n).Draw(t, "mask")
		var counted []float32
		for i, m := range mask {
			if m != 0 {
				counted = append(counted, x[i])
			}
		}
		if len(counted) < 2 || slices.Max(counted)-slices.Min(counted) < 0.1 {
			t.Skip("the floor counts")
		}
		white, spread := make([]float32, n), make([]float32, n)
		advantage.Whiten(white, x, mask)
		advantage.WhitenSpread(spread, x, mask)
		var mean, square, kept, before float64
		for i, m := range mask {
			if m == 0 && (white[i] != 0 || spread[i] != 0) {
				t.Fatalf("number %d does not count and becomes %v", i, white[i])
			}
			if m != 0 {
				mean += float64(white[i])
				square += float64(white[i]) * float64(white[i])
				kept += float64(spread[i])
				before += float64(x[i])
			}
		}
		count := float64(len(counted))
		if math.Abs(mean)/count > 1e-5 || math.Abs(square/(count-1)-1) > 1e-4 || math.Abs(kept-before)/count > 1e-4 {
			t.Fatalf("mean %v, variance %v; the mean %v became %v", mean/count, square/(count-1), before/count, kept/count)
		}
	})
}
