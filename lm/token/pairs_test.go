package token

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// random returns an encoding with merges of everything that it has so far.
func random(rng *rand.Rand, merges int) *pairs {
	p := &pairs{split: whole, merges: map[pair]merge{}, unknown: None}
	for b := range p.bytes {
		p.bytes[b] = int32(b)
	}
	next, letters := int32(len(p.bytes)), []int32{'a', 'b', 'c'}
	texts := map[int32]string{'a': "a", 'b': "b", 'c': "c"}
	known := map[string]int32{"a": 'a', "b": 'b', "c": 'c'}
	for rank := range merges {
		both := pair{letters[rng.IntN(len(letters))], letters[rng.IntN(len(letters))]}
		text := texts[both.left] + texts[both.right]
		if _, ok := p.merges[both]; ok || len(text) > 8 {
			continue
		}
		token, ok := known[text] // several merges may lead to one token
		if !ok {
			token = next
			next++
			known[text], texts[token], letters = token, text, append(letters, token)
		}
		p.merges[both] = merge{int32(rank), token}
	}
	p.settle(known, false)
	return p
}

// slowly is the definition: merge the first pair of the lowest rank, until there
// is none.
func slowly(p *pairs, text string) []int32 {
	var tokens []int32
	for i := range len(text) {
		tokens = append(tokens, p.bytes[text[i]])
	}
	for {
		at, best := -1, merge{}
		for i := range len(tokens) - 1 {
			if m, ok := p.merges[pair{tokens[i], tokens[i+1]}]; ok && (at < 0 || m.rank < best.rank) {
				at, best = i, m
			}
		}
		if at < 0 {
			return tokens
		}
		tokens = slices.Replace(tokens, at, at+2, best.token)
	}
}

func TestPairsMergeInTheOrderOfTheirRanks(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		p := random(rng, 1+rng.IntN(60))
		for range 60 {
			text := make([]byte, 1+rng.IntN(40))
			for i := range text {
				text[i] = "abc"[rng.IntN(3)]
			}
			got, err := p.encode(nil, string(text))
			if want := slowly(p, string(text)); err != nil || !slices.Equal(got, want) {
				t.Fatalf("%s gives\n\t%v and should give\n\t%v (%v)", text, got, want, err)
			}
		}
	}
}

// Time grows little faster than the text, also where everything merges.
func TestALongPieceTakesNoTimeToSpeakOf(t *testing.T) {
	p := random(rand.New(rand.NewPCG(3, 4)), 60)
	const size, limit = 1 << 16, 20 * time.Second // to look for each pair from the start would take minutes
	start := time.Now()
	if _, err := p.encode(nil, strings.Repeat("ab", size)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > limit {
		t.Errorf("a piece of %d bytes took %v", 2*size, took)
	}
}
