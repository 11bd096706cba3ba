package token_test

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/proximal-rl/proximal/lm/token"
)

func TestNoTextGivesAnAddedToken(t *testing.T) {
	for name, tokenizer := range made(t) {
		if name == "digits" {
			continue // has no letters to spell one with
		}
		for _, spelling := range []string{"<bos>", "<eos>", "<pad>", "<tool call>", "«é»"} {
			id, ok := tokenizer.Added(spelling)
			if !ok || !tokenizer.IsSpecial(id) || tokenizer.Token(id) != spelling {
				t.Fatalf("%s: token %q is %d, %q", name, spelling, id, tokenizer.Token(id))
			}
			for _, text := range []string{spelling, "a" + spelling + "b", spelling + spelling} {
				tokens, err := tokenizer.Encode(nil, text)
				if err != nil || slices.ContainsFunc(tokens, func(id int32) bool {
					return tokenizer.IsSpecial(id) && id != tokenizer.Unknown()
				}) {
					t.Errorf("%s: %q gives %v (%v)", name, text, tokens, err)
				}
			}
			tokens, err := tokenizer.EncodeSpecial(nil, "a"+spelling+"b")
			if err != nil || len(tokens) != 3 || tokens[1] != id {
				t.Errorf("%s: %q with special tokens gives %v (%v)", name, "a"+spelling+"b", tokens, err)
			}
			if got := string(tokenizer.DecodeSpecial(nil, tokens)); got != "a"+spelling+"b" {
				t.Errorf("%s: %v is spelled %q", name, tokens, got)
			}
			if got := string(tokenizer.Decode(nil, tokens)); got != "ab" {
				t.Errorf("%s: %v decodes to %q", name, tokens, got)
			}
		}
	}
}

// A file may offer two ways to a special token: a merge that makes it, and
// ignore_merges with a text that is one piece.
func TestMergesDoNotLeadToSpecialTokens(t *testing.T) {
	for _, ignore := range []string{"false", "true"} {
		file := byteLevel(`{"type": "BPE", "ignore_merges": `+ignore+`, "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "abc": 4},
			"merges": ["a b", "ab c"]}`, `{"id": 4, "content": "abc", "special": true}, {"id": 3, "content": "ab"}`)
		tokenizer, err := token.Read([]byte(file), nil)
		if err != nil {
			t.Fatal(err)
		}
		// "ab" is a token that was added and is not special: ordinary text.
		if got, err := tokenizer.Encode(nil, "abc"); err != nil || !slices.Equal(got, []int32{3, 2}) {
			t.Errorf("ignore_merges %s: \"abc\" gives %v (%v)", ignore, got, err)
		}
		if got, err := tokenizer.EncodeSpecial(nil, "abcab"); err != nil || !slices.Equal(got, []int32{4, 3}) {
			t.Errorf("ignore_merges %s: \"abcab\" with special tokens gives %v (%v)", ignore, got, err)
		}
	}
}

func TestBytesGiveBackAnything(t *testing.T) {
	tokenizer := made(t)["bytes"]
	var all []byte
	for b := range 256 {
		all = append(all, byte(b))
	}
	tokens, err := tokenizer.Encode(nil, string(all))
	if err != nil || len(tokens) != len(all) || tokens[200] != 200 {
		t.Fatalf("all bytes give %v (%v)", tokens, err)
	}
	if got := tokenizer.Decode(nil, tokens); !bytes.Equal(got, all) {
		t.Errorf("all bytes come back as %q", got)
	}
}

func TestWhatHasNoTokenIsAnError(t *testing.T) {
	digits := made(t)["digits"]
	for text, want := range map[string]string{
		"12x":     `encode text: character "x" has no token`,
		"1é":      `encode text: character "é" has no token`,
		"1\xff":   `encode text: character "\xff" has no token`,
		"<eos>":   `encode text: character "<" has no token`,
		"1\ufffd": "encode text: character \"\ufffd\" has no token",
	} {
		got, err := digits.Encode([]int32{7}, text)
		if err == nil || err.Error() != want || got[0] != 7 {
			t.Errorf("%q gives %v, %v and should give %s", text, got, err, want)
		}
	}
	if _, err := digits.EncodeSpecial(nil, "1<eos>x"); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("with special tokens: %v", err)
	}
	few, err := token.Read([]byte(byteLevel(`{"type": "BPE", "vocab": {"a": 0}, "merges": []}`, "")), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := few.Encode(nil, "aé"); err == nil || err.Error() != "encode text: byte 0xc3 has no token" {
		t.Errorf("a byte without token: %v", err)
	}
	// A broken byte is not the character that stands for broken ones.
	replacement, err := token.Characters("\ufffd", token.Special{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := replacement.Encode(nil, "\xff"); err == nil {
		t.Errorf("a broken byte gives %v", got)
	}
}

func TestTokensThatDoNotExistDecodeToNothing(t *testing.T) {
	for name, tokenizer := range made(t) {
		strange := []int32{-1 << 31, -1, int32(tokenizer.Size()), 1<<31 - 1}
		if got := tokenizer.DecodeSpecial(nil, strange); len(got) != 0 {
			t.Errorf("%s: tokens that do not exist decode to %q", name, got)
		}
		if got := stream(tokenizer, strange); got != "" {
			t.Errorf("%s: tokens that do not exist decode to %q", name, got)
		}
	}
}

func TestStreamHoldsBackWhatIsNotComplete(t *testing.T) {
	s := made(t)["bytes"].Stream()
	for _, step := range []struct {
		token int32
		want  string
	}{
		{'a', "a"}, {0xe4, ""}, {0xb8, ""}, {0xad, "中"},
		{0xf0, ""}, {0x9f, ""}, {0x98, ""}, {0x80, "😀"},
		{0xe4, ""}, {0xb8, ""}, {'b', "\ufffdb"}, // a beginning, then something else
		{0xe4, ""}, {0xe4, "\ufffd"}, {257, ""}, {0xb8, ""}, {0xad, "中"}, // a special token does not come between
		{0x80, "\ufffd"}, {0xff, "\ufffd"}, {0xc0, "\ufffd"}, {0xf0, ""}, {0x80, "\ufffd\ufffd"},
		{0xed, ""}, {0xa0, "\ufffd\ufffd"}, {0x80, "\ufffd"}, // half of a surrogate pair
		{0xef, ""}, {0xbf, ""}, {0xbd, "\ufffd"}, {0xf4, ""},
	} {
		if got := string(s.Next(nil, step.token)); got != step.want {
			t.Errorf("token %#x gives %q and should give %q", step.token, got, step.want)
		}
	}
	if got := string(s.Flush(nil)); got != "\ufffd" {
		t.Errorf("what was held back is flushed as %q", got)
	}
	if got := string(s.Flush(s.Next(nil, 'c'))); got != "c" {
		t.Errorf("the next token gives %q and should give \"c\"", got)
	}
}

func TestNothingIsAllocatedInTheSteadyState(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes pools forget")
	}
	eachKind(t, func(t *testing.T, tokenizer *token.Tokenizer, r *recorded) {
		var tokens []int32
		var text []byte
		s := tokenizer.Stream()
		got := testing.AllocsPerRun(20, func() {
			for _, c := range r.Cases[:40] {
				if norm.NFC.QuickSpanString(c.Text) < len(c.Text) {
					continue // is brought to NFC
				}
				tokens, text = tokens[:0], text[:0]
				tokens, _ = tokenizer.EncodeSpecial(tokens, c.Text)
				tokens, _ = tokenizer.Encode(tokens, c.Text)
				text = tokenizer.Decode(text, tokens)
				for _, id := range tokens {
					text = s.Next(text, id)
				}
				text = s.Flush(text)
			}
		})
		// The garbage collector may take the scratch away at any time.
		if got > 2 {
			t.Errorf("%v allocations", got)
		}
	})
}

func TestManyGoroutinesShareATokenizer(t *testing.T) {
	eachKind(t, func(t *testing.T, tokenizer *token.Tokenizer, r *recorded) {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for _, c := range r.Cases[:60] {
					if got, err := tokenizer.EncodeSpecial(nil, c.Text); err != nil || !slices.Equal(got, c.Special) {
						t.Errorf("%q gives %v and should give %v (%v)", c.Text, got, c.Special, err)
					}
				}
			})
		}
		all.Wait()
	})
}
