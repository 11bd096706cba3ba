package lm

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/proximal-rl/proximal/seed"
)

// Sampling says how tokens are drawn and when a completion ends. It is plain
// data; start from [DefaultSampling].
type Sampling struct {
	// Temperature τ of the distribution: softmax(z/τ).
	Temperature float64 `toml:"temperature" range:"(0, 1000]"`
	// The most likely token is taken, the lowest-numbered among equals, and nothing is drawn.
	Greedy bool `toml:"greedy"`
	// Only so many of the most likely tokens are possible; 0: all.
	TopK int `toml:"top_k" range:"[0, 16777216]"`
	// Of those, only the fewest that together have this share of the probability; 1: all.
	TopP float64 `toml:"top_p" range:"(0, 1]"`
	// Of those, only tokens at least this many times as likely as the most likely one; 0: all.
	MinP float64 `toml:"min_p" range:"[0, 1]"`
	// Largest number of tokens in a completion; the context may end it earlier.
	MaxTokens int `toml:"max_tokens" range:"[1, 1048576]"`
}

// DefaultSampling draws from the model's own distribution, up to 64 tokens.
func DefaultSampling() Sampling {
	return Sampling{Temperature: 1, TopP: 1, MaxTokens: 64}
}

// Validate reports the first setting that is out of range.
func (s Sampling) Validate() error {
	switch {
	case !(s.Temperature > 0 && s.Temperature <= 1000):
		return fmt.Errorf("temperature = %v: must be above 0 and at most 1000", s.Temperature)
	case s.TopK < 0:
		return fmt.Errorf("top_k = %d: must be 0 or more", s.TopK)
	case !(s.TopP > 0 && s.TopP <= 1):
		return fmt.Errorf("top_p = %v: must be above 0 and at most 1", s.TopP)
	case !(s.MinP >= 0 && s.MinP <= 1):
		return fmt.Errorf("min_p = %v: must be 0 to 1", s.MinP)
	case s.MaxTokens < 1:
		return fmt.Errorf("max_tokens = %d: must be 1 or more", s.MaxTokens)
	}
	return nil
}

// truncated reports whether some tokens may be impossible.
func (s *Sampling) truncated() bool { return s.TopK > 0 || s.TopP < 1 || s.MinP > 0 }

// draw picks a token by its probability. order is scratch for the tokens'
// numbers.
func (s *Sampling) draw(prob []float32, rng *seed.Rand, order *[]int32) int32 {
	switch {
	case s.Greedy:
		return mostLikely(prob)
	case !s.truncated():
		return invert(prob, rng.Float64())
	}
	kept := s.truncate(prob, order)
	total := 0.0
	for _, token := range kept {
		total += float64(prob[token])
	}
	u, sum := rng.Float64()*total, 0.0
	for _, token := range kept {
		if sum += float64(prob[token]); sum > u {
			return token
		}
	}
	return kept[len(kept)-1]
}

// invert returns the first token at which the probabilities up to it add up to
// more than u, uniform in [0, 1). Rounding may leave all of them below u; then it
// is the last that is possible at all.
func invert(prob []float32, u float64) int32 {
	last, sum := 0, 0.0
	for token, p := range prob {
		if p == 0 {
			continue
		}
		last = token
		if sum += float64(p); sum > u {
			break
		}
	}
	return int32(last)
}

func mostLikely(prob []float32) int32 {
	best := 0
	for token, p := range prob {
		if p > prob[best] {
			best = token
		}
	}
	return int32(best)
}

// truncate returns the tokens that remain possible, the most likely first: of
// equals, the lower number. TopK comes before TopP and that before MinP; each
// sees what the one before it has left.
//
// Sources: Fan et al. 2018, arXiv 1805.04833 (top k); Holtzman et al. 2019, arXiv
// 1904.09751 (top p); Nguyen et al. 2024, arXiv 2407.01082 (min p).
func (s *Sampling) truncate(prob []float32, order *[]int32) []int32 {
	tokens := (*order)[:0]
	for token := range prob {
		tokens = append(tokens, int32(token))
	}
	*order = tokens
	slices.SortFunc(tokens, func(a, b int32) int {
		return cmp.Or(cmp.Compare(prob[b], prob[a]), cmp.Compare(a, b))
	})
	if s.TopK > 0 {
		tokens = tokens[:min(len(tokens), s.TopK)]
	}
	if s.TopP < 1 {
		tokens = tokens[:s.nucleus(prob, tokens)]
	}
	least := s.MinP * float64(prob[tokens[0]])
	for len(tokens) > 1 && float64(prob[tokens[len(tokens)-1]]) < least {
		tokens = tokens[:len(tokens)-1]
	}
	return tokens
}

// nucleus is how many of the tokens have the share TopP of their probability.
func (s *Sampling) nucleus(prob []float32, tokens []int32) int {
	total := 0.0
	for _, token := range tokens {
		total += float64(prob[token])
	}
	sum, enough := 0.0, s.TopP*total
	for i, token := range tokens {
		if sum += float64(prob[token]); sum >= enough {
			return i + 1
		}
	}
	return len(tokens)
}
