package token_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/proximal-rl/proximal/lm/token"
)

// FuzzRead: whatever the files hold, reading ends with a tokenizer that works or
// with an error.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"bytes", "digits", "characters"} {
		var files [2][]byte
		for i, file := range []string{"tokenizer.json", "tokenizer_config.json"} {
			text, err := os.ReadFile(filepath.Join("testdata", "saved", name, file))
			if err != nil {
				f.Fatal(err)
			}
			files[i] = text
		}
		f.Add(files[0], files[1], "12+34=46 <eos>")
	}
	f.Add([]byte(byteLevel(`{"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "<u>": 3}, "merges": ["a b"], "unk_token": "<u>", "fuse_unk": true}`,
		`{"id": 4, "content": " x", "lstrip": true, "rstrip": true, "normalized": true}`)), []byte(`{"eos_token": {"content": "ab"}}`), "a b\nab  x ")
	f.Add([]byte(file(`{"type": "BPE", "vocab": {"a": 0, "aa": 1}, "merges": [["a", "a"]]}`, "",
		`{"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, {"type": "ByteLevel"}]}`, `{"type": "ByteLevel"}`,
		`, "normalizer": {"type": "NFC"}, "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "a"}}, {"Sequence": {"id": "A"}}], "special_tokens": {"a": {"ids": [0]}}}`)),
		[]byte(nil), "aaaaa")
	f.Fuzz(func(t *testing.T, file, settings []byte, text string) {
		tokenizer, err := token.Read(file, settings)
		if err != nil {
			if tokenizer != nil {
				t.Errorf("both a tokenizer and the error %v", err)
			}
			return
		}
		checkEncoding(t, tokenizer, text)
	})
}

// FuzzEncode: with a tokenizer that has all bytes, text comes back as it was.
func FuzzEncode(f *testing.F) {
	var tokenizers []*token.Tokenizer
	for _, kind := range kinds {
		tokenizer, r := record(f, kind)
		tokenizers = append(tokenizers, tokenizer)
		for i, c := range r.Cases {
			if i%20 == 0 {
				f.Add(c.Text)
			}
		}
	}
	for _, text := range []string{"", "\xff", "a\x80\xe4\xb8", " \xff ", "'\xc5", "\u2028\u3000\xed\xa0\x80"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, tokenizer := range tokenizers {
			checkEncoding(t, tokenizer, text)
			want := text
			switch kinds[i] {
			case "gaps", "gaps_apart", "characters":
				continue
			case "qwen2":
				want = norm.NFC.String(text)
			}
			tokens, err := tokenizer.Encode(nil, text)
			if got := tokenizer.Decode(nil, tokens); err != nil || string(got) != want {
				t.Errorf("%s: %q comes back as %q (%v)", kinds[i], want, got, err)
			}
		}
	})
}

// checkEncoding tests what holds for every tokenizer and text.
func checkEncoding(t *testing.T, tokenizer *token.Tokenizer, text string) {
	t.Helper()
	for _, encode := range []func([]int32, string) ([]int32, error){tokenizer.Encode, tokenizer.EncodeSpecial} {
		tokens, err := encode([]int32{-7}, text)
		if tokens[0] != -7 {
			t.Fatalf("%q: what was in dst has changed to %d", text, tokens[0])
		}
		tokens = tokens[1:]
		if again, errAgain := encode(nil, text); (err == nil) != (errAgain == nil) || !slices.Equal(again, tokens) {
			t.Errorf("%q gives %v, then %v", text, tokens, again)
		}
		for _, id := range tokens {
			if id < 0 || int(id) >= tokenizer.Size() {
				t.Errorf("%q gives %d: there are %d tokens", text, id, tokenizer.Size())
			}
		}
		decoded, streamed := tokenizer.Decode(nil, tokens), stream(tokenizer, tokens)
		if !utf8.ValidString(streamed) || utf8.Valid(decoded) && streamed != string(decoded) {
			t.Errorf("%q decodes to %q in one and to %q in many", text, decoded, streamed)
		}
		if !bytes.HasPrefix(tokenizer.DecodeSpecial([]byte("x"), tokens), []byte("x")) {
			t.Errorf("%q: what was in dst has changed", text)
		}
	}
	tokens, _ := tokenizer.Encode(nil, text)
	if slices.ContainsFunc(tokens, func(id int32) bool { return tokenizer.IsSpecial(id) && id != tokenizer.Unknown() }) {
		t.Errorf("%q gives a special token: %v", text, tokens)
	}
}
