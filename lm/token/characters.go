package token

import (
	"fmt"
	"unicode/utf8"
)

// characters has a token for each of some characters.
type characters struct {
	ascii   [utf8.RuneSelf]int32 // None where there is none
	more    map[rune]int32
	unknown int32 // token of a character that has none, or None
}

// encode appends the tokens of a text.
func (c *characters) encode(dst []int32, text string) ([]int32, error) {
	for done := 0; done < len(text); {
		r, size := utf8.DecodeRuneInString(text[done:])
		token := None
		if r < utf8.RuneSelf {
			token = c.ascii[r]
		} else if t, ok := c.more[r]; ok && (r != utf8.RuneError || size > 1) {
			token = t
		}
		if token == None {
			token = c.unknown
		}
		if token == None {
			return dst, fmt.Errorf("character %q has no token", text[done:done+size])
		}
		dst = append(dst, token)
		done += size
	}
	return dst, nil
}
