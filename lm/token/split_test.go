package token

import (
	"slices"
	"testing"
	"unicode"

	"github.com/proximal-rl/proximal/internal/golden"
)

// Letters, numbers and spaces are those of Hugging Face's regular expressions,
// for each code point. Newer versions of Go may know more letters than these.
func TestClassesAreThoseOfHuggingFace(t *testing.T) {
	var recorded struct {
		MadeBy                       string `json:"made_by"`
		Letter, Number, Space, Digit [][2]rune
	}
	golden.Read(t, "testdata/classes.json.gz", &recorded)
	want := make([]class, unicode.MaxRune+1)
	for kind, ranges := range map[class][][2]rune{letter: recorded.Letter, number: recorded.Number, space: recorded.Space} {
		for _, r := range ranges {
			for c := r[0]; c <= r[1]; c++ {
				want[c] = kind
			}
		}
	}
	for c, kind := range want {
		if got := classOf(rune(c)); got != kind && (kind != other || unicode.Version == "15.0.0") {
			t.Errorf("%U is of class %d and should be of %d", c, got, kind)
		}
	}
	// What stands alone in SmolLM's way are the numbers, there those of Unicode 17.
	digits := slices.DeleteFunc(recorded.Digit, func(r [2]rune) bool {
		return r == [2]rune{0x11de0, 0x11de9} || r == [2]rune{0x16ff4, 0x16ff6}
	})
	if !slices.Equal(digits, recorded.Number) {
		t.Error("the digits that stand alone are not the numbers")
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name  string
		split splitter
		text  string
		want  []string
	}{
		{"gpt2", gpt2, "I'll say  it's 12345 o'clock!?\n\n  Yes", []string{"I", "'ll", " say", " ", " it", "'s", " 12345", " o", "'", "clock", "!?", "\n\n ", " Yes"}},
		{"gpt2", gpt2, "'S x  ", []string{"'", "S", " x", "  "}},
		{"gpt2", gpt2, "a\n b\u3000 c", []string{"a", "\n", " b", "\u3000", " c"}},
		{"gpt2", gpt2, " \u3000x", []string{" ", "\u3000", "x"}},
		{"gpt2", gpt2, "a\xff\xfe 1\x80", []string{"a", "\xff\xfe", " 1", "\x80"}},
		{"smolLM", smolLM, "a 12  3.", []string{"a", " ", "1", "2", "  ", "3", "."}},
		{"llama3", llama3, "I'LL say\t\tit 12345 !?\n\n  Yes\n \n x", []string{"I", "'LL", " say", "\t", "\tit", " ", "123", "45", " !?\n\n", " ", " Yes", "\n \n", " x"}},
		{"llama3", llama3, "'ſx 'ſ", []string{"'ſ", "x", " '", "ſ"}},
		{"llama3", llama3, "\"(word) \r\n\r\n", []string{"\"(", "word", ")", " \r\n\r\n"}},
		{"llama3", llama3, "\xffa\xff\xff", []string{"\xffa", "\xff\xff"}},
		{"qwen2", qwen2, "x=12 3", []string{"x", "=", "1", "2", " ", "3"}},
		{"whole", whole, "a b 1", []string{"a b 1"}},
	} {
		var got []string
		for rest := c.text; rest != ""; {
			n := c.split(rest)
			got, rest = append(got, rest[:n]), rest[n:]
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q splits into\n\t%q and should into\n\t%q", c.name, c.text, got, c.want)
		}
	}
}
