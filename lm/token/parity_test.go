package token_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/proximal-rl/proximal/internal/golden"
	"github.com/proximal-rl/proximal/lm/token"
)

// recorded is a tokenizer and what Hugging Face's tokenizers makes of texts.
type recorded struct {
	MadeBy    string `json:"made_by"`
	Tokenizer string `json:"tokenizer"`
	Size      int    `json:"size"`
	Frame     []int32
	Cases     []struct {
		Text, Decoded, Spelled string
		Plain, Special         []int32
	}
	Drawn []struct {
		Tokens []int32
		Text   string
	}
}

// kinds are the recorded tokenizers.
var kinds = []string{"gpt2", "llama3", "qwen2", "smollm", "gaps", "gaps_apart", "characters"}

func record(t testing.TB, kind string) (*token.Tokenizer, *recorded) {
	t.Helper()
	var r recorded
	golden.Read(t, "testdata/"+kind+".json.gz", &r)
	tokenizer, err := token.Read([]byte(r.Tokenizer), nil)
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return tokenizer, &r
}

func eachKind(t *testing.T, test func(t *testing.T, tokenizer *token.Tokenizer, r *recorded)) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			tokenizer, r := record(t, kind)
			test(t, tokenizer, r)
		})
	}
}

func TestTokensAreThoseOfHuggingFace(t *testing.T) {
	eachKind(t, func(t *testing.T, tokenizer *token.Tokenizer, r *recorded) {
		if tokenizer.Size() != r.Size {
			t.Errorf("size is %d and should be %d", tokenizer.Size(), r.Size)
		}
		for _, c := range r.Cases {
			plain, err := tokenizer.Encode(nil, c.Text)
			if err != nil || !slices.Equal(plain, c.Plain) {
				t.Errorf("%q gives\n\t%v and should give\n\t%v (%v)", c.Text, plain, c.Plain, err)
			}
			special, err := tokenizer.EncodeSpecial(nil, c.Text)
			if err != nil || !slices.Equal(special, c.Special) {
				t.Errorf("%q gives with added tokens\n\t%v and should give\n\t%v (%v)", c.Text, special, c.Special, err)
			}
		}
	})
}

func TestTextIsThatOfHuggingFace(t *testing.T) {
	eachKind(t, func(t *testing.T, tokenizer *token.Tokenizer, r *recorded) {
		for _, c := range r.Cases {
			if got := stream(tokenizer, c.Special); got != c.Decoded {
				t.Errorf("%v decodes to\n\t%q and should to\n\t%q", c.Special, got, c.Decoded)
			}
			if got := string(tokenizer.DecodeSpecial(nil, c.Special)); got != c.Spelled && !strings.ContainsRune(c.Spelled, unicode.ReplacementChar) {
				t.Errorf("%v is spelled\n\t%q and should be\n\t%q", c.Special, got, c.Spelled)
			}
		}
		for _, d := range r.Drawn {
			if got := stream(tokenizer, d.Tokens); got != d.Text {
				t.Errorf("%v decodes to\n\t%q and should to\n\t%q", d.Tokens, got, d.Text)
			}
		}
	})
}

// stream decodes tokens one after the other.
func stream(tokenizer *token.Tokenizer, tokens []int32) string {
	s := tokenizer.Stream()
	var text []byte
	for _, id := range tokens {
		text = s.Next(text, id)
	}
	return string(s.Flush(text))
}

func TestFrameIsThatOfHuggingFace(t *testing.T) {
	eachKind(t, func(t *testing.T, tokenizer *token.Tokenizer, r *recorded) {
		before, after := tokenizer.Frame()
		framed, err := tokenizer.Encode(slices.Clone(before), "a")
		if err != nil {
			t.Fatal(err)
		}
		if framed = append(framed, after...); !slices.Equal(framed, r.Frame) {
			t.Errorf("\"a\" with its frame is %v and should be %v", framed, r.Frame)
		}
	})
}
