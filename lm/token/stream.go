package token

import "unicode/utf8"

// Stream decodes tokens as they come. A character may be spread over several
// tokens; its bytes are held back until it is complete, so that what comes out
// is always valid UTF-8. Bytes that belong to no character become U+FFFD, one
// for each longest beginning of a character (The Unicode Standard, chapter 3.9,
// U+FFFD substitution of maximal subparts).
//
// [Tokenizer.Stream] makes one; the zero value has no tokenizer and must not be
// used. It is for one goroutine at a time.
type Stream struct {
	tokenizer *Tokenizer
	held      []byte
}

// Stream returns a decoder that has seen nothing.
func (t *Tokenizer) Stream() *Stream { return &Stream{tokenizer: t} }

// Next takes a token and appends to dst the characters that it completes. Special
// tokens, and those that the vocabulary has not, give nothing.
func (s *Stream) Next(dst []byte, id int32) []byte {
	if s.tokenizer.IsSpecial(id) {
		return dst
	}
	s.held = append(s.held, s.tokenizer.Token(id)...)
	rest := s.held
	for utf8.FullRune(rest) {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size == 1 {
			size = broken(rest)
		}
		dst = utf8.AppendRune(dst, r)
		rest = rest[size:]
	}
	s.held = s.held[:copy(s.held, rest)]
	return dst
}

// broken returns the length of the longest beginning of a character that bytes,
// which begin with no whole one, begin with, or 1.
func broken(bytes []byte) int {
	n := 1
	for n < len(bytes) && !utf8.FullRune(bytes[:n+1]) {
		n++
	}
	return n
}

// Flush appends U+FFFD to dst if the tokens ended within a character. Then the
// stream is as new.
func (s *Stream) Flush(dst []byte) []byte {
	if len(s.held) > 0 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	s.held = s.held[:0]
	return dst
}
