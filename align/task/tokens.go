package task

import (
	"fmt"
	"slices"

	"github.com/proximal-rl/proximal/lm/token"
)

// EncodePrompt appends the tokens of a prompt to dst, after those that begin a
// text, and returns the longer slice: the tokenizer's frame says which these are,
// or else its begin token is the one. Text that spells special tokens remains
// text. The error says what has no token, or that there is nothing to continue.
func EncodePrompt(dst []int32, t *token.Tokenizer, prompt string) ([]int32, error) {
	length := len(dst)
	if before, _ := t.Frame(); len(before) > 0 {
		dst = append(dst, before...)
	} else if t.Begin() != token.None {
		dst = append(dst, t.Begin())
	}
	dst, err := t.Encode(dst, prompt)
	if err != nil {
		return dst, fmt.Errorf("prompt %q: %w", prompt, err)
	}
	if len(dst) == length {
		return dst, fmt.Errorf("prompt %q: has no tokens, and the tokenizer none that begins a text", prompt)
	}
	return dst, nil
}

// EncodeCompletion appends the tokens of a completion and the end token, if the
// tokenizer has one, to dst and returns the longer slice.
func EncodeCompletion(dst []int32, t *token.Tokenizer, completion string) ([]int32, error) {
	dst, err := t.Encode(dst, completion)
	if err != nil {
		return dst, fmt.Errorf("completion %q: %w", completion, err)
	}
	if end := t.End(); end != token.None {
		dst = append(dst, end)
	}
	return dst, nil
}

// ReadAnswer returns the answer that the tokens of a completion spell. What
// stands after the first end token is no part of it.
func ReadAnswer(t *token.Tokenizer, completion []int32) Answer {
	end := t.End()
	if end == token.None {
		return Answer{Text: string(t.DecodeSpecial(nil, completion)), Ended: true}
	}
	length := slices.Index(completion, end)
	ended := length >= 0
	if !ended {
		length = len(completion)
	}
	return Answer{Text: string(t.DecodeSpecial(nil, completion[:length])), Ended: ended}
}
