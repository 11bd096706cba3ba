package task

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/proximal-rl/proximal/seed"
)

// Side is a side of the split of a task's prompts. The zero value is [Training].
type Side int

// The two sides.
const (
	Training Side = iota // prompts to learn from
	HeldOut              // prompts that training never sees
)

// String returns the side in words.
func (s Side) String() string {
	if s == HeldOut {
		return "held-out"
	}
	return "training"
}

// Splitter is a task in which some prompts are so alike that they must not be
// parted: "1+2=" and "2+1=".
type Splitter interface {
	// SplitKey returns the same text for all prompts that belong together.
	SplitKey(prompt string) string
}

// SideOf returns the side that a prompt of the task is on. It is held out if
//
//	h / 2⁵³ < Spec().HeldOut    h = the first 53 bits of SHA-256(key)
//
// where key is its SplitKey, or the prompt itself where the task has none. So
// each key is held out with a probability of that share, and the same ones always.
func SideOf(t Task, prompt string) Side {
	share := t.Spec().HeldOut
	if share == 0 {
		return Training
	}
	if s, ok := t.(Splitter); ok {
		prompt = s.SplitKey(prompt)
	}
	sum := sha256.Sum256([]byte(prompt))
	if float64(binary.BigEndian.Uint64(sum[:])>>11) < share*(1<<53) {
		return HeldOut
	}
	return Training
}

// manyDraws is how often [Draw] tries: a side with one draw in a thousand is
// missed once in e¹⁰ times.
const manyDraws = 10_000

// Draw draws prompts of the task until one is on the given side, and returns it.
// A task without held-out prompts has the same on both sides. The error says
// that the side seems to be empty.
func Draw(t Task, side Side, rng *seed.Rand) (string, error) {
	spec := t.Spec()
	for range manyDraws {
		prompt := t.Prompt(rng)
		if spec.HeldOut == 0 || SideOf(t, prompt) == side {
			return prompt, nil
		}
	}
	return "", fmt.Errorf("task %s: none of %d drawn prompts is a %v one: held_out = %v leaves none, or too few, on that side",
		spec.Name, manyDraws, side, spec.HeldOut)
}

// Distinct draws n different prompts of one side, or as many as there seem to
// be: it gives up at a prompt that is no new one after 100 + 10·(prompts so far)
// draws.
func Distinct(t Task, side Side, n int, rng *seed.Rand) ([]string, error) {
	var prompts []string
	seen := map[string]bool{}
	for len(prompts) < n {
		prompt, err := fresh(t, side, rng, seen)
		if err != nil {
			return nil, err
		}
		if seen[prompt] {
			break
		}
		seen[prompt] = true
		prompts = append(prompts, prompt)
	}
	return prompts, nil
}

// fresh draws a prompt that has not been seen, or one that has if no other comes.
func fresh(t Task, side Side, rng *seed.Rand, seen map[string]bool) (prompt string, err error) {
	for range 100 + 10*len(seen) {
		prompt, err = Draw(t, side, rng)
		if err != nil || !seen[prompt] {
			break
		}
	}
	return prompt, err
}
