package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/lm/token"
)

// TestStreamEndsAtCharacters: what is written is valid UTF-8 at any time, whatever
// tokens the characters are spread over; and in the end it is the text that is shown of
// whole completions.
func TestStreamEndsAtCharacters(t *testing.T) {
	bytesOf, err := token.Bytes(token.Special{Begin: "<bos>", End: "<eos>"})
	if err != nil {
		t.Fatal(err)
	}
	end := bytesOf.End()
	stop := []int32{end}
	for _, test := range []struct {
		name string
		ids  []int32
		want string
	}{
		{"wide characters", append(encoded(t, bytesOf, "née 世界 🙂"), end), "née 世界 🙂"},
		{"cut off within one", encoded(t, bytesOf, "a世")[:3], "a\uFFFD…"},
		{"no character at all", []int32{byteToken(t, bytesOf, 0xff), byteToken(t, bytesOf, 0x80), end}, "\uFFFD\uFFFD"},
		{"a special token within", append(append(encoded(t, bytesOf, "a")[:1:1], bytesOf.Begin()), encoded(t, bytesOf, "b")...), "a<bos>b…"},
		{"nothing", []int32{end}, ""},
	} {
		var out bytes.Buffer
		s := newStream(&out, bytesOf, stop, []string{"p:"}, 1)
		for i, id := range test.ids {
			s.step(0, id, i == len(test.ids)-1)
			if text := out.String(); strings.ToValidUTF8(text, "?") != text {
				t.Errorf("%s: after %d tokens it has written %q", test.name, i+1, text)
			}
		}
		whole := spelled(bytesOf, stop, test.ids) + ellipsis(slices.Contains(test.ids, end))
		if got := out.String(); got != "p:"+test.want+"\n" || whole != test.want {
			t.Errorf("%s: it writes %q, and %q at once; want %q", test.name, got, whole, test.want)
		}
	}
}

// encoded are the tokens of a text.
func encoded(t *testing.T, tokenizer *token.Tokenizer, text string) []int32 {
	t.Helper()
	ids, err := tokenizer.Encode(nil, text)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// byteToken is the token of a byte.
func byteToken(t *testing.T, tokenizer *token.Tokenizer, b byte) int32 {
	t.Helper()
	for id := range int32(tokenizer.Size()) {
		if tokenizer.Token(id) == string([]byte{b}) {
			return id
		}
	}
	t.Fatalf("no token for byte %#x", b)
	return 0
}

// TestStreamTakesTurns: the first completion appears as it is drawn; of the others,
// what there is when their turn has come.
func TestStreamTakesTurns(t *testing.T) {
	letters, err := token.Characters("abc", token.Special{End: "<eos>"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s := newStream(&out, letters, []int32{letters.End()}, []string{"x", "y"}, 2)
	for _, event := range []struct {
		completion int
		id         int32
		last       bool
		want       string // that is written by it
	}{
		{0, 0, false, "xa"}, {1, 0, false, ""}, {2, 0, false, ""}, {3, 0, false, ""},
		{0, 1, false, "b"}, {1, 1, true, ""}, {2, 1, false, ""}, {3, letters.End(), true, ""},
		{0, letters.End(), true, "\nxab…\nyab"}, {2, 2, false, "c"},
		{2, letters.End(), true, "\nya\n"},
	} {
		before := out.Len()
		s.step(event.completion, event.id, event.last)
		if got := out.String()[before:]; got != event.want {
			t.Errorf("token %d of completion %d makes it write %q, want %q", event.id, event.completion, got, event.want)
		}
	}
}

func TestGenerateStreamsTheSameText(t *testing.T) {
	t.Chdir(t.TempDir())
	writeLanguage(t, "model", "add")
	for _, n := range []string{"1", "5"} {
		ask := []string{"generate", "model", "--prompt", "12+34=", "--prompt", "9", "--n", n}
		whole, streamed := mustProximal(t, ask...), mustProximal(t, append(ask, "--stream")...)
		if whole != streamed || whole == "" {
			t.Errorf("%s of each: it streams %q and writes %q at once", n, streamed, whole)
		}
	}
}
