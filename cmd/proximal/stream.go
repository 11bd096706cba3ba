package main

import (
	"io"
	"os"
	"slices"

	"golang.org/x/term"

	"github.com/proximal-rl/proximal/lm/token"
)

// speller makes text of the tokens of a completion, one after the other: valid UTF-8,
// whatever was drawn. Special tokens are spelled out, but the one that ends it is no
// part of the text.
type speller struct {
	tokenizer *token.Tokenizer
	stop      []int32
	held      *token.Stream // bytes of a character that is not complete
}

func newSpeller(t *token.Tokenizer, stop []int32) speller { return speller{t, stop, t.Stream()} }

// next appends what a token adds to the text. If it is the last one, it reports
// whether that is an end, or the text was cut off.
func (s *speller) next(dst []byte, id int32, last bool) (text []byte, ended bool) {
	ended = last && slices.Contains(s.stop, id)
	switch {
	case ended:
	case s.tokenizer.IsSpecial(id):
		dst = append(s.held.Flush(dst), s.tokenizer.Token(id)...)
	default:
		dst = s.held.Next(dst, id)
	}
	if last {
		dst = s.held.Flush(dst)
	}
	return dst, ended
}

// spelled is the text of a whole completion.
func spelled(t *token.Tokenizer, stop, tokens []int32) string {
	s, text := newSpeller(t, stop), []byte(nil)
	for i, id := range tokens {
		text, _ = s.next(text, id, i == len(tokens)-1)
	}
	return string(text)
}

// stream writes completions, each after its prompt and on a line of its own, while
// they are drawn: the first one as its characters come, each of the others from when
// its turn has come.
type stream struct {
	w     io.Writer
	lines []line
	turn  int // number of the line that is being written
}

// line is a prompt with the text so far.
type line struct {
	speller
	text []byte
	done bool
}

// newStream makes the stream of n completions of each prompt.
func newStream(w io.Writer, t *token.Tokenizer, stop []int32, prompts []string, n int) *stream {
	s := &stream{w: w, lines: make([]line, n*len(prompts))}
	for i := range s.lines {
		s.lines[i] = line{speller: newSpeller(t, stop), text: []byte(prompts[i/n])}
	}
	return s
}

// step takes in a token of a completion and writes what can be written.
func (s *stream) step(completion int, id int32, last bool) {
	l, ended := &s.lines[completion], false
	l.text, ended = l.next(l.text, id, last)
	if last {
		l.text, l.done = append(append(l.text, ellipsis(ended)...), '\n'), true
	}
	for ; s.turn < len(s.lines); s.turn++ {
		l := &s.lines[s.turn]
		if len(l.text) > 0 {
			s.w.Write(l.text)
			l.text = l.text[:0]
		}
		if !l.done {
			return
		}
	}
}

// ellipsis is what follows a text that was cut off.
func ellipsis(ended bool) string {
	if ended {
		return ""
	}
	return "…"
}

// onTerminal reports whether somebody is looking on as w is written to.
func onTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
