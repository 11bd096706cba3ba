package token

import (
	"fmt"

	"golang.org/x/text/unicode/norm"
)

// None stands where a token could be and is not.
const None int32 = -1

// Tokenizer turns text into token numbers and back. [Bytes], [Characters],
// [Read] and [Load] make one; the zero value knows no tokens and must not be
// used. It never changes, so any number of goroutines may use it at once.
type Tokenizer struct {
	text       encoder
	compose    bool // to NFC, before anything else
	vocabulary []entry
	numbers    map[string]int32 // of the added tokens
	// Added tokens are looked for twice: in the text as it is, and between those
	// in the normalized text.
	plain, normalized *finder

	begin, end, pad, unknown int32
	before, after            []int32

	file, settings []byte // as read
}

// encoder appends the tokens of a text that has no added tokens in it.
type encoder interface {
	encode(dst []int32, text string) ([]int32, error)
}

// entry is a token: what it decodes to, whether it stands apart from the text,
// so that no text leads to it, and whether decoding leaves it out.
type entry struct {
	text           string
	apart, special bool
}

// Size returns the number of tokens V that a model needs to have: one more than
// the largest number.
func (t *Tokenizer) Size() int { return len(t.vocabulary) }

// Encode appends the tokens of a text to dst and returns the longer slice. None
// of them is special, or added to the model's vocabulary, whatever the text
// spells, save the one for unknown characters. It fails, with what it has so far, at the first byte or character
// that has no token, if there is none for unknown ones either.
//
// Nothing is allocated once dst and the tokenizer's scratch are large enough,
// but where text is brought to NFC.
func (t *Tokenizer) Encode(dst []int32, text string) ([]int32, error) {
	if t.compose {
		text = norm.NFC.String(text)
	}
	dst, err := t.text.encode(dst, text)
	if err != nil {
		return dst, fmt.Errorf("encode text: %w", err)
	}
	return dst, nil
}

// EncodeSpecial is [Tokenizer.Encode] for text that may use added tokens: where
// it spells one, the token takes its place, with the white space around it
// that the token claims.
func (t *Tokenizer) EncodeSpecial(dst []int32, text string) ([]int32, error) {
	dst, err := t.plain.cut(dst, text, func(dst []int32, part string) ([]int32, error) {
		if t.compose {
			part = norm.NFC.String(part)
		}
		return t.normalized.cut(dst, part, t.text.encode)
	})
	if err != nil {
		return dst, fmt.Errorf("encode text: %w", err)
	}
	return dst, nil
}

// Decode appends the text of tokens to dst and returns the longer slice. Tokens
// that are marked as special, or that the vocabulary has not, decode to nothing.
//
// The text of single tokens, and of tokens that a model drew, may be part of a
// character, or none: [Stream] makes valid UTF-8 of it.
func (t *Tokenizer) Decode(dst []byte, tokens []int32) []byte {
	for _, id := range tokens {
		if !t.IsSpecial(id) {
			dst = append(dst, t.Token(id)...)
		}
	}
	return dst
}

// DecodeSpecial is [Tokenizer.Decode] with special tokens spelled out.
func (t *Tokenizer) DecodeSpecial(dst []byte, tokens []int32) []byte {
	for _, id := range tokens {
		dst = append(dst, t.Token(id)...)
	}
	return dst
}

// Token returns the bytes that a token stands for, or the spelling of an added
// token; "" if the vocabulary has no such token.
func (t *Tokenizer) Token(id int32) string {
	if id < 0 || int(id) >= len(t.vocabulary) {
		return ""
	}
	return t.vocabulary[id].text
}

// IsSpecial reports whether a token is marked as special: it is not part of the
// text.
func (t *Tokenizer) IsSpecial(id int32) bool {
	return id >= 0 && int(id) < len(t.vocabulary) && t.vocabulary[id].special
}

// Added returns the number of an added token by its spelling.
func (t *Tokenizer) Added(spelling string) (id int32, ok bool) {
	id, ok = t.numbers[spelling]
	return id, ok
}

// Begin returns the token that begins a text, or None.
func (t *Tokenizer) Begin() int32 { return t.begin }

// End returns the token that ends a text, or None.
func (t *Tokenizer) End() int32 { return t.end }

// Pad returns the token that fills up rows, or None.
func (t *Tokenizer) Pad() int32 { return t.pad }

// Unknown returns the token that Encode gives for what has no token, or None.
func (t *Tokenizer) Unknown() int32 { return t.unknown }

// Frame returns the tokens that belong before and after a text, as the
// tokenizer's file has it: Llama 3, for one, wants its first token there. Encode
// does not add them. The slices must not be changed.
func (t *Tokenizer) Frame() (before, after []int32) { return t.before, t.after }
