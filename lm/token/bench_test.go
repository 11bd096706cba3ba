package token_test

import (
	"strings"
	"testing"

	"github.com/proximal-rl/proximal/lm/token"
)

// prose is text as people write it.
var prose = strings.Repeat("The ratio of the new policy to the old one is clipped: it's never trusted beyond 1 ± 0.2.\n\n", 200)

func BenchmarkEncode(b *testing.B) {
	for _, kind := range []string{"gpt2", "llama3", "qwen2"} {
		b.Run(kind, func(b *testing.B) {
			tokenizer, _ := record(b, kind)
			encode(b, tokenizer, prose)
		})
	}
	digits := made(b)["digits"]
	b.Run("characters", func(b *testing.B) { encode(b, digits, strings.Repeat("12+34=46", 2000)) })
	bytes := made(b)["bytes"]
	b.Run("bytes", func(b *testing.B) { encode(b, bytes, prose) })
}

func encode(b *testing.B, tokenizer *token.Tokenizer, text string) {
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	var tokens []int32
	for b.Loop() {
		var err error
		if tokens, err = tokenizer.Encode(tokens[:0], text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	tokenizer, _ := record(b, "gpt2")
	tokens, err := tokenizer.Encode(nil, prose)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(prose)))
	b.ReportAllocs()
	var text []byte
	for b.Loop() {
		text = tokenizer.Decode(text[:0], tokens)
	}
}
