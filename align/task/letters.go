package task

import (
	"fmt"
	"strings"

	"github.com/proximal-rl/proximal/lm/token"
	"github.com/proximal-rl/proximal/seed"
)

// Spellings of the special tokens.
const (
	begin = "<bos>"
	end   = "<eos>"
)

// maxLetters is how many letters an alphabet may have.
const maxLetters = 62

// characters returns the tokenizer of an alphabet that has been validated.
func characters(alphabet string, special token.Special) *token.Tokenizer {
	t, err := token.Characters(alphabet, special)
	if err != nil {
		panic("task: " + err.Error())
	}
	return t
}

// ending are the special tokens of tasks whose completions end by themselves.
var ending = token.Special{Begin: begin, End: end}

// validateLetters reports letters that are not at least the given number of
// different ASCII letters and digits.
func validateLetters(name, letters string, least int) error {
	for i, c := range []byte(letters) {
		if !('0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z') {
			return fmt.Errorf("%s: has %q, must be letters a-z, A-Z and digits", name, letters[i:i+1])
		}
		if strings.IndexByte(letters, c) != i {
			return fmt.Errorf("%s: has %q twice", name, letters[i:i+1])
		}
	}
	if len(letters) < least {
		return fmt.Errorf("%s = %q: must be %d to %d different letters", name, letters, least, maxLetters)
	}
	return nil
}

// draw returns a text of n letters, each equally likely.
func draw(rng *seed.Rand, letters string, n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = letters[rng.Integers(0, int64(len(letters)))]
	}
	return string(text)
}

// only reports whether a text has no other characters than the letters.
func only(text, letters string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(letters, r) })
}
