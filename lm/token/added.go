package token

import (
	"slices"
	"strings"
	"unicode"
)

// added is a token that stands beside those of the text.
type added struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LeftStrip  bool   `json:"lstrip"`     // takes the white space before it
	RightStrip bool   `json:"rstrip"`     // takes the white space after it
	Normalized bool   `json:"normalized"` // looked for in the normalized text
	Special    bool   `json:"special"`    // decoding leaves it out
}

// finder finds added tokens in a text: the leftmost, and of those the longest.
type finder struct {
	byContent map[string]added
	lengths   [256][]int // of those that begin with a byte, longest first
}

func newFinder(tokens []added) *finder {
	f := &finder{byContent: make(map[string]added, len(tokens))}
	for _, a := range tokens {
		f.byContent[a.Content] = a
		lengths := &f.lengths[a.Content[0]]
		if !slices.Contains(*lengths, len(a.Content)) {
			*lengths = append(*lengths, len(a.Content))
		}
	}
	for _, lengths := range f.lengths {
		slices.SortFunc(lengths, func(a, b int) int { return b - a })
	}
	return f
}

// at returns the longest token that text begins with.
func (f *finder) at(text string) (a added, ok bool) {
	for _, n := range f.lengths[text[0]] {
		if n > len(text) {
			continue
		}
		if a, ok = f.byContent[text[:n]]; ok {
			return a, true
		}
	}
	return a, false
}

// cut appends the added tokens of a text, and what encode makes of the parts
// between them.
func (f *finder) cut(dst []int32, text string, encode func(dst []int32, part string) ([]int32, error)) (_ []int32, err error) {
	done := 0 // up to here, text has become tokens
	for i := 0; i < len(text); {
		a, ok := f.at(text[i:])
		if !ok {
			i++
			continue
		}
		start, stop := i, i+len(a.Content)
		i = stop // a token may begin in the white space that the last one took
		if a.LeftStrip && done < start {
			start = done + len(strings.TrimRightFunc(text[done:start], unicode.IsSpace))
		}
		if a.RightStrip {
			stop = len(text) - len(strings.TrimLeftFunc(text[max(done, stop):], unicode.IsSpace))
		}
		if done < start {
			if dst, err = encode(dst, text[done:start]); err != nil {
				return dst, err
			}
		}
		dst, done = append(dst, a.ID), stop
	}
	if done == len(text) {
		return dst, nil
	}
	return encode(dst, text[done:])
}
