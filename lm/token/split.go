package token

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A splitter returns the length of the first piece of a text that is not empty.
// Tokens do not reach across pieces. The pieces are what the regular expressions
// of the models match; those look ahead, which Go's regexp does not, so each is
// a function here.
type splitter func(text string) int

// Pre-tokenizers as tokenizer.json writes them.
const (
	gpt2Pattern   = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
	llama3Pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	qwen2Pattern  = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	eachCharacter = `[\s\S]`
)

// whole leaves a text in one piece.
func whole(text string) int { return len(text) }

// gpt2 splits by gpt2Pattern.
func gpt2(text string) int { return latin(text, false) }

// smolLM first makes each number a piece, and splits what is between them by
// gpt2Pattern.
func smolLM(text string) int { return latin(text, true) }

// llama3 splits by llama3Pattern.
func llama3(text string) int { return multilingual(text, 3) }

// qwen2 splits by qwen2Pattern.
func qwen2(text string) int { return multilingual(text, 1) }

// latin is GPT-2's way: a contraction, or a run of letters, numbers or other
// marks with the space before it, or white space.
func latin(text string, singleNumbers bool) int {
	if n := contraction(text, false); n > 0 {
		return n
	}
	lead := 0
	if text[0] == ' ' && len(text) > 1 {
		lead = 1
	}
	kind, size := classify(text[lead:])
	switch {
	case kind == space:
		return blank(text, singleNumbers)
	case kind != number || !singleNumbers:
		return lead + run(text[lead:], kind)
	case lead > 0:
		return lead
	}
	return size
}

// multilingual is the way of GPT-4's successors: contractions in either case, a
// run of letters with one mark before it, a few numbers, a run of marks with a
// space before and line ends after it, white space up to a line end, or other
// white space.
func multilingual(text string, numbers int) int {
	if n := contraction(text, true); n > 0 {
		return n
	}
	kind, size := classify(text)
	switch {
	case kind == letter:
		return run(text, letter)
	case kind == number:
		for range numbers - 1 {
			if more, n := classify(text[size:]); more == number {
				size += n
			}
		}
		return size
	case text[0] != '\r' && text[0] != '\n':
		if n := run(text[size:], letter); n > 0 {
			return size + n
		}
	}
	lead := 0
	if text[0] == ' ' {
		lead = 1
	}
	if n := run(text[lead:], other); n > 0 {
		marks := text[:lead+n]
		return len(marks) + leading(text[len(marks):], "\r\n")
	}
	if last := strings.LastIndexAny(text[:run(text, space)], "\r\n"); last >= 0 {
		return last + 1
	}
	return blank(text, false)
}

// leading is the length of the run of given characters that text begins with.
func leading(text, characters string) int {
	return len(text) - len(strings.TrimLeft(text, characters))
}

// contraction returns the length of 's, 't, 're, 've, 'm, 'll or 'd, or 0. With
// fold, case does not matter, nor whether an s is long (ſ).
func contraction(text string, fold bool) int {
	if text[0] != '\'' {
		return 0
	}
	lower := func(i int) byte {
		if i >= len(text) {
			return 0
		}
		if fold && 'A' <= text[i] && text[i] <= 'Z' {
			return text[i] + 'a' - 'A'
		}
		return text[i]
	}
	switch first, second := lower(1), lower(2); {
	case first == 's' || first == 't' || first == 'm' || first == 'd':
		return 2
	case (first == 'r' || first == 'v') && second == 'e' || first == 'l' && second == 'l':
		return 3
	case fold && strings.HasPrefix(text[1:], "ſ"):
		return 1 + len("ſ")
	}
	return 0
}

// blank is the length of the white space that a text begins with, without the
// last character if something follows that it can lead (\s+(?!\S)|\s+). Before
// a number that stands alone, it leads nothing.
func blank(text string, singleNumbers bool) int {
	n := run(text, space)
	if n == len(text) {
		return n
	}
	if next, _ := classify(text[n:]); next == number && singleNumbers {
		return n
	}
	if _, last := utf8.DecodeLastRuneInString(text[:n]); last < n {
		return n - last
	}
	return n
}

// class is what the patterns tell apart.
type class uint8

const (
	other class = iota
	letter
	number
	space
)

// ascii holds the class of each byte that is a character of its own.
var ascii = func() (table [utf8.RuneSelf]class) {
	for r := range rune(utf8.RuneSelf) {
		table[r] = classOf(r)
	}
	return table
}()

// classify returns the class and length of the first character; of an empty
// text other and 0. A byte that begins no character is a mark of its own.
func classify(text string) (class, int) {
	if text == "" {
		return other, 0
	}
	if text[0] < utf8.RuneSelf {
		return ascii[text[0]], 1
	}
	r, size := utf8.DecodeRuneInString(text)
	return classOf(r), size
}

func classOf(r rune) class {
	switch {
	case unicode.IsLetter(r) || unicode.Is(newLetters, r):
		return letter
	case unicode.IsNumber(r) || unicode.Is(newNumbers, r):
		return number
	case unicode.IsSpace(r):
		return space
	}
	return other
}

// run is the length of the characters of one class that text begins with.
func run(text string, kind class) int {
	n := 0
	for n < len(text) {
		next, size := classify(text[n:])
		if next != kind {
			break
		}
		n += size
	}
	return n
}
